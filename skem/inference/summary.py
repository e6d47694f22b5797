"""Estimates with standard errors and intervals, as a table."""

from dataclasses import dataclass, field

import numpy as np

from ..checks.scalars import check_group_names, check_level, check_unit
from ..estimator.parts import mixture_of
from .covariance import estimate_precision
from .delta import interval, standard_errors
from .facts import FitFacts
from .fitted import check_draws_for, fitted_mixture
from .intervals import BaseIntervals, table_of_intervals
from .quantities import doubt_of_share, quantities
from .rows import POSITIVE, names_of_rows
from .wald import rows_by_name, wald_test_of

# How standard errors are computed, by what the rows of X are and how the draws depend.
HOW = {
    ("managers", "independent"): "every cell is an observation of its own",
    ("managers", "fixed"): "clustered by manager",
    ("managers", "posterior"): "from the scores of pairs of draws",
    ("funds", "independent"): "the inverse of the information",
    ("funds", "fixed"): "the sandwich, which holds for a wrong mixture too",
}


@dataclass(frozen=True, eq=False, repr=False)
class Summary(BaseIntervals):
    """What ``summarize`` makes: estimates with intervals, which print as a table.

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
    unit : tuple of float and str
        The factor of means and sds, and the name of their unit.
    facts : FitFacts
        The fit in numbers: `model`, `n_components`, `rows` (managers or funds), `n_rows`,
        `n_observations`, `n_parameters`, `log_likelihood`, `aic`, `bic`, `converged` and
        `remaining_gain`.
    by_month : bool
        Whether residuals were given: standard errors have a term clustered by month.
    """

    names: tuple
    estimates: np.ndarray
    standard_errors: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float
    draws: str
    unit: tuple
    facts: FitFacts
    by_month: bool
    _quantities: dict = field(repr=False)
    _covariance: np.ndarray = field(repr=False)

    @property
    def kinds(self):
        """What each row is: "weight", "mean", "sd" or "share"."""
        return tuple(kind for kind, one in self._quantities.items() for _ in one.values)

    def _intervals_at(self, level):
        return _intervals(self._quantities, self.standard_errors, level)

    def wald_test(self, restrictions, *, alternative="two-sided"):
        """Test restrictions on the parameters, such as that two means are equal.

        Parameters
        ----------
        restrictions : str or list of str
            ``"mean 0 = mean 1"`` or ``"share with alpha > 0 = 0.5"``: the name of a row,
            and a number in the unit of the summary or another row of the same kind.
            Several are tested together.
        alternative : {"two-sided", "greater", "less"}, default="two-sided"
            With one restriction: whether the left side may differ in any way, or is
            greater or less than the right side.

        Returns
        -------
        test : WaldTest
            It has `statistic`, `df`, `p_value` and `distribution`, and prints as a table.

        Raises
        ------
        ValueError
            If a name is not that of a row, a restriction has no standard error, or a
            number is at the end of the range of what it is compared with: that a weight
            is 0 is tested by :func:`bootstrap_lrt`.

        Notes
        -----
        The sides are compared on the scale on which intervals are symmetric: as they are
        for means, by their logs for sds, by their logits for weights, and by its normal
        quantile for the share. So a number is rejected at 5 % if it lies outside the 95 %
        interval. The distribution is standard normal for one restriction, and
        chi-squared for several (Wald 1943).
        Groups that are equal in mean and variance are one group: such a restriction is
        outside what the test is valid for, and :func:`bootstrap_lrt` tests the number
        of groups.

        References
        ----------
        Wald (1943), "Tests of statistical hypotheses concerning several parameters when
        the number of observations is large", Transactions of the American Mathematical
        Society 54, 426-482.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> from skem.datasets import make_fund_estimates
        >>> from skem.inference import summarize
        >>> X, _, _ = make_fund_estimates(500, random_state=0)
        >>> summary = summarize(DeconvolvedGaussianMixture(1).fit(X), X)
        >>> summary.wald_test(["mean 0 = 0", "sd 0 = 1"]).distribution
        'chi-squared'
        """
        known = rows_by_name(self.names, self._quantities, self.standard_errors)
        return wald_test_of(known, self._covariance, restrictions, alternative)

    @property
    def _table(self):
        """A row for each estimate."""
        how = HOW[self.facts.rows, self.draws]
        if self.by_month:
            how += ", with a term clustered by month"
        notes = [f"Means and sds in {self.unit[1]}. Standard errors: {how}."]
        if self.draws != "independent" and self.facts.rows == "managers":
            notes.append("AIC and BIC count managers, not cells.")
        values = self.estimates, self.standard_errors, self.lower, self.upper
        return table_of_intervals(
            self.names,
            self.kinds,
            values,
            title=f"Estimates of a mixture with {100 * self.level:g} % intervals",
            notes=tuple(notes),
            facts=self.facts.written(self.draws),
        )


def summarize(
    model,
    X,
    *,
    draws=None,
    sample_weight=None,
    residuals=None,
    level=0.95,
    unit=None,
    group_names=None,
):
    """Tabulate the estimates of a mixture with standard errors and intervals.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture, or a search or a pipeline that has fitted one.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and their standard errors.
    draws : {"independent", "fixed", "posterior"}, default=None
        How the cells of a manager depend on each other. A grid needs it, and estimates may
        leave it out; :func:`parameter_covariance` says what the words mean.
    sample_weight : array-like of shape (N,), default=None
        How often each row counts, as in the fit.
    residuals : array-like of shape (N, T), default=None
        For estimates: the residuals of each fund's regression, for errors that funds share.
    level : float, default=0.95
        Level of the intervals, between 0 and 1. They are symmetric for a mean, for the
        log of an sd, for the logit of a weight and for the normal quantile of the share,
        so that all values in them are possible.
    unit : tuple of float and str, default=None
        A factor that means and sds are multiplied by, and the name of their unit then:
        ``(1200, "% a year")`` for decimals per month. None leaves them in the units of
        X. The groups are of alphas, not of returns, so sds are annualised as means are.
    group_names : sequence of str of length L, default=None
        Names of the groups, such as ``["unskilled", "skilled"]``; None numbers them.

    Returns
    -------
    summary : Summary
        It prints as a table; `to_frame` gives a pandas DataFrame, `to_latex` a table in
        LaTeX, and `conf_int` intervals at another level. The share of the
        population with a positive alpha is ``sum_l pi_l Phi(mu_l / sd_l)``, with a
        standard error by the delta method (equation V4). If the cells are draws around
        noisy estimates, sds and share include that noise, and the draws' own:
        :class:`skem.DeconvolvedGaussianMixture` removes it, from the mean and the
        standard deviation of each row.

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid.

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
    >>> summary = summarize(fitted, alphas, draws="independent", unit=(100, "%"))
    >>> summary.names[-1], summary.conf_int(0.9).shape
    ('share with alpha > 0', (7, 2))
    """
    model, X = fitted_mixture(model, X)
    draws = check_draws_for(model, draws)
    level = check_level(level)
    unit = check_unit(unit)
    labels = check_group_names(group_names, model.weights_.size)
    found = estimate_precision(model, X, draws, sample_weight, residuals)
    rows = quantities(mixture_of(model), found.scale, unit[0])
    gradients = np.hstack([one.gradients for one in rows.values()])
    errors = standard_errors(gradients, found.covariance)
    errors[-1] += doubt_of_share(model, 0.0)
    lower, upper = _intervals(rows, errors, level).T
    given = found.log_likelihood, found.n_observations, found.n
    return Summary(
        (*names_of_rows(labels), POSITIVE),
        np.concatenate([one.values for one in rows.values()]),
        errors,
        lower,
        upper,
        level,
        draws,
        unit,
        FitFacts.of(model, *given, draws),
        residuals is not None,
        rows,
        found.covariance,
    )


def _intervals(rows, errors, level):
    """Ends (K, 2) of the intervals of Quantities by kind, given standard errors (K,)."""
    ends = np.cumsum([one.values.size for one in rows.values()])
    parts = zip(rows.values(), np.split(errors, ends[:-1]), strict=True)
    return np.hstack([interval(*part, level) for part in parts]).T
