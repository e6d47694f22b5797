"""The moves and starts of a search, with and without fixed values."""

from itertools import permutations
from math import factorial

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from skem.numerics.data.points import Points
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture
from skem.numerics.search.choice import RESOLVED
from skem.numerics.search.denoise import without_noise
from skem.numerics.search.proposals import (
    MOST_ORDERS,
    N_SDS,
    SDS,
    assignments,
    exchanges,
    insertions,
    ladder,
    merge,
    places_of,
    promise,
    relocations,
    removals,
    sites,
    slots_of,
    splits,
)
from skem.numerics.search.starts import starts

NAN = np.nan


def mixture(weights, means, variances):
    return Mixture(*(np.array(part, float) for part in (weights, means, variances)))


def holding(n_components, tied=False, **fixed):
    free = np.full(n_components, NAN)
    parts = {name: np.array(part, float) for name, part in fixed.items()}
    return Constraints.of(Mixture(free, free, free)._replace(**parts), tied, 1e-20)


def points_of(values):
    values = np.sort(values)
    return Points(values, np.ones(values.size))


THREE = mixture([0.2, 0.3, 0.5], [-1, 0, 2], [1, 0.5, 0.1])
HELD = {
    "a mean": holding(3, means=[NAN, 0, NAN]),
    "two means": holding(3, means=[0, 5, NAN]),
    "a variance": holding(3, variances=[NAN, NAN, 0.1]),
    "a weight": holding(3, weights=[NAN, 0.3, NAN]),
    "some of each": holding(
        3, weights=[0.2, NAN, NAN], means=[NAN, 0, NAN], variances=[NAN, NAN, 0.1]
    ),
}


def as_set(mixtures):
    return {tuple(map(tuple, np.transpose(one))) for one in mixtures}


# Slots


def test_free_groups_share_a_slot():
    a, b, c = slots_of(HELD["a mean"])
    assert a == c != b


def test_free_groups_have_one_order():
    assert len(assignments(THREE, unconstrained(3, 1e-20))) == 1


def test_a_group_that_is_told_apart_may_be_any():
    found = assignments(THREE, HELD["a mean"])
    assert {float(one.means[1]) for one in found} == {-1, 0, 2}
    assert len(found) == 3  # the other two are alike


def test_groups_that_are_all_told_apart_have_all_orders():
    found = assignments(THREE, HELD["two means"])
    assert as_set(found) == {
        tuple(tuple(np.transpose(THREE)[k]) for k in order)
        for order in permutations(range(3))
    }


def test_orders_of_many_groups_are_bounded():
    n = 8
    many = mixture(np.full(n, 1 / n), np.arange(n), np.ones(n))
    found = assignments(many, holding(n, means=10.0 + np.arange(n)))
    assert len(found) == MOST_ORDERS < factorial(n)


def test_no_order_has_another_mixture():
    for one in assignments(THREE, HELD["two means"]):
        assert sorted(np.transpose(one).tolist()) == sorted(np.transpose(THREE).tolist())


def test_groups_of_unlike_slots_change_places():
    found = exchanges(THREE, HELD["a mean"])
    assert [one.means.tolist() for one in found] == [[0, -1, 2], [-1, 2, 0]]
    assert [one.weights.tolist() for one in found] == [[0.3, 0.2, 0.5], [0.2, 0.5, 0.3]]


def test_groups_of_like_slots_do_not():
    assert exchanges(THREE, unconstrained(3, 1e-20)) == []


# Elsewhere in one's slot


@pytest.fixture
def points():
    rng = np.linspace(-2, 2, 101)
    return points_of(np.concatenate([rng, np.linspace(4.9, 5.1, 30), [0.0, 0.1, -0.1]]))


@pytest.mark.parametrize("name", HELD)
def test_moved_groups_are_mixtures_with_fixed_values_in_place(points, name):
    held = HELD[name]
    start = held.apply(THREE)
    found = relocations(points, places_of(points, held), start, held)
    assert found
    for one in map(held.apply, found):
        assert one.weights.sum() == pytest.approx(1)
        for part, fixed in zip(one, held.fixed, strict=True):
            assert np.all(np.isnan(fixed) | (part == fixed))


@pytest.mark.parametrize("slot", range(3))
def test_only_the_groups_asked_for_are_moved(points, slot):
    held = HELD["two means"]
    start = held.apply(THREE)
    found = relocations(points, places_of(points, held), start, held, [slot])
    rest = removals(start)[slot]
    others = np.delete(np.arange(3), slot)
    for one in found:
        # The others are unchanged, or one of them is halved.
        kept = one.means[others] == rest.means
        assert kept.sum() >= 1


def test_a_moved_group_of_fixed_mean_is_proposed_at_that_mean(points):
    held = HELD["two means"]  # of the second group: 5, where 30 values are
    start = held.apply(mixture([0.5, 0.1, 0.4], [0, 5, 1], [1, 30, 1]))
    places = places_of(points, held)
    inserted = insertions(points, places[slots_of(held)[1]], removals(start)[1])
    assert inserted
    assert all(one.means[-1] == 5 for one in inserted)
    moved = relocations(points, places, start, held, {1})
    # Their sd is .06; that of the best proposal, by a parabola, is within a factor of 4.
    sds = np.sqrt([one.variances[1] for one in moved if one.means[1] == 5])
    assert np.any((sds > 0.015) & (sds < 0.24))


def test_a_moved_group_of_fixed_variance_is_proposed_with_it(points):
    held = holding(2, variances=[NAN, 0.0036])
    places = places_of(points, held)[slots_of(held)[1]]
    assert places.variances.tolist() == [0.0036]
    found = insertions(points, places, mixture([1], [0.5], [3]))
    assert any(abs(one.means[-1] - 5) < 0.1 for one in found)


def test_the_other_half_may_take_the_slot(points):
    held = holding(2, means=[NAN, 0.0])
    start = mixture([0.5, 0.5], [5, 0], [1, 1])
    found = relocations(points, places_of(points, held), start, held, [1])
    halves = [one for one in found if abs(np.ptp(one.means) - 1.6) < 1e-12]
    assert sorted(one.means.tolist() for one in halves) == [[4.2, 5.8], [5.8, 4.2]]


def test_a_dead_group_is_inserted_where_it_gains(points):
    held = HELD["a mean"]
    dead = mixture([0.999, 1e-12, 0.001], [0, 0, -1], [1, 1, 1])
    found = relocations(points, places_of(points, held), dead, held, [2])
    assert any(abs(one.means[2] - 5) < 0.2 for one in found)


def test_no_group_is_inserted_where_nothing_gains():
    """A narrower group would gain on one value, but two values resolve none."""
    two = points_of(np.array([-1.0, 1.0]))
    assert insertions(two, sites(two), mixture([1], [0], [1])) == []


def test_a_value_that_no_group_holds_promises_much_without_an_overflow():
    """The fixed group is so narrow that a ratio of densities squared has no double."""
    points = points_of(np.append(np.linspace(-1, 1, 40), 1e4))
    held = sites(points, variance=1e-250)
    found = insertions(points, held, mixture([1], [0], [1]))
    assert all(np.isfinite(np.array(one)).all() for one in found)
    assert found


def test_no_group_is_inserted_that_is_narrower_than_its_bin():
    """Many cells at one point may be anywhere in its bin."""
    values, masses = np.linspace(-2, 2, 41), np.ones(41)
    masses[30] = 400
    tight, wide = (Points(values, masses, np.full(41, width)) for width in (0.0, 0.5))
    one = mixture([1], [0], [1])
    narrowest = [
        min(group.variances[-1] for group in insertions(points, sites(points), one))
        for points in (tight, wide)
    ]
    assert narrowest[0] < (RESOLVED * 0.5) ** 2 <= narrowest[1]


# Sites


def test_sites_of_a_fixed_mean_reach_the_farthest_value(points):
    places = sites(points, mean=-3.0)
    assert places.means.tolist() == [-3]
    assert places.variances.size == N_SDS
    assert np.sqrt(places.variances.max()) == pytest.approx(8.1)


def test_sites_hold_the_density_of_the_points(points):
    places = sites(points)
    v, m = 2, 7
    z = points.values - places.means[m]
    expected = np.exp(-0.5 * z**2 / places.variances[v])
    expected /= np.sqrt(2 * np.pi * places.variances[v])
    # An exponential of rounded exponents up to 700.
    np.testing.assert_allclose(places.densities[v, m], expected, rtol=1e-12)


def test_sds_of_exact_values_are_fractions_of_the_pooled_one(points):
    signal = without_noise(points)
    np.testing.assert_allclose(ladder(points, signal), SDS * np.sqrt(signal.variance))


@pytest.mark.parametrize("least", [1e-3, 1e-10])
def test_sds_of_estimates_reach_the_smallest_error(least):
    values = np.linspace(-2, 2, 50)
    noise = np.full(50, 1.0)
    noise[:20] = least**2
    noisy = Points(values, np.ones(50), noise=noise, noise_level=1e-2)
    sds = ladder(noisy, without_noise(noisy))
    assert sds.min() == pytest.approx(least, rel=1e-9)
    assert np.all(np.diff(sds[SDS.size :]) < 0)


def test_merged_groups_without_weight_are_in_the_middle():
    one = merge(mixture([0, 0, 1], [-1, 3, 0], [1, 1, 1]), (0, 1))
    assert one.weights.tolist() == [1, 0]
    assert one.means.tolist() == [0, 1]


def test_a_removed_group_leaves_its_weight_to_the_others():
    found = removals(THREE)
    assert [one.weights.sum() for one in found] == pytest.approx([1, 1, 1])
    assert removals(mixture([1, 0, 0], [0, 1, 2], [1, 1, 1]))[0].weights.tolist() == [
        0.5,
        0.5,
    ]


def test_halves_have_the_moments_of_the_whole():
    for one in splits(THREE):
        assert one.weights @ one.means == pytest.approx(THREE.weights @ THREE.means)
        second = one.weights @ (one.variances + one.means**2)
        assert second == pytest.approx(THREE.weights @ (THREE.variances + THREE.means**2))


# Values that are held while a start is searched


def test_holding_adds_what_is_given_to_what_is_fixed():
    held = HELD["a mean"].holding(
        mixture([NAN] * 3, [1, 2, NAN], [NAN] * 3)  # the fixed mean of the second stays
    )
    np.testing.assert_array_equal(held.fixed.means, [1, 0, NAN])
    assert held.free.means.tolist() == [False, False, True]
    assert held.free.weights.all()


def test_given_weights_are_held_where_they_fit_beside_the_fixed():
    held = HELD["a weight"].holding(mixture([0.5, 0.25, 0.25], [NAN] * 3, [NAN] * 3))
    assert held.fixed.weights[1] == 0.3
    assert held.fixed.weights.sum() == pytest.approx(1)
    assert held.fixed.weights[0] == pytest.approx(2 * held.fixed.weights[2])


def test_given_variances_are_held_as_one_where_they_are_tied():
    tied = holding(3, tied=True)
    held = tied.holding(mixture([NAN] * 3, [NAN] * 3, [1, 2, 6]))
    assert held.fixed.variances.tolist() == [3, 3, 3]
    assert not held.tied_variances  # fixed values are tied by themselves
    kept = tied.holding(mixture([NAN] * 3, [1, 2, 6], [NAN] * 3))
    assert kept.tied_variances


def test_holding_nothing_changes_nothing():
    nothing = Mixture(*np.full((3, 3), NAN))
    for held in HELD.values():
        again = held.holding(nothing)
        np.testing.assert_array_equal(again.fixed, held.fixed)
        assert again.variance_floor == held.variance_floor


# Starts without repeats

RANDOM = ["k-means++", "random_from_data"]
NOTHING = Mixture(*np.full((3, 3), NAN))


def distinct(mixtures):
    return {np.array(one).tobytes() for one in mixtures}


def start(points, held, name, n_init=12, given=NOTHING):
    return starts(points, held, name, n_init, np.random.default_rng(0), given)


@pytest.mark.parametrize("name", RANDOM)
def test_where_means_are_fixed_random_starts_differ_in_the_rest(points, name):
    found = start(points, holding(3, means=[0, 0, 0]), name)
    assert len(distinct(found)) == len(found) == 12
    assert np.ptp([one.variances for one in found], axis=0).min() > 0
    assert np.ptp([one.weights for one in found], axis=0).min() > 0
    # From the usual width, 1/9, a factor 100 up and down.
    variances = np.array([one.variances for one in found])
    assert 1 / 900 <= variances.min() < 0.02
    assert 1 < variances.max() <= 100 / 9


@pytest.mark.parametrize("name", [*RANDOM, "quantile"])
def test_where_all_is_fixed_there_is_one_start(points, name):
    held = holding(3, weights=[0.2, 0.3, 0.5], means=[0, 1, 2], variances=[1, 1, 1])
    assert len(start(points, held, name)) == 1


@pytest.mark.parametrize("name", RANDOM)
def test_starts_that_are_given_whole_are_one(points, name):
    assert len(start(points, unconstrained(3, 1e-20), name, given=THREE)) == 1


@pytest.mark.parametrize("name", RANDOM)
def test_few_values_give_no_start_twice(name):
    few = points_of(np.array([0.0, 0.0, 1.0]))
    found = start(few, unconstrained(3, 1e-20), name, n_init=40)
    assert len(distinct(found)) == len(found)


def test_a_partly_given_start_is_one_of_several(points):
    given = NOTHING._replace(variances=np.array([1.0, 2.0, 3.0]))
    found = start(points, unconstrained(3, 1e-20), "insertion", given=given)
    assert len(found) > 5
    assert all(np.ptp(one.variances) > 0 for one in found[1:])


def test_fixed_values_leave_quantile_among_the_starts(points):
    held = HELD["a mean"]
    searched, quantile = start(points, held, "insertion")
    [expected] = start(points, held, "quantile")
    np.testing.assert_array_equal(quantile, expected)
    assert not np.array_equal(searched, quantile)


def test_what_two_merged_groups_have_in_common_is_not_rounded():
    """Groups so narrow that a rounded mean would be another group."""
    for weight in np.random.default_rng(0).uniform(size=50):
        pair = Mixture(np.array([weight, 0.7 - weight / 3]), *np.full((2, 2), 0.01299665))
        merged = merge(pair, (0, 1))
        assert merged.means.tolist() == merged.variances.tolist() == [0.01299665]


def test_the_promise_of_a_group_is_its_gain_where_its_cells_are_alike():
    """The cells of a tight cluster have one density ratio, and the others have none."""
    value, share = 300.0, 0.04
    gain, weight = promise(np.array(value * share - 1), np.array(value**2 * share))

    def gained(weight):
        return share * np.log1p(weight * (value - 1)) + (1 - share) * np.log1p(-weight)

    best = minimize_scalar(lambda w: -gained(w), bounds=(0, 1), method="bounded")
    assert gain == pytest.approx(-best.fun, rel=1e-8)
    assert weight == pytest.approx(best.x, abs=1e-5)  # the top is flat


def test_new_groups_are_as_narrow_as_the_places_where_cells_crowd():
    rng = np.random.default_rng(0)
    percent, decimals = rng.normal(1, 0.3, 500), rng.normal(0.01, 0.003, 500)

    def narrowest(cells):
        z = np.sort((cells - cells.mean()) / cells.std())
        points = Points(z, np.ones(z.size))
        return ladder(points, without_noise(points)).min()

    assert narrowest(percent) == pytest.approx(0.01)
    # A sixth and a twentieth of the cells in decimals; the pooled sd is near .5.
    assert narrowest(np.append(percent, decimals)) < 0.003
    assert narrowest(np.append(percent, decimals[:26])) < narrowest(percent)
