"""Reading a grid block by block, and the first pass over it."""

import os
import signal
import time

import numpy as np
import pytest

from skem.numerics.ascent.em import m_step
from skem.numerics.data import extent
from skem.numerics.data.extent import SAMPLE, distinct_values, measure, standard_cells
from skem.numerics.data.grid import Grid
from skem.numerics.data.tiles import BLOCK, is_column_major, read, spread, tiles, unflatten
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture

SHAPES = [
    (0, 3),
    (3, 0),
    (1, 1),
    (255, 100),
    (3, 100_000),
    (100_000, 3),
    (1, 150_000),
    (150_000, 1),
]
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
    for at in tiles(grid):
        flat = read(grid[at], 0.0, 1.0)
        np.testing.assert_array_equal(unflatten(flat, grid[at]), grid[at])


def test_a_fortran_ordered_grid_is_read_by_columns(grid):
    assert is_column_major(np.asfortranarray(grid))
    assert not is_column_major(grid)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_cell_is_read_with_its_managers_mass(grid, layout):
    mass, grid = np.arange(1.0, 301.0), layout(grid)
    for rows, columns in tiles(grid):
        tile = grid[rows, columns]
        expected = np.broadcast_to(mass[rows, None], tile.shape)
        np.testing.assert_array_equal(unflatten(spread(mass[rows], tile), tile), expected)


def test_standard_cells_have_mean_0_and_variance_1(grid, cells_of):
    cells = cells_of(7 + 3e-9 * grid)
    sums = cells.total(lambda z, mass: np.array([z.size, z.sum(), z @ z]))
    # A mean near 7 is stored to 9e-16, which is 3e-7 in units of 3e-9.
    np.testing.assert_allclose(sums / grid.size, [1, 0, 1], atol=6e-7)


@pytest.mark.parametrize("n_threads", [2, 3, 7])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sum_has_the_same_bits_on_any_number_of_threads(layout, n_threads):
    alphas = layout(np.random.default_rng(0).standard_normal((700, 1000)))
    alphas[::9, ::4] = np.nan
    mass = np.linspace(0, 2, 700)
    mixture = Mixture(np.array([0.3, 0.7]), np.array([-1.0, 0.5]), np.array([0.5, 1.0]))

    def one_iteration(threads):
        grid = Grid(alphas, mass, threads)
        cells = standard_cells(grid, measure(grid))
        return m_step(e_step(cells, mixture), mixture, unconstrained(2, 1e-6))

    np.testing.assert_array_equal(one_iteration(n_threads), one_iteration(1))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_makes_threads_of_its_own(grid):
    alphas = np.tile(grid, (20, 1))
    expected = Grid(alphas, n_threads=2).total(_sum)
    child = os.fork()
    if child == 0:
        same = Grid(alphas, n_threads=2).total(_sum) == expected
        os._exit(0 if same else 1)
    deadline = time.monotonic() + 60
    while (ended := os.waitpid(child, os.WNOHANG))[0] == 0:
        if time.monotonic() > deadline:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.01)
    assert ended[1] == 0


def _sum(tile, row_mass):
    return float(tile.sum())


def test_an_infinite_cell_is_found_at_its_place_in_the_larger_grid(grid):
    grid[250, 7] = np.inf
    assert Grid(grid, corner=(1000, 50)).find_infinity() == (1250, 57, np.inf)
    assert Grid(grid[:250]).find_infinity() is None


def test_passes_over_the_grid_are_counted(grid):
    counted = Grid(grid)
    measure(counted)
    assert counted.n_passes == 1


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_the_spread_is_measured_at_every_scale(grid, scale):
    extent = measure(Grid(scale * grid))
    assert extent.sd == pytest.approx(scale * grid.std(), rel=1e-13)
    assert extent.mean == pytest.approx(scale * grid.mean(), rel=1e-12)
    assert extent.minimum == scale * grid.min()
    assert extent.maximum == scale * grid.max()


def test_missing_cells_and_managers_without_weight_are_not_measured(grid):
    holed = np.vstack([grid, np.full((1, 210), 99.0)])
    holed[3, 4] = np.nan
    extent = measure(Grid(holed, np.repeat([2.0, 0.0], [300, 1])))
    there = holed[:300][~np.isnan(holed[:300])]
    assert extent.n_cells == there.size
    assert extent.mass == 2 * there.size
    assert extent.maximum == there.max()
    # Sums of 63,000 terms.
    assert extent.mean == pytest.approx(there.mean(), rel=1e-11)
    assert extent.sd == pytest.approx(there.std(), rel=1e-13)


def test_an_offset_does_not_cost_the_spread_its_digits(grid):
    # An alpha of 1e8 is stored to 1.5e-8, by which the spread can be off.
    assert measure(Grid(1e8 + grid)).sd == pytest.approx(grid.std(), rel=1e-8)


def test_an_infinite_cell_shows_in_the_range(grid):
    grid[5, 6] = -np.inf
    assert measure(Grid(grid)).minimum == -np.inf


def test_the_sample_is_of_observed_cells_all_over_the_grid():
    alphas = np.arange(1_000_000.0).reshape(1000, 1000)
    alphas[:, ::2] = np.nan
    sample = measure(Grid(alphas)).sample.values
    assert SAMPLE / 4 < sample.size < 4 * SAMPLE
    assert np.isin(sample, alphas).all()
    assert np.ptp(sample) > 0.99 * alphas.size


@pytest.mark.parametrize("layout", ["C", "F"])
@pytest.mark.parametrize("shape", [(1000, 1000), (4096, 512), (4097, 512), (512, 4097)])
def test_the_sample_is_not_of_a_few_columns_or_rows(shape, layout):
    """A stride along one of them that divides its length would meet few of the others."""
    for axis in (0, 1):
        lines = np.expand_dims(np.arange(float(shape[axis])), 1 - axis)
        grid = np.array(np.broadcast_to(lines, shape), order=layout)
        assert grid.flags[f"{layout}_CONTIGUOUS"]
        met = np.unique(measure(Grid(grid)).sample.values).size
        # Each of up to four tiles has an equal share, perhaps of the same lines.
        assert met > 0.9 * min(shape[axis], SAMPLE / 4)


def test_the_sample_of_very_many_blocks_stays_small_and_even(monkeypatch):
    monkeypatch.setattr("skem.numerics.data.tiles.BLOCK", 2**4)
    monkeypatch.setattr(extent, "SAMPLE", 2**6)
    sample = measure(Grid(np.arange(1e5).reshape(-1, 1))).sample.values
    assert 2**6 <= sample.size <= 4 * 2**6
    # A tenth of the cells, give or take two of the sample.
    shares = np.histogram(sample, 10, (0, 1e5))[0] / sample.size
    np.testing.assert_allclose(shares, 0.1, atol=2 / sample.size)


def test_distinct_values_are_counted_up_to_what_is_enough(grid):
    few = np.round(grid)
    assert distinct_values(Grid(few), 100).tolist() == np.unique(few).tolist()
    assert distinct_values(Grid(grid), 5).size == 5
