"""What a table of estimates has a row for, with the scale of its interval."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import expit

from ..numerics.model.distribution import tails
from ..numerics.model.mixture import standardise
from .delta import tail_shares

POSITIVE = "share with alpha > 0"


class Quantity(NamedTuple):
    """An estimate, and its gradient in log weights, means and log variances.

    Its interval is symmetric around `middle` on another scale. `slope` is the derivative
    of that scale by the estimate, and `back` maps from that scale to the estimate's. `kind`
    is "weight", "mean", "sd" or "share".
    """

    kind: str
    name: str
    value: float
    gradient: np.ndarray
    middle: float
    slope: float
    back: Callable

    def standard_error(self, covariance):
        """By the delta method; the covariance may be NaN where the gradient is 0."""
        there = self.gradient != 0
        gradient = self.gradient[there]
        return np.sqrt(gradient @ covariance[np.ix_(there, there)] @ gradient)

    def interval(self, reach):
        """Ends at a distance of `reach`, to first order, on the quantity's own scale."""
        if reach == 0:
            return self.value, self.value
        with np.errstate(invalid="ignore"):  # the error may be NaN
            distance = reach * self.slope
            ends = self.middle - distance, self.middle + distance
        low, high = self.back(ends[0]), self.back(ends[1])
        # Some scales round what is near 1.
        return np.minimum(low, self.value), np.maximum(high, self.value)


def quantities(mixture, standard, factor, labels):
    """Weights, means, sds and the share of positive alphas, as Quantities.

    Gradients are by means in `standard` units. Means and sds are multiplied by `factor`.
    """
    weights, means, sds = mixture.weights, mixture.means, np.sqrt(mixture.variances)
    each = np.eye(3 * weights.size).reshape(3, weights.size, -1)
    for group, (weight, label) in enumerate(zip(weights, labels, strict=True)):
        rest, gradient = weights.sum() - weight, weight * each[0, group]
        yield _weight(f"weight {label}", weight, rest, gradient)
    for group, (mean, label) in enumerate(zip(factor * means, labels, strict=True)):
        gradient = factor * standard * each[1, group]
        yield Quantity("mean", f"mean {label}", mean, gradient, mean, 1.0, np.positive)
    for group, (sd, label) in enumerate(zip(factor * sds, labels, strict=True)):
        with np.errstate(divide="ignore"):  # the interval of a point mass is a point
            log, slope = np.log(sd), 1 / sd
        gradient = (sd or 1.0) / 2 * each[2, group]  # not 0: the error may be unknown
        yield Quantity("sd", f"sd {label}", sd, gradient, log, slope, np.exp)
    yield _positive(mixture, standard)


def _positive(mixture, standard):
    """The share of the population with a positive alpha (equation V4)."""
    found = tails(standardise(mixture, 0.0, standard), np.zeros(1))
    share = tail_shares(found.above, found.below, found.gradients)
    values, gradients, middle, slope, back = share
    one = values[0], gradients[:, 0], middle[0], slope[0]
    return Quantity("share", POSITIVE, *one, back)


def _weight(name, weight, rest, gradient):
    """A Quantity between 0 and 1, on the scale of log odds."""
    with np.errstate(divide="ignore"):  # the interval of a weight of 0 or 1 is a point
        middle, slope = np.log(weight) - np.log(rest), 1 / np.multiply(weight, rest)
    return Quantity("weight", name, weight, gradient, middle, slope, expit)
