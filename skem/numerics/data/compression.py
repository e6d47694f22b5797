"""The grid in a few thousand weighted points, for computations that need not be exact."""

from functools import cache, partial
from typing import NamedTuple, TypeAlias

import numpy as np
from scipy.sparse import csc_array

from .grid import Cells
from .points import HEAVY, OPENED, Points, stretch
from .tiles import BLOCK, scratch

# Largest number of cells of a grid that is kept value by value.
MAX_EXACT = 2**12

# Number of inner bins, between the ends of the bulk of a grid of 50,000 cells, and number
# of outer bins, which have stretched widths, beyond these ends.
INNER, OUTER = 2**13, 2**10

EPSILON = np.finfo(float).eps

# Distance outside all bins, in bin widths, at which rounding may put the range's ends.
END = 1e-6

# Largest depth to which a bin, and then bins inside it, are opened.
MOST_OPENINGS = 4

# Distance below which values differ by rounding errors, or too little to matter.
SAME = 1e-4


def compress(cells: Cells) -> Points:
    """Weighted points that stand for `cells`: equal values merged, or counted in bins."""
    if cells.n_cells <= MAX_EXACT:
        return _merge_equal(cells)
    return _bin(cells, *bulk(cells.sample, cells.low, cells.high))


def _merge_equal(cells: Cells) -> Points:
    z, mass = (np.concatenate(part) for part in zip(*cells.total(_keep), strict=True))
    values, index = np.unique(z, return_inverse=True)
    return Points(values, np.bincount(index, weights=mass))


def _keep(z: np.ndarray, mass: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(z.copy(), np.ones_like(z) if mass is None else mass.copy())]


def bulk(sample: np.ndarray, lowest: float, highest: float) -> tuple[float, float]:
    """Ends of the interval that holds all but the outliers, from a sample of the cells.

    It extends beyond two extreme quantiles by half the distance between them, but not
    beyond the `lowest` and the `highest` cell. In a small sample the quantiles leave out
    at least one cell at each end.
    """
    level = min(max(0.002, 1 / max(sample.size - 1, 1)), 0.25)
    low, high = np.quantile(sample, [level, 1 - level])
    reach = 0.5 * (high - low)
    low, high = max(low - reach, lowest), min(high + reach, highest)
    return (low, high) if low < high else (lowest, highest)


def count_bins(n_cells: int) -> int:
    """The number of bins that keep the loss by binning below the default `tol`.

    A bin of width h changes a variance by about h^2, and the log-likelihood of n cells by
    about n h^4 nats. So the number of bins grows with the fourth root of n.
    """
    return 2 ** round(np.log2(INNER * max(1.0, n_cells / 5e4) ** 0.25))


# Bins inside each other: for each its number, the number of bins that it is one of, and the
# start and the width of the bins inside it.
Path: TypeAlias = list[tuple[int, int, float, float]]


class Counts(NamedTuple):
    """Masses of inner and outer bins, and the outer bins' sums of mass times value."""

    inner: np.ndarray
    outer: np.ndarray
    outer_sums: np.ndarray

    def __add__(self, other: "Counts") -> "Counts":  # type: ignore[override]
        return Counts(*map(np.add, self, other))

    def __iadd__(self, other: "Counts") -> "Counts":  # type: ignore[override]
        for mine, others in zip(self, other, strict=True):
            np.add(mine, others, out=mine)
        return self


def _bin(cells: Cells, low: float, high: float) -> Points:
    """Points for the cells in equal bins of [low, high], and in stretched ones outside.

    An inner bin's point is its middle: a later pass over all cells corrects for that. An
    outer bin is wide, and its point is the mean of its cells. A bin that holds much of the
    mass is counted again in bins of its own.
    """
    n_inner = count_bins(cells.n_cells)
    width = (high - low) / n_inner
    rounding = EPSILON * abs(cells.centre) / (cells.scale * width)
    everything = bool(low <= cells.low and cells.high <= high and rounding < 0.1)
    in_bins = cells._replace(
        centre=cells.centre + cells.scale * low,
        scale=cells.scale * width,
        sample=(cells.sample - low) / width,
    )
    counts = in_bins.total(partial(_count_block, n_inner, everything))
    places, masses, widths = _open(in_bins, counts, [], in_bins.sample)
    values = low + width * places
    order = np.argsort(values, kind="stable")
    return Points(values[order], masses[order], width * widths[order])


def _open(
    cells: Cells, counts: Counts, path: Path, sample: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Places, masses and widths of the bins that hold cells; heavy bins are opened.

    `path` leads to the bin whose cells are counted and sampled here. All are in units of
    the bins inside it.
    """
    heavy = counts.inner > HEAVY * cells.mass
    heavy &= _differ(sample, heavy) if heavy.any() and len(path) < MOST_OPENINGS else False
    inner, outer = (counts.inner > 0) & ~heavy, counts.outer > 0
    far = counts.outer_sums[outer] / counts.outer[outer]
    places = [np.flatnonzero(inner) + 0.5, far]
    masses = [counts.inner[inner], counts.outer[outer]]
    widths = [np.ones(inner.sum() + outer.sum())]
    for number in map(int, np.flatnonzero(heavy)):
        inside = sample[_in_bin(sample, number, counts.inner.size)] - number
        low, high = bulk(inside, 0.0, 1.0)
        width = (high - low) / OPENED
        way = [*path, (number, counts.inner.size, low, width)]
        opened = cells.total(partial(_count_opened, way))
        own = _open(cells, opened, way, (inside - low) / width)
        places.append(number + low + width * own[0])
        masses.append(own[1])
        widths.append(width * own[2])
    return np.concatenate(places), np.concatenate(masses), np.concatenate(widths)


def _in_bin(at: np.ndarray, number: int, n_bins: int) -> np.ndarray:
    """Which places are in a bin, by the rule of `_count`.

    The last bin includes its upper end. The ends of the cells' range may lie outside all
    bins by a rounding error.
    """
    inside = np.trunc(at) == number
    if number == 0:
        inside &= at >= -END
    if number == n_bins - 1:
        inside |= (at >= n_bins) & (at <= n_bins + END)
    return inside


def _differ(sample: np.ndarray, heavy: np.ndarray) -> np.ndarray:
    """Which of the heavy bins hold much besides their most frequent value."""
    differ = np.zeros(heavy.size, dtype=bool)
    for number in map(int, np.flatnonzero(heavy)):
        inside = sample[_in_bin(sample, number, heavy.size)]
        _, counts = np.unique(np.round(inside, 6), return_counts=True)
        differ[number] = counts.sum() - counts.max(initial=0) > HEAVY / 4 * sample.size
    return differ


def _count_opened(path: Path, at: np.ndarray, mass: np.ndarray | None) -> Counts:
    """Counts of the cells in the bin at the end of a path, in bins of its own."""
    for number, n_bins, low, width in path:
        inside = _in_bin(at, number, n_bins)
        at = (at[inside] - number - low) / width
        mass = None if mass is None else mass[inside]
    return _count_block(OPENED, False, at, mass)


def _count_block(
    n_inner: int, everything: bool, at: np.ndarray, mass: np.ndarray | None
) -> Counts:
    """Counts of cells whose places `at` are in bin widths from the first bin's start."""
    outer, outer_sums = np.zeros(OUTER), np.zeros(OUTER)
    if at.size and not everything and not (at.min() >= 0 and at.max() <= n_inner):
        inside = (at >= 0) & (at <= n_inner)
        far = at[~inside]
        far_mass = np.ones_like(far) if mass is None else mass[~inside]
        stretched = (stretch(far, 0, n_inner) + 1) * (OUTER / 2)
        outer = _count(stretched, far_mass, OUTER)
        outer_sums = _count(stretched, far_mass * far, OUTER)
        at, mass = at[inside], None if mass is None else mass[inside]
    return Counts(_count(at, mass, n_inner), outer, outer_sums)


def _count(at: np.ndarray, mass: np.ndarray | None, n_bins: int) -> np.ndarray:
    """Masses per bin; a cell at the upper end belongs to the last bin.

    The masses are summed as one column of a sparse matrix whose rows are the bins. Unlike
    ``np.bincount``, this releases the interpreter's lock for the other threads.
    """
    index = scratch("index", at.size, np.int32)
    np.copyto(index, at, casting="unsafe")
    if index.size and (index.min() < 0 or index.max() > n_bins):
        raise RuntimeError(
            "X gave other cells in the second reading than in the first: its values must "
            "stay as they are during a fit. Seed what draws them, or keep them "
            "(X.persist() for a Dask array, a file that nobody writes to)."
        )
    mass = _ones()[: at.size] if mass is None else mass
    ends = np.array([0, at.size], dtype=np.int32)
    column = csc_array((mass, index, ends), shape=(n_bins + 1, 1))
    counts = column @ np.ones(1)
    counts[n_bins - 1] += counts[n_bins]
    return counts[:n_bins]


@cache
def _ones() -> np.ndarray:
    """The masses of a block of cells that each count once."""
    return np.ones(BLOCK)


def spacing(values: np.ndarray) -> float:
    """The rounding step of `values`, which are in standard units.

    It is the smallest gap between the most frequent values (90 % of the cells), so that a
    few unrounded cells do not hide it. A larger number of them, or a second rounding,
    hides it. If the values are not rounded, it is mostly too small to matter.
    """
    values, counts = np.unique(values, return_counts=True)
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > SAME)
    values, counts = values[starts], np.add.reduceat(counts, starts)
    order = np.argsort(-counts, kind="stable")
    enough = 1 + np.searchsorted(np.cumsum(counts[order]), 0.9 * counts.sum())
    gaps = np.diff(np.sort(values[order[:enough]]))
    return float(gaps.min()) if gaps.size else 0.0
