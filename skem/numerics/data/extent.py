"""The first pass over a grid: the number, the range and the moments of its cells."""

from functools import partial
from math import gcd
from typing import NamedTuple

import numpy as np

from .cells import Cells
from .grid import Grid
from .tiles import dot, flat, observed, read, scratch, spread

# The number of cells that are kept as a sample.
SAMPLE = 2**12


class Sample(NamedTuple):
    """Some cells (n,); `halvings` counts how often the sample was halved.

    A grid of very many blocks keeps more cells than are needed. Samples are halved before
    they are joined, so that every block has its share.
    """

    values: np.ndarray
    halvings: int = 0

    def __add__(self, other: "Sample") -> "Sample":  # type: ignore[override]
        halvings = max(self.halvings, other.halvings)
        values = np.append(
            *(s.values[:: 2 ** (halvings - s.halvings)] for s in (self, other))
        )
        while values.size > 4 * SAMPLE:
            values, halvings = values[::2], halvings + 1
        return Sample(values, halvings)


class Extent(NamedTuple):
    """Counts, mean, standard deviation and range of cells, and some of them.

    Extents add up by the pairwise update of Chan, Golub and LeVeque (1983). It uses
    fractions of the mass so far, so that squares of 1e150 do not overflow in the sum. An
    infinite cell makes the range infinite.
    """

    n_cells: int
    mass: float
    mean: float
    variance: float
    minimum: float
    maximum: float
    complete: bool
    sample: Sample

    @property
    def sd(self) -> float:
        """The standard deviation."""
        return np.sqrt(self.variance)

    def __add__(self, other: "Extent") -> "Extent":  # type: ignore[override]
        complete = self.complete and other.complete
        if not (self.n_cells and other.n_cells):
            return (self if self.n_cells else other)._replace(complete=complete)
        mass = self.mass + other.mass
        fraction = other.mass / mass
        step = other.mean - self.mean
        return Extent(
            self.n_cells + other.n_cells,
            mass,
            self.mean + fraction * step,
            self.variance
            + fraction * (other.variance - self.variance)
            + fraction * (1 - fraction) * step * step,
            min(self.minimum, other.minimum),
            max(self.maximum, other.maximum),
            complete,
            self.sample + other.sample,
        )


def measure(grid: Grid) -> Extent:
    """The extent of the observed cells, in raw units."""
    n, m = grid.alphas.shape
    return grid.total(partial(_measure_tile, stride_of(n * m)))


def stride_of(size: int) -> int:
    """How far apart the values of a sample are, so that no column is left out."""
    every = max(1, size // SAMPLE)
    while gcd(every, size) > 1:
        every += 1
    return every


def _measure_tile(every: int, tile: np.ndarray, row_mass: np.ndarray | None) -> Extent:
    z = flat(tile)
    mass = None if row_mass is None else spread(row_mass, tile)
    complete = row_mass is None or bool(np.all(row_mass > 0))
    minimum = float(z.min())
    if not complete or np.isnan(minimum):
        z, mass = observed(z, mass)
        complete = False
        if z.size == 0:
            return Extent(0, 0.0, 0.0, 0.0, np.inf, -np.inf, False, Sample(z))
        minimum = float(z.min())
    maximum = float(z.max())
    sample = Sample(z[::every].copy())
    if np.isinf(minimum) or np.isinf(maximum):
        return Extent(z.size, 1.0, 0.0, 0.0, minimum, maximum, complete, sample)
    with np.errstate(over="ignore", under="ignore"):  # the caller raises the error
        moments = _moments(z, mass)
    return Extent(z.size, *moments, minimum, maximum, complete, sample)


class Distinct(NamedTuple):
    """Some different values (K,), at most `enough` of them."""

    values: np.ndarray
    enough: int

    def __add__(self, other: "Distinct") -> "Distinct":  # type: ignore[override]
        both = np.union1d(self.values, other.values)
        return Distinct(both[: self.enough], self.enough)


def distinct_values(grid: Grid, enough: int) -> np.ndarray:
    """The different observed values, or `enough` of them if there are more."""
    return grid.total(partial(_distinct_tile, enough)).values


def _distinct_tile(enough: int, tile: np.ndarray, row_mass: np.ndarray | None) -> Distinct:
    mass = None if row_mass is None else spread(row_mass, tile)
    z, _ = observed(read(tile, 0.0, 1.0), mass)
    return Distinct(np.unique(z)[:enough], enough)


def _moments(z: np.ndarray, mass: np.ndarray | None) -> tuple[float, float, float]:
    if mass is None:
        mean, square = z.mean(), dot(z, z) / z.size
        if 2 * mean * mean < square < np.inf:  # little cancels
            return float(z.size), mean, square - mean * mean
        d = np.subtract(z, mean, out=scratch("z", z.size))
        return float(z.size), mean, dot(d, d) / z.size
    total = mass.sum()
    fractions = mass / total
    mean = dot(fractions, z)
    d = z - mean
    return total, mean, dot(fractions * d, d)


def standard_cells(grid: Grid, extent: Extent) -> Cells:
    """The grid's cells in standard units: mean 0, and variance 1 unless all are equal."""
    mean, sd = extent.mean, extent.sd or 1.0
    return Cells(
        grid,
        centre=mean,
        scale=sd,
        low=(extent.minimum - mean) / sd,
        high=(extent.maximum - mean) / sd,
        mass=extent.mass,
        n_cells=extent.n_cells,
        complete=extent.complete,
        sample=(extent.sample.values - mean) / sd,
        variance=1.0 if extent.sd else 0.0,
    )
