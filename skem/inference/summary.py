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
from ..estimator.point_masses import undecided, warn_of_point_masses
from .covariance import estimate_precision
from .table import Table, Tabular

# How standard errors are computed, by what the rows of X are and how the draws depend.
HOW = {
    ("managers", "independent"): "every cell is an observation of its own",
    ("managers", "fixed"): "clustered by manager",
    ("managers", "posterior"): "from the scores of pairs of draws",
    ("funds", "independent"): "the inverse of the information",
    ("funds", "fixed"): "the sandwich, which holds for a wrong mixture too",
}


@dataclass(frozen=True, eq=False, repr=False)
class Summary(Tabular):
    """Estimates of a mixture, standard errors and intervals; prints as a table.

    Attributes
    ----------
    names : tuple of str
        Names of the weights, means and sds of the groups, and of the share of the
        population with a positive alpha.
    estimates, standard_errors, lower, upper : ndarray of shape (3L + 1,)
        Values, and the ends of the intervals. A fixed value has a standard error of 0.
    level : float
        Nominal probability that an interval contains the true value.
    draws : str
        How the cells of a manager depend on each other.
    n_managers : float
        The number of managers with draws, or of funds with an estimate, or the sum of
        their weights.
    unit : tuple of float and str
        The factor that means and sds were multiplied by, and the name of their unit.
    rows : {"managers", "funds"}
        What the rows of X are.
    by_month : bool
        Whether residuals were given, so that standard errors have a term clustered by
        month.
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
    rows: str
    by_month: bool = False

    @property
    def _table(self):
        """A row for each estimate."""
        how = HOW[self.rows, self.draws]
        if self.by_month:
            how += ", with a term clustered by month"
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
                f"Means and sds in {self.unit[1]}. {self.n_managers:g} {self.rows}.",
                f'draws="{self.draws}": {how}.',
            ),
        )


def summarize(
    model, X, *, draws, sample_weight=None, residuals=None, level=0.95, unit=None
):
    """Tabulate the estimates of a mixture with standard errors and intervals.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and their standard errors.
    draws : {"independent", "fixed", "posterior"}
        How the cells of a manager depend on each other, as
        :func:`parameter_covariance` explains.
    sample_weight : array-like of shape (N,), default=None
        How often each manager counts, as in the fit.
    residuals : array-like of shape (N, T), default=None
        For estimates: the residuals of each fund's regression. With them standard errors
        allow for residuals that funds share, as :func:`parameter_covariance` explains.
    level : float, default=0.95
        Level of the intervals, between 0 and 1. They are symmetric for a mean, for the
        log of an sd and for the logit of a weight or share, so that all values in them
        are possible.
    unit : tuple of float and str, default=None
        A factor that means and sds are multiplied by, and the name of their unit then:
        ``(1200, "% a year")`` for decimals per month. None leaves them in the units of
        X. The groups are of alphas, not of returns, so sds are annualised as means are.

    Returns
    -------
    summary : Summary
        It prints as a table; `to_frame` gives a pandas DataFrame. The share of the
        population with a positive alpha is ``sum_l pi_l Phi(mu_l / sd_l)``, with a
        standard error by the delta method (equation V4). If the cells are draws around
        noisy estimates, sds and share include that noise, and the draws' own:
        :class:`skem.DeconvolvedGaussianMixture` removes it, from the mean and the
        standard deviation of each row.

    Raises
    ------
    ValueError
        If a parameter has an invalid value.
    TypeError
        If a parameter has the wrong type.

    Warns
    -----
    UserWarning
        In the cases of :func:`parameter_covariance`. If estimates do not tell a group from
        a point mass at 0; the share has no standard error if the group has no spread.

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
    found = estimate_precision(model, X, draws, sample_weight, residuals)
    quantities = list(_quantities(mixture_of(model), found.scale, unit[0]))
    estimates = np.array([quantity.value for quantity in quantities])
    errors = np.array([_standard_error(q.gradient, found.covariance) for q in quantities])
    errors[-1] += _doubt_of_share(model)
    reach = norm.ppf(0.5 + level / 2) * errors
    ends = [_interval(q, r) for q, r in zip(quantities, reach, strict=True)]
    lower, upper = np.transpose(ends)
    return Summary(
        tuple(quantity.name for quantity in quantities),
        estimates,
        errors,
        np.minimum(lower, estimates),  # the scale of log odds rounds shares near 1
        np.maximum(upper, estimates),
        level,
        draws,
        found.n,
        unit,
        "funds" if isinstance(model, DeconvolvedGaussianMixture) else "managers",
        residuals is not None,
    )


class Quantity(NamedTuple):
    """An estimate, and its gradient in log weights, means and log variances.

    Its interval is symmetric around `middle` on another scale. `slope` is the derivative
    of that scale by the estimate, and `back` maps from that scale to the estimate's.
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
        with np.errstate(divide="ignore"):  # the interval of a point mass is a point
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
    # The weights sum to 1, so a group gains what the others lose. In this form nothing
    # cancels where nearly all alphas are positive.
    by_weight = weights * (above * rest - below * share)
    gradient = np.concatenate([by_weight, density * standard / widths, by_variance])
    return _share("share with alpha > 0", share, rest, gradient)


def _share(name, share, rest, gradient):
    """A Quantity between 0 and 1, on the scale of log odds."""
    with np.errstate(divide="ignore"):  # the interval of a share of 0 or 1 is a point
        middle, slope = np.log(share) - np.log(rest), 1 / np.multiply(share, rest)
    return Quantity(name, share, gradient, middle, slope, expit)


def _doubt_of_share(model):
    """NaN if a point mass may lie on either side of 0, or 0; warn of groups beside it."""
    groups = undecided(model, 0.0)
    lost = (model.variances_[groups] == 0).any()
    end = " So the share with alpha > 0 has no standard error." if lost else ""
    warn_of_point_masses(model, 0.0, groups, end)
    return np.nan if lost else 0.0


def _standard_error(gradient, covariance):
    """By the delta method; the covariance may be NaN where the gradient is 0."""
    there = gradient != 0
    return np.sqrt(gradient[there] @ covariance[np.ix_(there, there)] @ gradient[there])


def _interval(quantity, reach):
    """Ends at a distance of `reach`, to first order, on the quantity's own scale."""
    if reach == 0:
        return quantity.value, quantity.value
    with np.errstate(invalid="ignore"):  # the error may be NaN
        distance = reach * quantity.slope
        ends = quantity.middle - distance, quantity.middle + distance
    return quantity.back(ends[0]), quantity.back(ends[1])
