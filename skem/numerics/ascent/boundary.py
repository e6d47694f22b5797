"""Variances of 0, on the boundary: maxima where every cell has noise."""

from collections.abc import Collection

import numpy as np

from ..data.points import Points
from ..data.protocol import Data
from ..model.constraints import Constraints
from ..model.mixture import Mixture
from .certificate import Solution, certify


def land_on_zero(
    cells: Data,
    points: Points,
    fit: Solution,
    constraints: Constraints,
    *,
    tol: float,
    max_iter: int,
) -> Solution:
    """The fit with variances of 0 where they ended on the floor, if that is likelier.

    If every cell has noise, the likelihood is bounded and needs no floor, and its maximum
    may be at a variance of 0. A climb stops above 0, because the logarithm of a variance
    never reaches it. The other parameters are fitted again.
    """
    free = constraints.free.variances
    landing = free & (fit.mixture.variances <= constraints.variance_floor * (1 + 1e-9))
    if not landing.any() or not fit.converged:
        return fit
    bare = np.where(landing, 0.0, fit.mixture.variances)
    fixed = constraints.fixed._replace(variances=np.where(free & ~landing, np.nan, bare))
    landed = certify(
        cells,
        points,
        fit.mixture._replace(variances=bare),
        Constraints.of(fixed, False, constraints.variance_floor),
        tol=tol,
        max_iter=max_iter,
        n_iter=fit.n_iter,
    )
    if landed.log_likelihoods[0] < fit.log_likelihoods[-1]:
        return fit
    return landed._replace(
        log_likelihoods=np.append(fit.log_likelihoods, landed.log_likelihoods)
    )


def hold_zeros(
    mixture: Mixture, groups: Collection[int], constraints: Constraints
) -> Constraints:
    """The constraints with all variances of 0 held, except those of `groups`."""
    zero = constraints.free.variances & (mixture.variances == 0)
    zero[list(groups)] = False
    if not zero.any():
        return constraints
    variances = np.where(zero, 0.0, constraints.fixed.variances)
    fixed = constraints.fixed._replace(variances=variances)
    return Constraints.of(fixed, False, constraints.variance_floor)
