"""The fit of a mixture of true alphas to noisy estimates: scores and criteria."""

import numpy as np

from ..checks.estimates import check_estimated, check_estimates
from ..numerics.posterior import shrinkage
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
            Estimates, standard errors, and degrees of freedom if the fit had them; a row
            per fund.

        Returns
        -------
        log_densities : ndarray of shape (N,)
            ``log f(alphahat_i)`` given the standard error (equation D1 of the page
            on deconvolution); NaN where X is NaN.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture(1).fit(X).score_samples([[0.0, 0.3]]).round(2)
        array([-0.92])
        """
        return shrinkage.estimate_log_densities(estimates_of(self, X), mixture_of(self))

    def score(self, X, y=None, sample_weight=None):
        """Compute the mean log density per observed estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them; a row
            per fund.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each fund counts.

        Returns
        -------
        score : float
            Higher is better; in nats per fund.

        Raises
        ------
        ValueError
            If no estimate is observed.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> round(DeconvolvedGaussianMixture(1).fit(X).score(X), 2)
        -1.43
        """
        rows = estimates_of(self, X, sample_weight)
        total, mass, _ = self._evidence(rows)
        return total / mass

    def _evidence(self, rows):
        """Log-likelihood, mass and number of the observed estimates."""
        density = shrinkage.estimate_log_densities(rows, mixture_of(self))
        there = ~np.isnan(density)
        mass = there if rows.mass is None else np.where(there, rows.mass, 0.0)
        check_estimated(mass.sum(), len(mass))
        total = np.sum(mass * np.where(there, density, 0.0))
        return float(total), float(mass.sum()), int(there.sum())

    def aic(self, X):
        """Compute Akaike's information criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them; a row
            per fund.

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
        total, _, _ = self._evidence(estimates_of(self, X))
        return -2 * total + 2 * self.n_parameters_

    def bic(self, X):
        """Compute the Bayesian information criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them; a row
            per fund.

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
        total, _, n = self._evidence(estimates_of(self, X))
        return float(-2 * total + self.n_parameters_ * np.log(n))
