"""Intervals from the profile likelihood, for parameters near the ends of their range."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2
from sklearn.base import clone

from ..checks.scalars import check_group_names, check_level, check_unit
from ..estimator.parts import constraints_of, fixed_of, mixture_of, read_cells
from ..numerics.ascent.profile_likelihood import Profile, profile_interval_ends
from ..numerics.model.mixture import standardise
from .checks import check_row
from .covariance import estimate_precision
from .fitted import check_draws_for, fitted_mixture
from .table import Table, Tabular, places_for


@dataclass(frozen=True, eq=False, repr=False)
class ProfileInterval(Tabular):
    """The result of ``profile_interval``; prints as a table.

    Attributes
    ----------
    name : str
        The row of a summary that it is about.
    estimate, lower, upper : float
        The estimate and the ends of the interval.
    level : float
        Nominal probability that the interval contains the true value.
    inflation : float
        By how much dependence multiplies the variance of the estimate: 1 for independent
        observations.
    unit : tuple of float and str
        The factor of means and sds, and the name of their unit.
    """

    name: str
    estimate: float
    lower: float
    upper: float
    level: float
    inflation: float
    unit: tuple

    @property
    def _table(self):
        """One row."""
        values = self.estimate, self.lower, self.upper
        ends = np.array([end for end in values[1:] if np.isfinite(end)])
        return Table(
            ("parameter", "estimate", "lower", "upper"),
            ((self.name, *values),),
            formats=("", *[".4g"] * 3),
            title=f"{100 * self.level:g} % interval from the profile likelihood",
            notes=(f"Means and sds in {self.unit[1]}.",),
            decimals=(places_for(np.array(values), np.abs(ends - self.estimate)),),
        )


def profile_interval(
    model,
    X,
    name,
    *,
    draws=None,
    sample_weight=None,
    residuals=None,
    level=0.95,
    unit=None,
    group_names=None,
):
    """Compute the interval of a weight, a mean or an sd from its profile likelihood.

    The interval has the values of the parameter at which the other parameters, fitted
    again, lose little log-likelihood: half the quantile of a chi-squared distribution with
    one degree of freedom (equation V5). It needs no parabola, so it holds for a weight or
    an sd near 0, where the intervals of :func:`summarize` fail or are NaN.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture, or a search or a pipeline that has fitted one.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and their standard errors.
    name : str
        The name of a row of a summary: "weight 1", "mean 0" or "sd 1".
    draws : {"independent", "fixed"}, default=None
        How the cells of a manager depend on each other. With "fixed" the loss that is
        allowed is multiplied by the ratio of the two variances of the estimate that
        :func:`parameter_covariance` gives (Rotnitzky and Jewell 1990). Draws from
        posteriors have no likelihood of their own and are refused. A grid needs it; for
        estimates None is "independent".
    sample_weight : array-like of shape (N,), default=None
        How often each row counts, as in the fit.
    residuals : array-like of shape (N, T), default=None
        For estimates: the residuals of each fund's regression. The loss that is allowed is
        multiplied as with "fixed".
    level : float, default=0.95
        Level of the interval, between 0 and 1.
    unit : tuple of float and str, default=None
        A factor that a mean or an sd is multiplied by, and the name of the unit then.
    group_names : sequence of str of length L, default=None
        Names of the groups, which take the place of numbers in `name`.

    Returns
    -------
    interval : ProfileInterval
        Its ends are `lower` and `upper`. A weight's interval begins at 0 if a mixture
        without the group is not rejected. The group may then be anywhere, and the intervals
        of its mean and sd are unbounded. If an sd is 0 in truth, the interval contains it
        with a probability above the level: the loss at an end of a range is less often
        large (Self and Liang 1987).

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid, or the variance of the estimate that dependent
        observations need is not known, as that of an sd of 0.

    Warns
    -----
    UserWarning
        In the cases of :func:`parameter_covariance`, if observations depend on each other.

    See Also
    --------
    skem.inference.bootstrap_lrt : Tests the number of groups.

    Notes
    -----
    With prior funds (``prior_count``) the log-likelihood includes theirs, and no weight and
    no sd can be 0. Profiles follow the published optimum. They do not search for others.

    References
    ----------
    Rotnitzky and Jewell (1990), "Hypothesis testing of regression parameters in
    semiparametric generalized linear models for cluster correlated data", Biometrika 77,
    485-497; Self and Liang (1987), "Asymptotic properties of maximum likelihood estimators
    and likelihood ratio tests under nonstandard conditions", Journal of the American
    Statistical Association 82, 605-610.

    Examples
    --------
    >>> from skem import DeconvolvedGaussianMixture
    >>> from skem.datasets import make_fund_estimates
    >>> from skem.inference import profile_interval
    >>> X, _, _ = make_fund_estimates(random_state=0)
    >>> fitted = DeconvolvedGaussianMixture(2).fit(X)
    >>> print(profile_interval(fitted, X, "weight 0"))
    95 % interval from the profile likelihood
    parameter  estimate  lower  upper
    weight 0       0.18   0.07   0.36
    Means and sds in the units of X.
    """
    model, X = fitted_mixture(model, X)
    draws = check_draws_for(model, draws)
    level = check_level(level)
    unit = check_unit(unit)
    labels = check_group_names(group_names, model.weights_.size)
    part, group = check_row(name, labels)
    if draws == "posterior":
        raise ValueError(
            'draws="posterior": draws from posteriors have no likelihood of their own. Fit '
            "the estimates behind them with DeconvolvedGaussianMixture, or refit on "
            "resampled managers (skem.inference.bootstrap_managers)."
        )
    inflation = 1.0
    if draws == "fixed" or residuals is not None:
        inflation = _inflation(model, X, draws, sample_weight, residuals, part, group, name)
    cells, points = read_cells(clone(model), X, sample_weight)
    constraints = constraints_of(model, cells, fixed_of(model))
    mixture = standardise(mixture_of(model), cells.centre, cells.scale)
    profile = Profile(points, mixture, constraints, part, group)
    ends = profile_interval_ends(profile, 0.5 * inflation * chi2.ppf(level, 1))
    factor = unit[0] if part else 1.0
    lower, upper = (_in_units(end, part, cells, factor) for end in ends)
    estimate = mixture_of(model)[part][group]
    estimate = factor * float(np.sqrt(estimate) if part == 2 else estimate)
    lower, upper = min(lower, estimate), max(upper, estimate)
    return ProfileInterval(name, estimate, lower, upper, level, inflation, unit)


def _in_units(end, part, cells, factor):
    """A weight, mean or variance in standard units as a weight, mean or sd."""
    if part == 0:
        return float(end)
    if part == 1:
        return float(factor * (cells.centre + cells.scale * end))
    return float(factor * cells.scale * np.sqrt(end))


def _inflation(model, X, draws, sample_weight, residuals, part, group, name):
    """The ratio of the variance of the estimate to that by the information."""
    at = part * model.weights_.size + group
    given = model, X, draws, sample_weight, residuals
    variance = estimate_precision(*given).covariance[at, at]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it warned of the same
        alone = estimate_precision(model, X, "independent", sample_weight).covariance[
            at, at
        ]
    if variance == alone == 0:  # it is fixed
        return 1.0
    if not (variance > 0 and alone > 0):
        raise ValueError(
            f"{name!r} has no standard error, and where observations depend on each other "
            'the interval needs one. Pass draws="independent" without residuals if they '
            "do not, or refit on resampled managers (skem.inference.bootstrap_managers)."
        )
    return float(variance / alone)
