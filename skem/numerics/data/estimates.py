"""Estimates with standard errors, read block by block, and in standard units.

It corresponds to `grid`, which reads the cells of a grid. Functions of a block get the
standardised estimates, their masses, and their noise variances.
"""

import operator
from collections.abc import Callable, Iterator
from functools import partial, reduce
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike

from ..model.prior import Prior
from ..model.scales import EXACT, NORMAL, Scales
from .extent import Extent
from .grid import resolution
from .protocol import T
from .threads import TreeSum, share
from .tiles import dot

# Rows of a block.
ROWS = 2**16

# Share of every noise variance below which a group's variance cannot be told from 0.
AS_GOOD_AS_ZERO = 1e-4

# Share of the mean square below which a variance is only rounding.
ROUNDING = 1e-13


class Estimates:
    """Raw estimates and standard errors (N, 2), and the rows' masses (N,) or None.

    A third column of the table has the degrees of freedom of noise that is Student's t;
    without it, noise is normal. A row that contains NaN is missing. `n_passes` counts how
    often `total` read all rows.
    """

    def __init__(
        self, table: np.ndarray, mass: np.ndarray | None = None, n_threads: int = 1
    ) -> None:
        if table.shape[1] == 3 and not (table[:, 2] < NORMAL).any():
            lost = np.isnan(table[:, 2:])
            table = np.where(lost, np.nan, table)[:, :2] if lost.any() else table[:, :2]
        self.table, self.mass, self.n_threads = table, mass, n_threads
        self.n_passes = 0

    def total(self, function: Callable[..., T]) -> T:
        """Sum over blocks of ``function(masses, estimates, errors)`` of observed rows.

        The degrees of freedom are the last argument if there are any.
        """
        self.n_passes += 1
        sums = TreeSum()
        self._share(lambda rows: function(*self.observed(rows)), sums.add)
        return sums.total()

    def map(
        self,
        function: Callable[..., np.ndarray],
        dtype: DTypeLike,
        shape: tuple[int, ...] = (),
    ) -> np.ndarray:
        """``function(estimates, errors)`` (N, *shape) of all rows, also of missing ones.

        The degrees of freedom are the last argument if there are any. A call gets rows that
        need the same number of nodes.
        """
        out = np.empty((self.table.shape[0], *shape), dtype)

        def fill(rows: slice) -> None:
            columns = self.table[rows].T.astype(np.float64)
            for some in alike(*columns[2:]):
                out[rows][some] = function(*columns[:, some])

        self._share(fill)
        return out

    def _share(
        self,
        function: Callable[[slice], Any],
        collect: Callable[[Any], Any] | None = None,
    ) -> None:
        n = self.table.shape[0]
        blocks = (slice(start, start + ROWS) for start in range(0, n, ROWS))
        share(function, blocks, self.n_threads, collect)

    def observed(self, rows: slice) -> tuple[Any, ...]:
        """Masses (or None) and columns of the observed rows of a slice."""
        columns = self.table[rows].T.astype(np.float64)
        mass = None if self.mass is None else self.mass[rows]
        there = ~np.isnan(columns).any(axis=0)
        if mass is not None:
            there &= mass > 0
        if there.all():
            return mass, *columns
        return None if mass is None else mass[there], *columns[:, there]


def alike(degrees: np.ndarray | None = None) -> Iterator[np.ndarray | slice]:
    """Some rows that need the same number of nodes, in turn; all if noise is normal."""
    if degrees is None:
        yield slice(None)
        return
    n_nodes = EXACT.n_nodes(np.where(np.isnan(degrees), NORMAL, degrees))
    for n in np.unique(n_nodes):
        rows, step = np.flatnonzero(n_nodes == n), ROWS // n
        yield from (rows[start : start + step] for start in range(0, rows.size, step))


def filled(
    centre: float, scale: float, estimates: np.ndarray, *noise: np.ndarray
) -> list[np.ndarray]:
    """Estimates, noise variances and degrees of freedom if there are any, as standardised.

    A missing row is an estimate of 0, with a variance of 1 and normal noise.
    """
    errors, *degrees = noise
    z = np.nan_to_num((estimates - centre) / scale)
    variances = np.where(np.isnan(errors), 1.0, np.square(errors / scale))
    return [z, variances, *(np.where(np.isnan(some), np.inf, some) for some in degrees)]


def merge_equal(rows: Estimates) -> Estimates:
    """The distinct observed rows in ascending order, with their total masses.

    k copies of a row, in any order, give the same bits as one row of mass k.
    """
    mass, *columns = rows.observed(slice(None))
    table, index = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    return Estimates(table, np.bincount(index.ravel(), weights=mass), rows.n_threads)


class ErrorRange(NamedTuple):
    """The smallest positive standard error, infinite if none is, and the largest."""

    least: float
    largest: float

    def __add__(self, other: "ErrorRange") -> "ErrorRange":  # type: ignore[override]
        return ErrorRange(min(self.least, other.least), max(self.largest, other.largest))


def find_error_range(rows: Estimates) -> ErrorRange:
    """The range of the observed rows' standard errors."""
    return rows.total(_find_error_range)


def _find_error_range(
    mass: np.ndarray | None, estimates: np.ndarray, errors: np.ndarray, *_: np.ndarray
) -> ErrorRange:
    positive = errors > 0
    return ErrorRange(
        float(errors.min(where=positive, initial=np.inf)), float(errors.max(initial=0.0))
    )


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


class NoisyCells(NamedTuple):
    """Observed estimates, read as ``z = (estimate - centre) / scale``, with their noise.

    It has the interface of ``grid.Cells``. `noise_level` is the noise variance of
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

    @property
    def noisy(self) -> bool:
        """Whether each cell has a noise variance of its own: True for estimates."""
        return True

    @property
    def bins(self) -> None:
        """None: estimates are not counted like cells."""
        return None

    @property
    def power_sums(self) -> None:
        """None: an E-step with noise needs more than sums of the values."""
        return None

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
