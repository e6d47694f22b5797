"""The transformer from returns to alphas with standard errors."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions

from .checks.grid import remember_features
from .checks.periods import check_chronology, check_orientation
from .checks.returns import (
    check_factors,
    check_min_observations,
    check_returns,
    check_risk_free,
    match_periods,
    names_of_factors,
)
from .estimator.printing import is_for_printing, without_tables
from .estimator.regressed import BaseFactorAlphas, residual_sds
from .estimator.regression_warnings import warn_of_dependence, warn_of_scale
from .numerics.moderation import VariancePrior, fit_prior
from .numerics.regression import COVARIANCES


class FactorAlphas(TransformerMixin, BaseFactorAlphas):
    """Estimate every fund's alpha and its standard error from its returns.

    Each fund's returns, in excess of `risk_free`, are regressed on a constant and
    `factors` over the periods in which the fund existed (equation A1 of the
    theory). Alpha is the coefficient of the constant. The funds of the fit say what a
    typical residual variance is. Other funds of the same periods may be transformed.

    Parameters
    ----------
    factors : array-like of shape (T, K) or (T,), default=None
        Returns of the factors, in decimals per period: excess returns, or returns
        of long-short portfolios. With dates in its index it may have more periods than X.
        None, for no factors, makes alpha the mean return in excess of `risk_free`.
    risk_free : array-like of shape (T,) or float, default=None
        Riskless rate in decimals per period, to be subtracted from X. None if X
        has excess returns. It is not subtracted from the factors.
    min_observations : int, default=24
        The number of periods, at least ``K + 2``, below which a fund gets NaN. With 24
        months and four factors, 19 degrees of freedom are left.
    covariance : {"ols", "hac"}, default="ols"
        How to compute the standard error. "ols" assumes that residuals are independent
        and have equal variance (equation A3). "hac" assumes neither (equation A4; Newey
        and West 1987), and takes ``floor(4 * (n / 100) ** (2 / 9))`` lags for a fund of n
        periods (Newey and West 1994). Both divide by ``n - K - 1``. The degrees of freedom
        are ``n - K - 1`` with "ols". With "hac" they are those of a chi-square variable
        that varies as much, for independent residuals (equation A5; Bell and McCaffrey
        2002).
    moderate : bool, default=True
        Whether to shrink residual variances towards that of a typical fund, as limma does
        (equation A6; Smyth 2004). A standard error that came out too small makes a fund
        look skilled. Moderated errors have more degrees of freedom, at most those of all
        funds of the fit together.

    Attributes
    ----------
    prior_df_ : float
        The degrees of freedom that the typical residual variance counts for: infinite if
        variances differ no more than chance makes them. It is 0 without `moderate`, or if
        fewer than two funds of the fit have an estimate.
    prior_sd_ : float
        The standard deviation of a typical fund's residuals; NaN if there is none.
    factors_, risk_free_ : ndarray of shape (T, K), and of shape (T,) or None
        The factors and the riskless rate.
    factor_names_ : list of length K
        The names of the factors: those of a DataFrame's columns or of a Series, and
        "factor_0", "factor_1", ... otherwise.
    n_features_in_, feature_names_in_ : int, and ndarray of shape (T,)
        The number of periods, and their names if X is a DataFrame with such.

    See Also
    --------
    skem.datasets.make_fund_estimates : Estimates whose true alphas are known.

    Notes
    -----
    Alphas and standard errors are per period. For monthly returns, multiply both by 12
    to get them per year, but not the degrees of freedom: ``estimates * [12, 12, 1]``.

    If X is a DataFrame and `factors` or `risk_free` have an index, the rows of the
    periods that X has are selected by their labels. Month ends, month starts, pandas
    Periods, YYYYMM numbers and text of the same months are the same months, and likewise
    for quarters and years. Where a label occurs twice in a month, days are compared.
    Labels that are not dates are compared as text. Labels 0, 1, 2, ... count as no names:
    rows are then taken in their order.

    A fund gets NaN if the factors are linearly dependent in its own periods, or if the
    regression leaves no residual but rounding: a standard error of 0 would claim that
    its alpha is known exactly. One warning counts all such funds. Factors that are
    linearly dependent in all T periods raise an error. The dtype of X determines what
    counts as rounding, so float32 returns that were converted to float64 seem to have a
    residual.

    References
    ----------
    Bell and McCaffrey (2002), "Bias reduction in standard errors for linear regression
    with multi-stage samples", Survey Methodology 28, 169-181.

    Newey and West (1987), "A simple, positive semi-definite, heteroskedasticity and
    autocorrelation consistent covariance matrix", Econometrica 55, 703-708.

    Newey and West (1994), "Automatic lag selection in covariance matrix estimation",
    Review of Economic Studies 61, 631-653.

    Smyth (2004), "Linear models and empirical Bayes methods for assessing differential
    expression in microarray experiments", Statistical Applications in Genetics and
    Molecular Biology 3, article 3.

    Examples
    --------
    >>> import numpy as np
    >>> from skem import FactorAlphas
    >>> rng = np.random.default_rng(0)
    >>> market = rng.normal(0.005, 0.04, (240, 1))
    >>> returns = 0.001 + rng.normal(1, 0.2, (500, 1)) * market.T
    >>> returns += rng.normal(0, 0.02, (500, 240))
    >>> estimates = FactorAlphas(market).fit_transform(returns)
    >>> estimates.shape
    (500, 3)
    >>> estimates[:, :2].mean(axis=0).round(4)  # alpha is 0.001, its error 0.02 / sqrt(240)
    array([0.001 , 0.0013])
    """

    _parameter_constraints = {
        "factors": ["array-like", None],
        "risk_free": ["array-like", Interval(Real, None, None, closed="neither"), None],
        "min_observations": [Interval(Integral, 2, None, closed="left")],
        "covariance": [StrOptions(set(COVARIANCES))],
        "moderate": ["boolean"],
    }

    def __init__(
        self,
        factors=None,
        *,
        risk_free=None,
        min_observations=24,
        covariance="ols",
        moderate=True,
    ):
        self.factors = factors
        self.risk_free = risk_free
        self.min_observations = min_observations
        self.covariance = covariance
        self.moderate = moderate

    def get_params(self, deep=True):
        """Get the parameters, as scikit-learn's estimators do.

        Parameters
        ----------
        deep : bool, default=True
            Ignored: no parameter is an estimator.

        Returns
        -------
        params : dict
            The parameters by name. A representation shows the shapes of `factors` and
            `risk_free`, not their numbers.

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> FactorAlphas(min_observations=36).get_params()["min_observations"]
        36
        >>> FactorAlphas([[0.01], [0.03]])
        FactorAlphas(factors=<list: 2 x 1>)
        """
        params = super().get_params(deep)
        return without_tables(params) if is_for_printing() else params

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Check the periods of factors and riskless rate; find the typical residual sd.

        Parameters
        ----------
        X : array-like of shape (N, T)
            Returns in decimals per period, a row per fund; NaN where there is none.
        y : None
            Ignored.

        Returns
        -------
        self : FactorAlphas
            The transformer.

        Raises
        ------
        ValueError
            If X has infinite returns, codes for missing ones, or periods in its rows; if
            `factors` or `risk_free` have NaN or lack a period of X, a factor is a
            combination of the others, or `min_observations` is below ``K + 2``. The
            transformer is left as it was.

        Warns
        -----
        UserWarning
            If X has returns below -100 % or looks like prices, or if X, `factors` and
            `risk_free` seem to be in different units.

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> FactorAlphas().fit([[0.01, 0.03, 0.02]]).n_features_in_
        3
        """
        self._fit(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X, y=None):
        """Fit, and estimate the alphas of the same funds, with one regression of each.

        Parameters
        ----------
        X : array-like of shape (N, T)
            Returns in decimals per period, a row per fund; NaN where there is none.
        y : None
            Ignored.

        Returns
        -------
        estimates : ndarray of shape (N, 3)
            What :meth:`transform` returns.

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> FactorAlphas(min_observations=3).fit_transform([[0.01, 0.03, 0.02]]).round(4)
        array([[0.02  , 0.0058, 2.    ]])
        """
        returns, found = self._fit(X)
        if found is None:
            found = self._regress(returns)
            self._dependence = warn_of_dependence(found, self)
        return self._estimates(found, returns, X)

    def _fit(self, X):
        """Learn from X; return the checked returns, and their regressions if needed."""
        check_orientation(X, self.factors)
        returns = check_returns(self, X, reset=True)
        n_periods = returns.shape[1]
        periods, rows, rates = match_periods(X, self.factors, self.risk_free)
        factors = check_factors(self.factors, n_periods, rows)
        risk_free = check_risk_free(self.risk_free, n_periods, rates)
        check_min_observations(self.min_observations, factors.shape[1])
        if self.covariance == "hac":
            check_chronology(periods)
        warn_of_scale(returns, factors, risk_free, X)
        remember_features(self, X)
        self.factors_ = factors
        self.factor_names_ = names_of_factors(self.factors, factors.shape[1])
        self.risk_free_ = risk_free
        self._periods = periods
        found = self._regress(returns) if self.moderate else None
        prior = (
            VariancePrior(0.0, np.nan) if found is None else fit_prior(*residual_sds(found))
        )
        self.prior_df_, self.prior_sd_, self._pooled_df = prior
        self._dependence = None if found is None else warn_of_dependence(found, self)
        return returns, found

    def transform(self, X):
        """Estimate alphas, their standard errors, and the degrees of freedom of these.

        Parameters
        ----------
        X : array-like of shape (N, T)
            Returns in decimals per period, a row per fund; NaN where there is none.

        Returns
        -------
        estimates : ndarray of shape (N, 3)
            Alpha and its standard error, in decimals per period, and the error's degrees
            of freedom; all are NaN for a fund that cannot be estimated. The dtype is
            float32 if that of X is. After ``set_output(transform="pandas")`` it is a
            DataFrame with X's index.

        Raises
        ------
        ValueError
            If X has infinite returns or codes for missing ones, or other periods than those
            of :meth:`fit`.

        Warns
        -----
        UserWarning
            If funds get no estimate, because they have fewer than `min_observations`
            periods, or because the factors are linearly dependent in these. If residuals
            are correlated across funds more than chance makes them, unless the fit has
            warned of the same ones.

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> mean = FactorAlphas(min_observations=3)
        >>> mean.fit([[0.01, 0.03, 0.02]]).transform([[0.02, 0.01, 0.03]]).round(4)
        array([[0.02  , 0.0058, 2.    ]])
        """
        returns = self._check(X)
        found = self._regress(returns)
        warn_of_dependence(found, self, self._dependence)
        return self._estimates(found, returns, X)
