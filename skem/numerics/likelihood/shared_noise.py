"""What estimates share if the residuals that they come from are correlated across funds.

The noise of fund i's estimate is a sum over periods t of shocks ``q_it``, of which the
residuals tell. Where these are correlated across funds, the scores of funds are too, by
``D_i q_it``, with ``D_i`` the derivative of the score by the estimate.
"""

from functools import partial

import numpy as np

from ..data.estimates import Estimates, filled
from ..model.mixture import Mixture
from ..model.scales import joined
from .noisy_information import score_each


def slopes(
    mixture: Mixture, z: np.ndarray, noise: np.ndarray, degrees: np.ndarray | None = None
) -> np.ndarray:
    """Derivatives (3L, n) by the estimates z of each fund's score.

    The scores are by log weights, means and log variances.
    """
    seen = score_each(mixture, z, noise, degrees)
    p, (by_mean, by_variance) = seen.p[0], seen.own[0]
    # The log density of a group falls by its derivative by the mean as z grows.
    towards = p * (np.sum(p * by_mean, axis=0) - by_mean)
    found = np.array(
        [
            towards,
            towards * by_mean + p * seen.precisions[0],
            towards * by_variance + p * seen.shares[0] * by_mean,
        ]
    )
    return joined(found, mixture.means.size, axis=1).reshape(-1, z.size)


def shared_products(
    rows: Estimates, mixture: Mixture, centre: float, scale: float, residuals: np.ndarray
) -> np.ndarray:
    """The sum (3L, 3L) of the expected products of the scores of all pairs of funds.

    The mixture is one of ``(estimate - centre) / scale``. A fund's residuals (N, T) are
    NaN where it has none, and are taken as shocks that add up to its squared error.
    """
    function = partial(_slopes_of, mixture, centre, scale)
    slope = rows.map(function, np.float64, (3 * mixture.means.size,))
    mass = np.ones(len(slope)) if rows.mass is None else rows.mass
    there = ~np.isnan(rows.table).any(axis=1) & (mass > 0)
    slope, mass = slope[there] * mass[there, None], mass[there]
    errors, shocks = rows.table[there, 1] / scale, np.nan_to_num(residuals[there])
    shocks *= (errors / np.sqrt(np.square(shocks).sum(axis=1)))[:, None]
    together = slope.T @ shocks
    own = slope * errors[:, None]
    return together @ together.T - own.T @ own


def _slopes_of(
    mixture: Mixture, centre: float, scale: float, estimates: np.ndarray, *noise: np.ndarray
) -> np.ndarray:
    return slopes(mixture, *filled(centre, scale, estimates, *noise)).T
