"""The cells of a grid in standard units, which every reading must find again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np

from .grid import Grid
from .protocol import T
from .readings import Reading, changed, expected_sums, power_sums
from .tiles import observed, read, spread

# The distance of a mean from 0, in sds, up to which it is exact to 1e-13 sds.
FAR_OUT = 1e3

# The least sd of a group, in spacings between doubles.
DIGITS = 2**12


def resolution(cells: Any) -> float:
    """The lowest variance that a group of the cells' raw values can have in doubles.

    Its standard deviation is DIGITS spacings of doubles at the cell farthest from 0. A
    published mean is rounded to such a spacing, and must still lie in its group.
    """
    ends = cells.centre + cells.scale * np.array([cells.low, cells.high])
    return float(np.square(DIGITS * np.finfo(float).eps * np.abs(ends).max() / cells.scale))


@dataclass(frozen=True, eq=False)
class Cells:
    """The observed cells of a grid, read as ``z = (alpha - centre) / scale``.

    `low` and `high` are the smallest and the largest z. `mass` is the total
    mass: the number of cells, or the sum over cells of their manager's weight.
    `sample` (n,) holds some evenly spaced z. `mean` and `variance` are those of z. `bins`
    are those that a reading counted the cells in, if it did.
    """

    grid: Grid
    centre: float
    scale: float
    low: float
    high: float
    mass: float
    n_cells: int
    complete: bool
    sample: np.ndarray
    mean: float = 0.0
    variance: float = 1.0
    bins: Any = None

    # Cells of a grid have no noise, and no prior funds.
    noisy: ClassVar[bool] = False
    noise_level: ClassVar[float] = 0.0
    least_noise: ClassVar[float] = 0.0
    prior: ClassVar[None] = None

    @property
    def power_sums(self) -> tuple[float, float, float] | None:
        """Sums of 1, z and z^2; None where these are rounded.

        They need no pass, unless the centre is so far from 0 that its rounding matters.
        """
        if abs(self.centre) > FAR_OUT * self.scale:
            return None
        return self.mass, self.mass * self.mean, self.mass * self.square

    @property
    def square(self) -> float:
        """The mean of z^2."""
        return self.variance + self.mean * self.mean

    def variance_floor(self, fraction: float) -> float:
        """The lowest variance of a group: a fraction of the pooled one, or `resolution`."""
        return max(fraction, resolution(self))

    def only(self, index: Any) -> Self:
        """The cells that some of several mixtures are fitted to: all of these."""
        return self

    def total(self, function: Callable[[np.ndarray, np.ndarray | None], T]) -> T:
        """Sum over blocks of ``function(z, mass)``: observed cells, and their masses.

        The masses are None where every cell counts once. Raises a RuntimeError if these
        are not the cells of the first reading.
        """
        expected, slack = expected_sums(
            self.mass, self.mean, self.square, abs(self.centre / self.scale)
        )
        most = float(expected[2] + slack[2])
        reading = self.grid.total(
            partial(
                read_standardised, function, self.centre, self.scale, self.complete, most
            )
        )
        if not np.all(np.abs(reading.sums - expected) <= slack):
            raise changed()
        return reading.value


def read_standardised(
    function: Callable[[np.ndarray, np.ndarray | None], T],
    centre: float,
    scale: float,
    complete: bool,
    most: float,
    tile: np.ndarray,
    row_mass: np.ndarray | None,
) -> Reading:
    """The Reading of a tile, whose squares must not sum to more than `most`."""
    z = read(tile, centre, scale)
    mass = None if row_mass is None else spread(row_mass, tile)
    if not complete:
        z, mass = observed(z, mass)
    sums = power_sums(z, mass)
    if not sums[2] <= most:
        raise changed()
    return Reading(function(z, mass), sums)
