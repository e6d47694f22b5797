"""Expectation-maximisation: the textbook iteration, on every cell."""

from typing import NamedTuple

import numpy as np

from ..likelihood.expectation import e_step
from ..model.mixture import Mixture


def m_step(statistics, mixture, constraints):
    """The mixture that maximises the expected log-likelihood (equations M1 to M3).

    Under `constraints`: fixed values stand; a variance below the floor is put on
    it, which is the maximum under that bound. A group that no cell belongs to
    keeps its mean and variance.
    """
    free, mass = constraints.free, statistics.mass
    alive = mass > 0
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
    """A mixture, the log-likelihood before each step and at the end, and the verdict."""

    mixture: Mixture
    log_likelihoods: np.ndarray
    converged: bool
    n_iter: int


def total_change(new, old):
    """Sum over the 3L parameters of ``|new - old|``, the textbook's measure of rest."""
    return sum(float(np.abs(n - o).sum()) for n, o in zip(new, old, strict=True))


class Unwatched:
    """What a fit reports to when nobody looks; the interface of any watch."""

    def begin_start(self, start):
        """A start begins, with a Mixture in standard units."""

    def end_start(self, fit):
        """A start ended in a Fit; true asks for no further start."""
        return False

    def begin_step(self):
        """An iteration begins."""

    def end_step(self, mixture, log_likelihood):
        """An iteration went from `log_likelihood` to `mixture`; true asks to stop."""
        return False


def fit_em(cells, start, *, tol, max_iter, constraints, watch=None):
    """Iterate E- and M-steps from `start` until the parameters rest.

    Parameters
    ----------
    cells : Cells
        What to fit, in standard units.
    start : Mixture
        Where to start, in the same units.
    tol : float
        Stop when the parameters have moved by at most this much in a step, all
        together.
    max_iter : int
        Stop after so many steps.
    constraints : Constraints
        What is fixed, tied or bounded, in the same units.
    watch : object with the methods of Unwatched, optional
        Is told of every step, and may ask to stop.

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
