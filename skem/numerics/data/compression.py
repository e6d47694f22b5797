"""The grid in a few thousand weighted points, for whatever need not be exact."""

from functools import cache, partial
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array

from .points import HEAVY, OPENED, Points, stretch
from .tiles import BLOCK, scratch

# Grids of at most this many cells are kept value by value.
MAX_EXACT = 2**12

# Larger ones are counted in bins between the ends of their bulk, so many for a
# grid of 50,000 cells, and beyond them in so many of stretched width.
INNER, OUTER = 2**13, 2**10

EPSILON = np.finfo(float).eps


# How far rounding may put the ends of the range outside all bins, in widths of one.
END = 1e-6

# The most times that a bin is opened, and bins of those.
MOST_OPENINGS = 4


# Values closer than this differ by rounding errors, or too little to matter.
SAME = 1e-4


def compress(cells):
    """Weighted points that stand for `cells`: equal values merged, or counted in bins."""
    if cells.n_cells <= MAX_EXACT:
        return _merge_equal(cells)
    return _bin(cells, *bulk(cells.sample, cells.low, cells.high))


def _merge_equal(cells):
    z, mass = (np.concatenate(part) for part in zip(*cells.total(_keep), strict=True))
    values, index = np.unique(z, return_inverse=True)
    return Points(values, np.bincount(index, weights=mass))


def _keep(z, mass):
    return [(z.copy(), np.ones_like(z) if mass is None else mass.copy())]


def bulk(sample, lowest, highest):
    """Ends of the interval that holds all but the outliers, from a sample of the cells.

    It reaches half the range between extreme quantiles further out, but not beyond
    the `lowest` and the `highest` cell. Of a small sample the quantiles leave out at
    least one cell at each end.
    """
    level = min(max(0.002, 1 / max(sample.size - 1, 1)), 0.25)
    low, high = np.quantile(sample, [level, 1 - level])
    reach = 0.5 * (high - low)
    low, high = max(low - reach, lowest), min(high + reach, highest)
    return (low, high) if low < high else (lowest, highest)


def count_bins(n_cells):
    """How many bins keep what they lose below the default `tol`.

    A bin of width h moves a variance by some h^2, and n cells notice by
    n h^4 nats: the number of bins grows with the fourth root of n.
    """
    return 2 ** round(np.log2(INNER * max(1.0, n_cells / 5e4) ** 0.25))


class Counts(NamedTuple):
    """Masses of inner and outer bins, and the outer bins' sums of mass times value."""

    inner: np.ndarray
    outer: np.ndarray
    outer_sums: np.ndarray

    def __add__(self, other):
        return Counts(*map(np.add, self, other))

    def __iadd__(self, other):
        for mine, others in zip(self, other, strict=True):
            np.add(mine, others, out=mine)
        return self


def _bin(cells, low, high):
    """Counts of cells in equal bins of [low, high], and outside in stretched ones.

    An inner bin's point is its middle: what that loses, a pass over all cells
    finds. An outer bin's, which is wide, is the mean of its cells. A bin that holds much of
    the mass is counted again in bins of its own.
    """
    n_inner = count_bins(cells.n_cells)
    width = (high - low) / n_inner
    rounding = EPSILON * abs(cells.centre) / (cells.scale * width)
    everything = low <= cells.low and cells.high <= high and rounding < 0.1
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


def _open(cells, counts, path, sample):
    """Places, masses and widths of the bins that hold cells, heavy ones opened.

    `path` leads to the bin that the counts are of, and the sample is of its cells. All are
    in units of its bins.
    """
    heavy = counts.inner > HEAVY * cells.mass
    heavy &= _differ(sample, heavy) if heavy.any() and len(path) < MOST_OPENINGS else False
    inner, outer = (counts.inner > 0) & ~heavy, counts.outer > 0
    far = counts.outer_sums[outer] / counts.outer[outer]
    places = [np.flatnonzero(inner) + 0.5, far]
    masses = [counts.inner[inner], counts.outer[outer]]
    widths = [np.ones(inner.sum() + outer.sum())]
    for number in np.flatnonzero(heavy):
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


def _in_bin(at, number, n_bins):
    """Which places are in a bin, as `_count` has them.

    The last one has its upper end too. The ends of the cells' range may lie outside all
    bins by a rounding error.
    """
    inside = np.trunc(at) == number
    if number == 0:
        inside &= at >= -END
    if number == n_bins - 1:
        inside |= (at >= n_bins) & (at <= n_bins + END)
    return inside


def _differ(sample, heavy):
    """Which of the heavy bins hold much besides their most frequent value."""
    differ = np.zeros(heavy.size, dtype=bool)
    for number in np.flatnonzero(heavy):
        inside = sample[_in_bin(sample, number, heavy.size)]
        _, counts = np.unique(np.round(inside, 6), return_counts=True)
        differ[number] = counts.sum() - counts.max(initial=0) > HEAVY / 4 * sample.size
    return differ


def _count_opened(path, at, mass):
    """Counts of the cells in the bin to which a path of bins leads, in bins of its own."""
    for number, n_bins, low, width in path:
        inside = _in_bin(at, number, n_bins)
        at = (at[inside] - number - low) / width
        mass = None if mass is None else mass[inside]
    return _count_block(OPENED, False, at, mass)


def _count_block(n_inner, everything, at, mass):
    """Counts of cells whose place `at` is in units of bins, from the first one's start."""
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


def _count(at, mass, n_bins):
    """Masses per bin; a cell at the upper end belongs to the last one.

    They are summed as one column of a sparse matrix, whose rows are the bins:
    unlike ``np.bincount`` that leaves the interpreter to the other threads.
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
def _ones():
    """The masses of a block of cells that count once."""
    return np.ones(BLOCK)


def spacing(values):
    """The distance between values, in standard units, that are multiples of one.

    It is the smallest between the most frequent values, which hold nine tenths of all: a
    few that were not rounded do not hide it, but more of them do, or another rounding. Of
    other values it is mostly too small to matter.
    """
    values, counts = np.unique(values, return_counts=True)
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > SAME)
    values, counts = values[starts], np.add.reduceat(counts, starts)
    order = np.argsort(-counts, kind="stable")
    enough = 1 + np.searchsorted(np.cumsum(counts[order]), 0.9 * counts.sum())
    gaps = np.diff(np.sort(values[order[:enough]]))
    return float(gaps.min()) if gaps.size else 0.0
