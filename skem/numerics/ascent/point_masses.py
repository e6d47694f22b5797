"""Groups that noisy estimates do not tell from a point mass at a threshold."""

from typing import Any

import numpy as np

from ..data.points import Points
from ..likelihood.covariance import ScoreProducts, precision
from ..likelihood.expectation import e_step
from ..likelihood.information import sum_centred
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack
from .newton import climb

# The nats that a mean and a variance gain by chance in one of twenty samples: half the
# quantile of a chi-squared distribution with two degrees of freedom.
BY_CHANCE = 3.0

# The number of standard errors of its mean beyond which no group is at the threshold.
FAR = 5.0

# Where a climb of the other groups ends.
CLIMB: dict[str, Any] = {"tol": 0.01, "max_iter": 50}


def undecided_groups(
    points: Points, mixture: Mixture, constraints: Constraints, threshold: float
) -> list[int]:
    """The groups whose point mass at the threshold is as likely, up to BY_CHANCE nats.

    The other groups are fitted again beside the point mass. A group with a fixed mean
    elsewhere, or with nothing free, is none of them.
    """
    if points.noise_level == 0:
        return []
    free, errors = constraints.free, _mean_errors(points, mixture, constraints)
    near = np.abs(mixture.means - threshold) <= FAR * errors
    near &= free.means & (free.variances | (mixture.variances == 0))
    groups = [int(group) for group in np.flatnonzero(near)]
    if not groups:
        return []
    plain = points.plain  # what the estimates say, without prior funds
    reached = float(e_step(plain, mixture).log_likelihood)
    return [
        group
        for group in groups
        if reached - _held_at(plain, mixture, constraints, threshold, group, errors)
        < BY_CHANCE
    ]


def _mean_errors(points: Points, mixture: Mixture, constraints: Constraints) -> np.ndarray:
    """Standard errors (L,) of the means by the information; NaN where it has none."""
    n = mixture.means.size
    sums = sum_centred(points, stack([mixture]))
    scores = ScoreProducts(sums, np.zeros((3 * n, 3 * n)), points.mass)
    found = precision(scores, mixture, constraints, "independent")
    return np.sqrt(found.covariance.diagonal()[n : 2 * n])


def _held_at(
    points: Points,
    mixture: Mixture,
    constraints: Constraints,
    threshold: float,
    group: int,
    errors: np.ndarray,
) -> float:
    """The log-likelihood with a group as a point mass at the threshold.

    It is -inf if another group takes its place: then that one may be the point mass.
    """
    means, variances = constraints.fixed.means.copy(), constraints.fixed.variances.copy()
    means[group] = threshold
    variances[slice(None) if constraints.tied_variances else group] = 0.0
    fixed = constraints.fixed._replace(means=means, variances=variances)
    held = Constraints.of(fixed, False, constraints.variance_floor)
    top = climb(points, stack([mixture]), held, **CLIMB)
    moved = np.abs(top.mixtures.means[0] - mixture.means) > FAR * errors
    moved[group] = False
    return -np.inf if moved.any() else float(top.log_likelihood[0])
