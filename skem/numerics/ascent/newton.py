"""Newton's method with trusted steps, for one mixture or several at once.

Every step is ``(|I| + damping)^-1 g`` in coordinates scaled by the complete-data
information. In these coordinates a step of EM is ``g``. The step is Newton's where the
log-likelihood is concave; elsewhere it goes uphill and away from saddle points. The
damping keeps a step within a radius. The radius grows while the parabola predicts the
gain well, and shrinks where it does not (Nocedal and Wright 2006, chapter 4).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.linalg.lapack import dposv

from ..data.protocol import Data
from ..likelihood.coordinates import move
from ..likelihood.expectation import e_step
from ..likelihood.information import differentiate, sum_over
from ..likelihood.noisy_information import Derivatives
from ..model.constraints import Constraints
from ..model.mixture import Mixture, take
from .em import m_step

# The curvature, in units of the complete-data information, below which it counts as flat,
# because sums over the cells have this error.
FLAT = 1e-10

# Lengths of the steps, in standard errors of one cell's complete data.
FIRST_RADIUS, LARGEST_RADIUS, SMALLEST_RADIUS = 0.5, 4.0, 1e-9

# The most steps towards the damping that makes a step no longer than the radius, and the
# multiple of the radius at which they end.
N_SECULAR, LENIENT = 6, 1.1

# The gain, in nats, that rounding in the score can produce.
RESOLUTION = 1e-24

# The rounds after which some of several mixtures may stay behind.
PATIENCE = 3

# The rounding error of a sum of log-likelihoods, as a share of it, and the share of the
# radius below which a step leaves no saddle.
ROUNDING, SHORT = 1e-14, 1e-4


class Climb(NamedTuple):
    """The C mixtures where a climb has ended, and their log-likelihoods (C,).

    `remaining` (C,) is the gain that is left, in nats, infinite where a mixture stayed
    behind; `n_iter` (C,) is the number of iterations of each.
    """

    mixtures: Mixture
    log_likelihood: np.ndarray
    remaining: np.ndarray
    n_iter: np.ndarray


def newton_step(
    derivatives: Derivatives, radius: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Steps (C, P) of length at most `radius` (C,), their gains, their lengths, and R (C,).

    The gains are what the parabolas promise, and R is the remaining gain. Newton's step is
    taken where the information is positive definite and the step is short enough. Elsewhere
    the step is damped along the spectrum.
    """
    scale = _scale(derivatives)
    score = derivatives.score * scale
    matrix = derivatives.information * scale[:, :, None]
    matrix *= scale[:, None, :]
    steps = score.copy()
    hard = np.zeros(len(score), dtype=bool)
    for k in range(len(score) if score.size else 0):
        hard[k] = dposv(matrix[k].T, steps[k], 0, 1, 1)[2] != 0  # in place
    pivots = np.square(np.diagonal(matrix, axis1=1, axis2=2))  # of Cholesky's factors
    length = np.sqrt((steps * steps).sum(axis=-1))
    promised = 0.5 * (steps * score).sum(axis=-1)
    remaining = promised.copy()
    steps *= scale
    hard |= (pivots.min(axis=-1, initial=1.0) < FLAT) | ~(length <= radius)
    if hard.any():
        spectra = spectrum(take(derivatives, hard))
        remaining[hard] = remaining_gain(*spectra[:2])
        steps[hard], promised[hard], length[hard] = trusted_step(*spectra, radius[hard])
    return steps, promised, length, remaining


def spectrum(derivatives: Derivatives) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eigenvalues (C, P) of the scaled information, score along the vectors, and vectors.

    The vectors (C, P, P) are in the coordinates' own units.
    """
    scale = _scale(derivatives)
    scaled = derivatives.information * scale[:, :, None] * scale[:, None, :]
    values, vectors = np.linalg.eigh(scaled)
    vectors = vectors * scale[:, :, None]
    along = (derivatives.score[:, None] @ vectors)[:, 0]
    return values, along, vectors


def _scale(derivatives: Derivatives) -> np.ndarray:
    """Steps (C, P) of one standard error; 1 where no point says anything."""
    complete = derivatives.complete
    return 1 / np.sqrt(np.where(complete > 0, complete, 1.0))


def remaining_gain(values: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Newton's decrement ``g' I^-1 g / 2`` (C,), in nats (equation R of the theory).

    It is infinite where the log-likelihood curves upwards, so that no top is in sight.
    """
    gain = 0.5 * np.sum(along**2 / np.maximum(values, FLAT), axis=-1)
    return np.where(values.min(axis=-1, initial=1.0) < -FLAT, np.inf, gain)


def settled(gain: np.ndarray | float, tol: np.ndarray | float) -> np.ndarray:
    """Whether less than `tol` nats remain to be gained, or no more than rounding."""
    return gain < np.maximum(tol, RESOLUTION)


def trusted_step(
    values: np.ndarray, along: np.ndarray, vectors: np.ndarray, radius: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The damped step (C, P) of about a length of `radius` (C,), or shorter.

    Its gain (C,) is that of the parabola, and its length comes last.
    """
    steepness = np.maximum(np.abs(values), FLAT)
    # At a saddle point the score is 0, so the step follows the upward curvature.
    least = SHORT * radius[:, None] * steepness
    along = np.where((values < -1e-6) & (np.abs(along) < least), least, along)
    # No part of the step may be longer than the radius.
    damping = np.abs(along) / radius[:, None] - steepness
    damping = damping.max(axis=-1, keepdims=True, initial=0.0)
    for _ in range(N_SECULAR):  # Newton's method for 1 / length = 1 / radius, from below
        damped = steepness + damping
        steps = along / damped
        square = np.square(steps)
        length = np.sqrt(square.sum(axis=-1, keepdims=True))
        slope = (square / damped).sum(axis=-1, keepdims=True)
        too_long = length > LENIENT * radius[:, None]
        if not too_long.any():
            break
        grown = (length / radius[:, None] - 1) * length**2 / np.where(too_long, slope, 1.0)
        damping = damping + np.where(too_long, grown, 0.0)
    promised = np.sum(steps * (along - 0.5 * values * steps), axis=-1)
    return (vectors @ steps[..., None])[..., 0], promised, length[:, 0]


def em_steps(
    cells: Data, mixtures: Mixture, constraints: Constraints, n_steps: int
) -> Mixture:
    """The mixtures after some steps of EM, which choose the hill."""
    for _ in range(n_steps):
        sums = e_step(cells, mixtures, likelihood=False)
        mixtures = m_step(sums, mixtures, constraints)
    return mixtures


def climb(
    cells: Data,
    mixtures: Mixture,
    constraints: Constraints,
    *,
    tol: float,
    max_iter: int,
    allowance: Callable[[Climb, np.ndarray], np.ndarray] | None = None,
) -> Climb:
    """Climb from each of the mixtures until less than `tol` nats remain to be gained.

    Every few rounds a function of the Climb so far, and of the indices of those that go on,
    gives each of these an `allowance`, the nats that may remain. Where it is infinite,
    the mixture stays behind, and an infinite gain is said to remain.
    """
    here = constraints.apply(mixtures)
    sums = sum_over(cells, here)
    n_mixtures, root_mass = sums.log_likelihood.size, np.sqrt(cells.mass)
    ended = Climb(
        Mixture(*map(np.empty_like, here)),
        np.empty(n_mixtures),
        np.empty(n_mixtures),
        np.empty(n_mixtures, dtype=int),
    )
    active = np.arange(n_mixtures)
    radius = np.full(n_mixtures, FIRST_RADIUS * root_mass)
    before = np.full(n_mixtures, np.inf)
    for iteration in range(max_iter + 1):
        derivatives = differentiate(sums, here, constraints)
        step, promised, length, remaining = newton_step(derivatives, radius)
        enough: Any = tol
        if allowance and iteration % PATIENCE == 0:
            everyone = np.ones(active.size, dtype=bool)
            _record(ended, active, everyone, here, sums, remaining, iteration)
            allowed = allowance(ended, active)
            behind = np.isposinf(allowed)
            remaining = np.where(behind, np.inf, remaining)
            promised = np.where(behind, 0.0, promised)
            enough = np.maximum(allowed, tol)
        going = (promised > 0) & ~settled(remaining, enough)
        going &= radius > SMALLEST_RADIUS * root_mass
        unseen = promised < 10 * ROUNDING * np.abs(sums.log_likelihood)
        # Gains that no longer fall are those of rounding.
        going &= ~(unseen & (promised > 0.5 * before) & (length < 0.5 * SHORT * radius))
        if iteration == max_iter:
            going[:] = False
        if not going.all():
            _record(ended, active, ~going, here, sums, remaining, iteration)
            if not going.any():
                break
            active, step, promised, unseen, length, radius = (
                part[going] for part in (active, step, promised, unseen, length, radius)
            )
            here, sums, cells = take(here, going), take(sums, going), cells.only(going)
        trial = move(here, step, constraints)
        trial_sums = sum_over(cells, trial)
        gained = trial_sums.log_likelihood - sums.log_likelihood
        before = promised
        gained = np.where(unseen, promised, gained)
        radius = _adapted(radius, gained / promised, length, root_mass)
        better = gained > 0
        here, sums = _where(better, trial, here), _where(better, trial_sums, sums)
    return ended


def _record(
    ended: Climb,
    active: np.ndarray,
    leaving: np.ndarray,
    here: Mixture,
    sums: Any,
    remaining: np.ndarray,
    n_iter: int,
) -> None:
    """Write where those of the active mixtures are that end here."""
    at = active[leaving]
    for whole, part in zip(ended.mixtures, here, strict=True):
        whole[at] = part[leaving]
    ended.log_likelihood[at] = sums.log_likelihood[leaving]
    ended.remaining[at], ended.n_iter[at] = remaining[leaving], n_iter


def _where(better: np.ndarray, new: Any, old: Any) -> Any:
    """The parts (C, ...) of `new` where it is better, else of `old`."""
    if better.all():
        return new
    pairs = zip(new, old, strict=True)
    return type(new)(
        *(np.where(better.reshape(-1, *[1] * (n.ndim - 1)), n, o) for n, o in pairs)
    )


def _adapted(
    radius: np.ndarray, ratio: np.ndarray, length: np.ndarray, root_mass: float
) -> np.ndarray:
    """The radius: wider where the gain is as predicted, narrower where it is not."""
    wider = np.minimum(np.maximum(radius, 2 * length), LARGEST_RADIUS * root_mass)
    return np.where(ratio < 0.25, 0.25 * length, np.where(ratio > 0.75, wider, radius))
