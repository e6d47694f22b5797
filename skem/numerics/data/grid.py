"""A grid that is read block by block, whatever its layout.

A solver never sees the grid itself. It passes a function of a block's observed cells and
their masses, and receives the sum of its values. The blocks depend only on the grid's shape
and layout, and are added in one order, so a sum has the same bits on one thread, on many,
and from a file.

A Dask grid (``skem.checks.dask_grid``) has the methods of :class:`Grid`: `total`,
`row_totals` and `map`. They receive partials of module-level functions, because those can
be sent to other processes.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike

from .protocol import T
from .readings import Reading, changed, expected_sums, power_sums
from .threads import TreeSum, share
from .tiles import CACHED, bands, observed, read, spread, tiles

# The distance of a mean from 0, in sds, up to which it is exact to 1e-13 sds.
FAR_OUT = 1e3

# The least sd of a group, in spacings between doubles.
DIGITS = 2**12


class Grid:
    """An (N, M) grid of raw alphas, and the weights (N,) of its managers or None.

    `n_passes` counts how often `total` read the whole grid. `corner` is the row and the
    column of a larger grid at which this one begins.
    """

    def __init__(
        self,
        alphas: np.ndarray,
        manager_mass: np.ndarray | None = None,
        n_threads: int = 1,
        corner: tuple[int, int] = (0, 0),
    ) -> None:
        self.alphas = alphas
        self.manager_mass = manager_mass
        self.n_threads = n_threads
        self.corner = corner
        self.n_passes = 0

    def total(
        self,
        function: Callable[[np.ndarray, np.ndarray | None], T],
        size: int | None = None,
        whole_rows: bool = False,
    ) -> T:
        """Sum of ``function(tile, manager_mass of its rows)`` over tiles of some size.

        With `whole_rows` a tile has all the cells of its managers, even if these are more.
        """
        self.n_passes += 1
        sums = TreeSum()
        value = partial(_value, function, self.alphas, self.manager_mass)
        at = bands(self.alphas, size) if whole_rows else tiles(self.alphas, size)
        share(value, at, self.n_threads, sums.add)
        return sums.total()

    def row_totals(
        self, function: Callable[[np.ndarray], np.ndarray], width: int
    ) -> np.ndarray:
        """Sums (N, width) of ``function(tile)`` over the tiles of the same rows.

        The function returns `width` values for every row of the tile.
        """
        sums = np.zeros((self.alphas.shape[0], width))

        def add(placed: tuple[slice, np.ndarray]) -> None:
            rows, value = placed
            sums[rows] += value

        share(
            lambda at: (at[0], function(self.alphas[at])),
            tiles(self.alphas, CACHED),
            self.n_threads,
            add,
        )
        return sums

    def map(
        self,
        function: Callable[[np.ndarray, np.ndarray], None],
        dtype: DTypeLike,
        depth: tuple[int, ...] = (),
    ) -> np.ndarray:
        """What ``function(tile, out)`` puts into `out`, of all cells.

        The result has the grid's shape followed by `depth`.
        """
        out = np.empty((*self.alphas.shape, *depth), dtype)

        def fill(at: tuple[slice, slice]) -> None:
            function(self.alphas[at], out[at])

        share(fill, tiles(self.alphas, CACHED), self.n_threads)
        return out

    def map_rows(
        self,
        function: Callable[[np.ndarray], np.ndarray],
        totals: np.ndarray,
        width: int,
        dtype: DTypeLike,
    ) -> np.ndarray:
        """``function(totals)`` (N, width), where `row_totals` gave the totals."""
        return function(totals).astype(dtype, copy=False)

    def find_infinity(self) -> tuple[int, int, float] | None:
        """The row, the column and the value of an infinite cell, or None."""
        for rows, columns in tiles(self.alphas):
            tile = self.alphas[rows, columns]
            if _is_finite_in_all(tile):
                continue
            infinite = np.isinf(tile)
            if infinite.any():
                at = np.argwhere(infinite)[0] + (rows.start, columns.start)
                row, column = map(int, at + self.corner)
                return row, column, float(self.alphas[*at])
        return None


def _is_finite_in_all(tile: np.ndarray) -> bool:
    """Whether the sum of the cells is finite, which costs less than to look at each."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(tile.sum()))


def _value(
    function: Callable[[np.ndarray, np.ndarray | None], T],
    alphas: np.ndarray,
    manager_mass: np.ndarray | None,
    at: tuple[slice, slice],
) -> T:
    rows, columns = at
    mass = None if manager_mass is None else manager_mass[rows]
    return function(alphas[rows, columns], mass)


def resolution(cells: Any) -> float:
    """The lowest variance that a group of the cells' raw values can have in doubles.

    Its standard deviation is DIGITS spacings of doubles at the cell farthest from 0. A
    published mean is rounded to such a spacing, and must still lie in its group.
    """
    ends = cells.centre + cells.scale * np.array([cells.low, cells.high])
    return float(np.square(DIGITS * np.finfo(float).eps * np.abs(ends).max() / cells.scale))


class Cells(NamedTuple):
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

    @property
    def noisy(self) -> bool:
        """Whether each cell has a noise variance of its own: False for a grid."""
        return False

    @property
    def noise_level(self) -> float:
        """The noise variance of average precision."""
        return 0.0

    @property
    def least_noise(self) -> float:
        """The smallest noise variance."""
        return 0.0

    @property
    def prior(self) -> None:
        """None: a grid has no prior funds."""
        return None

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
            partial(_standardised, function, self.centre, self.scale, self.complete, most)
        )
        if not np.all(np.abs(reading.sums - expected) <= slack):
            raise changed()
        return reading.value


def _standardised(
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
