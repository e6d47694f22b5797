"""Inference: standard errors, the number of groups, resampling."""

from .band import Band
from .comparison import Comparison, compare_summaries
from .covariance import parameter_covariance
from .distribution import SkillDistribution, estimate_distribution
from .gap import GlobalGap, global_gap
from .gap_bootstrap import GapTest, bootstrap_gap
from .likelihood_ratio import LikelihoodRatioTest, bootstrap_lrt
from .nonparametric import NonparametricEstimate
from .profile_likelihood import ProfileInterval, profile_interval
from .resampling import ManagerBootstrap, bootstrap_managers
from .selection import ComponentSelection, select_n_components
from .summary import Summary, summarize
from .wald import WaldTest

__all__ = [
    "Band",
    "Comparison",
    "ComponentSelection",
    "GapTest",
    "GlobalGap",
    "LikelihoodRatioTest",
    "ManagerBootstrap",
    "NonparametricEstimate",
    "ProfileInterval",
    "SkillDistribution",
    "Summary",
    "WaldTest",
    "bootstrap_gap",
    "bootstrap_lrt",
    "bootstrap_managers",
    "compare_summaries",
    "estimate_distribution",
    "global_gap",
    "parameter_covariance",
    "profile_interval",
    "select_n_components",
    "summarize",
]
