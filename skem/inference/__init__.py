"""Inference: standard errors, the number of groups, resampling."""

from .covariance import parameter_covariance
from .likelihood_ratio import LikelihoodRatioTest, bootstrap_lrt
from .resampling import ManagerBootstrap, bootstrap_managers
from .selection import ComponentSelection, select_n_components
from .summary import Summary, summarize

__all__ = [
    "ComponentSelection",
    "LikelihoodRatioTest",
    "ManagerBootstrap",
    "Summary",
    "bootstrap_lrt",
    "bootstrap_managers",
    "parameter_covariance",
    "select_n_components",
    "summarize",
]
