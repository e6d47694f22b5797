"""Intervals for quantiles: the alphas at which the interval of the share contains it."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri

from ..numerics.model.distribution import quantiles, tails
from .delta import Answers, standard_errors, tail_shares

# The first step from a quantile, as a share of the narrowest sd, and how steps grow.
FIRST, GROWTH = 0.1, 1.3

# The sds of the widest group, beyond the outermost means, where a search ends.
FARTHEST = 50.0

# The error of an end, as a share of that distance.
CLOSE = 1e-13


def invert_shares(mixture, covariance, probabilities, reach):
    """The Answers about quantiles, by the intervals of the shares below them.

    The quantile in the jump of a point mass is its mean. The error of that mean says
    nothing of the quantile if the jump may end there.
    """
    values, gradients = quantiles(mixture, probabilities)
    errors = standard_errors(gradients, covariance)
    ends = [
        (np.nan, np.nan)
        if np.isnan(error)
        else _invert(mixture, covariance, share, value, reach)
        for share, value, error in zip(probabilities, values, errors, strict=True)
    ]
    lower, upper = np.transpose(ends)
    jumps = mixture.means[(mixture.variances == 0) & (mixture.weights > 0)]
    leaving = np.maximum(values - lower, upper - values) > (1 + 1e-6) * reach * errors
    errors[np.isin(values, jumps) & leaving] = np.nan
    return Answers(values, errors, lower, upper)


def _invert(mixture, covariance, probability, quantile, reach):
    """The ends of the interval of a quantile; infinite where the interval does not end.

    `reach` is the number of standard errors of a share that its interval includes, on the
    scale of normal quantiles. An alpha that is as near to the estimated mean of a point
    mass is in the interval too.
    """
    target = ndtri(probability)
    means, sds = mixture.means, np.sqrt(mixture.variances)
    n_components = means.size
    errors = np.sqrt(covariance.diagonal()[n_components : 2 * n_components])
    near = np.where((sds == 0) & (mixture.weights > 0), reach * errors, -1.0)

    def excess(alpha):
        """Positive outside the interval."""
        if np.any(np.abs(alpha - means) <= near):
            return -1.0
        found = tails(mixture, np.array([alpha]))
        share = tail_shares(found.below, found.above, -found.gradients)
        middle, slope = share.middle[0], share.slope[0]
        if not np.isfinite(middle):
            return 1.0  # all alphas are on one side
        error = standard_errors(share.gradients, covariance)[0]
        distance = abs(middle - target) - reach * slope * error
        return -1.0 if np.isnan(distance) else distance

    spread = sds[sds > 0]
    widest = max(spread.max(initial=0.0), np.ptp(means), errors.max(initial=0.0))
    first = FIRST * spread.min(initial=widest) or 1.0
    end = FARTHEST * widest or 1.0
    edges = np.concatenate([means - near, means + near])[np.tile(near >= 0, 2)]
    return tuple(_search(excess, quantile, way * first, end, edges) for way in (-1, 1))


def _search(excess, inside, step, farthest, edges):
    """Where `excess` becomes positive on the way from a place where it is not.

    At one of the `edges` it jumps, and is not yet positive.
    """
    start, outside = inside, inside + step
    while not excess(outside) > 0:
        inside, step = outside, GROWTH * step
        outside = inside + step
        if abs(outside - start) > farthest:
            return np.copysign(np.inf, step)
    if not excess(inside) < 0:
        return inside
    found = brentq(excess, *sorted((inside, outside)), xtol=CLOSE * farthest)
    at_edge = np.abs(edges - found) <= 2 * CLOSE * farthest
    return edges[at_edge][0] if at_edge.any() else found
