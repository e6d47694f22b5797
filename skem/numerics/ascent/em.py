"""Expectation-maximisation: the textbook iteration, on every cell."""

from typing import Any, NamedTuple

import numpy as np

from ..data.protocol import Data
from ..likelihood.expectation import Statistics, e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture


def m_step(statistics: Statistics, mixture: Mixture, constraints: Constraints) -> Mixture:
    """The mixture that maximises the expected log-likelihood (equations M1 to M3).

    It keeps the `constraints`. A variance below the floor is set to the floor, which is the
    maximum under that bound. A group without cells keeps its mean and variance.
    """
    free, mass = constraints.free, statistics.mass
    alive = mass > 0
    if constraints.plain and alive.all():
        step = statistics.shift / mass
        variances = (statistics.square - step * statistics.shift) / mass
        return Mixture(
            constraints.share_weights(mass),
            statistics.centres + step,
            np.maximum(variances, constraints.variance_floor),
        )
    divisor = np.where(alive, mass, 1.0)
    step = np.where(
        free.means, statistics.shift / divisor, mixture.means - statistics.centres
    )
    means = np.where(alive, statistics.centres + step, mixture.means)
    square = statistics.square + step * (step * mass - 2 * statistics.shift)
    if constraints.tied_variances:
        pooled = square.sum(axis=-1, keepdims=True) / mass.sum(axis=-1, keepdims=True)
        variances = np.broadcast_to(pooled, square.shape)
    else:
        variances = np.where(alive, square / divisor, mixture.variances)
    variances = np.maximum(variances, constraints.variance_floor)
    return Mixture(
        constraints.share_weights(mass),
        means,
        np.where(free.variances, variances, mixture.variances),
    )


class Fit(NamedTuple):
    """A mixture, the log-likelihood before each step and at the end, and convergence."""

    mixture: Mixture
    log_likelihoods: np.ndarray
    converged: bool
    n_iter: int


def total_change(new: Mixture, old: Mixture) -> float:
    """Sum over the 3L parameters of ``|new - old|``, the textbook's stopping rule."""
    return sum(float(np.abs(n - o).sum()) for n, o in zip(new, old, strict=True))


class Unwatched:
    """A watch that does nothing: the interface to which a fit reports."""

    def begin_start(self, start: Mixture) -> None:
        """A start begins, with a Mixture in standard units."""

    def end_start(self, fit: Any) -> bool:
        """A start ended in a Fit or a Solution; true asks for no further start."""
        return False

    def begin_step(self) -> None:
        """An iteration begins."""

    def end_step(self, mixture: Mixture, log_likelihood: float) -> bool:
        """An iteration led from `log_likelihood` to `mixture`; true asks to stop."""
        return False


def fit_em(
    cells: Data,
    start: Mixture,
    *,
    tol: float,
    max_iter: int,
    constraints: Constraints,
    watch: Unwatched | None = None,
) -> Fit:
    """Iterate E- and M-steps from `start` until the parameters hardly change.

    Parameters
    ----------
    cells : Data
        The data to fit, in standard units.
    start : Mixture
        The start, in the same units.
    tol : float
        Stop when the changes of all parameters in a step sum to at most this.
    max_iter : int
        Stop after this number of steps.
    constraints : Constraints
        The constraints, in the same units.
    watch : object with the methods of Unwatched, optional
        It is called at every step, and may ask to stop.

    Returns
    -------
    Fit
        The log-likelihoods are totals over the cells.
    """
    watch = watch or Unwatched()
    mixture = constraints.apply(start)
    log_likelihoods = []
    for n_iter in range(1, max_iter + 1):
        watch.begin_step()
        statistics = e_step(cells, mixture)
        log_likelihoods.append(statistics.log_likelihood)
        previous, mixture = mixture, m_step(statistics, mixture, constraints)
        converged = total_change(mixture, previous) <= tol
        if watch.end_step(mixture, statistics.log_likelihood) or converged:
            break
    log_likelihoods.append(e_step(cells, mixture).log_likelihood)
    return Fit(mixture, np.array(log_likelihoods), converged, n_iter)
