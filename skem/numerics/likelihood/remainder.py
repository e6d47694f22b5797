"""Bounds on what sums over the nodes of bins can differ by from sums over the cells.

The nodes of a bin have its mass, mean, square and cube. A sum of a smooth function over its
cells is that over the nodes, and its fourth derivative somewhere in the bin times a weight
(equation N of the theory page). Fourth derivatives are bounded on panels of neighbouring
bins: by their size in the middle, and the largest fifth derivative times the distance.
"""

from math import comb
from typing import NamedTuple

import numpy as np

from ..data.bins import Panels
from ..model.mixture import Mixture, log_joint, normalise


class Remainder(NamedTuple):
    """Bounds on the error of the log-likelihood, and of the score (3, L).

    The score is by log weights, means and log variances.
    """

    log_likelihood: float
    score: np.ndarray


def bound(panels: Panels, mixture: Mixture) -> Remainder:
    """The Remainder of the nodes of the panels' bins for a mixture."""
    middles, halves, weights = panels
    precisions = (1 / mixture.variances)[:, None]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        logs = log_joint(middles, mixture)
        p = logs.copy()
        peak, total = normalise(p)
        logs -= peak + np.log(total)
        slopes = precisions * (mixture.means[:, None] - middles)
        apart = slopes[:, None] - slopes
        bends = np.broadcast_to((precisions.T - precisions)[..., None], apart.shape)
        farthest = np.abs(apart) + halves * np.abs(bends)
        highest = np.exp(np.minimum(logs + halves * farthest.max(axis=1), 0.0))
        here = [p * factor for factor in _factors(p, apart, bends, 4)]
        most = [
            highest * factor for factor in _factors(highest, farthest, np.abs(bends), 5)
        ]
        # The slopes of the log densities, less a line that is their mean in the middle.
        from_mean = slopes - (p * slopes).sum(axis=0)
        bend = (p * precisions).sum(axis=0) - precisions
        fourth = np.abs(_derivative(here, [from_mean, bend], 3).sum(axis=0))
        at_most = np.abs(from_mean) + halves * np.abs(bend)
        fifth = _derivative(most, [at_most, np.abs(bend)], 4).sum(axis=0)
        log_likelihood = float(weights @ (fourth + halves * fifth))
        score = np.array(
            [
                (np.abs(_derivative(here, at, 4)) + halves * _derivative(most, top, 5))
                @ weights
                for at, top in _own_scores(slopes, precisions, halves)
            ]
        )
    return Remainder(log_likelihood, score)


def _factors(
    p: np.ndarray, apart: np.ndarray, bends: np.ndarray, order: int
) -> list[np.ndarray]:
    """The derivatives of the responsibilities (L, P), 0 to `order`, divided by them.

    `apart` (L, L, P) are the differences of the slopes of the groups' log densities, and
    `bends` their derivatives. Bounds on the sizes of all three give bounds on the sizes.
    """
    factors, inner = [np.ones_like(p)], []
    for n in range(order):
        # The n-th derivative of d_l = sum_k p_k (slope_l - slope_k), where p_l' = p_l d_l.
        change = np.einsum("kp,lkp->lp", p * factors[n], apart)
        if n:
            change += n * np.einsum("kp,lkp->lp", p * factors[n - 1], bends)
        inner.append(change)
        factors.append(sum(comb(n, i) * factors[n - i] * inner[i] for i in range(n + 1)))
    return factors


def _derivative(p: list[np.ndarray], other: list[np.ndarray], order: int) -> np.ndarray:
    """A derivative of p times another function, from the derivatives of both (Leibniz)."""
    return sum(comb(order, i) * p[order - i] * part for i, part in enumerate(other))


def _own_scores(
    slopes: np.ndarray, precisions: np.ndarray, halves: np.ndarray
) -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    """The derivatives of the groups' own scores in the middles, and their largest sizes.

    With t the slope, of derivative -1/v: the scores are 1, -t and (v t^2 - 1) / 2.
    """
    largest = np.abs(slopes) + halves * precisions
    square = 0.5 * (slopes * slopes / precisions - 1)
    square_at_most = 0.5 * np.maximum(largest * largest / precisions, 1.0)
    return [
        ([np.ones_like(slopes)], [np.ones_like(slopes)]),
        ([slopes, -precisions], [largest, precisions]),
        ([square, -slopes, precisions], [square_at_most, largest, precisions]),
    ]
