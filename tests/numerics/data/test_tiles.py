"""Tiles as flat arrays of doubles."""

import tracemalloc

import numpy as np
import pytest

from skem.numerics.data.extent import measure
from skem.numerics.data.grid import Grid
from skem.numerics.data.tiles import BLOCK, flat, unflatten

TILES = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "some columns": lambda tile: tile[:, 3:9],
    "every other row": lambda tile: np.asfortranarray(tile)[::2],
    "backwards": lambda tile: tile[::-1],
}


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8"])
@pytest.mark.parametrize("layout", TILES.values(), ids=TILES)
def test_a_tile_is_flattened_in_the_order_that_unflatten_undoes(layout, dtype):
    tile = layout(np.random.default_rng(0).standard_normal((30, 20)).astype(dtype))
    cells = flat(tile)
    assert cells.dtype == np.float64
    np.testing.assert_array_equal(unflatten(cells, tile), tile)


def test_a_tile_of_doubles_is_not_copied():
    tile = np.ones((30, 20))
    assert np.shares_memory(flat(tile), tile)


def test_float32_is_measured_without_new_memory_for_a_block():
    grid = Grid(np.ones((2 * BLOCK // 64, 64), np.float32))
    measure(grid)  # which makes this thread's scratch
    tracemalloc.start()
    measure(grid)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * BLOCK / 8  # NumPy's own casting takes some kilobytes
