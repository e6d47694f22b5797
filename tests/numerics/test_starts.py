"""Where fits start."""

import numpy as np
import pytest

from skem.numerics.compression import MAX_POINTS, Points, compress
from skem.numerics.density import Mixture
from skem.numerics.starts import DETERMINISTIC, RANDOM, starts

NOTHING = Mixture(*np.full((3, 3), np.nan))


@pytest.fixture
def points(three_groups, cells_of):
    return compress(cells_of(three_groups))


@pytest.mark.parametrize("name", [*DETERMINISTIC, *RANDOM])
def test_a_start_is_a_mixture_within_the_data(points, name):
    rng = np.random.default_rng(0)
    for start in starts(points, 3, name, 4, rng, NOTHING):
        assert start.weights.sum() == pytest.approx(1)
        assert start.means.min() >= points.values[0]
        assert start.means.max() <= points.values[-1]
        assert np.all(start.variances > 0)


@pytest.mark.parametrize("name", RANDOM)
def test_random_starts_are_as_many_as_asked_and_differ(points, name):
    found = starts(points, 3, name, 4, np.random.default_rng(0), NOTHING)
    assert len({tuple(start.means) for start in found}) == 4


@pytest.mark.parametrize("name", [*DETERMINISTIC, *RANDOM])
def test_weights_and_copies_start_alike(three_groups, cells_of, name):
    mass = np.arange(three_groups.shape[0]) % 4
    repeated = np.repeat(three_groups, mass, axis=0)
    found = [
        starts(compress(cells), 3, name, 2, np.random.default_rng(0), NOTHING)
        for cells in (cells_of(three_groups, mass.astype(float)), cells_of(repeated))
    ]
    # The standard units differ in their last bits.
    np.testing.assert_allclose(*found, rtol=1e-12)


def test_quantile_starts_are_the_middles_of_equal_masses():
    points = Points(np.arange(8.0), np.ones(8))
    [start] = starts(points, 2, "quantile", 1, None, Mixture(*np.full((3, 2), np.nan)))
    assert start.means.tolist() == [1.5, 5.5]


def test_kmeans_plusplus_prefers_far_cells():
    far = Points(np.array([0.0, 1e-3, 1e3]), np.ones(3))
    nothing = Mixture(*np.full((3, 2), np.nan))
    found = starts(far, 2, "k-means++", 50, np.random.default_rng(0), nothing)
    assert all(np.ptp(start.means) > 900 for start in found)


def test_what_is_given_replaces_that_part_of_every_start(points):
    given = NOTHING._replace(means=np.array([-1.0, 0.0, 2.0]))
    for start in starts(points, 3, "k-means++", 2, np.random.default_rng(0), given):
        assert start.means.tolist() == [-1, 0, 2]
        assert not np.isnan(start).any()


def test_what_is_given_whole_is_the_only_start(points):
    given = Mixture(np.full(3, 1 / 3), np.array([-1.0, 0.0, 2.0]), np.ones(3))
    assert starts(points, 3, "k-means++", 9, None, given) == [given]


def test_a_small_grid_is_kept_value_by_value(cells_of):
    points = compress(cells_of(np.array([[3.0, 1.0, 1.0], [np.nan, 2.0, 1.0]])))
    assert points.masses.tolist() == [3, 1, 1]
    assert np.all(np.diff(points.values) > 0)


def test_a_large_grid_becomes_few_points_of_the_same_mass_and_mean(cells_of):
    alphas = np.random.default_rng(0).standard_normal((400, 500))
    alphas[0, 0] = 1e6  # an outlier spoils neither the bins
    points = compress(cells_of(alphas))
    assert points.values.size <= MAX_POINTS
    assert points.masses.sum() == alphas.size
    # Standard cells have mean 0, up to the rounding of 200,000 sums.
    assert abs(points.masses @ points.values) / alphas.size < 1e-12
