"""The base class of both estimators."""

import inspect
from functools import update_wrapper
from types import FunctionType

import numpy as np
from scipy import stats
from sklearn.base import BaseEstimator, DensityMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from ..checks.mixture import check_no_point_mass


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

    def score(self, X, y=None, sample_weight=None):
        """Compute the mean log density per observed cell, or per observed estimate.

        Parameters
        ----------
        X : array-like of shape (N, M), (N, 2) or (N, 3)
            Alphas, or estimates with standard errors, as :meth:`fit` takes them.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each row counts.

        Returns
        -------
        score : float
            Higher is better; in nats per cell or estimate.

        Raises
        ------
        ValueError
            If nothing is observed.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture(1).fit([[-1.0, 1.0]])
        >>> round(fitted.score([[0.0, 1.0]]), 3)
        -1.169
        """
        seen = self._log_likelihood(X, sample_weight)
        return seen.log_likelihood / seen.mass

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
