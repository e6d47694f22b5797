"""Estimates so far from all groups that Student's t noise is not exact there."""

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, t

from ..numerics.model.scales import EXACT, Scales
from .callbacks import warn

# The standard errors from a group's mean up to which the nodes of t noise are exact, and
# the error of a log density, in nats, that counts.
REACH, WRONG = 5.0, 1e-2


def warn_of_far_rows(fitted, X):
    """Warn of rows of X whose t noise the nodes get wrong, so far they are from groups."""
    with np.errstate(invalid="ignore"):  # a NaN may signal
        table = np.asarray(X, dtype=float)
    if table.shape[1] != 3:
        return
    estimates, errors, degrees = table.T
    spread = np.sqrt(np.square(errors)[:, None] + fitted.variances_)
    miss = (np.abs(estimates[:, None] - fitted.means_) / spread).min(axis=1)
    far = np.flatnonzero((miss > REACH) & np.isfinite(degrees))
    if not far.size:
        return
    miss, degrees = miss[far], degrees[far]
    nodes = Scales.of(np.ones(far.size), degrees, EXACT)
    by_node = norm.logpdf(miss, scale=np.sqrt(nodes.variances)) + nodes.log_weights
    wrong = far[np.abs(logsumexp(by_node, axis=0) - t.logpdf(miss, degrees)) > WRONG]
    if wrong.size:
        warn(
            f"{wrong.size} row(s), the first is {wrong[0]}, are so many standard errors "
            "from every group that the density of their t noise is taken too low, and "
            "they widen the groups. Check them, or leave them out.",
            UserWarning,
        )
