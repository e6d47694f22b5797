"""The distribution of a mixture's alphas, and how it moves with the parameters.

Gradients (3L, n) are by log weights, means and log variances. A group of variance 0 is a
point mass: a jump of the distribution function, which has no density.
"""

from typing import NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from .mixture import Mixture

# The error of a quantile, as a share of the distance between those of the groups.
CLOSE = 1e-14

# The distance, in sds, beyond which densities are 0; its square is finite.
FARTHEST = 1e100


class Tails(NamedTuple):
    """Probabilities at most an alpha and above it, (n,).

    `gradients` are those of `above`. They are the negative ones of `below`, as weights sum
    to 1.
    """

    below: np.ndarray
    above: np.ndarray
    gradients: np.ndarray


def densities(mixture: Mixture, alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The density (n,) of the groups with spread, and its gradients."""
    weights, sds, distances, spread = _standardised(mixture, alphas)
    heights = np.where(spread, weights * _normal(distances) / sds, 0.0)
    distances = np.where(spread, distances, 0.0)
    by_mean, by_variance = distances / sds, 0.5 * (distances**2 - 1)
    return heights.sum(axis=0), np.concatenate(
        [heights, heights * by_mean, heights * by_variance]
    )


def tails(mixture: Mixture, alphas: np.ndarray) -> Tails:
    """The Tails at alphas (n,); equation V4 of the theory page has those at 0."""
    weights, sds, distances, spread = _standardised(mixture, alphas)
    below, above = ndtr(distances), ndtr(-distances)
    densities = np.where(spread, weights * _normal(distances), 0.0)
    under, over = (weights * below).sum(axis=0), (weights * above).sum(axis=0)
    # The weights sum to 1, so a group gains what the others lose. In this form nothing
    # cancels where nearly all alphas are on one side.
    by_weight = weights * (above * under - below * over)
    by_variance = 0.5 * densities * np.where(spread, distances, 0.0)
    gradients = np.concatenate([by_weight, densities / sds, by_variance])
    return Tails(under, over, gradients)


def quantiles(mixture: Mixture, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The quantiles (n,) and their gradients.

    A quantile in the jump of a point mass moves with the mean of that, and by an unknown
    amount with its variance.
    """
    n_components = mixture.weights.size
    values = np.empty(probabilities.size)
    gradients = np.zeros((3 * n_components, probabilities.size))
    jumps = [(group, *_jump(mixture, group)) for group in _point_masses(mixture)]
    for at, probability in enumerate(probabilities):
        inside = [group for group, low, high in jumps if low < probability <= high]
        if inside:
            values[at] = mixture.means[inside[0]]
            gradients[[n_components + inside[0], 2 * n_components + inside[0]], at] = 1.0
            continue
        values[at] = _find(mixture, probability)
        here = values[at : at + 1]
        slope = densities(mixture, here)[0]
        with np.errstate(divide="ignore", invalid="ignore"):
            gradients[:, at] = (tails(mixture, here).gradients / slope)[:, 0]
    return values, gradients


def _standardised(mixture: Mixture, alphas: np.ndarray) -> tuple[np.ndarray, ...]:
    """Weights and sds (L, 1), 1 for a point mass; distances in sds, and which have spread.

    A point mass is at an infinite distance from every alpha, above those that it equals.
    """
    weights, means, variances = (part[:, None] for part in mixture)
    spread = variances > 0
    sds = np.sqrt(np.where(spread, variances, 1.0))
    beside = np.where(alphas >= means, np.inf, -np.inf)
    distances = np.clip((alphas - means) / sds, -FARTHEST, FARTHEST)
    return weights, sds, np.where(spread, distances, beside), spread


def _normal(distances: np.ndarray) -> np.ndarray:
    return np.exp(-0.5 * np.square(distances)) / np.sqrt(2 * np.pi)


def _point_masses(mixture: Mixture) -> np.ndarray:
    return np.flatnonzero((mixture.variances == 0) & (mixture.weights > 0))


def _jump(mixture: Mixture, group: int) -> tuple[float, float]:
    """The distribution function below a point mass, and at it."""
    mean = mixture.means[group]
    ends = tails(mixture, np.array([np.nextafter(mean, -np.inf), mean])).below
    return float(ends[0]), float(ends[1])


def _find(mixture: Mixture, probability: float) -> float:
    """The quantile, between the lowest and the highest quantile of the groups."""
    there = mixture.weights > 0
    sds = np.sqrt(mixture.variances[there])
    each = mixture.means[there] + sds * ndtri(probability)
    low, high = float(each.min()), float(each.max())

    def excess(alpha: float) -> float:
        found = tails(mixture, np.array([alpha]))
        if probability > 0.5:  # the smaller tail is the more precise one
            return float((1 - probability) - found.above[0])
        return float(found.below[0] - probability)

    if excess(low) >= 0:
        return low
    if excess(high) <= 0:
        return high
    return float(brentq(excess, low, high, xtol=CLOSE * (high - low)))
