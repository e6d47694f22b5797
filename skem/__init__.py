"""Gaussian mixtures of fund managers' alphas, with scikit-learn's interface."""

from .deconvolution import DeconvolvedGaussianMixture
from .estimator.deconvolved import FalseDiscovery
from .factors import FactorAlphas
from .mixture import PanelGaussianMixture

__version__ = "0.1.0"

__all__ = [
    "DeconvolvedGaussianMixture",
    "FactorAlphas",
    "FalseDiscovery",
    "PanelGaussianMixture",
    "__version__",
]
