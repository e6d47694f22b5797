"""The best optima of the points that stand for the cells, from starts.

Starts climb on the coarse points, unless a search did, or they are few. The best of the
optima there climb on, on the fine points, which resolve narrower groups.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from .ascent.newton import Climb, climb, em_steps
from .ascent.weights import solve_weights
from .data.points import Points
from .model.constraints import Constraints
from .model.mixture import Mixture, stack, take
from .search.awakening import awaken
from .search.choice import height
from .search.optima import N_KEPT, Optimum, different, distinct, optima_of
from .search.shortlist import N_GLANCES, NEAR, TOL, reach_top
from .search.spare import have_spare, rank, spare_of_each

# The number of coarse optima that are climbed on the fine points.
N_FINALISTS = 3

# The most steps of several finalists before they are compared.
N_FINAL_STEPS = 3

# The nats that a climb on points leaves to be gained at most, however loose `tol` is. Steps
# there cost next to nothing, and a loose climb may stop on a shoulder of the hill.
ON_POINTS = 1e-16


class Candidate(NamedTuple):
    """An optimum of the points, the iterations it took, and its height."""

    mixture: Mixture
    n_iter: int
    height: float


def best_climbs(
    points: Points,
    starts: Sequence[Mixture],
    constraints: Constraints,
    *,
    tol: float,
    max_iter: int,
    found: list[Optimum] | None = None,
) -> list[Candidate]:
    """The best optima of the points, as Candidates, best first by the rule of choice.

    If a search `found` any, the first start is its own, and its Optima take its place.
    The optima that are climbed are added to `found`.
    """
    if not constraints.movable.any():
        mixture, n_iter = solve_weights(points, constraints.apply(starts[0]), constraints)
        return [Candidate(mixture, n_iter, 0.0)]
    options: dict[str, Any] = {"tol": min(0.1 * tol, ON_POINTS), "max_iter": max_iter}
    ends = distinct(found or (), constraints, points.noise_level)
    made = [0] * len(ends)  # iterations
    if others := starts[1:] if ends else starts:
        level = points.coarse if len(others) > N_FINALISTS else points
        climbed, heights = _climb_from(level, others, constraints, options)
        every = zip(range(len(others)), climbed.log_likelihood, heights, strict=True)
        ends += [Optimum(take(climbed.mixtures, k), ll, height) for k, ll, height in every]
        made += climbed.n_iter.tolist()
    limits = constraints.on(points)
    best, mixtures = _finalists(points, ends, limits)
    first = options
    if len(best) > 1:
        first = {"tol": max(options["tol"], TOL), "max_iter": min(max_iter, N_FINAL_STEPS)}
    tops = climb(points, mixtures, limits, **first)
    winner, heights = reach_top(points, tops, limits, **options)
    if found is not None:
        found += optima_of(tops, heights)
    order = np.argsort(-heights, kind="stable").tolist()
    order.sort(key=lambda k: k != winner)  # the others may be higher by less than counts
    return [
        Candidate(take(tops.mixtures, k), made[best[k]] + int(tops.n_iter[k]), heights[k])
        for k in order
    ]


def _finalists(
    points: Points, ends: Sequence[Optimum], constraints: Constraints
) -> tuple[list[int], Mixture]:
    """The numbers of the different optima that are highest on the points, and these."""
    mixtures = constraints.blunt(stack([one.mixture for one in ends]), points)
    heights = np.array([one.height for one in ends])
    best = different(mixtures, heights, constraints, points.noise_level, NEAR)[:N_KEPT]
    if len(best) > N_FINALISTS:
        heights = height(take(mixtures, best), constraints, points)
        best = [best[k] for k in np.argsort(-heights, kind="stable")[:N_FINALISTS]]
    return best, take(mixtures, best)


def _climb_from(
    points: Points,
    starts: Sequence[Mixture],
    constraints: Constraints,
    options: dict[str, Any],
) -> tuple[Climb, np.ndarray]:
    """The Climb from all starts, after steps of EM, and the heights there.

    No step leaves a saddle the best way. So spare groups of starts are put where they gain
    first, if the starts are few. Then so are those of the highest places where climbs end.
    """
    limits = constraints.on(points)
    batch = limits.apply(stack(starts))
    if len(starts) <= N_FINALISTS:
        batch = stack(_awake(points, batch, range(len(starts)), limits))
    climbed = _climb_after_em(points, batch, limits, options)
    on_saddles = np.flatnonzero(have_spare(points, climbed.mixtures, limits))
    if on_saddles.size:
        saddles = take(climbed.mixtures, on_saddles)
        heights = height(saddles, limits, points)
        best = different(saddles, heights, limits, points.noise_level, NEAR)[:N_FINALISTS]
        at = on_saddles[best]
        awake = stack(_awake(points, climbed.mixtures, at.tolist(), limits))
        again = _climb_after_em(points, awake, limits, options)
        again.n_iter[:] += climbed.n_iter[at]
        parts = *climbed.mixtures, *climbed[1:]
        for every, some in zip(parts, (*again.mixtures, *again[1:]), strict=True):
            every[at] = some
    return climbed, rank(points, climbed.mixtures, climbed.log_likelihood, limits)


def _awake(
    points: Points, mixtures: Mixture, at: Iterable[int], constraints: Constraints
) -> list[Mixture]:
    """Some of C mixtures, with spare groups moved to where they gain."""
    pairs = spare_of_each(points, mixtures, constraints)
    return [
        awaken(points, take(mixtures, k), [group for group, _ in pairs[k]], constraints)
        if pairs[k]
        else take(mixtures, k)
        for k in at
    ]


def _climb_after_em(
    points: Points, mixtures: Mixture, constraints: Constraints, options: dict[str, Any]
) -> Climb:
    """The Climb after the steps of EM that choose the hill."""
    mixtures = em_steps(points, mixtures, constraints, N_GLANCES)
    climbed = climb(points, mixtures, constraints, **options)
    return climbed._replace(n_iter=climbed.n_iter + N_GLANCES)
