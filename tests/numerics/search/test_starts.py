"""The starts of fits."""

import numpy as np
import pytest
from compressed import compress

from skem.numerics.data.points import Points
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture
from skem.numerics.search.starts import NAMES, RANDOM, starts

NOTHING = Mixture(*np.full((3, 3), np.nan))
FREE = unconstrained(3, 1e-6)


@pytest.fixture
def points(three_groups, cells_of):
    return compress(cells_of(three_groups))


@pytest.mark.parametrize("name", NAMES)
def test_a_start_is_a_mixture_within_the_data(points, name):
    rng = np.random.default_rng(0)
    for start in starts(points, FREE, name, 4, rng, NOTHING):
        assert start.weights.sum() == pytest.approx(1)
        assert start.means.min() >= points.values[0]
        assert start.means.max() <= points.values[-1]
        assert np.all(start.variances > 0)


@pytest.mark.parametrize("name", RANDOM)
def test_random_starts_are_as_many_as_asked_and_differ(points, name):
    found = starts(points, FREE, name, 4, np.random.default_rng(0), NOTHING)
    assert len({tuple(start.means) for start in found}) == 4


@pytest.mark.parametrize("name", NAMES)
def test_weights_and_copies_start_alike(three_groups, cells_of, name):
    few = three_groups[:20]  # which both ways is kept value by value
    mass = np.arange(20) % 4
    repeated = np.repeat(few, mass, axis=0)
    found = [
        starts(compress(cells), FREE, name, 2, np.random.default_rng(0), NOTHING)
        for cells in (cells_of(few, mass.astype(float)), cells_of(repeated))
    ]
    # The standard units differ in their last bits, which a search may carry on.
    np.testing.assert_allclose(*found, rtol=1e-9)


def test_k_means_starts_are_found_where_squared_distances_are_all_0():
    points = Points(np.array([0.0, 1e-170, 2e-170]), np.ones(3))
    [start] = starts(points, FREE, "k-means++", 1, np.random.default_rng(0), NOTHING)
    assert np.all((start.means >= 0) & (start.means <= 2e-170))


def test_quantile_starts_are_the_middles_of_equal_masses():
    points = Points(np.arange(8.0), np.ones(8))
    [start] = starts(
        points,
        unconstrained(2, 1e-6),
        "quantile",
        1,
        None,
        Mixture(*np.full((3, 2), np.nan)),
    )
    assert start.means.tolist() == [1.5, 5.5]


def test_kmeans_plusplus_prefers_far_cells():
    far = Points(np.array([0.0, 1e-3, 1e3]), np.ones(3))
    nothing = Mixture(*np.full((3, 2), np.nan))
    found = starts(
        far, unconstrained(2, 1e-6), "k-means++", 50, np.random.default_rng(0), nothing
    )
    assert all(np.ptp(start.means) > 900 for start in found)


def test_what_is_given_replaces_that_part_of_every_start(points):
    given = NOTHING._replace(means=np.array([-1.0, 0.0, 2.0]))
    for start in starts(points, FREE, "k-means++", 2, np.random.default_rng(0), given):
        assert start.means.tolist() == [-1, 0, 2]
        assert not np.isnan(start).any()


def test_what_is_given_whole_is_the_only_start(points):
    given = Mixture(np.full(3, 1 / 3), np.array([-1.0, 0.0, 2.0]), np.ones(3))
    [start] = starts(points, FREE, "k-means++", 9, np.random.default_rng(0), given)
    np.testing.assert_array_equal(start, given)


def test_a_small_grid_is_kept_value_by_value(cells_of):
    points = compress(cells_of(np.array([[3.0, 1.0, 1.0], [np.nan, 2.0, 1.0]])))
    assert points.masses.tolist() == [3, 1, 1]
    assert np.all(np.diff(points.values) > 0)


def test_a_large_grid_becomes_few_points_of_the_same_mass_and_mean(cells_of):
    alphas = np.random.default_rng(0).standard_normal((400, 500))
    points = compress(cells_of(alphas))
    assert points.values.size < 2**12
    # Nodes round the masses of their bins.
    assert points.masses.sum() == pytest.approx(alphas.size, rel=1e-14)
    assert abs(points.masses @ points.values) / alphas.size < 1e-14


def test_outliers_do_not_spoil_the_bins(cells_of):
    alphas = np.random.default_rng(0).standard_normal((400, 500))
    alphas[0, 0], alphas[1, 1] = 1e6, -1e5
    cells = cells_of(alphas)
    points = compress(cells)
    in_raw_units = cells.centre + cells.scale * points.values
    assert np.count_nonzero(np.abs(in_raw_units) < 3) > 2**9
    assert in_raw_units[[0, -1]] == pytest.approx([-1e5, 1e6], rel=1e-9)


@pytest.mark.parametrize("weighted", [False, True])
def test_missing_cells_and_weights_are_counted(cells_of, weighted):
    alphas = np.random.default_rng(0).standard_normal((400, 500))
    alphas[::3, ::2] = np.nan
    mass = np.arange(400.0) if weighted else None
    cells = cells_of(alphas, mass)
    points = compress(cells)
    assert points.mass == pytest.approx(cells.mass, rel=1e-12)


@pytest.mark.parametrize("part", ["given", "fixed"])
def test_insertion_also_starts_from_quantiles_where_a_part_stands(points, part):
    stands = NOTHING._replace(variances=np.array([0.2, 0.3, 0.4]))
    given = stands if part == "given" else NOTHING
    limits = Constraints.of(stands if part == "fixed" else NOTHING, False, 1e-6)
    found, [expected] = (
        starts(points, limits, name, 1, None, given) for name in ("insertion", "quantile")
    )
    assert any(np.array_equal(start, expected) for start in found)
    assert all(start.variances.tolist() == [0.2, 0.3, 0.4] for start in found)


def test_the_search_gives_its_groups_in_the_order_that_fits_a_given_part(cells_of):
    """Weights and variances are those of the groups that are found, not of their rank."""
    rng = np.random.default_rng(0)
    cells = np.concatenate([rng.normal(-3, 1, 900), rng.normal(3, 0.2, 100)])
    given = Mixture(np.array([0.1, 0.9]), *np.full((2, 2), np.nan))
    first = starts(
        compress(cells_of(cells[:, None])),
        unconstrained(2, 1e-6),
        "insertion",
        1,
        None,
        given,
    )[0]
    np.testing.assert_array_equal(first.weights, [0.1, 0.9])
    assert first.means[0] > 0 > first.means[1]


def test_random_starts_differ_where_no_mean_is_left_to_be_drawn(points):
    limits = Constraints.of(NOTHING._replace(means=np.zeros(3)), False, 1e-6)
    found = starts(points, limits, "k-means++", 4, np.random.default_rng(0), NOTHING)
    assert len({tuple(start.variances) for start in found}) == 4
    assert len({tuple(start.weights) for start in found}) == 4
    assert all(start.means.tolist() == [0, 0, 0] for start in found)
