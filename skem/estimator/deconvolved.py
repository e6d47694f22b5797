"""Answers of a fitted mixture of true alphas about funds with noisy estimates."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from ..checks.scalars import (
    check_flag,
    check_level,
    check_side,
    check_threshold,
    check_whole,
)
from ..numerics.model.mixture import draw, unstandardise
from ..numerics.posterior import quantiles, shrinkage
from ..numerics.posterior.parameter_error import nearby_mixtures
from .doubtful_calls import warn_of_doubtful_calls
from .fund_criteria import FundCriteria
from .output import as_column, as_table
from .parts import estimates_of, mixture_of
from .point_masses import undecided, warn_of_no_spread, warn_of_point_masses


class FalseDiscovery(NamedTuple):
    """Rates of false calls of skill, which ``false_discovery`` returns.

    Parameters
    ----------
    local_rates : ndarray or Series of shape (N,)
        For each fund the probability that its true alpha is not beyond the threshold.
    q_values : ndarray or Series of shape (N,)
        The expected share of false calls if the fund, and all with at most its local rate,
        are called.

    See Also
    --------
    skem.display.FalseDiscoveryDisplay : Draws both rates.

    Examples
    --------
    >>> from skem import DeconvolvedGaussianMixture
    >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
    >>> rates = DeconvolvedGaussianMixture(1).fit(X).false_discovery(X)
    >>> rates.q_values <= 0.05  # calls of skill, at most 5 % of them false
    array([False, False,  True,  True])
    """

    local_rates: np.ndarray
    q_values: np.ndarray


class BaseDeconvolvedMixture(FundCriteria):
    """Answers of a fitted mixture about funds with estimates and standard errors.

    For a row with NaN the answer is that of the fitted mixture, without data.
    """

    def predict_proba(self, X):
        """Compute the probability of every group for every fund.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        probabilities : ndarray of shape (N, L)
            ``r_il`` (equation D2 of the theory), which sums to 1
            over the groups; ``weights_`` where X is NaN. float32 if X is.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).predict_proba([[0.9, 0.3]]).round(3)
        array([[0., 1.]])
        """
        return shrinkage.memberships(estimates_of(self, X), mixture_of(self))

    def predict(self, X):
        """Find the most probable group of every fund.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        groups : ndarray of shape (N,)
            Numbers 0 to L - 1; the group of the largest weight where X is NaN.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).predict([[-0.9, 0.3], [0.9, 0.3]])
        array([0, 1])
        """
        return shrinkage.memberships(estimates_of(self, X), mixture_of(self)).argmax(axis=1)

    def predict_managers(self, X):
        """Find the most probable group of every fund, with the names of funds.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        groups : ndarray of shape (N,)
            The same as :meth:`predict`. After ``set_output(transform="pandas")`` it is a
            Series with X's index.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).predict_managers([[-0.9, 0.3]])
        array([0])
        """
        return as_column(self, self.predict(X), X, "group")

    def transform(self, X):
        """Compute the posterior mean, sd and sign of every fund's true alpha.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.

        Returns
        -------
        summaries : ndarray of shape (N, 4)
            ``posterior_mean`` is the noise-reduced alpha, and ``posterior_sd`` its
            standard deviation. ``prob_positive`` is the probability that the true alpha
            is above zero. ``lfsr``, the local false sign rate, is the probability that
            the likelier sign is wrong (Stephens 2017). Where X is NaN, the values are
            those of the fitted mixture. The dtype is float32 if that of X is. After
            ``set_output(transform="pandas")`` it is a DataFrame with X's index.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture(1).fit(X).transform([[1.0, 1.0]]).round(2)
        array([[0.47, 0.69, 0.75, 0.25]])
        """
        return shrinkage.summaries(estimates_of(self, X), mixture_of(self))

    def get_feature_names_out(self, input_features=None):
        """Name the columns of :meth:`transform`.

        Parameters
        ----------
        input_features : array-like of shape (2,), default=None
            Names of the columns of X, which must be those of the fit.

        Returns
        -------
        names : ndarray of shape (4,)
            ``posterior_mean``, ``posterior_sd``, ``prob_positive``, ``lfsr``.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> fitted = DeconvolvedGaussianMixture(1).fit([[0, 1], [1, 1]])
        >>> fitted.get_feature_names_out().tolist()
        ['posterior_mean', 'posterior_sd', 'prob_positive', 'lfsr']
        """
        check_is_fitted(self)
        if hasattr(self, "n_features_in_"):  # not if the mixture was given
            _check_feature_names_in(self, input_features)
        return np.array(
            ["posterior_mean", "posterior_sd", "prob_positive", "lfsr"], dtype=object
        )

    def posterior_interval(self, X, level=0.95, parameter_error=False):
        """Compute an interval for every fund's true alpha.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.
        level : float, default=0.95
            Posterior probability of each interval, between 0 and 1, with equal tails.
        parameter_error : bool, default=False
            Whether to include the estimation error of the mixture, which matters where
            funds are few. The posterior is then the mean of those under 40 mixtures, drawn
            around the fit with the covariance of its parameters (the inverse information);
            the draws are always the same. Parameters on which the fit has no information
            stay as they are: ``prior_count=1`` gives all some.

        Returns
        -------
        intervals : ndarray of shape (N, 2)
            Lower and upper quantiles of the posterior mixture, or of the fitted one
            where X is NaN. A quantile within a point mass is at that point. After
            ``set_output(transform="pandas")`` it is a DataFrame with X's index and the
            columns `lower` and `upper`.

        Raises
        ------
        ValueError, TypeError
            If X is not a table of estimates, or a parameter is invalid.

        Warns
        -----
        UserWarning
            If a free variance ended at 0: intervals of funds in that group are too short.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(1).fit(X)
        >>> fitted.posterior_interval([[1.0, 1.0]], level=0.8).round(2)
        array([[-0.42,  1.35]])
        """
        level, nearby = check_level(level), check_flag("parameter_error", parameter_error)
        rows = estimates_of(self, X)
        warn_of_no_spread(self)
        mixtures = self._nearby_mixtures() if nearby else [mixture_of(self)]
        intervals = quantiles.intervals(rows, mixtures, level)
        return as_table(self, intervals, X, ["lower", "upper"])

    def _nearby_mixtures(self):
        """Mixtures that are as likely as the fit, in the units of X."""
        if not hasattr(self, "_searched"):
            raise ValueError(
                "parameter_error=True: the mixture was given by from_parameters, and has "
                "no error that is known. Pass parameter_error=False, or fit a mixture."
            )
        searched, (centre, scale) = self._searched, self._units[:2]
        near = nearby_mixtures(searched.points, searched.published, searched.constraints)
        return [unstandardise(one, centre, scale) for one in near]

    def false_discovery(self, X, *, above=0.0, side="greater"):
        """Compute, for every fund, how likely it is that a call of skill is false.

        A call says that the true alpha is above a threshold, or below it. The null
        hypothesis is that it is not, whatever the group. It includes a point mass at the
        threshold, and the part of a skilled group that is not beyond it. If one group is
        the null hypothesis, its column of :meth:`predict_proba` has the posterior
        probability.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them; a row
            per fund. The q-values of a fund depend on the other rows.
        above : float, default=0.0
            The threshold, in the units of X. A threshold above 0 asks for skill that
            matters. It is also the remedy where many funds have alphas of almost 0.
        side : {"greater", "less"}, default="greater"
            "greater" is for calls of alphas above the threshold. "less" is for those
            below it: funds that lose, if it is 0.

        Returns
        -------
        rates : FalseDiscovery
            A named tuple of two arrays of shape (N,), which are Series with X's index
            after ``set_output(transform="pandas")``. `local_rates` are the local
            false discovery rates ``Pr(alpha_i <= above)``, or ``Pr(alpha_i >= above)``.
            `q_values` are the mean local rates of all funds with at most that local rate:
            the expected share of false discoveries if all of them are called (Efron
            2008). A fund whose X is NaN has the local rate of the fitted mixture, and does
            not change the q-values of others.

        Raises
        ------
        ValueError, TypeError
            If X is not a table of estimates, or a parameter is invalid.

        Warns
        -----
        UserWarning
            If a point mass at the threshold, in place of a group, is as likely up to 3
            nats: chance decides which part of the group counts as beyond the threshold.
            If not, and if funds have q-values up to .1, the error of the mixture may make
            the share of false calls among them more than .1 and twice what is expected.

        Notes
        -----
        The rates take the fitted mixture as known. Where hardly any fund can be called,
        most calls come from fits whose tail is too wide, and more of them are false than
        the q-values say. The page on honesty in the documentation has how many.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(1).fit(X)
        >>> local_rates, q_values = fitted.false_discovery([[0.3, 0.3], [0.6, 0.3]])
        >>> local_rates.round(3), q_values.round(3)
        (array([0.171, 0.029]), array([0.1  , 0.029]))
        """
        threshold, sign = check_threshold(above), check_side(side)
        rows = estimates_of(self, X)
        groups = undecided(self, threshold)
        warn_of_point_masses(self, threshold, groups)
        local = shrinkage.local_false_discovery(rows, mixture_of(self), threshold, sign)
        missing = np.isnan(rows.table).any(axis=1)
        rates = local, shrinkage.q_values(local, missing)
        if not groups:
            seen = np.where(missing, np.nan, rates[1])
            warn_of_doubtful_calls(self, rows, local, seen, threshold, sign)
        named = zip(rates, FalseDiscovery._fields, strict=True)
        return FalseDiscovery(*(as_column(self, rate, X, name) for rate, name in named))

    def sample_posterior(self, X, n_draws, random_state=None):
        """Draw true alphas of every fund, given its estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if the fit had them.
        n_draws : int
            Number of draws per fund, M.
        random_state : int, RandomState instance or None, default=None
            Pass an int for the same draws at every call.

        Returns
        -------
        alphas : ndarray of shape (N, M)
            Independent draws from each posterior, or from the fitted mixture where X is
            NaN. :class:`PanelGaussianMixture` fits such a grid. After
            ``set_output(transform="pandas")`` it is a DataFrame with X's index.

        Examples
        --------
        One step of the Monte Carlo EM algorithm: draw, and fit the draws.

        >>> from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
        >>> X = [[-2.5, 0.2], [-1.7, 0.2], [1.7, 0.2], [2.5, 0.2]]
        >>> fitted = DeconvolvedGaussianMixture().fit(X)
        >>> grid = fitted.sample_posterior(X, 100, random_state=0)
        >>> PanelGaussianMixture(warm_start=True).fit(grid).weights_.round(2)
        array([0.5, 0.5])
        """
        n_draws = check_whole("n_draws", n_draws, 1, "draws per fund")
        rng = check_random_state(random_state)
        alphas = shrinkage.draw_true(estimates_of(self, X), mixture_of(self), n_draws, rng)
        return as_table(self, alphas, X, [f"draw{number}" for number in range(n_draws)])

    def sample(self, n_samples=1):
        """Draw true alphas of new funds from the fitted mixture.

        Parameters
        ----------
        n_samples : int, default=1
            The number of funds.

        Returns
        -------
        alphas, groups : ndarray of shape (n_samples,)
            Independent draws, without noise, and the group that each was drawn from.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(random_state=0).fit(X)
        >>> alphas, groups = fitted.sample(3)
        >>> alphas.shape, groups.shape
        ((3,), (3,))
        """
        check_is_fitted(self)
        n_samples = check_whole("n_samples", n_samples, 1, "funds to draw")
        rng = check_random_state(self.random_state)
        return draw(mixture_of(self), (n_samples,), rng)
