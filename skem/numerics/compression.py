"""The grid in a few thousand weighted points, for whatever need not be exact."""

from typing import NamedTuple

import numpy as np

# Grids of at most this many cells are kept value by value.
MAX_EXACT = 2**12

# Larger ones are counted in bins between the ends of their bulk, so many for a
# grid of 50,000 cells, and beyond them in so many of stretched width.
INNER, OUTER = 2**13, 2**10

# So many points are enough to search on.
COARSE = 2**10

# How many cells are looked at to find the bulk.
SAMPLE = 2**12


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

    def blocks(self):
        """Yield the points as one block, as cells yield theirs."""
        yield self.values, self.masses

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
    parts = [
        (z.copy(), np.ones_like(z) if mass is None else mass.copy())
        for z, mass in cells.blocks()
    ]
    z, mass = (np.concatenate(part) for part in zip(*parts, strict=True))
    values, index = np.unique(z, return_inverse=True)
    return Points(values, np.bincount(index, weights=mass))


def _bulk(cells):
    """Ends of the interval that holds all but the outliers, from a sample of cells.

    The sample is evenly spaced over rows and columns. The interval reaches half
    its range of quantiles further out.
    """
    n, m = cells.alphas.shape
    n_rows = min(n, max(int(np.sqrt(SAMPLE)), SAMPLE // m))
    n_columns = min(m, SAMPLE // n_rows)
    sample = np.asarray(cells.alphas[:: n // n_rows, :: m // n_columns], dtype=np.float64)
    if cells.manager_mass is not None:
        sample = sample[cells.manager_mass[:: n // n_rows] > 0]
    z = (sample[~np.isnan(sample)] - cells.centre) / cells.scale
    if z.size == 0:
        return cells.low, cells.high
    low, high = np.quantile(z, [0.002, 0.998])
    reach = 0.5 * (high - low)
    low, high = max(low - reach, cells.low), min(high + reach, cells.high)
    return (low, high) if low < high else (cells.low, cells.high)


def count_bins(n_cells):
    """How many bins keep what they lose below the default `tol`.

    A bin of width h moves a variance by some h^2, and n cells notice by
    n h^4 nats: the number of bins grows with the fourth root of n.
    """
    return 2 ** round(np.log2(INNER * max(1.0, n_cells / 5e4) ** 0.25))


def _bin(cells, low, high):
    """Counts of cells in equal bins of [low, high], and outside in stretched ones.

    An inner bin's point is its middle: what that loses, a pass over all cells
    finds. An outer bin's, which is wide, is the mean of its cells.
    """
    n_inner = count_bins(cells.n_cells)
    per_unit = n_inner / (high - low)
    inner, outer, outer_sums = np.zeros(n_inner), np.zeros(OUTER), np.zeros(OUTER)
    everything = cells.low >= low and cells.high <= high
    for z, mass in cells.blocks():
        if not everything:
            outside = (z < low) | (z > high)
            if outside.any():
                far = z[outside]
                far_mass = np.ones_like(far) if mass is None else mass[outside]
                at = (_stretch(far, low, high) + 1) * (OUTER / 2)
                outer += _count(at, far_mass, OUTER)
                outer_sums += _count(at, far_mass * far, OUTER)
                inside = ~outside
                z, mass = z[inside], None if mass is None else mass[inside]
        at = z - low
        at *= per_unit
        inner += _count(at, mass, n_inner)
    middles = low + (np.arange(n_inner) + 0.5) / per_unit
    there = outer > 0
    values = np.append(middles[inner > 0], outer_sums[there] / outer[there])
    masses = np.append(inner[inner > 0], outer[there])
    order = np.argsort(values, kind="stable")
    return Points(values[order], masses[order])


def _count(at, mass, n_bins):
    """Masses per bin; a cell at the upper end belongs to the last one."""
    counts = np.bincount(at.astype(np.intp), weights=mass, minlength=n_bins + 1)
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
