"""Estimates with standard errors and intervals, as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm

from ..validation import check_confidence, check_scale
from .covariance import estimate_precision
from .table import Table, Tabular

HOW = {
    "independent": "every cell is an independent observation",
    "fixed": "draws of a manager depend on each other: clustered by manager",
    "posterior": "draws from each manager's posterior: scores of pairs of draws",
}


@dataclass(frozen=True, repr=False)
class Summary(Tabular):
    """Estimates of a mixture and what they are worth; prints as a table.

    Attributes
    ----------
    names : list of str
        What is estimated: weights, means and sds of the groups, and the share of the
        population with a positive alpha.
    estimates, standard_errors, lower, upper : ndarray of shape (3L + 1,)
        Values, and the ends of the intervals. What is fixed has no standard error (0).
    confidence : float
        How often such intervals hold the truth, nominally.
    draws : str
        How the grid came about.
    n_managers : float
        How many managers have draws, or the sum of their weights.
    unit : str
        The unit of means and sds.
    """

    names: list
    estimates: np.ndarray
    standard_errors: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    confidence: float
    draws: str
    n_managers: float
    unit: str

    @property
    def _table(self):
        """A row for each estimate."""
        level = f"{100 * self.confidence:g} %"
        return Table(
            ("", "estimate", "standard error", f"{level} from", "to"),
            tuple(
                zip(
                    self.names,
                    self.estimates,
                    self.standard_errors,
                    self.lower,
                    self.upper,
                    strict=True,
                )
            ),
            formats=("", *[".4g"] * 4),
            notes=(
                f"Means and sds {self.unit}. {self.n_managers:g} managers; "
                f"{HOW[self.draws]}.",
            ),
        )


def summarize(
    model,
    X,
    *,
    draws,
    sample_weight=None,
    confidence=0.95,
    scale=1.0,
    unit="in the units of X",
):
    """Tabulate the estimates of a mixture with standard errors and intervals.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture.
    X : array-like of shape (N, M) or (N, 2)
        The grid that it was fitted to, or the estimates and their standard errors.
    draws : {"independent", "fixed", "posterior"}
        How the grid came about, as :func:`parameter_covariance` explains.
    sample_weight : array-like of shape (N,), default=None
        How often each manager counts, as in the fit.
    confidence : float, default=0.95
        Level of the intervals. They are symmetric for a mean, for the log of an sd and
        for the logit of a weight or share, so that none has impossible values.
    scale : float, default=1.0
        Means and sds are shown times this: 1200 for decimals per month as percent per
        year. The groups are of alphas, not of returns, so that sds are annualised as
        means are.
    unit : str, default="in the units of X"
        What to call the unit of means and sds.

    Returns
    -------
    summary : Summary
        Prints as a table; `to_frame` gives a pandas DataFrame. The share of the
        population with a positive alpha is ``sum_l pi_l Phi(mu_l / sd_l)``, with a
        standard error by the delta method (equation V4).

    Raises
    ------
    ValueError
        If a parameter does not fit.

    Warns
    -----
    UserWarning
        As :func:`parameter_covariance` does.

    Examples
    --------
    >>> from skem import PanelGaussianMixture
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import summarize
    >>> alphas, _ = make_alpha_panel(means=[-0.002, 0.003], random_state=0)
    >>> fitted = PanelGaussianMixture(2).fit(alphas)
    >>> summary = summarize(
    ...     fitted, alphas, draws="independent", scale=1200, unit="in percent per year"
    ... )
    >>> summary.names[-1]
    'share with alpha > 0'
    """
    check_confidence(confidence)
    check_scale(scale)
    found = estimate_precision(model, X, draws, sample_weight)
    quantities = list(_quantities(model._mixture, found.scale, scale))
    estimates = np.array([quantity.value for quantity in quantities])
    errors = np.array([_standard_error(q.gradient, found.covariance) for q in quantities])
    reach = norm.ppf(0.5 + confidence / 2) * errors
    ends = [_interval(q, r) for q, r in zip(quantities, reach, strict=True)]
    lower, upper = np.transpose(ends)
    return Summary(
        [quantity.name for quantity in quantities],
        estimates,
        errors,
        lower,
        upper,
        float(confidence),
        draws,
        found.n,
        unit,
    )


class Link(NamedTuple):
    """The scale on which an interval is symmetric: a function, its slope, its inverse."""

    to: Callable
    slope: Callable
    back: Callable


IDENTITY = Link(lambda x: x, lambda x: 1.0, lambda x: x)
LOG = Link(np.log, lambda x: 1 / x, np.exp)
LOGIT = Link(logit, lambda x: 1 / (x * (1 - x)), expit)


class Quantity(NamedTuple):
    """An estimate, and its gradient in log weights, means and log variances."""

    name: str
    value: float
    gradient: np.ndarray
    link: Link


def _quantities(mixture, standard, scale):
    """Weights, means, sds and the share of positive alphas; means in `standard` units."""
    weights, means, sds = mixture.weights, mixture.means, np.sqrt(mixture.variances)
    unit = np.eye(3 * weights.size).reshape(3, weights.size, -1)
    for group, weight in enumerate(weights):
        yield Quantity(f"weight {group}", weight, weight * unit[0, group], LOGIT)
    for group, mean in enumerate(means):
        gradient = scale * standard * unit[1, group]
        yield Quantity(f"mean {group}", scale * mean, gradient, IDENTITY)
    for group, sd in enumerate(sds):
        yield Quantity(f"sd {group}", scale * sd, scale * sd / 2 * unit[2, group], LOG)
    spread = sds > 0
    ratios = means / np.where(spread, sds, 1.0)
    share = weights * np.where(spread, norm.cdf(ratios), means > 0)
    slope = weights * norm.pdf(ratios) * spread
    slopes = slope * standard / np.where(spread, sds, 1.0), -0.5 * slope * ratios
    gradient = np.concatenate([share, *slopes])
    yield Quantity("share with alpha > 0", share.sum(), gradient, LOGIT)


def _standard_error(gradient, covariance):
    """By the delta method; what has no part in it may be unknown."""
    there = gradient != 0
    return np.sqrt(gradient[there] @ covariance[np.ix_(there, there)] @ gradient[there])


def _interval(quantity, reach):
    """Ends at a distance of `reach`, to first order, on the scale of the link."""
    value, link = quantity.value, quantity.link
    if reach == 0:
        return value, value
    with np.errstate(divide="ignore", invalid="ignore"):  # a share of 0 or 1
        middle, distance = link.to(value), reach * link.slope(value)
    return link.back(middle - distance), link.back(middle + distance)
