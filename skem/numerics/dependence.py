"""Whether the residuals of funds move together more than chance makes them."""

from typing import NamedTuple

import numpy as np
from scipy.stats import chi2


class Dependence(NamedTuple):
    """How many times as much the mean of residuals varies as that of independent ones.

    The p-value says how often that of independent ones is so large.
    """

    inflation: float
    p_value: float


def measure_dependence(residuals: np.ndarray, n_coefficients: int) -> Dependence:
    """The Dependence of residuals (N, T), NaN where a fund has no return.

    Every fund's residuals are divided by their length. The sum of the products of all
    pairs of funds is compared with its distribution for independent residuals, a
    chi-square variable of the same mean and variance (Pesaran 2004 takes a normal one).
    """
    there = ~np.isnan(residuals)
    lengths = np.sqrt(np.nansum(np.square(residuals), axis=1, keepdims=True))
    there &= lengths > 0
    if there.sum(axis=0).max(initial=0) < 2:  # no two funds have a period in common
        return Dependence(1.0, 1.0)
    n_funds, n_periods = there.any(axis=1).sum(), there.sum(axis=1, keepdims=True)
    lengths[lengths == 0] = 1.0
    sums = np.where(there, residuals, 0.0) / lengths
    inflation = np.square(sums.sum(axis=0)).sum() / n_funds
    # A pair's product has the variance n_ij / sqrt(n_i d_i n_j d_j), for d_i degrees of
    # freedom and n_ij common periods.
    degrees = np.maximum(n_periods - n_coefficients, 1)
    shares = there / np.sqrt(np.maximum(n_periods, 1) * degrees)
    pairs = np.square(shares.sum(axis=0)) - np.square(shares).sum(axis=0)
    freedom = n_funds**2 / pairs.sum()
    return Dependence(float(inflation), float(chi2.sf(freedom * inflation, freedom)))
