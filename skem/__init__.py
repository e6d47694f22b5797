"""Gaussian mixtures of fund managers' alphas, with scikit-learn's interface."""

from .mixture import PanelGaussianMixture

__version__ = "0.1.0"

__all__ = ["PanelGaussianMixture", "__version__"]
