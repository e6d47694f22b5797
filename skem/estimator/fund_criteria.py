"""The fit of a mixture of true alphas to noisy estimates: scores and criteria."""

from ..checks.estimates import check_estimated, check_estimates
from ..numerics.posterior import shrinkage
from ..numerics.posterior.membership import criteria
from .base import BaseMixture
from .parts import estimates_of, mixture_of


class FundCriteria(BaseMixture):
    """Log densities of estimates with standard errors, and criteria computed from them."""

    def _read_table(self, X, *, reset):
        return check_estimates(self, X, reset=reset)

    def score_samples(self, X):
        """Compute the log density of every estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        log_densities : ndarray of shape (N,)
            ``log f(alphahat_i)`` given the standard error (equation D1 of the
            theory); NaN where X is NaN.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture(1).fit(X).score_samples([[0.0, 0.3]]).round(2)
        array([-0.92])
        """
        return shrinkage.estimate_log_densities(estimates_of(self, X), mixture_of(self))

    def _log_likelihood(self, X, sample_weight=None):
        rows = estimates_of(self, X, sample_weight)
        seen = shrinkage.fund_evidence(rows, mixture_of(self))
        check_estimated(seen.mass, len(rows.table))
        return seen

    def _criteria(self, X):
        seen = self._log_likelihood(X)
        return criteria(seen, self.n_parameters_, seen.mass)

    def aic(self, X):
        """Compute Akaike's information criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        aic : float
            ``-2 log-likelihood + 2 n_parameters_``: lower is better.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> round(DeconvolvedGaussianMixture(1).fit(X).aic(X), 1)
        15.4
        """
        return self._criteria(X).aic

    def bic(self, X):
        """Compute the Bayesian information criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        bic : float
            ``-2 log-likelihood + n_parameters_ log n`` (Schwarz 1978), for n
            observed estimates: lower is better.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> round(DeconvolvedGaussianMixture(1).fit(X).bic(X), 1)
        14.2
        """
        return self._criteria(X).bic

    def icl(self, X):
        """Compute the integrated completed likelihood criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        icl : float
            :meth:`bic` plus twice the entropy of :meth:`predict_proba` (Biernacki, Celeux
            and Govaert 2000), which favours groups that can be told apart: lower is
            better. Large standard errors make memberships uncertain, so it chooses
            fewer groups where noise is large.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(1).fit(X)
        >>> fitted.icl(X) == fitted.bic(X)
        True
        """
        return self._criteria(X).icl
