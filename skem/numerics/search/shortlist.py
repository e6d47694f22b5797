"""The candidates of a search: they climb together, until they meet or cannot win."""

from functools import partial

import numpy as np

from ..ascent.newton import Climb, climb, em_steps
from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, take
from .choice import cost
from .optima import AT_THE_TOP, Optimum, different, optima_of, out_of_reach
from .spare import Ranks, may_have_spare

# The number of steps of EM before Newton's method, which choose the hill.
N_GLANCES = 10

# The nats that a climb of the search leaves to be gained, and its most steps.
TOL, MAX_ITER = 1e-5, 60

# The nats that the best one leaves to be gained: below TOL may be a shoulder of the hill.
TOP = 1e-9

# The nats by which a mixture must be higher than another one to count as such.
GAIN = 1e-2

# The distance of two mixtures that have come together, in sds, log variances and weights,
# and the number of different mixtures of two groups that climb to the end. It grows with
# the square of the number of further groups: more groups have more optima.
NEAR, N_STAY = 0.02, 8


def solve_best(
    points: Points,
    candidates: Mixture,
    constraints: Constraints,
    *,
    found: list[Optimum] | None = None,
) -> tuple[Mixture, float]:
    """The best of C candidates, and its height by the rule of choice.

    All climb, after a few steps of EM, until they meet a higher one, or cannot win. The
    Optima of those that arrive are added to the list `found`.
    """
    mixtures = constraints.apply(candidates)
    mixtures = em_steps(points, mixtures, constraints, N_GLANCES)
    allowed = partial(allowance, points, constraints)
    tops = climb(
        points, mixtures, constraints, tol=TOL, max_iter=MAX_ITER, allowance=allowed
    )
    winner, heights = reach_top(points, tops, constraints, tol=TOP, max_iter=MAX_ITER)
    if found is not None:
        found += optima_of(tops, heights)
    return take(tops.mixtures, winner), heights[winner]


def reach_top(
    points: Points, tops: Climb, constraints: Constraints, *, tol: float, max_iter: int
) -> tuple[int, np.ndarray]:
    """The index of the best mixture of a climb, and the heights (C,) of all.

    What seems the best climbs on in its place. So do all that seem better than its top
    then. A shoulder may lead to a top that the rule of choice likes less.
    """
    ranks = Ranks.of(points, tops.mixtures, tops.log_likelihood, constraints)
    heights = ranks.spare_last(points)
    winner, highest = 0, -np.inf
    ahead = heights == heights.max()
    while ahead.any():
        at = np.flatnonzero(ahead & (tops.remaining > tol))
        if at.size:
            here = take(tops.mixtures, at)
            top = climb(points, here, constraints, tol=tol, max_iter=max_iter)
            top.n_iter[:] += tops.n_iter[at]
            own = Ranks.of(points, top.mixtures, top.log_likelihood, constraints)
            new = *top.mixtures, *top[1:], *own
            for every, one in zip((*tops.mixtures, *tops[1:], *ranks), new, strict=True):
                every[at] = one
            heights = ranks.spare_last(points)
        best = int(np.where(ahead, heights, -np.inf).argmax())
        if heights[best] > highest:
            winner, highest = best, heights[best]
        ahead = heights > highest + GAIN
    return winner, heights


def allowance(
    points: Points, constraints: Constraints, climbed: Climb, active: np.ndarray
) -> np.ndarray:
    """The nats that each of the active mixtures of a Climb may leave to be gained.

    They are infinite for those that have come together with a higher one, and, once a top
    was reached, for the lower half of the others, as long as some different ones are left.
    Beside a saddle, where groups coincide, mixtures that are near may part, and none has
    reached its top.
    """
    on = np.zeros(climbed.remaining.size, dtype=bool)
    on[active] = True
    there = np.flatnonzero(on | (climbed.remaining < AT_THE_TOP))
    on, mixtures, logs = (
        on[there],
        take(climbed.mixtures, there),
        climbed.log_likelihood[there],
    )
    heights = logs - cost(mixtures, logs, constraints, points)
    saddles = may_have_spare(points, mixtures, constraints)
    arrived = (climbed.remaining[there] < AT_THE_TOP) & ~saddles
    order = np.where(saddles & ~on, -np.inf, heights)
    apart = saddles.copy()
    apart[different(mixtures, order, constraints, points.noise_level, NEAR)] = True
    ahead = np.flatnonzero(on & apart)
    enough = out_of_reach(heights, arrived)
    if arrived.any():
        n_stay = N_STAY * max(1, mixtures.weights.shape[1] - 1) ** 2
        highest = np.argsort(-heights[ahead], kind="stable")
        ahead = ahead[highest[: max(n_stay, (ahead.size + 1) // 2)]]
    allowed = np.full(heights.size, np.inf)
    allowed[ahead] = enough[ahead]
    return allowed[on]
