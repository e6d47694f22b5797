"""The sums of cells in bins: inner ones of one width, outer ones that widen outwards."""

from functools import cache
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from .points import OPENED, stretch
from .readings import changed
from .tiles import BLOCK, scratch

try:
    from scipy.sparse import _sparsetools
except ImportError:  # it is no public part of SciPy
    _sparsetools = None
csc_matvec: Any = getattr(_sparsetools, "csc_matvec", None)

# The number of outer bins.
OUTER = 2**10

# Distance outside all bins, in bin widths, at which rounding may put the range's ends.
END = 1e-6

# Bins inside each other: for each its number, the number of bins that it is one of, and the
# start and the width of the bins inside it.
Path: TypeAlias = list[tuple[int, int, float, float]]


class BinSums(NamedTuple):
    """Sums (4, B) over the cells of inner and of outer bins.

    They are of mass, and of mass times the place in the bin to the powers 1 to 3. A place
    is counted from the bin's middle, in its widths.
    """

    inner: np.ndarray
    outer: np.ndarray

    def __add__(self, other: "BinSums") -> "BinSums":  # type: ignore[override]
        return BinSums(*map(np.add, self, other))

    def __iadd__(self, other: "BinSums") -> "BinSums":  # type: ignore[override]
        for mine, others in zip(self, other, strict=True):
            np.add(mine, others, out=mine)
        return self


def outer_edges(low: float, high: float, n_inner: int) -> np.ndarray:
    """The ends of the outer bins between the smallest and the largest place."""
    x = np.linspace(-1, 1, OUTER + 1)
    with np.errstate(divide="ignore"):
        reach = n_inner * x / (1 - np.abs(x))
    return np.clip(0.5 * n_inner + reach, min(low, 0.0), max(high, n_inner))


def in_bin(at: np.ndarray, number: int, n_bins: int) -> np.ndarray:
    """Which places are in a bin, by the rule of :func:`sum_block`.

    The last bin includes its upper end. The ends of the cells' range may lie outside all
    bins by a rounding error.
    """
    inside = np.trunc(at) == number
    if number == 0:
        inside &= at >= -END
    if number == n_bins - 1:
        inside |= (at >= n_bins) & (at <= n_bins + END)
    return inside


def sum_opened(
    path: Path, edges: np.ndarray, at: np.ndarray, mass: np.ndarray | None
) -> BinSums:
    """Sums of the cells in the bin at the end of a path, in bins of its own."""
    for number, n_bins, low, width in path:
        inside = in_bin(at, number, n_bins)
        at = (at[inside] - number - low) / width
        mass = None if mass is None else mass[inside]
    return sum_block(OPENED, edges, at, mass)


def sum_block(
    n_inner: int, edges: np.ndarray | None, at: np.ndarray, mass: np.ndarray | None
) -> BinSums:
    """Sums of cells whose places `at` are in bin widths from the first bin's start.

    The `edges` of the outer bins are None if no cell is outside the inner ones.
    """
    outer = np.zeros((4, OUTER))
    if at.size and edges is not None and not (at.min() >= 0 and at.max() <= n_inner):
        inside = (at >= -END) & (at <= n_inner + END)  # as in_bin has it
        far = at[~inside]
        far_mass = None if mass is None else mass[~inside]
        index = np.clip((stretch(far, 0, n_inner) + 1) * (OUTER / 2), 0, OUTER - 1)
        index = index.astype(np.int32)
        middles, widths = 0.5 * (edges[1:] + edges[:-1]), np.diff(edges)
        place = (far - middles[index]) / np.where(widths > 0, widths, 1.0)[index]
        outer = _sum_powers(index, place, far_mass, OUTER)
        at, mass = at[inside], None if mass is None else mass[inside]
    index = scratch("index", at.size, np.int32)
    np.copyto(index, at, casting="unsafe")
    if index.size and (index.min() < 0 or index.max() > n_inner):
        raise changed()
    np.minimum(index, n_inner - 1, out=index)  # a cell at the upper end
    place = np.subtract(at, index, out=scratch("place", at.size))
    place -= 0.5
    return BinSums(_sum_powers(index, place, mass, n_inner), outer)


def _sum_powers(
    index: np.ndarray, place: np.ndarray, mass: np.ndarray | None, n_bins: int
) -> np.ndarray:
    """Sums (4, B) by bin of the masses, times the places to the powers 0 to 3.

    They are summed as columns of sparse matrices whose rows are the bins, by SciPy's own
    function: that is faster than ``np.bincount``, which stands in where it is missing.
    """
    sums = np.zeros((4, n_bins))
    ends, one = np.array([0, index.size], dtype=np.int32), np.ones(1)
    power = _ones()[: index.size] if mass is None else mass
    for k in range(4):
        if csc_matvec is None:
            sums[k] = np.bincount(index, weights=power, minlength=n_bins)
        else:
            csc_matvec(n_bins, 1, ends, index, power, one, sums[k])
        if k < 3:
            power = np.multiply(power, place, out=scratch("power", place.size))
    return sums


@cache
def _ones() -> np.ndarray:
    """The masses of a block of cells that each count once."""
    return np.ones(BLOCK)
