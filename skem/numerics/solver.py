"""The solvers: from starting mixtures to the best optimum, certified on every cell.

"em" iterates the textbook's steps on all cells from every start. "newton":

1. Every start climbs on some thousand coarse points; the best of them go on, on
   the fine points.
2. One E-step on all cells gives the exact score there. With the points'
   information it tells what is still to be gained, and makes a step, until that
   is below `tol`.
3. Where the points are too coarse for that (a very narrow group, a very flat
   top), the last steps use the information of all cells.
4. A group that the mixture could do without is put where it gains.

What is published is a stationary point of all cells, whatever the points lost.
"""

from typing import NamedTuple

import numpy as np

from .ascent.certificate import Solution, certify
from .ascent.em import Unwatched, fit_em
from .ascent.newton import Climb, climb, em_steps
from .ascent.weights import solve_weights
from .likelihood.expectation import e_step
from .model.constraints import Constraints
from .model.mixture import Mixture, stack, take
from .search.awakening import LEAVES, awaken
from .search.choice import height
from .search.insertion import GAIN
from .search.optima import distinct, optima_of, same
from .search.spare import rank, spare_or_rare

# How many of the coarse optima climb on, and how many mixtures climb at once.
N_FINALISTS, N_TOGETHER = 3, 16

# How much lower, in nats, an optimum of coarse points may be the highest of the fine ones.
CLOSE = 30.0

# The nats that a climb on points leaves at most, however loose `tol` is. Steps there cost
# next to nothing, and a shoulder of the hill looks like a top to a loose one.
ON_POINTS = 1e-7

# The steps of EM on all cells that a spare group is given to leave its place.
N_FOLLOWED = 30

# Steps of EM before Newton's: they choose the hill.
N_EM_STEPS = 10


def solve_by_em(cells, points, starts, constraints, *, tol, max_iter, watch, found=None):
    """The best of the textbook's fits, and what it leaves to be gained.

    Its own rule may call a saddle point a rest; then it has not converged.
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


def best_em(cells, points, starts, *, constraints, watch=None, **options):
    """The best fit over `starts` by the rule of choice; the first of equals.

    The rule is asked of the `points` that stand for the cells.
    """
    watch = watch or Unwatched()
    fits = []
    for start in starts:
        watch.begin_start(start)
        fits.append(fit_em(cells, start, constraints=constraints, watch=watch, **options))
        if watch.end_start(fits[-1]):
            break
    return max(fits, key=lambda fit: height(fit.mixture, constraints, points))


def solve_by_newton(
    cells, points, starts, constraints, *, tol, max_iter, watch, found=None
):
    """The best optimum that the starts lead to, exact on all cells.

    To the list `found` are added the Optima of the points that were left behind.
    """
    options = {"tol": tol, "max_iter": max_iter}
    candidates = best_climbs(points, starts, constraints, found=found, **options)
    fit = _certify_best(cells, points, candidates, constraints, watch, options)
    for _ in range(1 + fit.mixture.weights.size):
        if cells.noise_level > 0:
            fit = land_on_zero(cells, points, fit, constraints, **options)
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
    watch.end_start(fit)
    return fit


class Higher(NamedTuple):
    """A likelier mixture, the nats that it gains, and the iterations it took."""

    mixture: Mixture
    gain: float
    n_iter: int


def fill_spare(points, mixture, groups, constraints, tol, max_iter):
    """What is Higher with one of the spare groups elsewhere, by the points; or None."""
    if not groups:
        return None
    then = float(e_step(points, mixture).log_likelihood)
    for level in (points.coarsen(), points):
        start = awaken(level, mixture, groups, constraints.on(level))
        best = best_climbs(points, [start], constraints, tol=tol, max_iter=max_iter)[0]
        gain = float(e_step(points, best.mixture).log_likelihood) - then
        if gain > max(tol, 1e-13 * abs(then)):
            return Higher(constraints.blunt(best.mixture, points), gain, best.n_iter)
        if level is points:
            break
    return None


def follow_em(cells, fit, constraints):
    """What is Higher after steps of EM on all cells, or None.

    The points may not show a place where a spare group gains: the value of some cells.
    """
    moved = take(em_steps(cells, stack([fit.mixture]), constraints, N_FOLLOWED), 0)
    gain = float(e_step(cells, moved).log_likelihood - fit.log_likelihoods[-1])
    return Higher(moved, gain, N_FOLLOWED) if gain > LEAVES else None


def _certify_best(cells, points, candidates, constraints, watch, options):
    """The certified fit from the best candidate, or from the next if that ends lower.

    A group that was narrower than its bin may be another one on all cells.
    """
    best, highest = None, -np.inf
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


def land_on_zero(cells, points, fit, constraints, *, tol, max_iter):
    """The fit without the variances that ended on the floor, if that is likelier.

    Where every cell has noise the likelihood is bounded, and no variance needs a floor:
    0 is a maximum like others, on the boundary. The search stops short of it, since its
    logarithm never arrives; what is left is fitted again around groups of variance 0.
    """
    free = constraints.free.variances
    landing = free & (fit.mixture.variances <= constraints.variance_floor * (1 + 1e-9))
    if not landing.any() or not fit.converged:
        return fit
    bare = np.where(landing, 0.0, fit.mixture.variances)
    fixed = constraints.fixed._replace(variances=np.where(free & ~landing, np.nan, bare))
    landed = certify(
        cells,
        points,
        fit.mixture._replace(variances=bare),
        Constraints.of(fixed, False, constraints.variance_floor),
        tol=tol,
        max_iter=max_iter,
        n_iter=fit.n_iter,
    )
    if landed.log_likelihoods[0] < fit.log_likelihoods[-1]:
        return fit
    return landed._replace(
        log_likelihoods=np.append(fit.log_likelihoods, landed.log_likelihoods)
    )


def hold_zeros(mixture, groups, constraints):
    """The constraints with variances held that landed on 0, but for those of `groups`."""
    zero = constraints.free.variances & (mixture.variances == 0)
    zero[list(groups)] = False
    if not zero.any():
        return constraints
    variances = np.where(zero, 0.0, constraints.fixed.variances)
    fixed = constraints.fixed._replace(variances=variances)
    return Constraints.of(fixed, False, constraints.variance_floor)


class Candidate(NamedTuple):
    """An optimum of the points, the iterations it took, and its height."""

    mixture: Mixture
    n_iter: int
    height: float


def best_climbs(points, starts, constraints, *, tol, max_iter, found=None):
    """The best optima of the points, as Candidates, best first by the rule of choice.

    A search stops short of the tops. If none of the starts ends as high as the search was
    elsewhere, that is climbed too: `found`, to which what is climbed is added.
    """
    if not constraints.movable.any():
        mixture, n_iter = solve_weights(points, constraints.apply(starts[0]), constraints)
        return [Candidate(mixture, n_iter, 0.0)]
    coarse, limits = points.coarsen(), constraints.on(points)
    options = {"tol": min(0.1 * tol, ON_POINTS), "max_iter": max_iter}
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


def _finalists(points, coarse, starts, constraints, found, options):
    """The best different optima of coarse points, and the iterations to each.

    Those that are nearly as high as the best are compared on the fine points: coarse ones
    do not tell what is narrower than they are apart.
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


def _climb_from(points, starts, n_em_steps, constraints, options):
    """The Climb from all starts, some at a time, after steps of EM."""
    climbs = []
    for i in range(0, len(starts), N_TOGETHER):
        mixtures = constraints.apply(stack(starts[i : i + N_TOGETHER]))
        mixtures = em_steps(points, mixtures, constraints, n_em_steps)
        one = climb(points, mixtures, constraints, **options)
        climbs.append(one._replace(n_iter=one.n_iter + n_em_steps))
    return _join(climbs)


def _join(climbs):
    """Several Climbs as one."""
    mixtures, *others = zip(*climbs, strict=True)
    mixtures = Mixture(*map(np.concatenate, zip(*mixtures, strict=True)))
    return Climb(mixtures, *map(np.concatenate, others))


def _different(heights):
    """Indices of the heights, highest first, without repeats of an optimum."""
    order = np.argsort(-heights, kind="stable")
    drops = -np.diff(heights[order], prepend=np.inf)
    return order[drops > 1e-6 * np.maximum(1.0, np.abs(heights[order]) * 1e-6)]


SOLVERS = {"newton": solve_by_newton, "em": solve_by_em}
