"""The grid in a few thousand weighted points, for whatever need not be exact."""

from functools import partial
from typing import NamedTuple

import numpy as np

from .blocks import scratch

# Grids of at most this many cells are kept value by value.
MAX_EXACT = 2**12

# Larger ones are counted in bins between the ends of their bulk, so many for a
# grid of 50,000 cells, and beyond them in so many of stretched width.
INNER, OUTER = 2**13, 2**10

# So many points are enough to search on.
COARSE = 2**10


class Points(NamedTuple):
    """Ascending values of shape (K,) and their positive masses, in standard units."""

    values: np.ndarray
    masses: np.ndarray

    @property
    def low(self):
        """The smallest value."""
        return self.values[0]

    @property
    def high(self):
        """The largest value."""
        return self.values[-1]

    @property
    def mass(self):
        """The mass of all points."""
        return self.masses.sum()

    def total(self, function):
        """What `function` gives for all points and their masses, as of cells."""
        return function(self.values, self.masses)

    def quantile(self, level):
        """The quantiles of `level` in (0, 1), interpolated between the points.

        Each point's mass is centred on it, so the quantiles are continuous in
        the masses, and k copies of a cell count like one cell of mass k.
        """
        above = np.cumsum(self.masses)
        return np.interp(
            np.asarray(level) * above[-1], above - self.masses / 2, self.values
        )


def compress(cells):
    """Weighted points that stand for `cells`: equal values merged, or counted in bins."""
    if cells.n_cells <= MAX_EXACT:
        return _merge_equal(cells)
    return _bin(cells, *_bulk(cells))


def _merge_equal(cells):
    z, mass = (np.concatenate(part) for part in zip(*cells.total(_keep), strict=True))
    values, index = np.unique(z, return_inverse=True)
    return Points(values, np.bincount(index, weights=mass))


def _keep(z, mass):
    return [(z.copy(), np.ones_like(z) if mass is None else mass.copy())]


def _bulk(cells):
    """Ends of the interval that holds all but the outliers, from the sample of cells.

    It reaches half the range between extreme quantiles further out.
    """
    low, high = np.quantile(cells.sample, [0.002, 0.998])
    reach = 0.5 * (high - low)
    low, high = max(low - reach, cells.low), min(high + reach, cells.high)
    return (low, high) if low < high else (cells.low, cells.high)


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
    finds. An outer bin's, which is wide, is the mean of its cells.
    """
    n_inner = count_bins(cells.n_cells)
    everything = low <= cells.low and cells.high <= high
    counts = cells.total(partial(_count_block, low, high, n_inner, everything))
    middles = low + (high - low) * (np.arange(n_inner) + 0.5) / n_inner
    inner, outer = counts.inner > 0, counts.outer > 0
    values = np.append(middles[inner], counts.outer_sums[outer] / counts.outer[outer])
    masses = np.append(counts.inner[inner], counts.outer[outer])
    order = np.argsort(values, kind="stable")
    return Points(values[order], masses[order])


def _count_block(low, high, n_inner, everything, z, mass):
    outer, outer_sums = np.zeros(OUTER), np.zeros(OUTER)
    if not everything and z.size and (z.min() < low or z.max() > high):
        inside = (z >= low) & (z <= high)
        far = z[~inside]
        far_mass = np.ones_like(far) if mass is None else mass[~inside]
        at = (_stretch(far, low, high) + 1) * (OUTER / 2)
        outer, outer_sums = _count(at, far_mass, OUTER), _count(at, far_mass * far, OUTER)
        z, mass = z[inside], None if mass is None else mass[inside]
    at = np.subtract(z, low, out=scratch("at", z.size))
    at *= n_inner / (high - low)
    return Counts(_count(at, mass, n_inner), outer, outer_sums)


def _count(at, mass, n_bins):
    """Masses per bin; a cell at the upper end belongs to the last one."""
    index = scratch("index", at.size, np.intp)
    np.copyto(index, at, casting="unsafe")
    counts = np.bincount(index, weights=mass, minlength=n_bins + 1)
    counts[n_bins - 1] += counts[n_bins]
    return counts[:n_bins]


def _stretch(z, low, high):
    """Map the reals to (-1, 1), gently around [low, high]."""
    x = (z - 0.5 * (low + high)) / (high - low)
    return x / (1 + np.abs(x))


def coarsen(points, n_points=COARSE):
    """At most some `n_points` points of the same mass and mean.

    Neighbours join where they are close in value or hold little mass.
    """
    values, masses = points
    if values.size <= n_points:
        return points
    low, high = points.quantile([0.05, 0.95])
    rank = (np.cumsum(masses) - 0.5 * masses) / points.mass
    place = rank + 0.5 * _stretch(values, low, high) if high > low else rank
    bins = ((place - place[0]) / (place[-1] - place[0]) * (n_points - 1)).astype(np.intp)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    joint = np.add.reduceat(masses, starts)
    return Points(np.add.reduceat(masses * values, starts) / joint, joint)
