"""The likely true values behind noisy points, from which starts begin."""

from typing import NamedTuple

import numpy as np

from ..ascent.newton import climb
from ..data.points import Points
from ..model.constraints import unconstrained
from ..model.mixture import Mixture, stack

# The least variance that the true values are taken to have, in standard units.
LEAST_VARIANCE = 1e-2


def prior_sd(points: Points, n_components: int) -> float:
    """The distance of prior funds from their group's mean, a share ``1 / L`` of all spread.

    The spread is that of the true values, and the standard error of its variance.
    """
    variance = without_noise(points).variance + np.sqrt(2 / points.mass)
    return float(np.sqrt(variance) / n_components)


class Signal(NamedTuple):
    """Points without noise, and the mean and the variance of one group fitted to them."""

    points: Points
    mean: float
    variance: float


def without_noise(points: Points) -> Signal:
    """The Signal behind points; their own, with mean 0 and variance 1, if not noisy.

    Every estimate is drawn towards the mean of one normal group, so far that the values
    spread as the group does. That is less far than its posterior mean.
    """
    if points.noise is None:
        return Signal(points, 0.0, 1.0)
    start = stack([Mixture(np.ones(1), np.zeros(1), np.full(1, 0.5))])
    limits = unconstrained(1, LEAST_VARIANCE)
    one = climb(points.coarse, start, limits, tol=1e-3, max_iter=50).mixtures
    mean, variance = float(one.means[0, 0]), float(one.variances[0, 0])
    drawn = np.sqrt(variance / (variance + points.noise))
    values = mean + drawn * (points.values - mean)
    order = np.argsort(values, kind="stable")
    return Signal(Points(values[order], points.masses[order]), mean, variance)
