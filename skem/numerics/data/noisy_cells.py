"""Estimates in standard units, with their noise: what :class:`cells.Cells` are for a grid.

Functions of a block get the standardised estimates, their masses, and their noise
variances.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, reduce
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from ..model.prior import Prior
from ..model.scales import EXACT, Scales
from .cells import resolution
from .estimates import Estimates, alike
from .extent import Extent
from .protocol import T
from .tiles import dot

# Share of every noise variance below which a group's variance cannot be told from 0.
AS_GOOD_AS_ZERO = 1e-4

# Share of the mean square below which a variance is only rounding.
ROUNDING = 1e-13


class Noise(NamedTuple):
    """The range of the standard errors, the sum of their precisions, and their logarithms.

    `mass` is the mass of the errors that are not 0, and `logs` the sum of their logarithms.
    """

    smallest: float
    largest: float
    precision: float
    mass: float
    logs: float

    def __add__(self, other: "Noise") -> "Noise":  # type: ignore[override]
        return Noise(
            min(self.smallest, other.smallest),
            max(self.largest, other.largest),
            *map(operator.add, self[2:], other[2:]),
        )

    @property
    def typical(self) -> float:
        """The geometric mean of the standard errors: a few extreme ones hardly move it."""
        return float(np.exp(self.logs / self.mass)) if self.mass else 0.0

    def in_units(self, unit: float) -> "Noise":
        """The same with `unit` present units as the new unit."""
        return Noise(
            self.smallest / unit,
            self.largest / unit,
            self.precision * unit * unit,
            self.mass,
            self.logs - self.mass * np.log(unit),
        )


def _measure_noise(
    scale: float,
    mass: np.ndarray | None,
    estimates: np.ndarray,
    errors: np.ndarray,
    *_: np.ndarray,
) -> Noise:
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


def _weigh(
    centre: float,
    scale: float,
    typical: float,
    mass: np.ndarray | None,
    estimates: np.ndarray,
    errors: np.ndarray,
    *_: np.ndarray,
) -> np.ndarray:
    """Sums of 1, z and z^2, weighted by precisions that are at most that of `typical`."""
    z = (estimates - centre) / scale
    with np.errstate(over="ignore"):
        weights = 1 / (np.square(errors / scale) + typical**2)
    if mass is not None:
        weights *= mass
    return np.array([weights.sum(), dot(weights, z), dot(weights, z, z)])


@dataclass(frozen=True, eq=False)
class NoisyCells:
    """Observed estimates, read as ``z = (estimate - centre) / scale``, with their noise.

    It has the interface of ``cells.Cells``. `noise_level` is the noise variance of
    average precision, and `least_noise` the smallest one. Both are 0 if any estimate has
    no noise.
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
    prior: Prior | None = None

    # Each estimate has a noise variance of its own. They are not counted like cells, and an
    # E-step needs more than sums of their powers.
    noisy: ClassVar[bool] = True
    bins: ClassVar[None] = None
    power_sums: ClassVar[None] = None

    @classmethod
    def of(cls, rows: Estimates, extent: Extent) -> tuple[Noise, Self]:
        """The Noise in standard units, and the rows of Estimates in these.

        `extent` is the Extent of the estimates. In standard units they have mean 0 and
        variance 1, weighted by precisions: a few very noisy and distant estimates do not
        set the unit. If all estimates are equal, the typical noise is the unit.
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

    def variance_floor(self, fraction: float) -> float:
        """The lowest variance of a group: a fraction of the pooled one, or `resolution`.

        If all estimates have noise, it is so far below the least noise that it acts as 0.
        """
        if self.noise_level > 0:
            return max(AS_GOOD_AS_ZERO * self.least_noise, np.finfo(float).tiny)
        return max(fraction, resolution(self))

    def only(self, index: Any) -> Self:
        """The cells that some of several mixtures are fitted to: all of these."""
        return self

    def total(self, function: Callable[..., T]) -> T:
        """Sum over blocks of ``function(z, mass, noise)``; masses are None if all are 1.

        Noise is an array of variances if it is normal, else Scales.
        """
        return self.grid.total(partial(_by_nodes, function, self.centre, self.scale))

    def total_by_degrees(self, function: Callable[..., T]) -> T:
        """Sum over blocks of ``function(z, mass, noise, degrees)``.

        Without degrees of freedom it is that of ``function(z, mass, noise)``.
        """
        return self.grid.total(partial(_standardised, function, self.centre, self.scale))


def _standardised(
    function: Callable[..., T],
    centre: float,
    scale: float,
    mass: np.ndarray | None,
    estimates: np.ndarray,
    errors: np.ndarray,
    *degrees: np.ndarray,
) -> T:
    return function((estimates - centre) / scale, mass, np.square(errors / scale), *degrees)


def _by_nodes(function: Callable[..., T], centre: float, scale: float, *rows: Any) -> T:
    return _standardised(partial(_sum_alike, function), centre, scale, *rows)


def _sum_alike(
    function: Callable[..., T],
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray,
    degrees: np.ndarray | None = None,
) -> T:
    """The function's sum over rows that need the same number of nodes, by that number."""
    if degrees is None:
        return function(z, mass, noise)
    sums = []
    for some in alike(degrees):
        own = None if mass is None else mass[some]
        scales = Scales.of(noise[some], degrees[some], EXACT)
        seen = scales if scales.n_nodes > 1 else noise[some]
        sums.append(function(z[some], own, seen))
    return reduce(operator.add, sums)
