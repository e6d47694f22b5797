"""Answers of fitted weights, means and variances about a grid of cells."""

import inspect
from functools import update_wrapper
from types import FunctionType

import numpy as np
from scipy import stats
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    DensityMixin,
    TransformerMixin,
)
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..checks.grid import check_observed
from ..checks.mixture import check_no_point_mass
from ..checks.scalars import check_draws, check_whole
from ..numerics.model.mixture import draw
from ..numerics.posterior import membership
from .parts import grid_of, mixture_of


class BaseMixture(TransformerMixin, DensityMixin, BaseEstimator):
    """Base class of estimators that fit ``weights_``, ``means_`` and ``variances_``."""

    def __init_subclass__(cls, **kwargs):
        """Copy inherited methods, so that Python's TypeErrors name the class in use."""
        for name, method in inspect.getmembers_static(cls, inspect.isfunction):
            method = inspect.unwrap(method)
            ours = method.__module__.startswith("skem.estimator.")
            if ours and name not in vars(cls):
                parts = method.__code__, method.__globals__, name, method.__defaults__
                copy = FunctionType(*parts, method.__closure__)
                copy.__kwdefaults__ = method.__kwdefaults__
                update_wrapper(copy, method).__qualname__ = f"{cls.__qualname__}.{name}"
                setattr(cls, name, copy)
        super().__init_subclass__(**kwargs)  # wraps `transform` for set_output

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags

    def to_scipy(self):
        """Give the fitted mixture as a SciPy distribution.

        Returns
        -------
        mixture : scipy.stats.Mixture
            It has the density, distribution function, quantiles and moments. If X holds
            noisy estimates, these are of the true alphas.

        Raises
        ------
        ValueError
            If a group is a point mass, which has no density.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> round(float(fitted.to_scipy().mean()), 3)
        0.7
        """
        check_is_fitted(self)
        check_no_point_mass(self.variances_)
        groups = zip(self.means_, np.sqrt(self.variances_), strict=True)
        return stats.Mixture(
            [stats.Normal(mu=mean, sigma=sd) for mean, sd in groups],
            weights=self.weights_,
        )


class BasePanelMixture(ClassNamePrefixFeaturesOutMixin, BaseMixture):
    """Answers of a fitted mixture about a grid of N managers by M draws.

    For a ``dask.array`` of alphas, answers with rows are lazy Dask arrays with its chunks.
    These raise an error for an infinite cell when they are computed.
    """

    @property
    def _n_features_out(self):
        return self.weights_.size

    def predict_proba(self, X):
        """Compute the probability of every group for every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        probabilities : ndarray of shape (N, M, L)
            ``p_ijl`` (equation E of the theory page), which sums to 1 over the
            groups; NaN where the cell is NaN. The dtype is float32 if that of X is.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.predict_proba([[0.2, 1.2, 0.2]]).round(3)
        array([[[1., 0.],
                [0., 1.],
                [1., 0.]]])
        """
        return membership.cell_memberships(grid_of(self, X), mixture_of(self))

    def predict(self, X):
        """Find the most probable group of every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        groups : ndarray of shape (N, M)
            Numbers 0 to L - 1; -1 where the cell is NaN.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.predict([[0.2, 1.2, float("nan")]])
        array([[ 0,  1, -1]])
        """
        return membership.cell_groups(grid_of(self, X), mixture_of(self))

    def transform(self, X):
        """Compute the probability of every group for every manager.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        memberships : ndarray of shape (N, L)
            The mean of ``p_ijl`` over the manager's observed draws (equation T
            of the theory page); ``weights_`` for a manager without draws. The dtype
            is float32 if that of X is. After ``set_output(transform="pandas")`` it is a
            DataFrame with X's index.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.transform([[0.2, 1.2, 0.1], [1.1, 1.2, 1.3]]).round(3)
        array([[0.667, 0.333],
               [0.   , 1.   ]])
        """
        return membership.manager_memberships(grid_of(self, X), mixture_of(self))

    def score_samples(self, X):
        """Compute the log density of every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        log_densities : ndarray of shape (N, M)
            ``log f(a_ij)`` (equation F of the theory page), per unit of alpha;
            NaN where the cell is NaN.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture(1).fit([[-1.0, 1.0]])
        >>> fitted.score_samples([[0.0, 1.0]]).round(3)
        array([[-0.919, -1.419]])
        """
        return membership.log_densities(grid_of(self, X), mixture_of(self))

    def score(self, X, y=None, sample_weight=None):
        """Compute the mean log density per observed cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each manager counts.

        Returns
        -------
        score : float
            Higher is better; in nats per cell.

        Raises
        ------
        ValueError
            If no cell is observed.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture(1).fit([[-1.0, 1.0]])
        >>> round(fitted.score([[0.0, 1.0]]), 3)
        -1.169
        """
        grid = grid_of(self, X, sample_weight)
        total, mass = membership.score(grid, mixture_of(self))
        check_observed(mass, grid.alphas)
        return total / mass

    def aic(self, X, draws="independent"):
        """Compute Akaike's information criterion.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        draws : {"independent", "fixed", "posterior"}, default="independent"
            How the cells of a manager depend on each other, as in :meth:`bic`.

        Returns
        -------
        aic : float
            ``-2 log-likelihood + 2 n_parameters_``: lower is better.

        Raises
        ------
        ValueError
            If `draws` is none of the three, or no cell is observed.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> X = [[-1.0, 1.0]]
        >>> round(PanelGaussianMixture(1).fit(X).aic(X), 3)
        9.676
        """
        return self._criteria(X, draws).aic

    def _criteria(self, X, draws):
        check_draws(draws)
        grid = grid_of(self, X)
        (seen,) = membership.evidence(grid, [mixture_of(self)])
        check_observed(seen.mass, grid.alphas)
        n = seen.mass if draws == "independent" else membership.total_manager_mass(grid)
        return membership.criteria(seen, self.n_parameters_, n)

    def bic(self, X, draws="independent"):
        """Compute the Bayesian information criterion.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        draws : {"independent", "fixed", "posterior"}, default="independent"
            How the cells of a manager depend on each other. With "independent" every
            cell is an observation of its own. "fixed" and "posterior" draws, such as
            bootstrap draws of one estimate, are not independent evidence. Then the
            log-likelihood is divided by the mean number of draws per manager, and n is
            the number of managers.

        Returns
        -------
        bic : float
            ``-2 log-likelihood + n_parameters_ log n`` (Schwarz 1978), for n
            observations: lower is better.

        Raises
        ------
        ValueError
            If `draws` is none of the three, or no cell is observed.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> X = [[-1.0, 1.0]]
        >>> round(PanelGaussianMixture(1).fit(X).bic(X), 3)
        7.062
        """
        return self._criteria(X, draws).bic

    def icl(self, X, draws="independent"):
        """Compute the integrated completed likelihood criterion.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        draws : {"independent", "fixed", "posterior"}, default="independent"
            How the cells of a manager depend on each other, as in :meth:`bic`.

        Returns
        -------
        icl : float
            :meth:`bic` plus twice the entropy of the memberships (Biernacki,
            Celeux and Govaert 2000), which favours groups that can be told
            apart: lower is better.

        Raises
        ------
        ValueError
            If `draws` is none of the three, or no cell is observed.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> X = [[-1.0, 1.0]]
        >>> fitted = PanelGaussianMixture(1).fit(X)
        >>> fitted.icl(X) == fitted.bic(X)
        True
        """
        return self._criteria(X, draws).icl

    def sample(self, n_samples=1):
        """Draw managers from the fitted mixture.

        Parameters
        ----------
        n_samples : int, default=1
            The number of managers; each has as many draws as those of the fit.

        Returns
        -------
        X : ndarray of shape (n_samples, M)
            Independent draws.
        groups : ndarray of shape (n_samples, M)
            The group that each was drawn from.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture(random_state=0).fit([[0.1, 0.2], [1.1, 1.2]])
        >>> alphas, groups = fitted.sample(3)
        >>> alphas.shape, groups.shape
        ((3, 2), (3, 2))
        """
        check_is_fitted(self)
        n_samples = check_whole("n_samples", n_samples, 1, "managers to draw")
        rng = check_random_state(self.random_state)
        return draw(mixture_of(self), (n_samples, self.n_features_in_), rng)
