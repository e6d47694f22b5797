"""Bounds on what sums over the nodes of bins can differ by from sums over the cells.

The nodes of a bin have its mass, mean, square and cube. A sum of a smooth function over its
cells is that over the nodes, and its fourth derivative somewhere in the bin times a weight
(equation N of the theory). Fourth derivatives are bounded on panels of neighbouring
bins: by their size in the middle, and the largest fifth derivative times the distance.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import comb

from ..data.bins import Panels
from ..model.mixture import Mixture, log_joint, normalise

BINOMIAL = comb(np.arange(6)[:, None], np.arange(6))


class Remainder(NamedTuple):
    """Bounds on the error of the log-likelihood, and of the score (3, L).

    The score is by log weights, means and log variances.
    """

    log_likelihood: float
    score: np.ndarray


def bound(panels: Panels, mixture: Mixture) -> Remainder:
    """The Remainder of the nodes of the panels' bins for a mixture."""
    middles, halves, weights = panels
    n = middles.size
    precisions = (1 / mixture.variances)[:, None]
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        logs = log_joint(middles, mixture)
        p = logs.copy()
        peak, total = normalise(p)
        logs -= peak + np.log(total)
        slopes = precisions * (mixture.means[:, None] - middles)
        apart = slopes[:, None] - slopes
        bends = precisions.T - precisions
        farthest = np.abs(apart) + halves * np.abs(bends)[..., None]
        highest = np.exp(np.minimum(logs + halves * farthest.max(axis=1), 0.0))
        # Derivatives in the middles, followed by bounds on those in the panels.
        every = np.concatenate([p, highest], axis=-1)
        signs = np.repeat(np.stack([bends, np.abs(bends)], axis=-1), n, axis=-1)
        derivatives = _differentiate(
            every, np.concatenate([apart, farthest], axis=-1), signs
        )
        here, most = derivatives[..., :n], derivatives[..., n:]
        # The slopes of the log densities, less a line that is their mean in the middle.
        from_mean = slopes - (p * slopes).sum(axis=0)
        bend = (p * precisions).sum(axis=0) - precisions
        fourth = _derivative(here, np.array([from_mean, bend]), 3).sum(axis=0)
        at_most = np.abs(from_mean) + halves * np.abs(bend)
        fifth = _derivative(most, np.array([at_most, np.abs(bend)]), 4).sum(axis=0)
        log_likelihood = float(_largest(fourth, halves * fifth, weights))
        score = np.array(
            [
                _largest(
                    _derivative(here, at, 4), halves * _derivative(most, top, 5), weights
                )
                for at, top in _own_scores(slopes, precisions, halves)
            ]
        )
    return Remainder(log_likelihood, score)


def _largest(middle: np.ndarray, change: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """The largest size of a weighted sum of values that are no farther from the middle.

    A weight may be less than is said, and even 0.
    """
    up, down = np.maximum(change + middle, 0.0), np.maximum(change - middle, 0.0)
    return np.maximum(up @ weights, down @ weights)


def _differentiate(p: np.ndarray, apart: np.ndarray, bends: np.ndarray) -> np.ndarray:
    """The derivatives of the responsibilities p (L, P), 0 to 5.

    `apart` (L, L, P) are the differences of the slopes of the groups' log densities, and
    `bends` their derivatives. Bounds on the sizes of all three give bounds on the sizes.
    """
    found = np.empty((6, *p.shape))
    changes = np.empty((5, *p.shape))
    found[0] = p
    for n in range(5):
        # The n-th derivative of d_l = sum_k p_k (slope_l - slope_k), where p_l' = p_l d_l.
        changes[n] = np.einsum("kp,lkp->lp", found[n], apart)
        if n:
            changes[n] += n * np.einsum("kp,lkp->lp", found[n - 1], bends)
        found[n + 1] = _derivative(found, changes[: n + 1], n)
    return found


def _derivative(p: np.ndarray, other: np.ndarray, order: int) -> np.ndarray:
    """A derivative of p times another function, from the derivatives of both (Leibniz)."""
    n = len(other)
    own = p[order - n + 1 : order + 1][::-1]
    return np.einsum("i,ilp,ilp->lp", BINOMIAL[order, :n], own, other)


def _own_scores(
    slopes: np.ndarray, precisions: np.ndarray, halves: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """The derivatives of the groups' own scores in the middles, and their largest sizes.

    With t the slope, of derivative -1/v: the scores are 1, -t and (v t^2 - 1) / 2.
    """
    largest = np.abs(slopes) + halves * precisions
    one, precise = np.ones_like(slopes), np.broadcast_to(precisions, slopes.shape)
    square = 0.5 * (slopes * slopes / precisions - 1)
    at_most = 0.5 * np.maximum(largest * largest / precisions, 1.0)
    return [
        (one[None], one[None]),
        (np.array([slopes, -precise]), np.array([largest, precise])),
        (np.array([square, -slopes, precise]), np.array([at_most, largest, precise])),
    ]
