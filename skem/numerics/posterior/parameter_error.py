"""Mixtures that are as likely as a fit, given the error of its parameters.

Log weights, means and log variances are drawn from the normal distribution around the fit
with their covariance, in pairs on either side of the fit. The draws are always the same.
For the error of one function of the mixture, fewer mixtures beside the fit do.
"""

import numpy as np

from ..data.points import Points
from ..likelihood.covariance import ScoreProducts, precision
from ..likelihood.information import sum_centred
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack

# The number of pairs of draws, and the seed of the generator.
N_PAIRS, SEED = 20, 0

# The largest exponent of a weight's or a variance's change.
LARGEST = 50.0


def nearby_mixtures(
    points: Points, mixture: Mixture, constraints: Constraints
) -> list[Mixture]:
    """Draws of a mixture fitted to the points, which keep fixed parameters.

    Parameters on which the points have no information stay as they are.
    """
    root = _root(points, mixture, constraints)
    normal = np.random.RandomState(SEED).standard_normal((N_PAIRS, root.shape[1]))
    return _moved(mixture, constraints, np.concatenate([normal, -normal]) @ root.T)


def mixtures_beside(
    points: Points, mixture: Mixture, constraints: Constraints
) -> tuple[list[Mixture], list[Mixture]]:
    """Mixtures a standard error away, on both sides along each principal direction.

    Half the difference of a function's values there is its derivative along that direction
    by a step of a standard error, so the sum of their squares is its variance.
    """
    steps = _root(points, mixture, constraints).T
    return _moved(mixture, constraints, steps), _moved(mixture, constraints, -steps)


def _root(points: Points, mixture: Mixture, constraints: Constraints) -> np.ndarray:
    """A square root of the covariance, whose columns are orthogonal.

    Groups with less than one value's mass stay: nothing is known of their error.
    """
    n = 3 * mixture.weights.size
    sums = sum_centred(points, stack([mixture]))
    scores = ScoreProducts(sums, np.zeros((n, n)), points.mass)
    covariance = precision(scores, mixture, constraints, "independent").covariance
    covariance = np.nan_to_num(covariance, nan=0.0)
    rare = np.tile(mixture.weights * points.mass < points.least_mass, 3)
    covariance[rare] = covariance[:, rare] = 0.0
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _moved(mixture: Mixture, constraints: Constraints, steps: np.ndarray) -> list[Mixture]:
    """Mixtures at some steps (n, 3L) of log weights, means and log variances.

    Steps of fixed parameters are rounding. Even that would move a point mass at a threshold
    to one side of it.
    """
    by_weight, by_mean, by_variance = (
        np.where(np.concatenate(constraints.free), steps, 0.0)
        .reshape(-1, 3, mixture.weights.size)
        .swapaxes(0, 1)
    )
    weights, variances = (
        part * np.exp(np.clip(by, -LARGEST, LARGEST))
        for part, by in ((mixture.weights, by_weight), (mixture.variances, by_variance))
    )
    parts = constraints.share_weights(weights), mixture.means + by_mean, variances
    return [Mixture(*one) for one in zip(*parts, strict=True)]
