"""Cells counted in the bins of a frame, piece by piece."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .extent import stride_of
from .lattice import Frame, Window
from .tiles import BLOCK, scratch

try:
    from scipy.sparse import _sparsetools
except ImportError:  # it is no public part of SciPy
    _sparsetools = None
csc_matvec: Any = getattr(_sparsetools, "csc_matvec", None)

# The number of cells of a piece whose working arrays stay in a core's cache.
PIECE = 2**15


# What a cell adds to a sum of cubes of places, so that it also tells the number of cells.
EACH = 2 * BLOCK


class Part(NamedTuple):
    """Some cells, and their masses if these are not all 1."""

    values: np.ndarray
    masses: np.ndarray | None = None

    @property
    def size(self) -> int:
        """The number of cells."""
        return self.values.size

    def take(self, at: Any) -> "Part":
        """Those of the cells at some indices."""
        return Part(self.values[at], None if self.masses is None else self.masses[at])

    def pieces(self) -> Iterator["Part"]:
        """The cells in pieces whose working arrays stay in a core's cache."""
        for start in range(0, self.values.size, PIECE):
            yield self.take(slice(start, start + PIECE))

    def finite(self) -> "Part":
        """The cells that are finite."""
        return self.take(np.isfinite(self.values))

    def by_value(self) -> tuple[np.ndarray, np.ndarray]:
        """The cells' values and masses."""
        masses = np.ones(self.size) if self.masses is None else self.masses.copy()
        return self.values.astype(np.float64), masses

    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        return float(self.values.min()), float(self.values.max())

    def ordered_sample(self) -> np.ndarray:
        """Some values in ascending order."""
        return np.sort(some_of(self.values))

    def count_in(self, frame: Frame) -> tuple[Window, "Part"]:
        """The Window of the cells that are in a frame, and the other cells."""
        return count_in(frame, self)

    def split(self, frame: Frame, begin: int, end: int) -> tuple["Part", "Part"]:
        """The cells in some bins of a frame, and the other cells."""
        return split(frame, begin, end, self)

    def apart_from(self, value: float) -> tuple[float, "Part"]:
        """The mass of the cells of one value, and the others that are finite."""
        there = self.values == value
        masses = self.masses
        mass = np.count_nonzero(there) if masses is None else masses[there].sum()
        return float(mass), self.take(~there & np.isfinite(self.values))

    @classmethod
    def joined(cls, parts: Iterable["Part"]) -> "Part":
        """Parts one after the other."""
        values, masses = zip(*parts, strict=True)
        return cls(
            np.concatenate(values), None if masses[0] is None else np.concatenate(masses)
        )


def some_of(values: Any) -> Any:
    """Evenly spaced values of a flat array, of all columns and rows of a block."""
    return values[:: stride_of(values.shape[0])].astype(np.float64)


@np.errstate(invalid="ignore", over="ignore")  # of cells that are not finite, or far
def count_in(frame: Frame, cells: Part) -> tuple[Window, Part]:
    """The Window of the cells that are in a frame, and the other cells, NaN included."""
    if cells.masses is None and cells.values.size >= EACH:
        cells = cells._replace(masses=np.ones(cells.values.size))
    sums, far = np.zeros((4, frame.n_bins + 1)), [cells.take(slice(0))]
    for piece in cells.pieces():
        far += _count_piece(frame, piece, sums)
    if not np.isfinite(sums[1].sum()):  # some processors cast NaN to 0
        missing = np.isnan(cells.values)
        window, others = count_in(frame, cells.take(~missing))
        return window, Part.joined([others, cells.take(missing)])
    if cells.masses is None:
        sums[0] = np.floor(sums[3] / EACH)
        sums[3] -= sums[0] * EACH
    return Window(frame.level, frame.first, sums[:, :-1]), Part.joined(far)


def _count_piece(frame: Frame, piece: Part, sums: np.ndarray) -> list[Part]:
    """Add a piece to the sums (4, B + 1). The last column is for cells outside."""
    work, index = _working_arrays(piece.values.size)
    place, whole = work
    np.multiply(piece.values, frame.per_unit, out=place, dtype=np.float64)
    np.floor(place, out=whole)
    place -= whole
    whole -= frame.first
    np.copyto(index, whole, casting="unsafe")
    numbers = index.view(np.uint32)
    far = []
    if numbers.max() >= frame.n_bins:
        outside = np.flatnonzero(numbers >= frame.n_bins)
        index[outside], place[outside] = frame.n_bins, 0.0
        far = [piece.take(outside)]
    _add_powers(sums, index, piece.masses, place, whole)
    return far


def split(frame: Frame, begin: int, end: int, cells: Part) -> tuple[Part, Part]:
    """The cells in the bins of a frame from one to before another, and the other cells."""
    inner, outer = [cells.take(slice(0))], [cells.take(slice(0))]
    for piece in cells.pieces():
        at = _working_arrays(piece.values.size)[0][0]
        np.multiply(piece.values, frame.per_unit, out=at, dtype=np.float64)
        inside = at >= frame.first + begin
        inside &= at < frame.first + end
        inner.append(piece.take(inside))
        outer.append(piece.take(~inside))
    return Part.joined(inner), Part.joined(outer)


def _working_arrays(size: int) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays of doubles, and one of indices.

    They begin at different places of memory pages; otherwise a processor takes what is
    written to one for what is read from another.
    """
    return (
        scratch("work", (2, PIECE + 200))[:, :size],
        scratch("index", PIECE, np.int32)[:size],
    )


def _add_powers(
    sums: np.ndarray,
    index: np.ndarray,
    mass: np.ndarray | None,
    place: np.ndarray,
    power: np.ndarray,
) -> None:
    """Add the masses, times the places to the powers 0 to 3, to sums (4, B) by bin.

    Where all masses are 1, their sums are in those of cubes, times EACH: it is larger than
    the sum of the cubes, which needs few digits.
    """
    if mass is None:
        _add(sums[1], index, place)
        _add(sums[2], index, np.multiply(place, place, out=power))
        power *= place
        power += EACH
        _add(sums[3], index, power)
        return
    _add(sums[0], index, mass)
    for k in range(1, 4):
        mass = np.multiply(mass, place, out=power)
        _add(sums[k], index, mass)


def _add(sums: np.ndarray, index: np.ndarray, terms: np.ndarray) -> None:
    """Add terms to the sums of their bins.

    They are summed as a column of a sparse matrix whose rows are the bins, by SciPy's own
    function: that is faster than ``np.bincount``, which stands in where it is missing.
    """
    if csc_matvec is None:
        sums += np.bincount(index, weights=terms, minlength=sums.size)
        return
    ends, one = np.array([0, index.size], dtype=np.int32), np.ones(1)
    csc_matvec(sums.size, 1, ends, index, terms, one, sums)
