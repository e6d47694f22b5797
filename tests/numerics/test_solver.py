"""The best optima of the points, from starts."""

import numpy as np
from scipy.special import ndtri

from skem.numerics.ascent.certificate import Solution
from skem.numerics.ascent.newton import em_steps
from skem.numerics.candidates import best_climbs
from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, stack, take
from skem.numerics.search.choice import height
from skem.numerics.solver import follow_em

LIMITS = unconstrained(2, 1e-20)


def quantiles(n):
    return ndtri((np.arange(n) + 0.5) / n)


def a_narrow_group_or_a_far_one(far_mass):
    """Forty cells that coarse points do not resolve within 5,000, and twenty far off."""
    cells = [quantiles(5000), 0.3 + 1e-4 * quantiles(40), 6 + 0.2 * quantiles(20)]
    values = np.concatenate(cells)
    masses = np.repeat([1.0, far_mass], [5040, 20])
    order = np.argsort(values)
    return Points(values[order], masses[order])


def beside_a_standard_normal(mean, sd, weight):
    weights = np.array([1 - weight, weight])
    return Mixture(weights, np.array([0.0, mean]), np.array([1.0, sd**2]))


def top(points, *starts):
    return best_climbs(points, starts, LIMITS, tol=1e-8, max_iter=500)[0]


def test_finalists_are_judged_after_they_have_climbed_on_the_fine_points():
    """At its coarse top the narrow group is lower than the other, and higher at its own."""
    narrow = beside_a_standard_normal(0.3, 1e-4, 0.008)
    far = beside_a_standard_normal(6, 0.2, 0.002)
    overtaken = 0
    for far_mass in np.linspace(0.455, 0.465, 6):  # where the two are nearly as high
        points = a_narrow_group_or_a_far_one(far_mass)
        heights = [top(points, start).height for start in (narrow, far)]
        assert top(points, narrow, far).height >= max(heights) - 1e-6  # 100 times `tol`
        coarse = [top(points.coarse, start).mixture for start in (narrow, far)]
        before = [float(height(one, LIMITS, points)) for one in coarse]
        overtaken += before[0] < before[1] and heights[0] > heights[1]
    assert overtaken > 0  # else the order never changed, and nothing was tested


def test_steps_that_gain_no_more_than_rounding_are_not_followed():
    cells = Points(quantiles(100), np.full(100, 1e10), noise=np.full(100, 0.01))
    one = Mixture(np.array([1.0, 0.0]), np.array([0.0, 9.0]), np.array([0.9, 0.9]))
    one = take(em_steps(cells, stack([one]), LIMITS, 200), 0)
    total = float(e_step(cells, one).log_likelihood)
    for below, followed in ((3e-14, False), (3e-12, True)):
        fit = Solution(one, np.array([total * (1 + below)]), True, 1, 0.0)
        moved = follow_em(cells, fit, LIMITS)
        assert (moved is not None) is followed
