"""Noisy estimates in a few thousand weighted points: `compression` in two dimensions."""

import operator
from functools import partial
from typing import NamedTuple

import numpy as np

from .compression import MAX_EXACT

# Bins of the noise and of the estimates: those that all rows are counted in, and those
# that are enough to search on.
FINE, COARSE = (48, 512), (16, 128)

# Variances, in standard units, below which bins do not tell noise or estimates apart.
LEAST_NOISE, LEAST_VARIANCE = 1e-3, 0.05

# How many such sds from the middle half of the estimates' bins reach.
REACH = 3.0


class NoisyPoints(NamedTuple):
    """Estimates (K,), their positive masses and noise variances, in standard units."""

    values: np.ndarray
    masses: np.ndarray
    noise: np.ndarray
    noise_level: float
    finest: float | None = None

    @property
    def unit(self):
        """The number of rows that any point stands for, at least 1, before any joined."""
        return max(1.0, self.masses.min() if self.finest is None else self.finest)

    @property
    def noisy(self):
        """Whether each value has a noise variance of its own: here all have."""
        return True

    @property
    def width(self):
        """The width of the narrowest bin: 0, since the spread within bins is noise."""
        return 0.0

    def width_at(self, means):
        """The widths of the bins that means are in: 0."""
        return np.zeros(means.shape)

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

    def only(self, index):
        """The points that some of several mixtures climb on: these."""
        return self

    def total(self, function):
        """What `function` gives for all points, their masses and noise, as of cells."""
        return function(self.values, self.masses, self.noise)

    def coarsen(self):
        """Fewer points of the same mass and means, enough to search on."""
        if self.values.size <= COARSE[0] * COARSE[1]:
            return self
        counted = _count(bins(self.noise, COARSE), self.values, self.masses, self.noise)
        return counted.points(self.noise_level)._replace(finest=self.unit)


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


class NoisyBins(NamedTuple):
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
    return NoisyBins(low, (high - low) / shape[0] or 1.0, shape)


class _Counts(NamedTuple):
    """Per bin the mass, and the sums of mass times estimate, its square, and noise."""

    mass: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    noise_sums: np.ndarray

    def __add__(self, other):
        return _Counts(*map(operator.iadd, self, other))

    def points(self, noise_level):
        """The means of the bins that are not empty.

        The spread within a bin counts as noise. Otherwise several estimates of small
        errors would be a tie, and a group without variance would settle on it.
        """
        at = self.mass > 0
        mass = self.mass[at]
        values = self.sums[at] / mass
        spread = np.maximum(self.squares[at] / mass - values**2, 0.0)
        return NoisyPoints(values, mass, self.noise_sums[at] / mass + spread, noise_level)


def _count(bins, z, mass, noise):
    place = bins.place(z, noise)
    weights = [np.ones_like(z) if mass is None else mass, z, z * z, noise]
    weights[1:] = (weights[0] * part for part in weights[1:])
    n_bins = bins.shape[0] * bins.shape[1]
    return _Counts(*(np.bincount(place, weights=w, minlength=n_bins) for w in weights))
