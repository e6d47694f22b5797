"""Gaussian mixtures of fund managers' alphas, with scikit-learn's interface."""

from .deconvolution import DeconvolvedGaussianMixture
from .mixture import PanelGaussianMixture

__version__ = "0.1.0"

__all__ = ["DeconvolvedGaussianMixture", "PanelGaussianMixture", "__version__"]
