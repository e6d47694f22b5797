"""The solvers: from starting mixtures to the best optimum, certified on every cell.

"em" iterates the textbook's steps on all cells from every start. "newton":

1. `candidates`: every start climbs on some thousand coarse points. The best of the optima
   there are climbed on the fine points.
2. One E-step on all cells gives the exact score at the best one. The score and the points'
   information give the remaining gain, and a step. Steps continue until the gain is below
   `tol`.
3. If the points are too coarse for that (for a very narrow group, or a very flat top), the
   last steps use the information of all cells.
4. A group that the mixture could do without is moved to where it gains.

The result is a stationary point on all cells, whatever the error of the points.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from .ascent.boundary import hold_zeros, land_on_zero
from .ascent.certificate import Solution, certify
from .ascent.em import Fit, Unwatched, fit_em
from .ascent.newton import climb, em_steps
from .candidates import ON_POINTS, Candidate, best_climbs
from .data.points import Points
from .data.protocol import Data
from .likelihood.expectation import e_step
from .model.constraints import Constraints
from .model.mixture import Mixture, stack, take
from .search.awakening import LEAVES, awaken
from .search.choice import height
from .search.optima import Optimum
from .search.shortlist import GAIN, N_GLANCES
from .search.spare import ROUNDING, spare_groups, spare_or_rare

# The number of steps of EM on all cells in which a spare group may leave its place.
N_FOLLOWED = 30


def solve_by_em(
    cells: Data,
    points: Points,
    starts: Sequence[Mixture],
    constraints: Constraints,
    *,
    tol: float,
    max_iter: int,
    watch: Unwatched,
    found: list[Optimum] | None = None,
) -> Solution:
    """The best of the textbook's fits, and the gain that it leaves.

    The textbook's rule may stop a fit at a saddle point; then it has not converged.
    """
    fit = best_em(
        cells,
        points,
        starts,
        tol=tol,
        max_iter=max_iter,
        constraints=constraints,
        watch=watch,
    )
    there = climb(cells, stack([fit.mixture]), constraints, tol=0, max_iter=0)
    solution = Solution(*fit, float(there.remaining[0]))
    groups = spare_or_rare(points, fit.mixture, constraints)
    if higher := fill_spare(points, fit.mixture, groups, constraints, tol, max_iter):
        gain = max(higher.gain, solution.remaining_gain)
        solution = solution._replace(converged=False, remaining_gain=gain)
    return solution


def best_em(
    cells: Data,
    points: Points,
    starts: Sequence[Mixture],
    *,
    constraints: Constraints,
    watch: Unwatched | None = None,
    **options: Any,
) -> Fit:
    """The best fit over `starts` by the rule of choice; the first of equals.

    The rule compares heights on the `points` that stand for the cells.
    """
    watch = watch or Unwatched()
    fits: list[Fit] = []
    for start in starts:
        watch.begin_start(start)
        fits.append(fit_em(cells, start, constraints=constraints, watch=watch, **options))
        if watch.end_start(fits[-1]):
            break
    return max(fits, key=lambda fit: height(fit.mixture, constraints, points))


def solve_by_newton(
    cells: Data,
    points: Points,
    starts: Sequence[Mixture],
    constraints: Constraints,
    *,
    tol: float,
    max_iter: int,
    watch: Unwatched,
    found: list[Optimum] | None = None,
) -> Solution:
    """The best optimum that the starts lead to, exact on all cells.

    The Optima of the points that were left behind are added to the list `found`.
    """
    options: dict[str, Any] = {"tol": tol, "max_iter": max_iter}
    if len(starts) == 1 and not found and constraints.movable.any():
        candidates = [_only_climb(points, starts[0], constraints, **options)]
    else:
        candidates = best_climbs(points, starts, constraints, found=found, **options)
    fit = _certify_best(cells, points, candidates, constraints, watch, options)
    fit = _landed(cells, points, fit, constraints, options)
    for _ in range(1 + fit.mixture.weights.size):
        groups = spare_or_rare(points, fit.mixture, constraints)
        if not groups:
            break
        limits = hold_zeros(fit.mixture, groups, constraints)
        start = fill_spare(points, fit.mixture, groups, limits, **options)
        start = start or follow_em(cells, fit, limits)
        if start is None:
            break
        n_iter = fit.n_iter + start.n_iter
        there = constraints.apply(start.mixture)
        fit = certify(cells, points, there, constraints, n_iter=n_iter, **options)
        fit = _landed(cells, points, fit, constraints, options)
    watch.end_start(fit)
    return fit


def _landed(
    cells: Data,
    points: Points,
    fit: Solution,
    constraints: Constraints,
    options: dict[str, Any],
) -> Solution:
    """The fit with variances of 0 where these are likelier, behind noise."""
    if cells.noise_level > 0:
        return land_on_zero(cells, points, fit, constraints, **options)
    return fit


def _only_climb(
    points: Points, start: Mixture, constraints: Constraints, *, tol: float, max_iter: int
) -> Candidate:
    """The top that one start leads to: there is nothing to compare it with."""
    limits = constraints.on(points)
    if spare := spare_groups(points, start, limits):
        start = awaken(points, start, [group for group, _ in spare], limits)
    mixtures = em_steps(points, limits.apply(stack([start])), limits, N_GLANCES)
    top = climb(points, mixtures, limits, tol=min(0.1 * tol, ON_POINTS), max_iter=max_iter)
    return Candidate(take(top.mixtures, 0), N_GLANCES + int(top.n_iter[0]), 0.0)


class Higher(NamedTuple):
    """A likelier mixture, the nats that it gains, and the iterations it took."""

    mixture: Mixture
    gain: float
    n_iter: int


def fill_spare(
    points: Points,
    mixture: Mixture,
    groups: Collection[int],
    constraints: Constraints,
    tol: float,
    max_iter: int,
) -> Higher | None:
    """A Higher mixture on the points, with a spare group elsewhere, or None."""
    if not groups:
        return None
    then = float(e_step(points, mixture).log_likelihood)
    for level in (points.coarse, points):
        start = awaken(level, mixture, groups, constraints.on(level))
        best = best_climbs(points, [start], constraints, tol=tol, max_iter=max_iter)[0]
        gain = float(e_step(points, best.mixture).log_likelihood) - then
        if gain > max(tol, ROUNDING * abs(then)):
            return Higher(constraints.blunt(best.mixture, points), gain, best.n_iter)
        if level is points:
            break
    return None


def follow_em(cells: Data, fit: Solution, constraints: Constraints) -> Higher | None:
    """A Higher mixture after steps of EM on all cells, or None.

    A spare group may gain at the value of some cells, which the points need not show. Cells
    that are kept by their values are not read again.
    """
    if cells.bins is not None and cells.bins.exact:
        cells = cells.bins.points
    moved = take(em_steps(cells, stack([fit.mixture]), constraints, N_FOLLOWED), 0)
    then = float(fit.log_likelihoods[-1])
    gain = float(e_step(cells, moved).log_likelihood) - then
    seen = gain > max(LEAVES, ROUNDING * abs(then))
    return Higher(moved, gain, N_FOLLOWED) if seen else None


def _certify_best(
    cells: Data,
    points: Points,
    candidates: Sequence[Candidate],
    constraints: Constraints,
    watch: Unwatched,
    options: dict[str, Any],
) -> Solution:
    """The certified fit from the best candidate, or from the next if that ends lower.

    A group that was narrower than its bin may change on all cells.
    """
    best: Any = None  # the loop sets it, as there is a candidate
    highest = -np.inf
    for k, one in enumerate(candidates):
        if one.height <= highest + GAIN:
            break
        start = constraints.blunt(one.mixture, points)
        if not k:
            watch.begin_start(start)
        fit = certify(
            cells,
            points,
            start,
            constraints,
            n_iter=one.n_iter,
            watch=None if k else watch,
            **options,
        )
        own = np.inf
        if k or len(candidates) > 1:
            own = float(height(fit.mixture, constraints, points))
        if best is None or own > highest:
            best, highest = fit, own
    return best


SOLVERS: dict[str, Callable[..., Solution]] = {"newton": solve_by_newton, "em": solve_by_em}
