"""The optima that a search found beside the published one."""

import numpy as np
import pytest

from skem.numerics.ascent.newton import Climb, em_steps
from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture, stack
from skem.numerics.search.choice import cost
from skem.numerics.search.optima import (
    ALIKE,
    AT_THE_TOP,
    N_KEPT,
    TOL,
    Optimum,
    distinct,
    list_optima,
    optima_of,
    remember,
)

FREE = unconstrained(2, 1e-20)


def mixture(weights, means, variances):
    return Mixture(*(np.array(part, float) for part in (weights, means, variances)))


def optimum(mean, height, weights=(0.5, 0.5), variances=(1.0, 1.0), log_likelihood=0.0):
    return Optimum(mixture(weights, [0.0, mean], variances), log_likelihood, height)


def test_only_what_is_near_a_top_is_an_optimum():
    climbed = Climb(
        stack([mixture([0.5, 0.5], [0, m], [1, 1]) for m in (1, 2, 3)]),
        np.array([-3.0, -2.0, -1.0]),
        np.array([AT_THE_TOP / 2, 2 * AT_THE_TOP, np.inf]),
        np.ones(3, int),
    )
    [only] = optima_of(climbed, np.array([-4.0, -3.0, -2.0]))
    assert only.mixture.means[1] == 1
    assert (only.log_likelihood, only.height) == (-3, -4)


def test_optima_are_best_first():
    found = [optimum(3, -5.0), optimum(6, -1.0), optimum(9, -3.0)]
    assert [one.height for one in distinct(found, FREE)] == [-1, -3, -5]


def test_of_repeats_the_best_is_kept():
    found = [optimum(3, -5.0), optimum(3.001, -4.0), optimum(3.002, -6.0)]
    assert [one.height for one in distinct(found, FREE)] == [-4]


@pytest.mark.parametrize(
    "other",
    [
        optimum(3, -2.0, log_likelihood=2 * ALIKE),
        optimum(3.2, -2.0),
        optimum(3, -2.0, weights=(0.4, 0.6)),
        optimum(3, -2.0, variances=(1.0, 1.2)),
    ],
)
def test_another_likelihood_mean_weight_or_variance_makes_another_optimum(other):
    assert len(list(distinct([optimum(3, -1.0), other], FREE))) == 2


def test_means_are_compared_in_units_of_the_narrower_group():
    narrow = [optimum(mean, mean, variances=(1.0, 1e-8)) for mean in (3.0, 3.001)]
    assert len(list(distinct(narrow, FREE))) == 2


def test_free_groups_in_another_order_are_the_same():
    found = [optimum(3, -1.0), Optimum(mixture([0.5, 0.5], [3, 0], [1, 1]), 0.0, -1.0)]
    assert len(list(distinct(found, FREE))) == 1


def test_groups_that_are_told_apart_in_another_order_are_not():
    free = np.full(2, np.nan)
    held = Constraints.of(Mixture(np.array([0.5, np.nan]), free, free), False, 1e-20)
    found = [optimum(3, -1.0), Optimum(mixture([0.5, 0.5], [3, 0], [1, 1]), 0.0, -1.0)]
    assert len(list(distinct(found, held))) == 2


def test_point_masses_can_be_compared():
    points = [optimum(mean, -mean, variances=(0.0, 0.0)) for mean in (1.0, 1.0, 2.0)]
    assert len(list(distinct(points, FREE))) == 2


@pytest.fixture(scope="module")
def points():
    """Three groups, two of which look like one."""
    parts = [m + np.linspace(-1, 1, 60) for m in (0, 6, 13)]
    return Points(np.concatenate(parts), np.ones(180))


LEFT = mixture([2 / 3, 1 / 3], [3, 13], [9.34, 0.34])  # the first two are one
RIGHT = mixture([1 / 3, 2 / 3], [0, 9.5], [0.34, 12.6])
EMPTY = mixture([1, 0], [6.33, 90], [28.6, 1])


def listed(points, *mixtures, log_likelihood=-400.0):
    """The Optima that are listed where LEFT is published and these were found."""
    found = [Optimum(one, -500.0 - k, -500.0 - k) for k, one in enumerate(mixtures)]
    return list_optima(remember(LEFT, log_likelihood, found, points, FREE))


def test_the_published_optimum_is_the_first_with_the_likelihood_of_all_cells(points):
    first, *others = listed(points, log_likelihood=-397.0)
    np.testing.assert_array_equal(first.mixture, LEFT)
    assert first.log_likelihood == -397
    assert others == []


def test_others_are_listed_at_the_tops_of_their_hills(points):
    low = RIGHT._replace(means=np.array([0.05, 9.4]))
    _, other = listed(points, low)
    steps = em_steps(points, stack([other.mixture]), FREE, 50)
    gained = e_step(points, steps).log_likelihood[0] - other.log_likelihood
    assert gained < 2 * TOL
    assert other.log_likelihood > e_step(points, stack([low])).log_likelihood[0]


def test_two_places_on_one_hill_are_listed_once(points):
    low = RIGHT._replace(means=np.array([0.3, 9.0]))
    assert len(listed(points, low, RIGHT)) == 2


def test_what_climbs_to_the_published_optimum_is_listed_once(points):
    low = LEFT._replace(means=np.array([2.5, 12.9]))
    assert len(listed(points, low)) == 1


def test_an_optimum_with_an_empty_group_is_not_listed(points):
    assert len(listed(points, EMPTY)) == 1


def test_an_optimum_whose_groups_coincide_is_not_listed(points):
    """As wide as they are held, two groups at the mean are the best of all."""
    free = np.full(2, np.nan)
    limits = Constraints.of(Mixture(free, free, np.full(2, 100.0)), False, 1e-20)
    found = [Optimum(mixture([0.5, 0.5], [6.33, 6.34], [100, 100]), -600.0, -600.0)]
    assert len(list_optima(remember(LEFT, -400.0, found, points, limits))) == 1


def test_others_have_the_heights_of_the_rule_on_the_points(points):
    _, other = listed(points, RIGHT)
    batch = stack([other.mixture])
    logs = e_step(points, batch).log_likelihood
    assert other.log_likelihood == pytest.approx(logs[0], rel=1e-12)
    asked = cost(batch, logs, FREE, points)[0]
    assert other.height == pytest.approx(logs[0] - asked, rel=1e-12)


def test_others_are_best_first(points):
    """Whatever they were ranked by when they were found."""
    middle = mixture([1 / 3, 2 / 3], [6, 6.5], [0.34, 42.6])
    for found in ((RIGHT, middle), (middle, RIGHT)):
        _, *others = listed(points, *found)
        assert len(others) == 2
        assert others[0].height > others[1].height


def test_so_many_that_were_found_are_remembered(points):
    found = [optimum(10 + k, -float(k)) for k in range(3 * N_KEPT)]
    kept = remember(LEFT, -400.0, found[::-1], points, FREE).found
    assert kept == found[:N_KEPT]


def test_variances_are_compared_as_they_are_seen_through_the_noise():
    small = [optimum(3, -k, variances=(v, v)) for k, v in enumerate((1e-9, 1e-6))]
    assert len(list(distinct(small, FREE))) == 2
    assert len(list(distinct(small, FREE, noise=1.0))) == 1
