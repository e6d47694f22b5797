"""The solvers: from starting mixtures to the best optimum, certified on every cell.

"em" iterates the textbook's steps on all cells from every start. "newton":

1. Every start climbs on some thousand coarse points; the best of them go on, on
   the fine points.
2. One E-step on all cells gives the exact score there. With the points'
   information it tells what is still to be gained, and makes a step, until that
   is below `tol`.
3. Where the points are too coarse for that (a very narrow group, a very flat
   top), the last steps use the information of all cells.

What is published is a stationary point of all cells, whatever the points lost.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from .constraints import Constraints
from .curvature import differentiate, move, sum_over
from .density import Mixture
from .em import Unwatched, best_em
from .expectation import e_step
from .newton import (
    LARGEST_RADIUS,
    ROUNDING,
    climb,
    em_steps,
    remaining_gain,
    settled,
    spectrum,
    stack,
    take,
    trusted_step,
)
from .penalty import penalty

# How many of the coarse optima climb on, and how many mixtures climb at once.
N_FINALISTS, N_TOGETHER = 3, 16

# Steps of EM before Newton's: they choose the hill.
N_EM_STEPS = 10

# A certificate that does not shrink by this factor calls for exact information.
PROGRESS = 0.1


class Solution(NamedTuple):
    """A mixture, the log-likelihoods on all cells along the way, and the verdict."""

    mixture: Mixture
    log_likelihoods: np.ndarray
    converged: bool
    n_iter: int
    remaining_gain: float


def solve_by_em(cells, points, starts, constraints, *, tol, max_iter, watch):
    """The best of the textbook's fits, and what it leaves to be gained."""
    fit = best_em(
        cells, starts, tol=tol, max_iter=max_iter, constraints=constraints, watch=watch
    )
    there = climb(cells, stack([fit.mixture]), constraints, tol=0, max_iter=0)
    return Solution(*fit, float(there.remaining[0]))


def solve_by_newton(cells, points, starts, constraints, *, tol, max_iter, watch):
    """The best optimum that the starts lead to, exact on all cells."""
    candidate, n_iter = best_climb(points, starts, constraints, tol, max_iter)
    watch.begin_start(candidate)
    fit = certify(
        cells,
        points,
        candidate,
        constraints,
        tol=tol,
        max_iter=max_iter,
        n_iter=n_iter,
        watch=watch,
    )
    if cells.noise_level > 0:
        fit = land_on_zero(cells, points, fit, constraints, tol=tol, max_iter=max_iter)
    watch.end_start(fit)
    return fit


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


def best_climb(points, starts, constraints, tol, max_iter):
    """The highest penalised optimum of the points, and the iterations it took."""
    coarse, noise = points.coarsen(), points.noise_level
    options = {"tol": 0.1 * tol, "max_iter": max_iter}
    climbs = []
    for i in range(0, len(starts), N_TOGETHER):
        mixtures = constraints.apply(stack(starts[i : i + N_TOGETHER]))
        mixtures = em_steps(coarse, mixtures, constraints, N_EM_STEPS)
        climbs.append(climb(coarse, mixtures, constraints, **options))
    mixtures = Mixture(
        *map(np.concatenate, zip(*(c.mixtures for c in climbs), strict=True))
    )
    heights = np.concatenate([c.log_likelihood for c in climbs])
    heights -= penalty(mixtures, constraints, noise)
    n_iter = N_EM_STEPS + np.concatenate([c.n_iter for c in climbs])
    finals = [
        certify(points, coarse, take(mixtures, k), constraints, n_iter=n_iter[k], **options)
        for k in _different(heights)[:N_FINALISTS]
    ]
    cost = partial(penalty, constraints=constraints, noise=noise)
    best = max(finals, key=lambda fit: fit.log_likelihoods[-1] - cost(fit.mixture))
    return best.mixture, int(best.n_iter)


def _different(heights):
    """Indices of the heights, highest first, without repeats of an optimum."""
    order = np.argsort(-heights, kind="stable")
    drops = -np.diff(heights[order], prepend=np.inf)
    return order[drops > 1e-6 * np.maximum(1.0, np.abs(heights[order]) * 1e-6)]


def certify(cells, points, mixture, constraints, *, tol, max_iter, n_iter, watch=None):
    """Step with exact scores until less than `tol` nats remain to be gained.

    The scores are those of `cells`, the information that of fewer `points`. `n_iter` are
    the iterations made so far.
    """
    watch = watch or Unwatched()
    history, last, last_gain = [], mixture, np.inf
    radius = np.array([LARGEST_RADIUS * np.sqrt(cells.mass)])
    while True:
        watch.begin_step()
        height, *along_vectors = look(cells, points, mixture, constraints)
        stop = watch.end_step(mixture, height)
        if history and height < history[-1] - ROUNDING * abs(height):
            mixture = last
            break
        history.append(height)
        values, along, vectors = along_vectors
        gain = remaining_gain(values, along)[0]
        if settled(gain, tol) or stop or len(history) == max_iter:
            n_iter += len(history)
            history = np.array(history)
            return Solution(mixture, history, settled(gain, tol), n_iter, float(gain))
        if not gain < PROGRESS * last_gain:
            break
        last, last_gain = mixture, gain
        step, _, _ = trusted_step(values, along, vectors, radius)
        mixture = take(move(stack([mixture]), step, constraints), 0)
    left = max_iter - len(history)
    final = climb(cells, stack([mixture]), constraints, tol=tol, max_iter=left)
    gain = float(final.remaining[0])
    return Solution(
        take(final.mixtures, 0),
        np.append(history, final.log_likelihood),
        settled(gain, tol),
        n_iter + len(history) + int(final.n_iter[0]),
        gain,
    )


def look(cells, points, mixture, constraints):
    """The log-likelihood of all cells, and the spectrum with their score.

    The information is that of the points. It is that of all cells where these are noisy:
    their score is no function of an E-step's sums for a group without variance.
    """
    batch = stack([mixture])
    if cells.noisy:
        sums = sum_over(cells, batch)
        derivatives = differentiate(sums, batch, constraints)
        return float(sums.log_likelihood[0]), *spectrum(derivatives)
    statistics = e_step(cells, mixture)
    sums = sum_over(points, batch)
    sds = np.sqrt(mixture.variances)
    sums.moments[0, :3] = (
        statistics.mass,
        statistics.shift / sds,
        statistics.square / mixture.variances,
    )
    spectrum_there = spectrum(differentiate(sums, batch, constraints))
    return statistics.log_likelihood, *spectrum_there


SOLVERS = {"newton": solve_by_newton, "em": solve_by_em}
