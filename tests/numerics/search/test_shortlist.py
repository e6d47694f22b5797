"""The best of the candidates of a search."""

from functools import partial

import numpy as np
import pytest

from skem.numerics.ascent.newton import Climb, climb
from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, stack, take
from skem.numerics.search import shortlist
from skem.numerics.search.choice import height
from skem.numerics.search.insertion import find_optimum
from skem.numerics.search.optima import FAR
from skem.numerics.search.shortlist import allowance, reach_top

LIMITS = unconstrained(2, 1e-12)


@pytest.fixture
def twenty():
    """Twenty values of ten cells each: nearly every climb ends on one of them."""
    values = """.53 1.9 2.37 2.4 2.53 2.62 2.68 2.88 2.91 2.97
        3 3.26 3.38 3.43 3.48 3.54 3.74 3.84 3.87 4.54"""
    z = np.array(values.split(), dtype=float)
    return Points((z - z.mean()) / z.std(), np.full(20, 10.0))


def test_climbs_that_seem_high_on_their_way_do_not_keep_others_from_the_top(twenty):
    wide = Mixture(
        np.array([0.825, 0.175]), np.array([-0.15, 0.7]), np.array([1.07, 0.058])
    )
    tops = climb(twenty, stack([wide]), LIMITS, tol=1e-9, max_iter=60)
    known = take(tops.mixtures, 0)
    assert tops.remaining < 1e-9
    assert known.variances.min() > 0.01
    found = find_optimum(twenty, 2, LIMITS)
    # Two climbs end 1e-9 nats below the same top, where the cost still has a slope.
    assert height(found, LIMITS, twenty) > height(known, LIMITS, twenty) - 1e-3


def test_the_best_has_arrived_at_its_top(twenty):
    starts = [
        Mixture(np.array([1 - w, w]), np.array([0.0, m]), np.array([1.0, v]))
        for w in (0.1, 0.3)
        for m in (-1.0, 0.5, 1.5)
        for v in (0.1, 0.5)
    ]
    tops = climb(twenty, stack(starts), LIMITS, tol=1.0, max_iter=3)
    assert tops.remaining.min() > 1e-9
    winner, heights = reach_top(twenty, tops, LIMITS, tol=1e-9, max_iter=60)
    assert tops.remaining[winner] < 1e-9
    assert heights[winner] > heights.max() - 0.01
    there = height(take(tops.mixtures, winner), LIMITS, twenty)
    assert heights[winner] == pytest.approx(there, abs=1e-9)


def test_all_that_seem_higher_than_a_top_climb_at_once(twenty, monkeypatch):
    batches = []

    def counted(points, mixtures, *arguments, **options):
        batches.append(len(mixtures.weights))
        return climb(points, mixtures, *arguments, **options)

    starts = stack(
        [
            Mixture(np.array([0.5, 0.5]), np.array([-1.0, m]), np.array([1.0, 0.5]))
            for m in (0.0, 0.5, 1.0, 1.5)
        ]
    )
    raised = np.array([1000.0, 900.0, 800.0, 700.0])
    too_high = e_step(twenty, starts).log_likelihood + raised
    tops = Climb(starts, too_high, np.full(4, np.inf), np.zeros(4, dtype=int))
    monkeypatch.setattr(shortlist, "climb", counted)
    reach_top(twenty, tops, LIMITS, tol=1e-9, max_iter=60)
    assert batches == [1, 3]


def test_mixtures_that_came_together_stay_behind_and_far_ones_end_early(twenty):
    one = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 0.5]), np.array([1.0, 0.5]))
    far = one._replace(means=np.array([-2.0, 0.5]))
    some = stack([one, far, one, far._replace(means=np.array([-2.0, 1.5]))])
    logs = e_step(twenty, some).log_likelihood - [0, 100, 1, 50]
    at_the_top = np.array([1e-9, 5.0, 5.0, 5.0])
    climbed = Climb(some, logs, at_the_top, np.zeros(4, dtype=int))
    allowed = allowance(twenty, LIMITS, climbed, np.array([1, 2]))
    below = height(one, LIMITS, twenty) - height(far, LIMITS, twenty) + 100
    assert FAR * (1 + allowed[0]) == pytest.approx(below, rel=1e-9)
    assert np.isinf(allowed[1])


def test_all_climb_to_their_tops_where_none_has_arrived(twenty):
    one = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 0.5]), np.array([1.0, 0.5]))
    some = stack([one, one._replace(means=np.array([-2.0, 0.5]))])
    options = {"tol": 1e-9, "max_iter": 60}
    alone = climb(twenty, some, LIMITS, **options)
    allowed = partial(allowance, twenty, LIMITS)
    together = climb(twenty, some, LIMITS, allowance=allowed, **options)
    best = np.argmax(height(alone.mixtures, LIMITS, twenty))
    assert together.log_likelihood[best] == alone.log_likelihood[best]


def test_a_saddle_is_no_top_that_others_are_below():
    values = np.linspace(-2, 2, 9)
    points = Points(values, np.ones(9))
    saddle = Mixture(np.array([0.5, 0.5]), np.zeros(2), np.full(2, 5 / 3))
    other = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.5, 0.5]))
    some = stack([saddle, saddle, other])
    climbed = Climb(some, np.array([0.0, 0.0, -99.0]), np.zeros(3), np.zeros(3, dtype=int))
    assert allowance(points, LIMITS, climbed, np.arange(2)).max() < 0


def test_a_saddle_that_was_reached_asks_nothing_of_others():
    points = Points(np.linspace(-2, 2, 9), np.ones(9))
    saddle = Mixture(np.array([0.5, 0.5]), np.zeros(2), np.full(2, 5 / 3))
    other = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.5, 0.5]))
    remaining = np.array([0.0, 5.0])
    climbed = Climb(stack([saddle, other]), np.zeros(2), remaining, np.zeros(2, dtype=int))
    assert allowance(points, LIMITS, climbed, np.array([1])) == -np.inf
