"""Shrinkage of funds' residual variances towards a common prior (Smyth 2004).

A fund's variance s^2 of d degrees of freedom is ``sigma^2 chi2_d / d``, and ``1 / sigma^2``
is drawn from ``chi2_d0 / (d0 s0^2)``. Then s^2 / s0^2 has an F distribution of d and d0
degrees of freedom, whose logarithm's moments give d0 and s0.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import digamma, polygamma

# The relative error of d0, and the most steps of Newton's method, which converges at once.
CLOSE, MOST_STEPS = 1e-8, 50


class VariancePrior(NamedTuple):
    """Degrees of freedom d0, and the standard deviation s0 of typical residuals.

    `pooled` are the degrees of freedom of all funds together, which no moderated variance
    has more of.
    """

    degrees: float
    sd: float
    pooled: float = np.inf


def fit_prior(sds: np.ndarray, degrees: np.ndarray) -> VariancePrior:
    """The prior of funds' residual standard deviations (N,), NaN where there is none.

    d0 is 0 for fewer than two funds, and infinite if variances differ no more than chance
    makes them.
    """
    there = ~np.isnan(sds + degrees)
    if there.sum() < 2:
        return VariancePrior(0.0, np.nan)
    half, pooled = 0.5 * degrees[there], float(degrees[there].sum())
    logs = 2 * np.log(sds[there]) - digamma(half) + np.log(half)
    mean, excess = logs.mean(), logs.var(ddof=1) - polygamma(1, half).mean()
    if not excess > 0:
        return VariancePrior(np.inf, float(np.exp(0.5 * mean)), pooled)
    half_prior = invert_trigamma(float(excess))
    log_square = mean + digamma(half_prior) - np.log(half_prior)
    return VariancePrior(2 * half_prior, float(np.exp(0.5 * log_square)), pooled)


def invert_trigamma(value: float) -> float:
    """The x at which the trigamma function has a positive value.

    Its reciprocal is convex and nearly linear, so that Newton's method on it, from below,
    ascends to the root (Smyth 2004, appendix).
    """
    x = 0.5 + 1 / value
    for _ in range(MOST_STEPS):
        height = float(polygamma(1, x))
        step = height * (1 - height / value) / float(polygamma(2, x))
        x += step
        if -step < CLOSE * x:
            break
    return x


def moderate(
    sds: np.ndarray, degrees: np.ndarray, prior: VariancePrior
) -> tuple[np.ndarray, np.ndarray]:
    """Standard deviations and degrees of freedom (N,) of moderated variances.

    The variances are means of ``s^2`` and ``s0^2``, weighted by d and d0. They have d + d0
    degrees of freedom, but no more than all funds together, from which s0 is known.
    """
    share = degrees / (degrees + prior.degrees)
    moderated = prior.sd * np.sqrt((1 - share) + share * np.square(sds / prior.sd))
    most = np.maximum(prior.pooled, degrees)
    return moderated, np.minimum(degrees + prior.degrees, most)
