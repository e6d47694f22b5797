"""Likelihood ratios of many grids, and the searches behind them."""

import numpy as np
import pytest

from skem.numerics.ascent.newton import climb
from skem.numerics.bootstrap.likelihood_ratio import (
    BINS,
    CLIMB,
    find_null,
    ratios,
    search_from,
    tops,
)
from skem.numerics.bootstrap.refits import solve_each
from skem.numerics.bootstrap.replicates import bins_for, count, simulate
from skem.numerics.data.points import Points
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, stack, take
from skem.numerics.search.choice import height
from skem.numerics.search.insertion import find_optimum
from skem.numerics.search.proposals import insertions

# A group of ten cells of 500, a hundred times narrower than the rest.
NARROW = Mixture(np.array([0.98, 0.02]), np.zeros(2), np.array([1.0, 0.01**2]))

# What binds the two and three groups of a test.
LIMITS = [unconstrained(n, 1e-6) for n in (2, 3)]


@pytest.fixture(scope="module")
def search(truth, bins):
    return search_from(truth, bins, unconstrained(2, 1e-6), unconstrained(3, 1e-6))


def test_a_grid_has_the_same_ratio_in_any_company(grids, search):
    alone = [ratios(*tops(grids.only([k]), search))[0] for k in range(3)]
    # Sums over more or fewer empty bins; a climb stops 1e-3 nats below its top.
    np.testing.assert_allclose(
        ratios(*tops(grids.only([2, 0, 1]), search))[[1, 2, 0]], alone, atol=1e-2
    )


def test_ratios_are_as_high_as_those_of_the_search_of_a_fit(bins):
    """With three groups that can be told apart there is one optimum to find."""
    three = Mixture(np.full(3, 1 / 3), np.array([-1.2, 0.0, 1.2]), np.full(3, 0.04))
    two = unconstrained(2, 1e-6), unconstrained(3, 1e-6)
    fine = bins_for(three, **BINS)
    masses = simulate(fine, three, 2000, 3, np.random.RandomState(0))
    start = Mixture(np.array([0.5, 0.5]), np.array([-0.6, 0.6]), np.full(2, 0.5))
    found = ratios(*tops(Points(fine.values, masses), search_from(start, fine, *two)))
    for ratio, row in zip(found, masses, strict=True):
        points = Points(fine.values[row > 0], row[row > 0])
        heights = []
        for size, limits in zip((2, 3), two, strict=True):
            start = stack([find_optimum(points, size, limits)])
            climbed = climb(points, start, limits, tol=1e-6, max_iter=100)
            heights.append(height(climbed.mixtures, limits, points)[0])
        # Twice the 1e-3 nats at which a climb may stop, twice.
        assert ratio == pytest.approx(2 * (heights[1] - heights[0]), abs=5e-3)


def test_a_group_more_can_be_worth_less_than_it_costs(truth, bins, search):
    """Expected counts are those of L groups: another one costs, and gains nothing."""
    expected = Points(bins.values, 500 * bins.probabilities(truth)[None])
    # A group as wide as all cells costs 1.8 nats, twice in a ratio.
    assert -3.7 < ratios(*tops(expected, search))[0] < 0


def test_a_bin_is_a_floor_under_the_groups(truth, bins):
    """Else a group on the value of one bin would gain by being ever narrower."""
    search = search_from(truth, bins, unconstrained(2, 1e-9), unconstrained(3, 0.1))
    assert search.limits_fewer.variance_floor == bins.width**2
    assert search.limits_more.variance_floor == 0.1


def test_the_null_has_a_narrow_group_that_the_fit_passed_over(cells_of):
    z = np.random.default_rng(1).normal(size=(1000, 1))
    z[:50] = 0.1 + 0.01 * z[:50]
    cells = cells_of(z)
    fitted = Mixture(np.full(2, 0.5), np.array([-1.0, 1.0]), np.full(2, 0.5))
    search, bins, observed = find_null(
        fitted, lambda bins: count(cells, bins)[None], LIMITS
    )
    exact = climb(cells, stack([search.truth]), LIMITS[0], tol=1e-6, max_iter=50).mixtures
    assert exact.variances.min() < 0.01**2
    # Bins w wide, half the narrow group's sd, add w^2 / 12 to its variance, a fiftieth, and
    # errors of w / sqrt(12) in each of 43 cells, which move it by a tenth.
    np.testing.assert_allclose(search.truth.weights, exact.weights[0], atol=2e-3)
    np.testing.assert_allclose(search.truth.variances, exact.variances[0], rtol=0.25)
    assert bins.width < 0.01 / 2
    assert observed.sum() == 1000


N_GRIDS = 20


@pytest.fixture(scope="module")
def narrow():
    """Grids with and without cells that are close by chance, a search, and its Tops."""
    bins = bins_for(NARROW, **BINS)
    search = search_from(NARROW, bins, *LIMITS)
    masses = simulate(bins, NARROW, 500, N_GRIDS, np.random.RandomState(0))
    grids = Points(bins.values, masses)
    return grids, search, tops(grids, search)


def height_from(grids, candidates, limits):
    found = solve_each(grids, candidates, limits, **CLIMB)
    return height(found.mixtures, limits, grids)


def test_merging_groups_finds_higher_tops_of_fewer(narrow):
    grids, search, (fewer, _) = narrow
    begin = [[search.truth, *search.fewer]] * N_GRIDS
    without = height_from(grids, begin, search.limits_fewer)
    assert np.any(fewer.height > without + 0.1)
    assert np.all(fewer.height > without - 1e-2)


def test_what_fewer_groups_gain_by_merging_more_groups_gain_too(narrow):
    """Put into the L that were found, and into no others, another group gains."""
    grids, search, (fewer, more) = narrow
    places, points = search.places, [Points(grids.values, row) for row in grids.masses]
    grown = [
        [take(more.mixtures, k), *insertions(one, places, take(fewer.mixtures, k))]
        for k, one in enumerate(points)
    ]
    again = height_from(grids, grown, search.limits_more)
    # Of the candidates of a search only those climb that look best early on.
    assert np.sum(again > more.height + 0.1) <= 2


def test_more_groups_are_sought_by_insertions(narrow, monkeypatch):
    grids, search, (_, more) = narrow
    monkeypatch.setattr(
        "skem.numerics.bootstrap.likelihood_ratio.insertions_of_each",
        lambda grids, *_: [[] for _ in grids.masses],
    )
    poorer = tops(grids, search)[1]
    assert np.sum(more.height > poorer.height + 0.5) > 1
