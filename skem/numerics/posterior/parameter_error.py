"""Mixtures that are as likely as a fit, given the error of its parameters.

Log weights, means and log variances are drawn from the normal distribution around the fit
with their covariance, in pairs on either side of the fit. The draws are always the same.
"""

import numpy as np

from ..model.constraints import Constraints
from ..model.mixture import Mixture

# The number of pairs of draws, and the seed of the generator.
N_PAIRS, SEED = 20, 0

# The largest exponent of a weight's or a variance's change.
LARGEST = 50.0


def nearby_mixtures(
    mixture: Mixture, covariance: np.ndarray, constraints: Constraints
) -> list[Mixture]:
    """Draws of the mixture, whose parameters have the covariance (3L, 3L).

    They are in standard units, and keep fixed weights. Parameters whose variance is NaN
    stay as they are.
    """
    known = np.nan_to_num(covariance, nan=0.0)
    values, vectors = np.linalg.eigh(known)
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
