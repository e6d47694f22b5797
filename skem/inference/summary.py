"""Estimates with standard errors and intervals, as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from scipy.stats import norm

from ..checks.scalars import check_level, check_unit
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import mixture_of
from .covariance import estimate_precision
from .table import Table, Tabular

HOW = {
    "independent": "every cell is an observation of its own",
    "fixed": "clustered by manager",
    "posterior": "from the scores of pairs of draws",
}
HOW_OF_ESTIMATES = {
    "independent": "the inverse of the information",
    "fixed": "the sandwich, which holds for a wrong mixture too",
}


@dataclass(frozen=True, eq=False, repr=False)
class Summary(Tabular):
    """Estimates of a mixture and what they are worth; prints as a table.

    Attributes
    ----------
    names : tuple of str
        What is estimated: weights, means and sds of the groups, and the share of the
        population with a positive alpha.
    estimates, standard_errors, lower, upper : ndarray of shape (3L + 1,)
        Values, and the ends of the intervals. What is fixed has no standard error (0).
    level : float
        Nominal probability that an interval holds the truth.
    draws : str
        How the grid came about.
    n_managers : float
        How many managers have draws, or funds an estimate; or the sum of their weights.
    unit : tuple of float and str
        What means and sds were multiplied by, and the name of their unit.
    """

    names: tuple
    estimates: np.ndarray
    standard_errors: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float
    draws: str
    n_managers: float
    unit: tuple

    _rows, _how = "managers", HOW

    @property
    def _table(self):
        """A row for each estimate."""
        return Table(
            ("parameter", "estimate", "standard_error", "lower", "upper"),
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
            title=f"{100 * self.level:g} % intervals",
            notes=(
                f"Means and sds in {self.unit[1]}. {self.n_managers:g} {self._rows}.",
                f'draws="{self.draws}": {self._how[self.draws]}.',
            ),
        )


class SummaryOfEstimates(Summary):
    """The same of a mixture that was fitted to estimates with standard errors."""

    _rows, _how = "funds", HOW_OF_ESTIMATES


def summarize(
    model,
    X,
    *,
    draws,
    sample_weight=None,
    level=0.95,
    unit=None,
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
    level : float, default=0.95
        Level of the intervals, between 0 and 1. They are symmetric for a mean, for the
        log of an sd and for the logit of a weight or share, so that none has impossible
        values.
    unit : tuple of float and str, default=None
        What means and sds are multiplied by, and the name of their unit then:
        ``(1200, "% a year")`` for decimals per month. None leaves them in the units of
        X. The groups are of alphas, not of returns, so sds are annualised as means are.

    Returns
    -------
    summary : Summary
        Prints as a table; `to_frame` gives a pandas DataFrame. The share of the
        population with a positive alpha is ``sum_l pi_l Phi(mu_l / sd_l)``, with a
        standard error by the delta method (equation V4). "Alpha" is what the cells are
        draws of: of draws around noisy estimates, sds and share have the noise in them,
        which :class:`skem.DeconvolvedGaussianMixture` takes out.

    Raises
    ------
    ValueError
        If a parameter does not fit.
    TypeError
        If a parameter is of another type.

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
    ...     fitted, alphas, draws="independent", unit=(1200, "% a year")
    ... )
    >>> summary.names[-1]
    'share with alpha > 0'
    """
    level = check_level(level)
    unit = check_unit(unit, "the units of X")
    found = estimate_precision(model, X, draws, sample_weight)
    quantities = list(_quantities(mixture_of(model), found.scale, unit[0]))
    estimates = np.array([quantity.value for quantity in quantities])
    errors = np.array([_standard_error(q.gradient, found.covariance) for q in quantities])
    reach = norm.ppf(0.5 + level / 2) * errors
    ends = [_interval(q, r) for q, r in zip(quantities, reach, strict=True)]
    lower, upper = np.transpose(ends)
    of_estimates = isinstance(model, DeconvolvedGaussianMixture)
    return (SummaryOfEstimates if of_estimates else Summary)(
        tuple(quantity.name for quantity in quantities),
        estimates,
        errors,
        lower,
        upper,
        level,
        draws,
        found.n,
        unit,
    )


class Quantity(NamedTuple):
    """An estimate, and its gradient in log weights, means and log variances.

    Its interval is symmetric on another scale: around `middle`, where a unit of the
    estimate is worth `slope`, and `back` leads from there.
    """

    name: str
    value: float
    gradient: np.ndarray
    middle: float
    slope: float
    back: Callable


def _quantities(mixture, standard, factor):
    """Weights, means, sds and the share of positive alphas, as Quantities.

    Gradients are by means in `standard` units. Means and sds are multiplied by `factor`.
    """
    weights, means, sds = mixture.weights, mixture.means, np.sqrt(mixture.variances)
    each = np.eye(3 * weights.size).reshape(3, weights.size, -1)
    for group, weight in enumerate(weights):
        name, gradient = f"weight {group}", weight * each[0, group]
        yield _share(name, weight, weights.sum() - weight, gradient)
    for group, mean in enumerate(factor * means):
        gradient = factor * standard * each[1, group]
        yield Quantity(f"mean {group}", mean, gradient, mean, 1.0, np.positive)
    for group, sd in enumerate(factor * sds):
        with np.errstate(divide="ignore"):  # of a point mass, whose interval is a point
            log, slope = np.log(sd), 1 / sd
        gradient = (sd or 1.0) / 2 * each[2, group]  # not 0: the error may be unknown
        yield Quantity(f"sd {group}", sd, gradient, log, slope, np.exp)
    yield _positive(weights, means, sds, standard)


def _positive(weights, means, sds, standard):
    """The share of the population with a positive alpha (equation V4)."""
    spread = sds > 0
    widths = np.where(spread, sds, 1.0)
    ratios = np.where(spread, means / widths, np.where(means > 0, np.inf, -np.inf))
    above, below = norm.cdf(ratios), norm.sf(ratios)
    share, rest = weights @ above, weights @ below
    density = weights * norm.pdf(ratios)
    by_variance = -0.5 * density * np.where(np.isfinite(ratios), ratios, 0.0)
    # The weights sum to 1: what one group gains the others lose. Written like this,
    # nothing cancels where nearly all alphas are positive.
    by_weight = weights * (above * rest - below * share)
    gradient = np.concatenate([by_weight, density * standard / widths, by_variance])
    return _share("share with alpha > 0", share, rest, gradient)


def _share(name, share, rest, gradient):
    """A Quantity between 0 and 1, on the scale of log odds."""
    with np.errstate(divide="ignore"):  # a share of 0 or 1, whose interval is a point
        middle, slope = np.log(share) - np.log(rest), 1 / np.multiply(share, rest)
    return Quantity(name, share, gradient, middle, slope, expit)


def _standard_error(gradient, covariance):
    """By the delta method; what has no part in it may be unknown."""
    there = gradient != 0
    return np.sqrt(gradient[there] @ covariance[np.ix_(there, there)] @ gradient[there])


def _interval(quantity, reach):
    """Ends at a distance of `reach`, to first order, on the quantity's own scale."""
    if reach == 0:
        return quantity.value, quantity.value
    with np.errstate(invalid="ignore"):  # of an unknown error
        distance = reach * quantity.slope
        ends = quantity.middle - distance, quantity.middle + distance
    return quantity.back(ends[0]), quantity.back(ends[1])
