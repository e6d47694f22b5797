"""Newton's method with trusted steps, for one mixture or several at once.

Every step is ``(|I| + damping)^-1 g`` in coordinates scaled by the complete-data
information (there EM is the step ``g``): Newton's where the log-likelihood is
concave, uphill and away from saddle points where it is not. The damping keeps
a step within a radius that grows while the parabola predicts the gain well,
and shrinks where it does not (Nocedal and Wright 2006, chapter 4).
"""

from typing import NamedTuple

import numpy as np

from ..likelihood.expectation import e_step
from ..likelihood.information import differentiate, move, sum_over
from ..model.mixture import Mixture, take
from .em import m_step

# Curvature, in units of the complete-data information, that counts as flat: sums
# over the cells leave it this uncertain.
FLAT = 1e-10

# Lengths of step, in standard errors of one cell's complete data.
FIRST_RADIUS, LARGEST_RADIUS, SMALLEST_RADIUS = 0.5, 4.0, 1e-9
DAMPINGS = np.concatenate([[0.0], np.geomspace(1e-6, 1e6, 37)])[:, None, None]

# No gain smaller than this, in nats, can be told from rounding in the score.
RESOLUTION = 1e-24

# What is left of a log-likelihood per cell after summation.
ROUNDING = 1e-14


class Climb(NamedTuple):
    """Where C mixtures have climbed to, and how.

    `remaining` (C,) is the gain still in sight, in nats; `n_iter` counts the
    iterations of each.
    """

    mixtures: Mixture
    log_likelihood: np.ndarray
    remaining: np.ndarray
    n_iter: np.ndarray


def spectrum(derivatives):
    """Eigenvalues (C, P) of the scaled information, score along their vectors, and these.

    The vectors (C, P, P) are in the coordinates' own units.
    """
    scale = 1 / np.sqrt(derivatives.complete)
    scaled = derivatives.information * scale[:, :, None] * scale[:, None, :]
    values, vectors = np.linalg.eigh(scaled)
    vectors = vectors * scale[:, :, None]
    along = (derivatives.score[:, None] @ vectors)[:, 0]
    return values, along, vectors


def remaining_gain(values, along):
    """Newton's decrement ``g' I^-1 g / 2`` (C,), in nats (equation R of the theory).

    Infinite where the log-likelihood curves upwards: no top is in sight.
    """
    gain = 0.5 * np.sum(along**2 / np.maximum(values, FLAT), axis=-1)
    return np.where(values.min(axis=-1, initial=1.0) < -FLAT, np.inf, gain)


def settled(gain, tol):
    """Whether so little remains to be gained, or so little that it is rounding."""
    return gain < np.maximum(tol, RESOLUTION)


def trusted_step(values, along, vectors, radius):
    """The damped step (C, P) of length at most `radius` (C,), and the gain it promises."""
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


def em_steps(cells, mixtures, constraints, n_steps):
    """The mixtures after some steps of EM, which find the hill that EM would climb."""
    for _ in range(n_steps):
        mixtures = m_step(e_step(cells, mixtures), mixtures, constraints)
    return mixtures


def climb(cells, mixtures, constraints, *, tol, max_iter):
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


def _adapt(radius, active, ratio, length, root_mass):
    """Widen the radius where the promise was kept, narrow it where it was not."""
    wider = np.minimum(np.maximum(radius[active], 2 * length), LARGEST_RADIUS * root_mass)
    radius[active] = np.where(
        ratio < 0.25, 0.25 * length, np.where(ratio > 0.75, wider, radius[active])
    )
