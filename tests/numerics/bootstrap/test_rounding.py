"""Counts that do not show how cells are rounded."""

import numpy as np
import pytest
from scipy.stats import norm

from skem.numerics.bootstrap.likelihood_ratio import BINS
from skem.numerics.bootstrap.replicates import bins_for, count_draws, simulate
from skem.numerics.bootstrap.rounding import (
    LEFT,
    N_TICKS,
    Ruler,
    count_blurred,
    count_draws_blurred,
    count_values,
    hiding_blur,
)
from skem.numerics.data.tiles import BLOCK
from skem.numerics.model.mixture import Mixture

RULER = Ruler(-5.5, 5.5)
ONE = Mixture(np.ones(1), np.zeros(1), np.ones(1))


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def rounded(z, step):
    return step * np.round(z / step)


def test_copies_of_a_manager_s_draw_count_once(cells_of):
    column = normal(30)[:, None]
    ruler = Ruler(-9.0, 9.0)
    once = count_values(cells_of(np.hstack([column, column, column])), ruler, 100)
    np.testing.assert_array_equal(once, count_values(cells_of(column), ruler, 100))
    near = np.hstack([column, column + 1e-9, column - 1e-9])
    assert once.sum() == count_values(cells_of(near), ruler, 100).sum() == 30


@pytest.mark.parametrize("n", [60, 10**8])
def test_blur_leaves_of_a_lattice_what_it_says(n):
    contrast = np.exp(-0.5 * (2 * np.pi / 0.3 * hiding_blur(0.3, n)) ** 2)
    assert np.sqrt(n) * contrast == pytest.approx(LEFT)


def test_blurred_counts_are_what_noise_gives_on_average(cells_of):
    cells = cells_of(rounded(normal(40), 0.4)[:, None])
    bins, blur = bins_for(ONE, **BINS), 0.2
    z = (cells.grid.alphas - cells.centre) / cells.scale
    below = norm.cdf((bins.edges - z) / blur).sum(axis=0)
    expected = np.diff(below, prepend=0, append=40)
    found = count_blurred(cells, RULER, bins, blur)
    assert found.shape == (1, bins.values.size)
    # A cell moves by at most half a tick: of .01, the bins' width, the 240th part.
    np.testing.assert_allclose(found[0], expected, atol=40 * norm.pdf(0) / blur * 4e-5)


def test_cells_on_ticks_are_blurred_where_they_are(cells_of):
    cells = cells_of(np.tile([-1.0, 1.0], (20, 1)))
    ruler, bins = Ruler(-2.0, -2.0 + 2.0**-15 * (N_TICKS - 1)), bins_for(ONE, **BINS)
    below = 20 * norm.cdf((bins.edges[:, None] - [-1, 1]) / 0.01).sum(axis=1)
    expected = np.diff(below, prepend=0, append=40)
    # Between ticks, 3e-5 apart, there are straight lines; the ends cut off 6e-7.
    found = count_blurred(cells, ruler, bins, 0.01)[0]
    np.testing.assert_allclose(found, expected, atol=40 * 1e-6)
    assert not found[bins.values < -1.1].any()


def test_cells_beyond_the_ruler_are_counted_where_they_are(cells_of):
    z = np.append(normal(50), 30.0)[:, None]
    cells = cells_of(z)
    bins = bins_for(ONE, **BINS)
    ends = Ruler(-2.0, 2.0)
    found = count_blurred(cells, ends, bins, 0.1)[0]
    assert found.sum() == pytest.approx(51, rel=1e-12)
    assert found[bins.index((30.0 - cells.centre) / cells.scale)] == pytest.approx(1)


@pytest.mark.parametrize("ticks", [0.4, 0.5, 40])
def test_no_mass_is_where_no_cell_is_near(cells_of, ticks):
    """What a transform rings between groups that are far apart would be a group."""
    z = np.append(normal(500), 500 + normal(500))
    cells = cells_of(z[:, None])
    ruler = Ruler(cells.low - 0.02, cells.high + 0.02)
    ends = Mixture(np.ones(2) / 2, np.array([-1.0, 1.0]), np.full(2, 1 / cells.scale**2))
    bins, blur = bins_for(ends, **BINS), ticks * ruler.tick
    found = count_blurred(cells, ruler, bins, blur)[0]
    assert found.sum() == pytest.approx(1000, rel=1e-12)
    sorted_z = (np.sort(z) - cells.centre) / cells.scale
    gap = (bins.values > sorted_z[499] + 0.1) & (bins.values < sorted_z[500] - 0.1)
    assert gap.sum() > 500
    assert not found[gap].any()


def test_each_draw_is_blurred_by_itself(cells_of):
    alphas = rounded(normal(60).reshape(20, 3), 0.4)
    alphas[4, 1] = np.nan
    cells = cells_of(alphas)
    bins = bins_for(ONE, **BINS)
    blurred = count_draws_blurred(cells, RULER, bins, 0.2, 3)
    np.testing.assert_allclose(blurred.sum(axis=1), 20)
    whole = count_blurred(cells, RULER, bins, 0.2)[0]
    # The manager with two draws gives the first of them again.
    again = count_draws(cells, bins, 3).sum() - 59
    assert blurred.sum() == pytest.approx(whole.sum() + again)
    sharp = count_draws_blurred(cells, RULER, bins, 1e-6, 3)
    # Between a tick's ends the counts are taken for even.
    np.testing.assert_allclose(sharp, count_draws(cells, bins, 3), atol=1e-3)


def test_simulated_cells_are_as_wide_as_what_they_are_drawn_from():
    bins, rng = bins_for(ONE, **BINS), np.random.RandomState(0)
    masses = simulate(bins, ONE, 1000, 200, rng, blur=0.5)
    np.testing.assert_allclose(masses.sum(axis=1), 1000)
    variance = masses.mean(axis=0) @ bins.values**2 / 1000
    # 200,000 cells, of which the outermost are in wide bins.
    assert variance == pytest.approx(1, abs=4 * np.sqrt(2 / 200_000))
    # Blurred, neighbours are alike: some 2 in 1,000 of what they would differ by.
    roughness = np.diff(masses[0, 400:600]).std() / np.sqrt(2 * masses[0, 400:600].mean())
    assert roughness < 0.02


def test_more_cells_than_a_block_are_counted():
    assert RULER.count(normal(BLOCK + 5) / 2).sum() == BLOCK + 5
