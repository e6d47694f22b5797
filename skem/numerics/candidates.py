"""From starts to the best optima of the points that stand for the cells.

Every start climbs on the coarse points. The best of the optima there climb on, on the fine
points.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .ascent.certificate import certify
from .ascent.newton import Climb, climb, em_steps
from .ascent.weights import solve_weights
from .data.points import Points
from .model.constraints import Constraints
from .model.mixture import Mixture, join, stack, take
from .search.choice import height
from .search.insertion import GAIN
from .search.optima import Optimum, distinct, optima_of, same
from .search.shortlist import N_TOGETHER
from .search.spare import rank

# The number of coarse optima that climb on.
N_FINALISTS = 3

# The nats by which the best optimum of the fine points may be lower than another one on the
# coarse points.
CLOSE = 30.0

# The nats that a climb on points leaves to be gained at most, however loose `tol` is. Steps
# there cost next to nothing, and a loose climb may stop on a shoulder of the hill.
ON_POINTS = 1e-7

# The steps of EM before those of Newton's method: they choose the hill.
N_EM_STEPS = 10


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

    The Optima that a search `found` lie below their tops. Those that are higher than where
    the starts end are climbed too. The optima that are climbed are added to `found`.
    """
    if not constraints.movable.any():
        mixture, n_iter = solve_weights(points, constraints.apply(starts[0]), constraints)
        return [Candidate(mixture, n_iter, 0.0)]
    coarse, limits = points.coarsen(), constraints.on(points)
    options: dict[str, Any] = {"tol": min(0.1 * tol, ON_POINTS), "max_iter": max_iter}
    fits = []
    for mixture, n_iter in _finalists(points, coarse, starts, constraints, found, options):
        start = limits.blunt(mixture, coarse)
        fits.append(certify(points, coarse, start, limits, n_iter=n_iter, **options))
    mixtures = stack([fit.mixture for fit in fits])
    log_likelihoods = np.array([fit.log_likelihoods[-1] for fit in fits])
    heights = rank(points, mixtures, log_likelihoods, limits)
    order = np.argsort(-heights, kind="stable")
    return [
        Candidate(fits[k].mixture, int(fits[k].n_iter), float(heights[k])) for k in order
    ]


def _finalists(
    points: Points,
    coarse: Points,
    starts: Sequence[Mixture],
    constraints: Constraints,
    found: list[Optimum] | None,
    options: dict[str, Any],
) -> list[tuple[Mixture, int]]:
    """The best different optima of coarse points, and the iterations to each.

    Those that are nearly as high as the best are compared on the fine points, because the
    coarse ones do not resolve groups that are narrower than their distances.
    """
    limits = constraints.on(coarse)
    n_searched = 1 if found else 0  # the first start, whose hill is chosen
    ways = (starts[:n_searched], 0), (starts[n_searched:], N_EM_STEPS)
    climbed = _join([_climb_from(coarse, *way, limits, options) for way in ways if way[0]])
    heights = rank(coarse, climbed.mixtures, climbed.log_likelihood, limits)
    reserve = list(distinct(found or (), constraints, coarse.noise_level))
    for one in reserve:
        if one.height <= heights.max() + GAIN:
            break
        climbed = _join([climbed, _climb_from(coarse, [one.mixture], 0, limits, options)])
        heights = rank(coarse, climbed.mixtures, climbed.log_likelihood, limits)
    if found is not None:
        found += optima_of(climbed, heights)
    best = _different(heights)
    chosen = [(take(climbed.mixtures, k), int(climbed.n_iter[k])) for k in best]
    chosen = chosen[: 2 * N_FINALISTS]
    for one in reserve[: 2 * N_FINALISTS]:
        if one.height > heights.max() - CLOSE and not any(
            same(one.mixture, other, constraints) for other, _ in chosen
        ):
            chosen.append((one.mixture, 0))
    if len(chosen) > N_FINALISTS and coarse is not points:
        fine = height(stack([mixture for mixture, _ in chosen]), constraints, points)
        chosen = [chosen[k] for k in np.argsort(-fine, kind="stable")]
    return chosen[:N_FINALISTS]


def _climb_from(
    points: Points,
    starts: Sequence[Mixture],
    n_em_steps: int,
    constraints: Constraints,
    options: dict[str, Any],
) -> Climb:
    """The Climb from all starts, some at a time, after steps of EM."""
    climbs = []
    for i in range(0, len(starts), N_TOGETHER):
        mixtures = constraints.apply(stack(starts[i : i + N_TOGETHER]))
        mixtures = em_steps(points, mixtures, constraints, n_em_steps)
        one = climb(points, mixtures, constraints, **options)
        climbs.append(one._replace(n_iter=one.n_iter + n_em_steps))
    return _join(climbs)


def _join(climbs: Sequence[Climb]) -> Climb:
    """Several Climbs as one."""
    mixtures, *others = zip(*climbs, strict=True)
    return Climb(join(mixtures), *map(np.concatenate, others))


def _different(heights: np.ndarray) -> np.ndarray:
    """Indices of the heights, highest first, without repeats of an optimum."""
    order = np.argsort(-heights, kind="stable")
    drops = -np.diff(heights[order], prepend=np.inf)
    return order[drops > 1e-6 * np.maximum(1.0, np.abs(heights[order]) * 1e-6)]
