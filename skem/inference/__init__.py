"""What estimates are worth."""

from .covariance import parameter_covariance
from .summary import Summary, summarize

__all__ = ["Summary", "parameter_covariance", "summarize"]
