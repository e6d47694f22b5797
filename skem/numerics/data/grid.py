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

import numpy as np
from numpy.typing import DTypeLike

from .protocol import T
from .threads import TreeSum, share
from .tiles import CACHED, bands, tiles


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
