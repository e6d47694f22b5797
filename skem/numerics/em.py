"""Expectation-maximisation: the textbook iteration, on every cell."""

from typing import NamedTuple

import numpy as np

from .density import Mixture
from .expectation import e_step


def m_step(statistics, mixture, variance_floor):
    """The mixture that maximises the expected log-likelihood (equations M1 to M3).

    A variance below `variance_floor` is put on it, which is the maximum under
    that bound. A group that no cell belongs to keeps its mean and variance.
    """
    mass = statistics.mass
    alive = mass > 0
    divisor = np.where(alive, mass, 1.0)
    step = statistics.shift / divisor
    means = np.where(alive, statistics.centres + step, mixture.means)
    variances = np.where(
        alive, statistics.square / divisor - step * step, mixture.variances
    )
    return Mixture(mass / mass.sum(), means, np.maximum(variances, variance_floor))


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
        """A start ended in a Fit."""

    def begin_step(self):
        """An iteration begins."""

    def end_step(self, mixture, log_likelihood):
        """An iteration went from `log_likelihood` to `mixture`; true asks to stop."""
        return False


def fit_em(cells, start, *, tol, max_iter, variance_floor, watch=None):
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
    variance_floor : float
        No group's variance falls below this.
    watch : object with the methods of Unwatched, optional
        Is told of every step, and may ask to stop.

    Returns
    -------
    Fit
        The log-likelihoods are totals over the cells.
    """
    watch = watch or Unwatched()
    mixture = start._replace(variances=np.maximum(start.variances, variance_floor))
    log_likelihoods = []
    for n_iter in range(1, max_iter + 1):
        watch.begin_step()
        statistics = e_step(cells, mixture)
        log_likelihoods.append(statistics.log_likelihood)
        previous, mixture = mixture, m_step(statistics, mixture, variance_floor)
        converged = total_change(mixture, previous) <= tol
        if watch.end_step(mixture, statistics.log_likelihood) or converged:
            break
    log_likelihoods.append(e_step(cells, mixture).log_likelihood)
    return Fit(mixture, np.array(log_likelihoods), converged, n_iter)


def best_fit(cells, starts, *, watch=None, **options):
    """The fit of highest log-likelihood over `starts`; the first of equals."""
    watch = watch or Unwatched()
    fits = []
    for start in starts:
        watch.begin_start(start)
        fits.append(fit_em(cells, start, watch=watch, **options))
        watch.end_start(fits[-1])
    return max(fits, key=lambda fit: fit.log_likelihoods[-1])
