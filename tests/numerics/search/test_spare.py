"""Groups that a mixture could do without, and their rank."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from skem.numerics.candidates import best_climbs
from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture, log_joint, stack
from skem.numerics.search.choice import cost
from skem.numerics.search.seeding import around
from skem.numerics.search.spare import rank, rare_groups, spare_groups

NAN = np.nan


def mixture(weights, means, variances):
    return Mixture(*(np.array(part, float) for part in (weights, means, variances)))


def holding(n_components, **fixed):
    free = np.full(n_components, NAN)
    parts = {name: np.array(part, float) for name, part in fixed.items()}
    return Constraints.of(Mixture(free, free, free)._replace(**parts), False, 1e-20)


def log_likelihood(points, *mixtures):
    return e_step(points, stack(mixtures)).log_likelihood


FREE = unconstrained(2, 1e-20)


@pytest.fixture(scope="module")
def points():
    """Two groups three sds apart, as quantiles."""
    z = norm.ppf((np.arange(200) + 0.5) / 200)
    values = np.sort(np.append(z - 1.5, z + 1.5))
    return Points(values, np.ones(values.size))


@pytest.fixture(scope="module")
def top(points):
    """The optimum of two groups."""
    found, *_ = best_climbs(
        points, [around(np.array([-1.5, 1.5]))], FREE, tol=1e-9, max_iter=99
    )
    return found.mixture


def test_an_optimum_has_no_spare_group(points, top):
    assert spare_groups(points, top, FREE) == []


def test_one_group_is_never_spare(points):
    one = mixture([1], [0], [3.25])
    assert spare_groups(points, one, unconstrained(1, 1e-20)) == []


@pytest.mark.parametrize("share", [0.5, 0.01])
def test_two_equal_groups_coincide(points, share):
    equal = mixture([share, 1 - share], [0, 0], [3, 3])
    assert spare_groups(points, equal, FREE) == [(0, 1)]


def test_groups_that_are_near_and_less_likely_than_one_coincide(points):
    near = mixture([0.5, 0.5], [-1e-4, 1e-4], [3.25, 3.25])
    assert spare_groups(points, near, FREE) == [(0, 1)]


def test_groups_that_are_near_but_likelier_than_one_do_not(points):
    # A million cells whose kurtosis tells two variances from one: 10 nats and more.
    pair = mixture([0.5, 0.5], [-0.1, 0.1], [1, 1.2])
    values = np.linspace(-6, 6, 2001)
    shares = np.exp(log_joint(values, pair)).sum(axis=0)
    many = Points(values, 1e6 * shares / shares.sum())
    one = mixture([1, 0], [0, 0], [1.11, 1.11])
    assert log_likelihood(many, pair)[0] > log_likelihood(many, one)[0] + 10
    assert spare_groups(many, pair, FREE) == []


def test_a_group_without_weight_is_empty(points, top):
    three = mixture([*top.weights, 0], [*top.means, 50], [*top.variances, 1])
    assert spare_groups(points, three, unconstrained(3, 1e-20)) == [(2, None)]


def test_a_group_of_less_than_a_cell_that_is_worth_something_is_not_empty(points, top):
    outlier = Points(np.append(points.values, 60.0), np.ones(401))
    three = mixture(
        [*(top.weights * (1 - 0.9 / 401)), 0.9 / 401], [*top.means, 60], [*top.variances, 1]
    )
    assert rare_groups(outlier, three, unconstrained(3, 1e-20)) == [2]
    assert spare_groups(outlier, three, unconstrained(3, 1e-20)) == []


def test_a_group_of_fixed_weight_without_cells_is_empty(points, top):
    three = mixture([*(0.9 * top.weights), 0.1], [*top.means, 1e3], [*top.variances, 1])
    limits = holding(3, weights=[NAN, NAN, 0.1])
    assert spare_groups(points, three, limits) == [(2, None)]


def test_a_group_of_which_only_the_weight_is_free_may_have_none(points, top):
    three = mixture([*top.weights, 0], [*top.means, 50], [*top.variances, 1])
    limits = holding(3, means=[NAN, NAN, 50], variances=[NAN, NAN, 1])
    assert spare_groups(points, three, limits) == []
    assert rare_groups(points, three, limits) == []


def test_two_groups_that_were_placed_alike_are_the_callers_choice(points):
    equal = mixture([0.5, 0.5], [0, 0], [3, 3])
    assert spare_groups(points, equal, holding(2, means=[0, 0], variances=[3, 3])) == []


def test_groups_coincide_as_they_are_seen_through_the_noise():
    values = np.linspace(-2, 2, 50)
    noisy = Points(values, np.ones(50), noise=np.full(50, 4.0), noise_level=4.0)
    exact = Points(values, np.ones(50))
    pair = mixture([0.5, 0.5], [-1e-7, 1e-7], [1e-12, 1e-11])
    assert spare_groups(noisy, pair, FREE) == [(0, 1)]
    assert spare_groups(exact, pair, FREE) == []


def test_lighter_values_make_less_of_a_group(points):
    """What a group is worth is in units of a value's mass, below 1."""
    near = mixture([0.5, 0.5], [-0.17, 0.17], [3.22, 3.22])
    # It gains some 1e-3 nats on these values. A hundredth of that is nothing.
    light = replace(points, masses=np.full(400, 1e-6))
    assert spare_groups(points, near, FREE) == spare_groups(light, near, FREE)


# The order of optima


def test_without_spare_groups_the_rule_of_choice_ranks(points, top):
    other = mixture([0.5, 0.5], [0, 0], [1, 6])
    both = stack([top, other])
    logs = e_step(points, both).log_likelihood
    expected = logs - cost(both, logs, FREE, points)
    np.testing.assert_array_equal(rank(points, both, logs, FREE), expected)


def test_a_saddle_ranks_below_every_optimum_that_is_likelier(points, top):
    saddle = mixture([0.5, 0.5], [0, 0], [3.25, 3.25])
    narrow = top._replace(
        variances=top.variances * 0.5
    )  # less likely, yet above the saddle
    both = stack([saddle, top, narrow])
    logs = e_step(points, both).log_likelihood
    assert logs[1] > logs[0]
    heights = rank(points, both, logs, FREE)
    assert heights.argmin() == 0


def test_a_saddle_whose_rule_is_kinder_still_loses():
    """Two groups of equal cells cost 600 nats by an old rule, and their saddle .6."""
    points = Points(np.array([-1.0, 1.0]), np.full(2, 50.0))
    saddle = mixture([0.5, 0.5], [0, 0], [1, 1])
    right = mixture([0.5, 0.5], [-1, 1], [1e-2, 1e-2])
    both = stack([saddle, right])
    logs = e_step(points, both).log_likelihood
    heights = logs - cost(both, logs, FREE, points)
    assert heights[0] > heights[1]  # 50 times the price of two groups on single values
    assert rank(points, both, logs, FREE).argmax() == 1


def test_less_likely_than_a_saddle_is_no_optimum_either(points):
    saddle = mixture([0.5, 0.5], [0, 0], [3.25, 3.25])
    low = mixture([0.5, 0.5], [-8, 8], [1, 1])
    both = stack([low, saddle])
    logs = e_step(points, both).log_likelihood
    assert logs[0] < logs[1]
    assert rank(points, both, logs, FREE).argmax() == 1


def test_among_saddles_the_rule_ranks(points):
    saddles = stack([mixture([0.5, 0.5], [0, 0], [v, v]) for v in (2.0, 3.25, 9.0)])
    logs = e_step(points, saddles).log_likelihood
    assert rank(points, saddles, logs, FREE).argmax() == 1


def test_a_group_inside_a_bin_says_nothing_against_an_optimum(points, top):
    """It has less than the mass of the bin, whose point seems to make it likely."""
    in_bins = replace(points, masses=10 * points.masses, widths=np.full(400, 0.05))
    sliver = mixture([1 - 0.0024999, 0.0024999], [0, points.values[-1]], [3.25, 1e-32])
    both = stack([sliver, top])
    logs = e_step(in_bins, both).log_likelihood
    assert logs[0] > logs[1]
    assert spare_groups(in_bins, sliver, FREE) == [(1, None)]
    assert rank(in_bins, both, logs, FREE).argmax() == 1
