"""The certificate: the gain that remains on all cells, and the last steps."""

from typing import NamedTuple

import numpy as np

from ..data.points import Points
from ..data.protocol import Data
from ..likelihood.expectation import e_step
from ..likelihood.information import NEGLIGIBLE, Sums, differentiate, move, sum_centred
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

# The largest ratio of the points' error in the information, which sums fourth powers, to
# that in a group's mass, mean and square.
AMPLIFIED = 4.0


class Solution(NamedTuple):
    """A mixture, the log-likelihoods on all cells along the way, and the convergence."""

    mixture: Mixture
    log_likelihoods: np.ndarray
    converged: bool
    n_iter: int
    remaining_gain: float


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
    """Step with exact scores until less than `tol` nats remain to be gained.

    The scores are those of `cells`, and the information is that of fewer `points`. `n_iter`
    is the number of iterations made so far.
    """
    watch = watch or Unwatched()
    history: list[float] = []
    last, last_gain = mixture, np.inf
    radius = np.array([LARGEST_RADIUS * np.sqrt(cells.mass)])
    while True:
        watch.begin_step()
        height, error, *along_vectors = look(cells, points, mixture, constraints)
        stop = watch.end_step(mixture, height)
        if history and height < history[-1] - ROUNDING * abs(height):
            mixture = last
            break
        history.append(height)
        values, along, vectors = along_vectors
        gain = remaining_gain(values - error, along)[0]
        if settled(gain, tol) or stop or len(history) == max_iter:
            n_iter += len(history)
            done = bool(settled(gain, tol))
            return Solution(mixture, np.array(history), done, n_iter, float(gain))
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
        bool(settled(gain, tol)),
        n_iter + len(history) + int(final.n_iter[0]),
        gain,
    )


def look(
    cells: Data, points: Points, mixture: Mixture, constraints: Constraints
) -> tuple[float, float, np.ndarray, np.ndarray, np.ndarray]:
    """The log-likelihood of all cells, the error of the information, and the spectrum.

    The spectrum is that of the points' information, with the score of all cells. If cells
    are noisy, the information is theirs too, because the sums of an E-step do not give the
    score of a group without variance.

    The error is in units of the eigenvalues. The points' error in the places of cells shows
    in the sums of an E-step, and is taken as that of their information.
    """
    batch = stack([mixture])
    sums = sum_centred(cells if cells.noisy else points, batch)
    if not isinstance(sums, Sums):  # of noisy cells
        derivatives = differentiate(sums, batch, constraints)
        return float(sums.log_likelihood[0]), 0.0, *spectrum(derivatives)
    statistics = e_step(cells, mixture)
    exact = statistics.powers(mixture)
    lost = np.abs(exact - sums.moments[0, :3])
    there = statistics.mass > NEGLIGIBLE * cells.mass
    error = AMPLIFIED * np.max(lost[:, there] / statistics.mass[there], initial=0.0)
    sums.moments[0, :3] = exact
    spectrum_there = spectrum(differentiate(sums, batch, constraints))
    return statistics.log_likelihood, error, *spectrum_there
