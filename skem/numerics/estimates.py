"""Estimates with standard errors, read row by row, and as weighted points.

What `blocks` and `compression` are for the cells of a grid: functions of a block get the
standardised estimates, their masses, and also their noise variances.
"""

import operator
from functools import partial
from typing import NamedTuple

import numpy as np

from .compression import MAX_EXACT
from .sharing import TreeSum, share

# So many rows at once.
ROWS = 2**16

# Bins of the noise and of the estimates: those that all rows are counted in, and those
# that are enough to search on.
FINE, COARSE = (48, 512), (16, 128)

# Variances, in standard units, below which bins do not tell noise or estimates apart.
LEAST_NOISE, LEAST_VARIANCE = 1e-3, 0.05

# How many such sds from the middle half of the estimates' bins reach.
REACH = 3.0


class Estimates:
    """Estimates and standard errors (N, 2), raw, and the rows' masses (N,) or None.

    A row with NaN in it is missing. `n_passes` counts how often `total` read them all.
    """

    def __init__(self, table, mass=None, n_threads=1):
        self.table, self.mass, self.n_threads = table, mass, n_threads
        self.n_passes = 0

    def total(self, function):
        """Sum over blocks of ``function(estimates, errors, masses)`` of observed rows."""
        self.n_passes += 1
        sums = TreeSum()
        self._share(lambda rows: function(*self.observed(rows)), sums.add)
        return sums.total()

    def map(self, function, dtype, shape=()):
        """``function(estimates, errors)`` of all rows (N, *shape), NaN and all."""
        out = np.empty((self.table.shape[0], *shape), dtype)

        def fill(rows):
            out[rows] = function(*self.table[rows].T.astype(np.float64))

        self._share(fill)
        return out

    def _share(self, function, collect=None):
        n = self.table.shape[0]
        blocks = (slice(start, start + ROWS) for start in range(0, n, ROWS))
        share(function, blocks, self.n_threads, collect)

    def observed(self, rows):
        """Estimates, errors and masses (or None) of those of a slice that are there."""
        estimates, errors = self.table[rows].T.astype(np.float64)
        mass = None if self.mass is None else self.mass[rows]
        there = ~np.isnan(estimates + errors)
        if mass is not None:
            there &= mass > 0
        if there.all():
            return estimates, errors, mass
        return estimates[there], errors[there], None if mass is None else mass[there]


def merge_equal(rows):
    """The distinct observed rows in ascending order, with all their masses.

    k copies of a row, in any order, and one of mass k leave the same bits.
    """
    estimates, errors, mass = rows.observed(slice(None))
    table = np.column_stack([estimates, errors])
    table, index = np.unique(table, axis=0, return_inverse=True)
    return Estimates(table, np.bincount(index.ravel(), weights=mass), rows.n_threads)


class Noise(NamedTuple):
    """The smallest and the largest standard error, and the sum of the precisions."""

    smallest: float
    largest: float
    precision: float

    def __add__(self, other):
        return Noise(
            min(self.smallest, other.smallest),
            max(self.largest, other.largest),
            self.precision + other.precision,
        )


def _measure_block(scale, estimates, errors, mass):
    errors = errors / scale
    with np.errstate(divide="ignore", over="ignore"):
        precisions = 1 / np.square(errors)
    precision = precisions.sum() if mass is None else (mass * precisions).sum()
    return Noise(errors.min(initial=np.inf), errors.max(initial=0.0), float(precision))


class NoisyCells(NamedTuple):
    """Observed estimates, read as ``z = (estimate - centre) / scale``, with their noise.

    Has what a solver asks of ``blocks.Cells``. `noise_level` is the noise variance of
    average precision: 0 if any estimate has no noise.
    """

    grid: Estimates
    centre: float
    scale: float
    low: float
    high: float
    mass: float
    n_cells: int
    noise_level: float

    @property
    def noisy(self):
        """Whether each cell has a noise variance of its own: here all have."""
        return True

    @classmethod
    def of(cls, rows, extent):
        """The rows of Estimates in units in which they have mean 0 and variance 1.

        `extent` is that of the estimates. With the Noise in these units.
        """
        centre, scale = extent.mean, extent.sd
        noise = rows.total(partial(_measure_block, scale))
        return noise, cls(
            rows,
            centre,
            scale,
            low=(extent.minimum - centre) / scale,
            high=(extent.maximum - centre) / scale,
            mass=extent.mass,
            n_cells=extent.n_cells,
            noise_level=extent.mass / noise.precision,
        )

    def total(self, function):
        """Sum over blocks of ``function(z, mass, noise)``; masses are None where all 1."""
        return self.grid.total(partial(_standardised, function, self.centre, self.scale))


def _standardised(function, centre, scale, estimates, errors, mass):
    return function((estimates - centre) / scale, mass, np.square(errors / scale))


class NoisyPoints(NamedTuple):
    """Estimates (K,), their positive masses and noise variances, in standard units."""

    values: np.ndarray
    masses: np.ndarray
    noise: np.ndarray
    noise_level: float

    @property
    def noisy(self):
        """Whether each value has a noise variance of its own: here all have."""
        return True

    @property
    def low(self):
        """The smallest value."""
        return self.values.min()

    @property
    def high(self):
        """The largest value."""
        return self.values.max()

    @property
    def mass(self):
        """The mass of all points."""
        return self.masses.sum()

    def total(self, function):
        """What `function` gives for all points, their masses and noise, as of cells."""
        return function(self.values, self.masses, self.noise)

    def coarsen(self):
        """Fewer points of the same mass and means, enough to search on."""
        if self.values.size <= COARSE[0] * COARSE[1]:
            return self
        counted = _count(bins(self.noise, COARSE), self.values, self.masses, self.noise)
        return counted.points(self.noise_level)


def compress_estimates(cells):
    """NoisyPoints that stand for `cells`: each a point, or many counted in bins."""
    if cells.n_cells <= MAX_EXACT:
        parts = zip(*cells.total(_keep), strict=True)
        return NoisyPoints(*map(np.concatenate, parts), cells.noise_level)
    ends = cells.total(_noise_range)
    counted = cells.total(partial(_count, bins(np.array(ends), FINE)))
    return counted.points(cells.noise_level)


def _keep(z, mass, noise):
    return [(z, np.ones_like(z) if mass is None else mass, noise)]


class _Range(NamedTuple):
    low: float
    high: float

    def __add__(self, other):
        return _Range(min(self.low, other.low), max(self.high, other.high))


def _noise_range(z, mass, noise):
    return _Range(noise.min(initial=np.inf), noise.max(initial=0.0))


class Bins(NamedTuple):
    """Bins in two dimensions: of log noise from `low` on, each so wide, and of estimates.

    An estimate is placed in units of its own spread, since a noisy one says less of where
    the true value is.
    """

    low: float
    width: float
    shape: tuple

    def place(self, z, noise):
        """The number of each row's bin."""
        row = np.log(noise + LEAST_NOISE)
        row -= self.low
        row /= self.width
        column = z / np.sqrt(noise + LEAST_VARIANCE)
        column /= np.abs(column) + REACH
        column += 1.0
        column *= self.shape[1] / 2
        row = np.minimum(row.astype(np.intp), self.shape[0] - 1)
        return row * self.shape[1] + np.minimum(column.astype(np.intp), self.shape[1] - 1)


def bins(noise, shape):
    """Bins for noise variances within the range of these."""
    low, high = np.log(noise.min() + LEAST_NOISE), np.log(noise.max() + LEAST_NOISE)
    return Bins(low, (high - low) / shape[0] or 1.0, shape)


class _Counts(NamedTuple):
    """Per bin the mass, and the sums of mass times estimate and of mass times noise."""

    mass: np.ndarray
    sums: np.ndarray
    noise_sums: np.ndarray

    def __add__(self, other):
        return _Counts(*map(operator.iadd, self, other))

    def points(self, noise_level):
        """The means of the bins that are not empty."""
        at = self.mass > 0
        mass = self.mass[at]
        return NoisyPoints(
            self.sums[at] / mass, mass, self.noise_sums[at] / mass, noise_level
        )


def _count(bins, z, mass, noise):
    place = bins.place(z, noise)
    weights = (mass, z, noise) if mass is None else (mass, mass * z, mass * noise)
    n_bins = bins.shape[0] * bins.shape[1]
    return _Counts(*(np.bincount(place, weights=w, minlength=n_bins) for w in weights))
