"""Answers of a fitted transformer about the regressions of funds."""

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from ..checks.estimates import COLUMNS
from ..checks.periods import check_same_order, column_periods
from ..checks.returns import check_returns
from ..numerics.moderation import VariancePrior, moderate
from ..numerics.regression import COVARIANCES, NOTHING, fit_intercepts
from .diagnostics import diagnose
from .regression_warnings import warn_of_missing


class BaseFactorAlphas(BaseEstimator):
    """What the regressions of a fitted transformer leave of returns, and their table."""

    def residuals(self, X):
        """Compute what the factors leave of the returns of every fund.

        Parameters
        ----------
        X : array-like of shape (N, T)
            Returns in decimals per period, a row per fund; NaN where there is none.

        Returns
        -------
        residuals : ndarray of shape (N, T)
            In decimals per period; NaN where there is no return, and for a fund that
            cannot be estimated. :func:`skem.inference.summarize` takes them as
            `residuals`. The dtype is float32 if that of X is.

        Raises
        ------
        ValueError
            If X has infinite returns, or other periods than those of :meth:`fit`.

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> X = [[0.01, 0.03, 0.02]]
        >>> FactorAlphas(min_observations=3).fit(X).residuals(X).round(4)
        array([[-0.01,  0.01,  0.  ]])
        """
        returns = self._check(X)
        return self._regress(returns).residuals.astype(returns.dtype)

    def diagnostics(self, X):
        """Describe the regression of every fund, in a table.

        Parameters
        ----------
        X : array-like of shape (N, T)
            Returns in decimals per period, a row per fund; NaN where there is none.

        Returns
        -------
        table : pandas.DataFrame of N rows
            `alpha`, its `standard_error`, their ratio `t`, the two-sided `p_value` of a
            t distribution with `df` degrees of freedom, the number of periods
            `n_observations`, the share `r_squared` of the variance of excess returns that
            the factors explain, the standard deviation `residual_sd` of the residuals, a
            column with the coefficient of each factor, and `why_missing`: why a fund has no
            alpha, None if it has one.

        Raises
        ------
        ImportError
            If pandas is not installed.
        ValueError
            If X has infinite returns, or other periods than those of :meth:`fit`, or a
            factor has the name of another column.

        Notes
        -----
        The standard errors are those of each fund's own regression, as other packages
        give them. :meth:`transform` shrinks their residual variances if `moderate` is True.

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> X = [[0.01, 0.03, 0.02], [0.01, 0.02, 0.06]]
        >>> table = FactorAlphas(min_observations=3).fit(X).diagnostics(X)
        >>> table[["alpha", "standard_error", "t", "p_value"]].round(3)
           alpha  standard_error      t  p_value
        0   0.02           0.006  3.464    0.074
        1   0.03           0.015  1.964    0.188
        """
        returns = self._check(X)
        excess = returns.astype(float)
        if self.risk_free_ is not None:
            excess -= self.risk_free_
        return diagnose(self._regress(returns), excess, self, X)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of what `transform` returns.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the periods, which must be those of `fit`.

        Returns
        -------
        names : ndarray of shape (3,)
            "alpha", "standard_error" and "df".

        Examples
        --------
        >>> from skem import FactorAlphas
        >>> FactorAlphas().fit([[0.01, 0.03, 0.02]]).get_feature_names_out()
        array(['alpha', 'standard_error', 'df'], dtype=object)
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features, generate_names=False)
        return np.array(COLUMNS, dtype=object)

    def _check(self, X):
        """The checked returns of a fitted transformer."""
        check_is_fitted(self)
        returns = check_returns(self, X, reset=False)
        given = column_periods(X)
        if given is not None and self._periods is not None:
            check_same_order("the data of fit", self._periods, "X", given)
        return returns

    def _regress(self, returns):
        """The Intercepts of checked returns."""
        # A portfolio of the factors, rounded to their dtype, leaves a third of its eps.
        nothing = max(NOTHING, 32 * np.finfo(returns.dtype).eps)
        if self.risk_free_ is not None:
            returns = returns - self.risk_free_
        covariance = COVARIANCES[self.covariance]
        return fit_intercepts(
            returns, self.factors_, self.min_observations, covariance, nothing=nothing
        )

    def _estimates(self, found, returns, X):
        """The columns of `transform`; warn of funds without an estimate."""
        warn_of_missing(found, self, X)
        errors, degrees = found.standard_errors, found.degrees
        if self.prior_df_ > 0:
            prior = VariancePrior(self.prior_df_, self.prior_sd_, self._pooled_df)
            sds, degrees = moderate(*residual_sds(found), prior)
            errors = sds * found.spreads
        return np.column_stack([found.alphas, errors, degrees]).astype(returns.dtype)


def residual_sds(found):
    """Residual standard deviations of funds, NaN where there are none, and degrees."""
    return found.standard_errors / found.spreads, found.degrees
