"""Bins in standard units, their nodes, and what these leave out."""

import numpy as np
import pytest

from skem.numerics.data.bins import left_out
from skem.numerics.data.census import take_census
from skem.numerics.data.compression import counted_cells
from skem.numerics.data.grid import Grid


@pytest.fixture
def cells():
    rng = np.random.default_rng(0)
    alphas = np.append(rng.normal(size=9000), 3 + 0.1 * rng.standard_t(2, 3000))
    grid = Grid(7 + 0.01 * alphas[:, None])
    return counted_cells(grid, take_census(grid))


def test_the_nodes_of_all_bins_keep_the_mass_the_mean_and_the_spread(cells):
    points = cells.bins.points
    assert points.mass == pytest.approx(12_000, rel=1e-14)
    assert abs(points.masses @ points.values) < 1e-12 * points.mass
    assert points.masses @ points.values**2 == pytest.approx(points.mass, rel=1e-12)
    assert np.all(np.diff(points.values) > 0)


def test_joined_bins_have_fewer_nodes_of_the_same_moments(cells):
    fine, joined = cells.bins.points, cells.bins.joined
    assert joined.values.size < fine.values.size / 2
    for k in range(4):
        size = fine.masses @ np.abs(fine.values) ** k
        error = joined.masses @ joined.values**k - fine.masses @ fine.values**k
        assert abs(error) < 1e-13 * size


def test_few_cells_are_their_own_points():
    grid = Grid(np.array([[3.0, 1.0, 1.0], [np.nan, 2.0, 1.0]]))
    bins = counted_cells(grid, take_census(grid)).bins
    assert bins.exact
    assert bins.points is bins.joined
    assert bins.points.masses.tolist() == [3, 1, 1]


@pytest.mark.parametrize("seed", range(5))
def test_fourth_moments_exceed_those_of_the_nodes_by_no_more_than_is_said(seed):
    rng = np.random.default_rng(seed)
    for n in (2, 3, 5, 1000):
        x = rng.beta(rng.uniform(0.1, 2), rng.uniform(0.1, 2), n)
        mean, variance, third = x.mean(), x.var(), ((x - x.mean()) ** 3).mean()
        most = left_out(*(np.array([part]) for part in (mean, variance, third)))[0]
        over = ((x - mean) ** 4).mean() - variance**2 - third**2 / variance
        assert -1e-15 <= over <= most + 1e-15
        assert most <= 1 / 16  # that of cells at both ends and in the middle


def test_the_most_is_reached_by_cells_at_both_ends_and_at_one_place_between():
    x, p = np.array([0.0, 0.3, 1.0]), np.array([0.2, 0.5, 0.3])
    mean = p @ x
    second, third, fourth = (p @ (x - mean) ** k for k in (2, 3, 4))
    most = left_out(*(np.array([part]) for part in (mean, second, third)))[0]
    assert most == pytest.approx(fourth - second**2 - third**2 / second, rel=1e-13)


def test_panels_weigh_what_bins_of_several_values_leave_out(cells):
    middles, halves, weights = cells.bins.panels
    assert np.all(weights > 0)
    assert middles.min() + halves.max() >= cells.low
    assert middles.max() - halves.max() <= cells.high
    # Fourth powers of the widths, which are those of eight bins.
    assert weights.sum() <= 12_000 / 16 / 24 * (halves.max() / 4) ** 4
