"""Reading a grid block by block."""

import numpy as np
import pytest

from skem.numerics.blocks import BLOCK, is_column_major, measure, read, tiles, unflatten

SHAPES = [(1, 1), (255, 100), (3, 40_000), (40_000, 3), (1, 50_000), (50_000, 1)]
LAYOUTS = [np.ascontiguousarray, np.asfortranarray]


@pytest.fixture
def grid():
    return np.random.default_rng(0).standard_normal((300, 210))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_tiles_cover_every_cell_once(shape, layout):
    seen = layout(np.zeros(shape))
    for rows, columns in tiles(seen):
        assert seen[rows, columns].size <= BLOCK
        seen[rows, columns] += 1
    assert np.all(seen == 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_tile_is_read_flat_and_unflattened_again(grid, layout):
    grid = layout(grid)
    buffer = np.empty(BLOCK)
    for rows, columns in tiles(grid):
        tile = grid[rows, columns]
        flat = read(tile, 0.0, 1.0, buffer)
        np.testing.assert_array_equal(unflatten(flat, tile), tile)


def test_a_fortran_ordered_grid_is_read_by_columns(grid):
    assert is_column_major(np.asfortranarray(grid))
    assert not is_column_major(grid)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_cell_is_read_with_its_managers_mass(grid, cells_of, layout):
    mass = np.arange(1.0, 301.0)
    cells = cells_of(layout(grid), mass)
    for (z, masses), (rows, columns) in zip(
        cells.blocks(), tiles(cells.alphas), strict=True
    ):
        tile = cells.alphas[rows, columns]
        expected = np.broadcast_to(mass[rows, None], tile.shape)
        np.testing.assert_array_equal(unflatten(masses, tile), expected)
        assert z.size == masses.size


def test_standard_cells_have_mean_0_and_variance_1(grid, cells_of):
    z = np.concatenate([z.copy() for z, _ in cells_of(7 + 3e-9 * grid).blocks()])
    # A mean near 7 is stored to 9e-16, which is 3e-7 in units of 3e-9.
    assert abs(z.mean()) < 3e-7
    assert abs(z.std() - 1) < 3e-7


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_the_spread_is_measured_at_every_scale(grid, scale):
    extent = measure(scale * grid)
    assert extent.sd == pytest.approx(scale * grid.std(), rel=1e-13)
    assert extent.mean == pytest.approx(scale * grid.mean(), rel=1e-12)
    assert extent.minimum == scale * grid.min()
    assert extent.maximum == scale * grid.max()


def test_missing_cells_and_managers_without_weight_are_not_measured(grid):
    holed = np.vstack([grid, np.full((1, 210), 99.0)])
    holed[3, 4] = np.nan
    extent = measure(holed, np.repeat([2.0, 0.0], [300, 1]))
    there = holed[:300][~np.isnan(holed[:300])]
    assert extent.n_cells == there.size
    assert extent.mass == 2 * there.size
    assert extent.maximum == there.max()
    # Sums of 63,000 terms.
    assert extent.mean == pytest.approx(there.mean(), rel=1e-11)
    assert extent.sd == pytest.approx(there.std(), rel=1e-13)


def test_an_offset_does_not_cost_the_spread_its_digits(grid):
    # An alpha of 1e8 is stored to 1.5e-8, which is what the spread can lose.
    assert measure(1e8 + grid).sd == pytest.approx(grid.std(), rel=1e-8)


def test_an_infinite_cell_shows_in_the_range(grid):
    grid[5, 6] = -np.inf
    assert measure(grid).minimum == -np.inf
