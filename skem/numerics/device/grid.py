"""A grid in an array on a device, which is read in blocks."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from ..data.cells import read_standardised
from ..data.census import census_of_tile
from ..data.protocol import T
from ..data.threads import TreeSum
from ..data.tiles import bands, rectangles
from ..posterior.membership import (
    fill_groups,
    fill_log_densities,
    fill_memberships,
    manager_sums,
    score_tile,
    weigh_tile,
)
from .answers import (
    evidence_on_device,
    groups_on_device,
    log_densities_on_device,
    manager_sums_on_device,
    memberships_on_device,
    score_on_device,
)
from .passes import standardised_on_device
from .reading import census_on_device

# What is computed on the device, by the functions of NumPy tiles. To other functions the
# tiles are given as NumPy arrays.
COUNTERPARTS: dict[Any, Callable[..., Any]] = {
    census_of_tile: census_on_device,
    read_standardised: standardised_on_device,
    fill_memberships: memberships_on_device,
    fill_groups: groups_on_device,
    fill_log_densities: log_densities_on_device,
    manager_sums: manager_sums_on_device,
    score_tile: score_on_device,
    weigh_tile: evidence_on_device,
}

# The numbers of cells that are read at once: sorted, and with several values for each.
BLOCK, PIECE = 2**24, 2**21


class DeviceGrid:
    """An (N, M) grid of raw alphas on a device, and the NumPy weights (N,) of its managers.

    It has the methods of :class:`~skem.numerics.data.grid.Grid`.
    """

    def __init__(self, alphas: Any, manager_mass: np.ndarray | None) -> None:
        self.alphas = alphas
        self.manager_mass = manager_mass
        self.place = alphas.place
        self.n_passes = 0

    def total(
        self,
        function: Callable[..., T],
        size: int | None = None,
        whole_rows: bool = False,
    ) -> T:
        """Sum of ``function(tile, manager_mass of its rows)`` over tiles of some size."""
        self.n_passes += 1
        there = self._counterpart(function)
        if there is not None:
            size = BLOCK if function.func is census_of_tile else PIECE  # type: ignore[attr-defined]
        cut = bands if whole_rows else rectangles
        sums = TreeSum()
        for rows, columns in cut(self.alphas, size):
            mass = None if self.manager_mass is None else self.manager_mass[rows]
            if there is None:
                sums.add(function(self.alphas[rows, columns], mass))
            else:
                sums.add(there(self.alphas.array[rows, columns], mass))
        return sums.total()

    def row_totals(
        self, function: Callable[[np.ndarray], np.ndarray], width: int
    ) -> np.ndarray:
        """Sums (N, width) of ``function(tile)`` over the tiles of the same rows."""
        there = self._counterpart(function)
        sums = np.zeros((len(self.alphas), width))
        for rows, columns in rectangles(self.alphas, PIECE):
            if there is None:
                sums[rows] += function(self.alphas[rows, columns])
            else:
                sums[rows] += there(self.alphas.array[rows, columns])
        return sums

    def map(
        self,
        function: Callable[[np.ndarray, np.ndarray], None],
        dtype: DTypeLike,
        depth: tuple[int, ...] = (),
    ) -> Any:
        """What ``function(tile, out)`` puts into `out`, of all cells, on the device."""
        there = self._counterpart(function)
        xp, kind = self.place.xp, self.place.nearest(dtype)
        if not self.place.writeable:
            parts = [
                xp.stack(self._answers(there, function, dtype, depth, at), axis=-1)
                for at in bands(self.alphas, PIECE)
            ]
            found = xp.astype(xp.concat(parts, axis=0), kind)
            return found if depth else found[..., 0]
        shape = (*self.alphas.shape, *(depth or (1,)))
        out = xp.empty(shape, dtype=kind, device=self.place.device)
        for at in rectangles(self.alphas, PIECE):
            parts = self._answers(there, function, dtype, depth, at)
            for k, part in enumerate(parts):
                out[*at, k] = xp.astype(part, kind, copy=False)
        return out if depth else out[..., 0]

    def map_rows(
        self,
        function: Callable[[np.ndarray], np.ndarray],
        totals: np.ndarray,
        width: int,
        dtype: DTypeLike,
    ) -> Any:
        """``function(totals)`` (N, width) on the device, with `totals` of `row_totals`."""
        return self.place.send(function(totals).astype(dtype, copy=False))

    def find_infinity(self) -> tuple[int, int, float] | None:
        """The row, the column and the value of an infinite cell, or None."""
        xp = self.place.xp
        for rows, columns in rectangles(self.alphas, BLOCK):
            if bool(xp.any(xp.isinf(self.alphas.array[rows, columns]))):
                tile = self.alphas[rows, columns]
                row, column = np.argwhere(np.isinf(tile))[0]
                value = float(tile[row, column])
                return int(row) + rows.start, int(column) + columns.start, value
        return None

    def _counterpart(self, function: Any) -> Callable[..., Any] | None:
        """The same function of arrays of the device, or None if there is none."""
        if not (isinstance(function, partial) and self.place.has_doubles):
            return None
        there = COUNTERPARTS.get(function.func)
        return there and partial(there, self.place, *function.args)

    def _answers(
        self,
        there: Callable[..., list[Any]] | None,
        function: Callable[[np.ndarray, np.ndarray], None],
        dtype: DTypeLike,
        depth: tuple[int, ...],
        at: tuple[slice, slice],
    ) -> list[Any]:
        """Arrays of the device for a tile: one of each group, or one."""
        if there is not None:
            return there(self.alphas.array[at])
        tile = self.alphas[at]
        out = np.empty((*tile.shape, *depth), dtype)
        function(tile, out)
        parts = np.moveaxis(out, -1, 0) if depth else [out]
        return [self.place.send(np.ascontiguousarray(part)) for part in parts]
