"""What an estimate is worth: the number of groups, and how far chance moves a fit."""

from .likelihood_ratio import LikelihoodRatioTest, bootstrap_lrt
from .resampling import ManagerBootstrap, bootstrap_managers
from .selection import ComponentSelection, select_n_components

__all__ = [
    "ComponentSelection",
    "LikelihoodRatioTest",
    "ManagerBootstrap",
    "bootstrap_lrt",
    "bootstrap_managers",
    "select_n_components",
]
