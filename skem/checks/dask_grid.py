"""A grid of alphas that is a Dask array.

Every chunk is a :class:`~skem.numerics.data.grid.Grid` of its own, which the worker that
holds the chunk reads. Only functions of a few parameters and sums travel between workers.
This module does not import Dask unless the caller passed a Dask array.
"""

from functools import partial, reduce
from operator import add, methodcaller

import numpy as np

from ..numerics.data.grid import Grid
from ..numerics.data.threads import FAN_IN
from .chunks import check_chunk, check_chunks

# Bytes of a chunk of whole rows, if chunks must be joined to have whole rows.
JOINED = 2**25


class DaskGrid:
    """An (N, M) Dask array of alphas in the units of X, and the weights (N,) of managers.

    It has the methods of :class:`~skem.numerics.data.grid.Grid`. `total` computes on the
    scheduler or the client of the caller; `map`, `row_totals` and `map_rows` are lazy.
    If `check` is given, ``check(grid)`` is called on every chunk first, and may raise.
    """

    def __init__(self, alphas, manager_mass=None, check=None):
        self.alphas = alphas
        self.manager_mass = manager_mass
        self.n_passes = 0
        self._work = partial(_work, alphas.dtype, check)

    def total(self, function, size=None, whole_rows=False):
        """Sum of ``function(tile, manager_mass of its rows)`` over tiles of some size.

        If `whole_rows`, the chunks of the same rows are joined first.
        """
        self.n_passes += 1
        alphas = self.alphas
        if whole_rows and alphas.numblocks[1] > 1:
            alphas = check_chunks(alphas, alphas.dtype)
            alphas = alphas.rechunk({0: "auto", 1: -1}, block_size_limit=JOINED)
        sums = methodcaller("total", function, size, whole_rows)
        return self._tree_sum(sums, add, alphas)

    def find_infinity(self):
        """The row, the column and the value of an infinite cell, or None."""
        return self._tree_sum(methodcaller("find_infinity"), _first, self.alphas)

    def row_totals(self, function, width):
        """Sums (N, width) of ``function(tile)`` over the tiles of the same rows."""
        parts = self.alphas.map_blocks(
            partial(self._work, partial(_row_totals, function, width)),
            chunks=(self.alphas.chunks[0], (1,) * self.alphas.numblocks[1], (width,)),
            new_axis=2,
            dtype=np.float64,
            meta=np.empty((0, 0, 0)),
        )
        return parts.sum(axis=1, split_every=FAN_IN)

    def map(self, function, dtype, depth=()):
        """What ``function(tile, out)`` puts into `out`, in the grid's shape and `depth`."""
        return self.alphas.map_blocks(
            partial(self._work, methodcaller("map", function, dtype, depth)),
            chunks=(*self.alphas.chunks, *((n,) for n in depth)),
            new_axis=[2] if depth else None,
            dtype=dtype,
            meta=np.empty((0,) * (2 + len(depth)), dtype),
        )

    def map_rows(self, function, totals, width, dtype):
        """``function(totals)`` (N, width), where `row_totals` returned the totals."""
        return totals.map_blocks(
            partial(_astype, function, dtype),
            chunks=(totals.chunks[0], (width,)),
            dtype=dtype,
            meta=np.empty((0, 0), dtype),
        )

    def _tree_sum(self, function, merge, alphas):
        """Add up ``function(grid)`` of all chunks, a few neighbours at a time."""
        from dask import delayed

        arrays = [alphas]
        if self.manager_mass is not None:
            arrays.append(_column(self.manager_mass, alphas))
        n_rows, n_columns = alphas.numblocks
        boxes = arrays[0].map_blocks(
            partial(self._work, partial(_box, function)),
            *arrays[1:],
            chunks=((1,) * n_rows, (1,) * n_columns),
            dtype=object,
            meta=np.empty((0, 0), object),
        )
        values = [
            box
            for row, height in zip(boxes.to_delayed(), alphas.chunks[0], strict=True)
            for box, width in zip(row, alphas.chunks[1], strict=True)
            if height and width
        ]
        add_up = delayed(partial(_add_up, merge), pure=False, traverse=False)
        while len(values) > 1:
            values = [add_up(values[i : i + FAN_IN]) for i in range(0, len(values), FAN_IN)]
        return values[0].compute()[0, 0]


def _column(manager_mass, alphas):
    """The weights (N, 1) as an array in the row chunks of `alphas`."""
    import dask.array as da

    return da.from_array(manager_mass[:, None], chunks=(alphas.chunks[0], (1,)))


def _work(dtype, check, function, chunk, mass=None, block_info=None):
    """``function(grid)`` of a chunk. Dask puts the chunk's place into `block_info`."""
    place = block_info[0]
    chunk = check_chunk(chunk, dtype, dtype, place)
    (row, _), (column, _) = place["array-location"]
    mass = None if mass is None else mass[:, 0]
    grid = Grid(chunk, mass, corner=(int(row), int(column)))
    if check is not None:
        check(grid)
    return function(grid)


def _first(one, other):
    return min((at for at in (one, other) if at is not None), default=None)


def _row_totals(function, width, grid):
    return grid.row_totals(function, width)[:, None]


def _astype(function, dtype, totals):
    return function(totals).astype(dtype, copy=False)


def _box(function, grid):
    """An array (1, 1) that holds ``function(grid)``, which may be any object."""
    return _boxed(function(grid))


def _boxed(value):
    box = np.empty((1, 1), object)
    box[0, 0] = value
    return box


def _add_up(merge, boxes):
    return _boxed(reduce(merge, (box[0, 0] for box in boxes)))
