"""One pass over a grid: its cells counted in windows of bins, and the rest by value.

The bins are chosen block by block, from a sample of the block. Cells outside of them are
counted in wider bins, and those that crowd in finer ones.
"""

import math
from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from .counting import Part, some_of
from .extent import Extent, Sample
from .grid import Grid
from .lattice import Window, are_alike, bulk_of, common_level, frame_of, unite
from .tiles import as_flat, observed, spread

# The largest number of cells that are kept value by value, and of those outside bins.
MAX_EXACT, MOST_FAR = 2**12, 2**9

# The fewest and the most bins of a frame, and the number of cells for each.
FEWEST_BINS, MOST_BINS, CELLS_PER_BIN = 2**13, 2**14, 8

# A bin is dense if it has more than this share of all mass, and more than this multiple of
# the mean of the bins. A run of dense bins is widened by this multiple of its length.
DENSE, ABOVE_MEAN, WIDENED = 2**-9, 16, 2

# The number of cells from which a sample shows where they crowd, and that of its bins.
MANY, COARSE = 2**16, 2**9

# A value that more than one in this number of cells has is kept as a value.
OFTEN = 16

# Share of a bin's width below which the spread of its cells is rounding.
ONE = 1e-6

# The number of cells that show where most are.
SOME = 63

# The most windows inside or beside each other, and the depth to which they are sought.
MOST_WINDOWS, DEEPEST = 40, 6


class Census(NamedTuple):
    """The Counts of a grid's observed cells, their number, and some of them.

    `complete` says that all cells are observed, and `finite` that no cell is infinite.
    """

    counts: "Counts"
    n_cells: int
    complete: bool
    finite: bool
    sample: Sample

    def __add__(self, other: "Census") -> "Census":  # type: ignore[override]
        return Census(
            self.counts + other.counts,
            self.n_cells + other.n_cells,
            self.complete and other.complete,
            self.finite and other.finite,
            self.sample + other.sample,
        )

    def extent(self) -> Extent:
        """Mean, standard deviation and range; the range is that of the bins at its ends."""
        counts, complete, sample = self.counts, self.complete, self.sample
        if not self.finite:
            return Extent(self.n_cells, 1.0, 0.0, 0.0, -np.inf, np.inf, complete, sample)
        if not self.n_cells:
            return Extent(0, 0.0, 0.0, 0.0, np.inf, -np.inf, False, sample)
        low, high = counts.ends()
        unit = math.ldexp(1.0, math.frexp(high / 2 - low / 2)[1])
        some = np.sort(sample.values[:SOME])
        origin = float(some[some.size // 2])  # close to most cells
        mass, mean, within = counts.moments(origin, unit)
        total = mass.sum()
        middle = mass @ mean / total
        variance = (mass @ np.square(mean - middle) + within) / total
        with np.errstate(over="ignore", under="ignore"):  # the caller raises the error
            variance *= unit * unit
        middle = origin + unit * middle
        return Extent(self.n_cells, total, middle, variance, low, high, complete, sample)


class Counts(NamedTuple):
    """Cells in windows of bins, and others by value (K,) with their masses (K,)."""

    windows: tuple[Window, ...]
    values: np.ndarray
    masses: np.ndarray

    def __add__(self, other: "Counts") -> "Counts":  # type: ignore[override]
        return _sum([self, other], depth=1)

    @property
    def mass(self) -> float:
        """The mass of all cells."""
        return sum((w.sums[0].sum() for w in self.windows), self.masses.sum())

    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value, or the ends of the bins that they are in."""
        ends = [(w.first * w.width, w.stop * w.width) for w in self.windows]
        if self.values.size:
            ends.append((float(self.values.min()), float(self.values.max())))
        return min(low for low, _ in ends), max(high for _, high in ends)

    def moments(self, centre: float, scale: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Masses and means of bins and values in some units, and squares within bins."""
        masses, means, within = [self.masses], [(self.values - centre) / scale], 0.0
        for window in self.windows:
            numbers, mass, mean, variance, _ = window.filled
            masses.append(mass)
            means.append(window.starts(numbers + mean, centre, scale))
            within += mass @ variance * (window.width / scale) ** 2
        return np.concatenate(masses), np.concatenate(means), within

    def distinct(self) -> "Counts":
        """The counts with equal values merged, in ascending order."""
        values, index = np.unique(self.values, return_inverse=True)
        masses = np.bincount(index, weights=self.masses, minlength=values.size)
        return self._replace(values=values, masses=masses)


def _sum(parts: list[Counts], depth: int) -> Counts:
    """Parts as one. Values are counted in bins where these are too many to be kept."""
    windows = _merged(window for part in parts for window in part.windows)
    values = np.concatenate([part.values for part in parts])
    masses = np.concatenate([part.masses for part in parts])
    both = Counts(windows, values, masses)
    most = MOST_FAR if windows else MAX_EXACT
    if values.size > most:
        both = both.distinct()
    if both.values.size <= most:
        return both
    counted = gather(Part(both.values, both.masses), depth=depth)
    return counted._replace(windows=_merged((*windows, *counted.windows)))


def _merged(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The windows, with those joined that are alike, and the nearest if they are many."""
    done: list[Window] = []
    for window in windows:
        alike = next((k for k, one in enumerate(done) if are_alike(one, window)), None)
        if alike is None:
            done.append(window)
        else:
            done[alike] = unite(done[alike], window)
    while len(done) > MOST_WINDOWS:
        pairs = [(i, j) for j in range(len(done)) for i in range(j)]
        i, j = min(pairs, key=lambda pair: common_level(done[pair[0]], done[pair[1]]))
        done[i] = unite(done[i], done.pop(j))
    return tuple(done)


def take_census(grid: Grid) -> Census:
    """The Census of a grid, in one pass."""
    most = 2 ** round(np.log2(max(grid.alphas.size, 1) / CELLS_PER_BIN))
    return grid.total(partial(census_of_tile, min(max(most, FEWEST_BINS), MOST_BINS)))


@np.errstate(invalid="ignore")  # a NaN may signal
def census_of_tile(most: int, tile: np.ndarray, row_mass: np.ndarray | None) -> Census:
    """The Census of a tile, in frames of about `most` bins."""
    cells = Part(as_flat(tile), None if row_mass is None else spread(row_mass, tile))
    if row_mass is not None and not np.all(row_mass > 0):
        cells = Part(*observed(*cells))
    sample, finite = some_of(cells.values), True
    if cells.values.size <= MAX_EXACT or not np.isfinite(sample).all():
        finite = not np.isinf(cells.values).any()
        cells = cells.take(np.isfinite(cells.values))
        sample = some_of(cells.values)
    counts = gather(cells, MAX_EXACT, most)
    n_cells = round(counts.mass)
    if row_mass is not None:
        n_cells = int(np.count_nonzero(np.isfinite(cells.values)))
    if n_cells < cells.values.size:  # a few are missing or infinite
        finite = not np.isinf(cells.values).any()
    return Census(counts, n_cells, n_cells == tile.size, finite, Sample(sample))


def gather(
    cells: Any,
    few: int = MOST_FAR,
    most: int = FEWEST_BINS,
    depth: int = 1,
    n_atoms: int = 0,
) -> Counts:
    """Counts of cells, in about `most` bins; a few that are not finite are left out.

    The cells are a :class:`~skem.numerics.data.counting.Part`, or have its methods.
    """
    if cells.size <= few:
        return Counts((), *cells.by_value())
    opens = depth < DEEPEST
    if depth > DEEPEST:
        low, high = cells.ends()
    else:
        ordered = cells.ordered_sample()
        low, high = bulk_of(ordered)
        often = ordered.size // OFTEN
        atoms = np.flatnonzero(ordered[often:] == ordered[: ordered.size - often])
        if often and atoms.size and n_atoms < DEEPEST:
            return _apart_from(ordered[atoms[0]], cells, most, depth, n_atoms)
    if low == high:
        return _apart_from(low, cells, most, depth, n_atoms)
    found = []
    if opens and cells.size > MANY:
        coarse = frame_of(low, high, COARSE)
        crowded = DENSE * MOST_BINS / COARSE
        for run in _dense_runs(Part(ordered).count_in(coarse)[0], crowded):
            inside, cells = cells.split(coarse, *run)
            found.append(gather(inside, most=most, depth=depth + 1))
    bins = frame_of(low, high, most)
    window, far = cells.count_in(bins)
    for run in _dense_runs(window) if opens else []:
        found.append(gather(cells.split(bins, *run)[0], most=most, depth=depth + 1))
        window.sums[:, slice(*run)] = 0
    far = far.finite()
    if far.size:
        found.append(gather(far, depth=depth + 1))
    window = window.trimmed()
    windows = (window,) if window.sums.size else ()
    return _sum([Counts(windows, np.empty(0), np.empty(0)), *found], depth=DEEPEST)


def _apart_from(atom: float, cells: Any, most: int, depth: int, n_atoms: int) -> Counts:
    """Counts of the cells that equal one frequent value, and of all others."""
    mass, others = cells.apart_from(atom)
    equal = Counts((), np.full(1, atom), np.full(1, float(mass)))
    rest = gather(others, most=most, depth=depth, n_atoms=n_atoms + 1)
    return _sum([equal, rest], depth=DEEPEST)


def _dense_runs(window: Window, share: float = DENSE) -> list[tuple[int, int]]:
    """The first bins of runs where cells that differ crowd, and those after the last.

    A dense bin has more than a `share` of all mass.
    """
    mass, first, second = window.sums[:3]
    least = max(share, ABOVE_MEAN / mass.size) * mass.sum()
    dense = np.flatnonzero(mass > least)
    if not dense.size:
        return []
    means = first[dense] / mass[dense]
    dense = dense[second[dense] / mass[dense] - means * means > ONE * ONE]
    crowded = np.zeros(mass.size, dtype=bool)
    for part in np.split(dense, np.flatnonzero(np.diff(dense) > WIDENED) + 1):
        if part.size:
            wide = WIDENED * int(part[-1] + 1 - part[0])
            crowded[max(part[0] - wide, 0) : part[-1] + 1 + wide] = True
    ends = np.flatnonzero(np.diff(crowded, prepend=False, append=False))
    return [(int(begin), int(end)) for begin, end in ends.reshape(-1, 2)]
