"""Mixtures that are as likely as a fit, given the error of its parameters.

Log weights, means and log variances are drawn from the normal distribution around the fit
with their covariance, in pairs on either side of the fit. The draws are always the same.
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
    n = 3 * mixture.weights.size
    sums = sum_centred(points, stack([mixture]))
    scores = ScoreProducts(sums, np.zeros((n, n)), points.mass)
    covariance = precision(scores, mixture, constraints, "independent").covariance
    values, vectors = np.linalg.eigh(np.nan_to_num(covariance, nan=0.0))
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    normal = np.random.RandomState(SEED).standard_normal((N_PAIRS, values.size))
    steps = np.concatenate([normal, -normal]) @ root.T
    by_weight, by_mean, by_variance = np.split(steps, 3, axis=1)
    weights, variances = (
        part * np.exp(np.clip(by, -LARGEST, LARGEST))
        for part, by in ((mixture.weights, by_weight), (mixture.variances, by_variance))
    )
    parts = constraints.share_weights(weights), mixture.means + by_mean, variances
    return [Mixture(*one) for one in zip(*parts, strict=True)]
