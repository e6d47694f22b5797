"""The certificate: the gain that remains on all cells, and the last steps."""

from typing import NamedTuple, cast

import numpy as np

from ..data.points import Points
from ..data.protocol import Data
from ..likelihood.coordinates import free_directions, move
from ..likelihood.expectation import e_step
from ..likelihood.information import NEGLIGIBLE, differentiate, sum_over
from ..likelihood.quadratics import PointSums
from ..likelihood.remainder import Remainder, bound
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .em import Unwatched
from .newton import (
    LARGEST_RADIUS,
    ROUNDING,
    climb,
    remaining_gain,
    settled,
    spectrum,
    trusted_step,
)

# The factor by which a step must shrink the remaining gain; otherwise the information of
# all cells is used.
PROGRESS = 0.1

# The largest ratio of an error in the information, which sums fourth powers, to that in a
# group's mass, mean and square.
AMPLIFIED = 4.0

# The largest mean square of a group about 0, in its variances, for which powers about 0
# keep the digits of a log-likelihood.
LARGEST_LEVERAGE = 1e4

# The largest error of a log-likelihood per cell.
LARGEST_ERROR = 1e-12

# The nats that are left to be gained on the nodes of bins, where steps cost little.
ON_NODES = 1e-13


class Solution(NamedTuple):
    """A mixture, the log-likelihoods on all cells along the way, and the convergence."""

    mixture: Mixture
    log_likelihoods: np.ndarray
    converged: bool
    n_iter: int
    remaining_gain: float


class Look(NamedTuple):
    """The log-likelihood of a mixture, and the spectrum of its information.

    The spectrum has the score along its vectors. `error` is that of the information, in
    units of the eigenvalues, and `frozen` says which coordinates cannot move.
    """

    log_likelihood: float
    error: float
    values: np.ndarray
    along: np.ndarray
    vectors: np.ndarray
    frozen: np.ndarray

    @property
    def gain(self) -> float:
        """The remaining gain R."""
        return float(remaining_gain(self.values - self.error, self.along)[0])


def certify(
    cells: Data,
    points: Points,
    mixture: Mixture,
    constraints: Constraints,
    *,
    tol: float,
    max_iter: int,
    n_iter: int,
    watch: Unwatched | None = None,
) -> Solution:
    """Step until less than `tol` nats remain to be gained on all cells.

    The cells are not read where their bins say enough: if every cell is kept by its value,
    or if the nodes of the bins leave out too little to matter. `n_iter` is the number of
    iterations made so far.
    """
    watch = watch or Unwatched()
    bins = cells.bins
    if bins is not None:
        near = points if bins.exact else bins.points
        goal = min(tol, ON_NODES)
        fit, look = _approach(
            near, points, mixture, constraints, tol, goal, max_iter, n_iter, watch
        )
        if bins.exact:
            return fit if look else _finish(near, fit, constraints, tol, max_iter)
        if look:
            remainder = bound(bins.panels, fit.mixture)
            most = _at_most(look, remainder, fit.mixture, constraints, cells.mass).gain
            known = remainder.log_likelihood <= LARGEST_ERROR * cells.mass
            if known and (settled(most, tol) or not fit.converged):
                return fit._replace(remaining_gain=most)
        mixture, n_iter = fit.mixture, fit.n_iter
    fit, look = _approach(
        cells, points, mixture, constraints, tol, tol, max_iter, n_iter, watch
    )
    return fit if look else _finish(cells, fit, constraints, tol, max_iter)


def _approach(
    cells: Data,
    points: Points,
    mixture: Mixture,
    constraints: Constraints,
    tol: float,
    goal: float,
    max_iter: int,
    n_iter: int,
    watch: Unwatched,
) -> tuple[Solution, Look | None]:
    """Step with the scores of `cells`, and the information of fewer `points`.

    The steps end where less than the `goal` remains. The Look at the end is None if the
    information is not good enough to arrive.
    """
    history: list[float] = []
    last, last_gain, here = mixture, np.inf, None
    radius = np.array([LARGEST_RADIUS * np.sqrt(cells.mass)])
    while True:
        watch.begin_step()
        here = look(cells, points, mixture, constraints)
        stop = watch.end_step(mixture, here.log_likelihood)
        if history and here.log_likelihood < history[-1] - ROUNDING * abs(history[-1]):
            here, mixture = None, last
            break
        history.append(here.log_likelihood)
        gain = here.gain
        if settled(gain, goal) or stop or len(history) == max_iter:
            break
        if not gain < PROGRESS * last_gain:
            here = here if settled(gain, tol) else None
            break
        last, last_gain = mixture, gain
        step, _, _ = trusted_step(here.values, here.along, here.vectors, radius)
        mixture = take(move(stack([mixture]), step, constraints), 0)
    gain = here.gain if here else last_gain
    done = bool(here) and bool(settled(gain, tol))
    found = Solution(mixture, np.array(history), done, n_iter + len(history), gain)
    return found, here


def _finish(
    cells: Data, fit: Solution, constraints: Constraints, tol: float, max_iter: int
) -> Solution:
    """The fit after a climb with the score and the information of all cells."""
    left = max_iter - fit.log_likelihoods.size
    final = climb(cells, stack([fit.mixture]), constraints, tol=tol, max_iter=left)
    gain = float(final.remaining[0])
    return Solution(
        take(final.mixtures, 0),
        np.append(fit.log_likelihoods, final.log_likelihood),
        bool(settled(gain, tol)),
        fit.n_iter + int(final.n_iter[0]),
        gain,
    )


def look(cells: Data, points: Points, mixture: Mixture, constraints: Constraints) -> Look:
    """The log-likelihood and the score of all cells, and the information of the points.

    If the cells are points themselves, or noisy, the information is theirs too: the sums of
    an E-step do not give the score of a group without variance.

    The points' error in the places of cells shows in the sums of an E-step, and is taken as
    that of their information.
    """
    batch = stack([mixture])
    error = 0.0
    if isinstance(cells, Points) or cells.noisy:
        sums = sum_over(cells, batch, LARGEST_LEVERAGE)
    else:
        statistics = e_step(cells, mixture)
        sums = cast(PointSums, sum_over(points, batch))
        score = statistics.score(mixture)
        lost = np.abs(score.ravel() - sums.score[0]).reshape(score.shape)
        error = _error_of_information(lost, mixture, statistics.mass)
        sums = sums._replace(
            log_likelihood=np.array([statistics.log_likelihood]),
            mass=statistics.mass[None],
            score=score.reshape(1, -1),
        )
    derivatives = differentiate(sums, batch, constraints)
    log_likelihood = float(sums.log_likelihood[0])
    return Look(log_likelihood, error, *spectrum(derivatives), derivatives.frozen[0])


def _error_of_information(lost: np.ndarray, mixture: Mixture, mass: np.ndarray) -> float:
    """The error of the information, in units of eigenvalues, from a score's (3, L)."""
    there = mass > NEGLIGIBLE * mass.sum()
    lost = lost * np.array([np.ones_like(mass), np.sqrt(mixture.variances), 2 + 0 * mass])
    return AMPLIFIED * float(np.max(lost[:, there] / mass[there], initial=0.0))


def _at_most(
    here: Look,
    remainder: Remainder,
    mixture: Mixture,
    constraints: Constraints,
    mass: float,
) -> Look:
    """The Look with the largest score, and the largest error, that a Remainder allows."""
    score = remainder.score.ravel()
    if not constraints.plain:
        score = score @ np.abs(free_directions(stack([mixture]), constraints)[0])
    score = np.where(here.frozen, 0.0, score)
    along = np.abs(here.along) + score @ np.abs(here.vectors)
    error = _error_of_information(remainder.score, mixture, mixture.weights * mass)
    return here._replace(along=along, error=here.error + error)
