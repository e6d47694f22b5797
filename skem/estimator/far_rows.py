"""Estimates so far from all groups that Student's t noise is not exact there."""

import numpy as np
from scipy.special import logsumexp
from scipy.stats import norm, t

from ..checks.arrays import to_numpy
from ..numerics.data.estimates import alike
from ..numerics.model.scales import EXACT, Scales
from .callbacks import warn

# The standard errors from a group's mean up to which the nodes of t noise are exact, and
# the error of a log density, in nats, that counts.
REACH, WRONG = 5.0, 1e-2


def warn_of_far_rows(fitted, X):
    """Warn of rows of X whose t noise the nodes get wrong, so far they are from groups."""
    with np.errstate(invalid="ignore"):  # a NaN may signal
        table = np.asarray(to_numpy(X), dtype=float)
    if table.shape[1] != 3:
        return
    estimates, errors, degrees = table.T
    spread = np.sqrt(np.square(errors)[:, None] + fitted.variances_)
    miss = (np.abs(estimates[:, None] - fitted.means_) / spread).min(axis=1)
    far = np.flatnonzero((miss > REACH) & np.isfinite(degrees))
    if not far.size:
        return
    miss, degrees = miss[far], degrees[far]
    error = np.empty(far.size)
    for some in alike(degrees):
        nodes = Scales.of(np.ones(miss[some].size), degrees[some], EXACT)
        by_node = norm.logpdf(miss[some], scale=np.sqrt(nodes.variances))
        found = logsumexp(by_node + nodes.log_weights, axis=0)
        error[some] = np.abs(found - t.logpdf(miss[some], degrees[some]))
    wrong = far[error > WRONG]
    if wrong.size:
        warn(
            f"{wrong.size} row(s), the first is {wrong[0]}, are too many standard errors "
            "from every group: the density of their t noise is wrong there. They widen "
            "the groups. Check them, or leave them out.",
            UserWarning,
        )
