"""Standard errors and intervals of functions of a mixture's parameters, to first order."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import norm


class Quantities(NamedTuple):
    """Estimates (n,), and their gradients (3L, n) in the coordinates of a covariance.

    The coordinates are log weights, means and log variances. Intervals are symmetric
    around `middle` on another scale. `slope` is the derivative of that scale by the
    estimate, and `back` maps from that scale to the estimate's.
    """

    values: np.ndarray
    gradients: np.ndarray
    middle: np.ndarray
    slope: np.ndarray
    back: Callable


def heights(values, gradients):
    """Densities, on the scale of square roots: bands stay narrow where they vanish."""
    roots = np.sqrt(values)
    with np.errstate(divide="ignore"):
        return Quantities(values, gradients, roots, 0.5 / roots, _square)


def _square(roots):
    return np.square(np.maximum(roots, 0.0))


def tail_shares(values, rest, gradients):
    """Shares on one side of an alpha, on the scale of normal quantiles.

    Those of a normal distribution are linear in the alpha there, so that intervals stay
    narrow where next to nothing is on one side.
    """
    middle = np.where(values < 0.5, ndtri(values), -ndtri(rest))
    with np.errstate(over="ignore"):  # the interval of 0 or 1 is a point
        slope = np.sqrt(2 * np.pi) * np.exp(0.5 * np.square(middle))
        return Quantities(values, gradients, middle, slope, ndtr)


class Answers(NamedTuple):
    """Estimates, their standard errors, and the ends of their intervals, each (n,)."""

    estimates: np.ndarray
    standard_errors: np.ndarray
    lower: np.ndarray
    upper: np.ndarray


def reach_of(level):
    """The number of standard errors on each side in an interval of that level."""
    return norm.ppf(0.5 + level / 2)


def answer(quantities, covariance, level, doubt=0.0):
    """The Answers by the delta method; `doubt` is NaN where an error is not known."""
    errors = standard_errors(quantities.gradients, covariance) + doubt
    return Answers(quantities.values, errors, *interval(quantities, errors, level))


def interval(quantities, errors, level):
    """Lower and upper ends (n,) of the intervals, given standard errors (n,)."""
    values, _, middle, slope, back = quantities
    reach = reach_of(level) * errors
    with np.errstate(invalid="ignore"):  # where there is no error there is no distance
        ends = [back(middle - reach * slope), back(middle + reach * slope)]
    lower, upper = (np.where(reach == 0, values, end) for end in ends)
    # Some scales round shares near 1.
    return np.minimum(lower, values), np.maximum(upper, values)


def standard_errors(gradients, covariance):
    """The errors (n,) for gradients (3L, n); a covariance may be NaN where these are 0."""
    unknown = np.isnan(covariance.diagonal())
    known = np.where(unknown[:, None] | unknown, 0.0, covariance)
    squares = np.einsum("kn,kj,jn->n", gradients, known, gradients)
    lost = (gradients[unknown] != 0).any(axis=0)
    return np.where(lost, np.nan, np.sqrt(np.maximum(squares, 0.0)))
