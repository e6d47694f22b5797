"""Weights of groups whose means and variances are all fixed: a concave problem.

A weight may be 0 here, which its logarithm would never reach. There is only one optimum,
for any number of groups and any overlap.
"""

from typing import Any

import numpy as np
from scipy.optimize import nnls

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture
from ..model.scales import log_groups

# The most steps, the duality gap in nats per mass at which they end, and the weight of the
# equation that sets the sum of the weights.
MOST_STEPS, GAP, SUM_WEIGHT = 100, 1e-13, 1e4

# The number of steps towards the multiplier of the sum; they meet that equation exactly.
MULTIPLIERS = 3

# The shares of a step that are tried, and the least part of the promised gain for a share.
SHARES, ARMIJO = 0.5 ** np.arange(30), 1e-4


def solve_weights(
    points: Points, mixture: Mixture, constraints: Constraints
) -> tuple[Mixture, int]:
    """The mixture with the free weights of highest likelihood, and the steps it took.

    Each step maximises the parabola of the log-likelihood over all weights that are not
    negative. This is a least-squares problem (Wang 2007, section 3). The duality gap
    ``r max_l D_l - sum_l w_l D_l`` of the derivatives D bounds what is left to be gained.
    """
    free = constraints.free.weights
    rest = 1.0 - np.where(free, 0.0, mixture.weights).sum()
    if free.sum() < 2:
        return mixture, 0
    equal = mixture._replace(weights=np.ones_like(mixture.weights))
    logs = log_groups(points.values, equal, points.seen)
    densities = np.exp(logs - logs.max(axis=0))
    masses = points.masses / points.mass
    known = np.where(free, 0.0, mixture.weights) @ densities
    densities = densities[free]
    weights = np.maximum(mixture.weights[free], 1e-3 * rest / free.sum())
    weights *= rest / weights.sum()
    total = known + weights @ densities
    n_iter = 0
    for n_iter in range(1, MOST_STEPS + 1):
        ratios = densities / total
        slopes = ratios @ masses
        if rest * slopes.max() - weights @ slopes <= GAP:
            break
        step = _best_of_parabola(ratios, known / total, masses, rest) - weights
        gains = _gains(total, step @ densities, masses)
        enough = (gains >= ARMIJO * SHARES * max(step @ slopes, 0.0)) & (gains > 0)
        if not enough.any():
            break
        weights = weights + SHARES[enough.argmax()] * step
        total = known + weights @ densities
    found = mixture.weights.copy()
    found[free] = rest * weights / weights.sum()
    return mixture._replace(weights=found), n_iter


def _gains(total: np.ndarray, change: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """The gain of each share of the change of the densities, in nats per mass."""
    with np.errstate(divide="ignore"):  # a density of 0 gives -inf
        logs = np.log1p(np.maximum(SHARES[:, None] * (change / total), -1.0))
    return logs @ masses


def _best_of_parabola(
    ratios: np.ndarray, known: np.ndarray, masses: np.ndarray, rest: float
) -> np.ndarray:
    """The weights that maximise the second-order expansion of the log-likelihood."""
    root = np.sqrt(masses)
    system = np.column_stack([(ratios * root).T, (2.0 - known) * root])
    triangle: Any = np.linalg.qr(system, mode="r")  # NumPy annotates mode "reduced" only
    matrix = np.vstack([triangle[:, :-1], np.full(ratios.shape[0], SUM_WEIGHT)])
    aim = rest
    for _ in range(MULTIPLIERS):  # the method of multipliers
        target = np.append(triangle[:, -1], SUM_WEIGHT * aim)
        weights = nnls(matrix, target)[0]
        aim += rest - weights.sum()
    return rest * weights / weights.sum()
