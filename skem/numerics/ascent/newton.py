"""Newton's method with trusted steps, for one mixture or several at once.

Every step is ``(|I| + damping)^-1 g`` in coordinates scaled by the complete-data
information. In these coordinates a step of EM is ``g``. The step is Newton's where the
log-likelihood is concave; elsewhere it goes uphill and away from saddle points. The
damping keeps a step within a radius. The radius grows while the parabola predicts the
gain well, and shrinks where it does not (Nocedal and Wright 2006, chapter 4).
"""

from typing import NamedTuple

import numpy as np

from ..data.protocol import Data
from ..likelihood.expectation import e_step
from ..likelihood.information import differentiate, move, sum_over
from ..likelihood.noisy_information import Derivatives
from ..model.constraints import Constraints
from ..model.mixture import Mixture, take
from .em import m_step

# Curvature, in units of the complete-data information, that counts as flat: sums
# over the cells leave it this uncertain.
FLAT = 1e-10

# Lengths of the steps, in standard errors of one cell's complete data, and the dampings
# that are tried.
FIRST_RADIUS, LARGEST_RADIUS, SMALLEST_RADIUS = 0.5, 4.0, 1e-9
DAMPINGS = np.concatenate([[0.0], np.geomspace(1e-6, 1e6, 37)])[:, None, None]

# The gain, in nats, below which it cannot be told from rounding in the score.
RESOLUTION = 1e-24

# The rounding error of a sum of log-likelihoods, as a share of it.
ROUNDING = 1e-14


class Climb(NamedTuple):
    """The C mixtures where a climb has ended, and their log-likelihoods (C,).

    `remaining` (C,) is the gain that is left, in nats, and `n_iter` (C,) the number of
    iterations of each.
    """

    mixtures: Mixture
    log_likelihood: np.ndarray
    remaining: np.ndarray
    n_iter: np.ndarray


def spectrum(derivatives: Derivatives) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Eigenvalues (C, P) of the scaled information, score along the vectors, and vectors.

    The vectors (C, P, P) are in the coordinates' own units.
    """
    scale = 1 / np.sqrt(derivatives.complete)
    scaled = derivatives.information * scale[:, :, None] * scale[:, None, :]
    values, vectors = np.linalg.eigh(scaled)
    vectors = vectors * scale[:, :, None]
    along = (derivatives.score[:, None] @ vectors)[:, 0]
    return values, along, vectors


def remaining_gain(values: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Newton's decrement ``g' I^-1 g / 2`` (C,), in nats (equation R of the theory).

    It is infinite where the log-likelihood curves upwards: no top is in sight.
    """
    gain = 0.5 * np.sum(along**2 / np.maximum(values, FLAT), axis=-1)
    return np.where(values.min(axis=-1, initial=1.0) < -FLAT, np.inf, gain)


def settled(gain: np.ndarray | float, tol: float) -> np.ndarray:
    """Whether less than `tol` nats remain to be gained, or no more than rounding."""
    return gain < np.maximum(tol, RESOLUTION)


def trusted_step(
    values: np.ndarray, along: np.ndarray, vectors: np.ndarray, radius: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The damped step (C, P) of length at most `radius` (C,), its gain, and its length.

    The gain (C,) is what the parabola promises.
    """
    steepness = np.maximum(np.abs(values), FLAT)
    # On a saddle point the score says nothing: leave it along what curves upwards.
    least = 1e-4 * radius[:, None] * steepness
    along = np.where((values < -1e-6) & (np.abs(along) < least), least, along)
    steps = along / (steepness + DAMPINGS)
    short = np.linalg.norm(steps, axis=-1) <= radius
    chosen = np.where(short.any(axis=0), short.argmax(axis=0), DAMPINGS.size - 1)
    step = steps[chosen, np.arange(along.shape[0])]
    promised = np.sum(step * (along - 0.5 * values * step), axis=-1)
    return (vectors @ step[..., None])[..., 0], promised, np.linalg.norm(step, axis=-1)


def em_steps(
    cells: Data, mixtures: Mixture, constraints: Constraints, n_steps: int
) -> Mixture:
    """The mixtures after some steps of EM, which find the hill that EM would climb."""
    for _ in range(n_steps):
        mixtures = m_step(e_step(cells, mixtures), mixtures, constraints)
    return mixtures


def climb(
    cells: Data, mixtures: Mixture, constraints: Constraints, *, tol: float, max_iter: int
) -> Climb:
    """Climb from each of the mixtures until less than `tol` nats remain to be gained."""
    mixtures = constraints.apply(mixtures)
    root_mass = np.sqrt(cells.mass)
    sums = sum_over(cells, mixtures)
    n_mixtures = sums.log_likelihood.size
    radius = np.full(n_mixtures, FIRST_RADIUS * root_mass)
    remaining = np.full(n_mixtures, np.inf)
    n_iter = np.zeros(n_mixtures, dtype=int)
    active = np.arange(n_mixtures)
    for iteration in range(max_iter + 1):
        here = take(mixtures, active)
        derivatives = differentiate(
            type(sums)(*(part[active] for part in sums)), here, constraints
        )
        values, along, vectors = spectrum(derivatives)
        remaining[active] = remaining_gain(values, along)
        n_iter[active] = iteration
        step, promised, length = trusted_step(values, along, vectors, radius[active])
        noise = ROUNDING * np.abs(sums.log_likelihood[active])
        going = ~settled(remaining[active], tol) & (promised > 0)
        going &= radius[active] > SMALLEST_RADIUS * root_mass
        if iteration == max_iter or not going.any():
            break
        active, step, promised = active[going], step[going], promised[going]
        trial = move(take(mixtures, active), step, constraints)
        trial_sums = sum_over(cells.only(active), trial)
        gained = trial_sums.log_likelihood - sums.log_likelihood[active]
        gained = np.where(promised < 10 * noise[going], promised, gained)
        _adapt(radius, active, gained / promised, length[going], root_mass)
        better = gained > 0
        for parts, trial_parts in ((mixtures, trial), (sums, trial_sums)):
            for part, trial_part in zip(parts, trial_parts, strict=True):
                part[active[better]] = trial_part[better]
    return Climb(mixtures, sums.log_likelihood, remaining, n_iter)


def _adapt(
    radius: np.ndarray,
    active: np.ndarray,
    ratio: np.ndarray,
    length: np.ndarray,
    root_mass: float,
) -> None:
    """Widen the radius where the gain is as predicted; narrow it where it is not."""
    wider = np.minimum(np.maximum(radius[active], 2 * length), LARGEST_RADIUS * root_mass)
    radius[active] = np.where(
        ratio < 0.25, 0.25 * length, np.where(ratio > 0.75, wider, radius[active])
    )
