"""Gaussian mixtures of fund managers' alphas, with scikit-learn's interface."""

from .deconvolution import DeconvolvedGaussianMixture
from .estimator.deconvolved import FalseDiscovery
from .factors import FactorAlphas
from .inference.monte_carlo import MonteCarloEM, monte_carlo_em
from .mixture import PanelGaussianMixture

__version__ = "0.1.0"

__all__ = [
    "DeconvolvedGaussianMixture",
    "FactorAlphas",
    "FalseDiscovery",
    "MonteCarloEM",
    "PanelGaussianMixture",
    "__version__",
    "monte_carlo_em",
]
