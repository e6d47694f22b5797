"""The global search."""

import numpy as np
import pytest
from compressed import compress

from skem.numerics.data.points import Points
from skem.numerics.likelihood.information import sum_over
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture, moments, stack
from skem.numerics.search.choice import height as height_of
from skem.numerics.search.insertion import find_optimum
from skem.numerics.search.optima import distinct
from skem.numerics.search.proposals import insertions, merges, sites, splits


@pytest.fixture
def points(three_groups, cells_of):
    return compress(cells_of(three_groups)).coarse  # as fits search on


ONE = Mixture(np.ones(1), np.zeros(1), np.ones(1))


def log_likelihood(points, mixture):
    return sum_over(points, stack([mixture])).log_likelihood[0]


def test_inserted_and_split_groups_make_mixtures(points):
    for mixture in [*insertions(points, sites(points), ONE), *splits(ONE)]:
        assert mixture.weights.size == 2
        assert mixture.weights.sum() == pytest.approx(1)


def test_a_small_group_far_out_is_found_where_it_is(cells_of):
    rng = np.random.default_rng(0)
    alphas = np.append(rng.standard_normal(980), 8 + 0.1 * rng.standard_normal(20))
    cells = cells_of(alphas.reshape(10, 100))
    found = find_optimum(compress(cells), 2, unconstrained(2, 1e-6))
    means = cells.centre + cells.scale * found.means
    assert means.max() == pytest.approx(8, abs=0.1)


def test_every_group_more_raises_the_likelihood(points):
    sizes = range(1, 5)
    found = [find_optimum(points, size, unconstrained(size, 1e-6)) for size in sizes]
    assert [one.weights.size for one in found] == list(sizes)
    assert np.all(np.diff([log_likelihood(points, one) for one in found]) > 0)


def test_ties_are_kept(points):
    free = np.full(3, np.nan)
    tied = Constraints.of(Mixture(free, free, free), True, 1e-6)
    found = find_optimum(points, 3, tied)
    assert np.ptp(found.variances) == 0


@pytest.fixture
def misleading():
    """Three groups for cells of six: many starts end far below the best."""
    rng = np.random.default_rng(27)
    rng.integers(3, 5)
    means = np.cumsum(np.exp(rng.uniform(np.log(0.5), np.log(30), 6)))
    group = rng.choice(6, size=400, p=rng.dirichlet(np.ones(6)))
    z = rng.normal(means[group], np.exp(rng.uniform(-2, 0.3, 6))[group])
    return Points(np.sort((z - z.mean()) / z.std()), np.ones(400)), 3


def test_taking_groups_out_and_inserting_them_again_gains(misleading, monkeypatch):
    points, n_components = misleading
    limits = unconstrained(n_components, 1e-6)

    def height():
        found = find_optimum(points, n_components, limits)
        return height_of(found, limits, points)

    with_them = height()
    monkeypatch.setattr("skem.numerics.search.insertion.GAIN", np.inf)
    assert with_them > height() + 5


def test_a_move_from_the_next_best_optimum_may_gain(monkeypatch):
    rng = np.random.default_rng(268)
    left = rng.random(60) < 0.5
    z = np.where(left, rng.normal(-1, 0.5, 60), rng.normal(1, 1, 60)).round(2)
    z = np.unique(z)
    points = Points((z - z.mean()) / z.std(), np.full(z.size, 10.0))
    limits = unconstrained(3, 1e-12)

    def height():
        return height_of(find_optimum(points, 3, limits), limits, points)

    with_it = height()
    monkeypatch.setattr(
        "skem.numerics.search.insertion.distinct", lambda *found: distinct(*found)[:1]
    )
    assert with_it > height() + 5


def test_merged_groups_have_the_moments_of_both():
    three = Mixture(
        np.array([0.2, 0.3, 0.5]), np.array([-1, 0, 2.0]), np.array([1, 2, 3.0])
    )
    found = merges(three)
    assert len(found) == 3
    for two in found:
        np.testing.assert_allclose(moments(two), moments(three), rtol=1e-12)
    np.testing.assert_allclose(found[0].weights, [0.5, 0.5])
    assert merges(found[0]._replace(weights=np.zeros(2)))[0].weights == 0
