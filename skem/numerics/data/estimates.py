"""Estimates with standard errors, read block by block, and in standard units.

What `blocks` is for the cells of a grid: functions of a block get the standardised
estimates, their masses, and also their noise variances.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from .grid import resolution
from .threads import TreeSum, share
from .tiles import dot

# So many rows at once.
ROWS = 2**16

# A variance that is this share of all noise cannot be told from 0.
AS_GOOD_AS_ZERO = 1e-4

# A variance below this share of the mean square is nothing but rounding.
ROUNDING = 1e-13


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
    """Of all standard errors the smallest, the largest, and the sum of the precisions.

    And of those that are not 0 the mass, and the sum of the logarithms.
    """

    smallest: float
    largest: float
    precision: float
    mass: float
    logs: float

    def __add__(self, other):
        return Noise(
            min(self.smallest, other.smallest),
            max(self.largest, other.largest),
            *(mine + others for mine, others in zip(self[2:], other[2:], strict=True)),
        )

    @property
    def typical(self):
        """The geometric mean of the standard errors: a few far ones hardly move it."""
        return float(np.exp(self.logs / self.mass)) if self.mass else 0.0

    def in_units(self, unit):
        """The same in units of so many of the present ones."""
        return Noise(
            self.smallest / unit,
            self.largest / unit,
            self.precision * unit * unit,
            self.mass,
            self.logs - self.mass * np.log(unit),
        )


def _measure_noise(scale, estimates, errors, mass):
    errors = errors / scale
    mass = np.ones_like(errors) if mass is None else mass
    positive = errors > 0
    with np.errstate(divide="ignore", over="ignore"):
        precisions = mass / np.square(errors)
        logs = np.log(errors, where=positive, out=np.zeros_like(errors))
    return Noise(
        errors.min(initial=np.inf),
        errors.max(initial=0.0),
        float(precisions.sum()),
        float(mass[positive].sum()),
        float((mass * logs).sum()),
    )


def _weigh(centre, scale, typical, estimates, errors, mass):
    """Sums of 1, z and z^2, weighted by precisions, of which none is above `typical`'s."""
    z = (estimates - centre) / scale
    with np.errstate(over="ignore"):
        weights = 1 / (np.square(errors / scale) + typical**2)
    if mass is not None:
        weights *= mass
    return np.array([weights.sum(), dot(weights, z), dot(weights, z, z)])


class NoisyCells(NamedTuple):
    """Observed estimates, read as ``z = (estimate - centre) / scale``, with their noise.

    Has what a solver asks of ``blocks.Cells``. `noise_level` is the noise variance of
    average precision, `least_noise` the smallest: both 0 if any estimate has no noise.
    """

    grid: Estimates
    centre: float
    scale: float
    low: float
    high: float
    mass: float
    n_cells: int
    noise_level: float
    least_noise: float

    @property
    def noisy(self):
        """Whether each cell has a noise variance of its own: here all have."""
        return True

    @classmethod
    def of(cls, rows, extent):
        """The rows of Estimates in standard units, and the Noise in these.

        `extent` is that of the estimates. They have mean 0 and variance 1, weighted by
        precisions: estimates as noisy as they are far out would set units in which
        nothing else has any size. If all are equal, the noise is the unit.
        """
        centre, scale = extent.mean, extent.sd
        if extent.minimum == extent.maximum:
            noise = rows.total(partial(_measure_noise, 1.0))
            centre, scale = extent.minimum, noise.typical or 1.0
        noise = rows.total(partial(_measure_noise, scale))
        if noise.typical > 0:
            mass, first, second = rows.total(partial(_weigh, centre, scale, noise.typical))
            mean = first / mass
            variance = second / mass - mean**2
            if variance > ROUNDING * second / mass:
                unit = float(np.sqrt(variance))
                centre, scale = centre + scale * mean, scale * unit
                noise = noise.in_units(unit)
        return noise, cls(
            rows,
            float(centre),
            scale,
            low=(extent.minimum - centre) / scale,
            high=(extent.maximum - centre) / scale,
            mass=extent.mass,
            n_cells=extent.n_cells,
            noise_level=extent.mass / noise.precision,
            least_noise=noise.smallest**2,
        )

    def variance_floor(self, fraction):
        """The lowest variance of a group: a fraction of the pooled one, or `resolution`.

        If all estimates have noise, so little beside the least of it that 0 is as near.
        """
        if self.noise_level > 0:
            return max(AS_GOOD_AS_ZERO * self.least_noise, np.finfo(float).tiny)
        return max(fraction, resolution(self))

    def only(self, index):
        """The cells that some of several mixtures climb on: these."""
        return self

    def total(self, function):
        """Sum over blocks of ``function(z, mass, noise)``; masses are None where all 1."""
        return self.grid.total(partial(_standardised, function, self.centre, self.scale))


def _standardised(function, centre, scale, estimates, errors, mass):
    return function((estimates - centre) / scale, mass, np.square(errors / scale))
