"""Inference: standard errors, the number of groups, resampling."""

from .comparison import Comparison, compare_summaries
from .covariance import parameter_covariance
from .likelihood_ratio import LikelihoodRatioTest, bootstrap_lrt
from .resampling import ManagerBootstrap, bootstrap_managers
from .selection import ComponentSelection, select_n_components
from .summary import Summary, summarize
from .wald import WaldTest

__all__ = [
    "Comparison",
    "ComponentSelection",
    "LikelihoodRatioTest",
    "ManagerBootstrap",
    "Summary",
    "WaldTest",
    "bootstrap_lrt",
    "bootstrap_managers",
    "compare_summaries",
    "parameter_covariance",
    "select_n_components",
    "summarize",
]
