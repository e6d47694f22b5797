"""Regressions of many funds on the same factors, each over the periods it has.

Of every regression only the intercept, alpha, and its standard error are kept.
"""

from typing import NamedTuple

import numpy as np

# Numbers in the designs of a block of funds: what fits in a core's cache.
BLOCK = 2**17

# A column is a combination of the others when they leave less than this share of
# its length, and a fund's return of the factors. Rounding leaves some 1e-15, and
# returns are known to 1e-6.
NOTHING = 1e-12


class Intercepts(NamedTuple):
    """Alphas and standard errors (N,), NaN where there are none, and why not.

    `short` are the funds of too few periods, `collinear` those in whose periods
    the factors and the constant depend on each other, `exact` those whose returns
    the regression leaves nothing of.
    """

    alphas: np.ndarray
    standard_errors: np.ndarray
    short: np.ndarray
    collinear: np.ndarray
    exact: np.ndarray


def fit_intercepts(returns, factors, min_observations, variance, nothing=NOTHING):
    """Regress each row of `returns` (N, T) on a constant and `factors` (T, K).

    NaN is a period that a fund does not have. `min_observations` is at least
    K + 2, and `variance` one of :data:`VARIANCES`. A residual of at most the share
    `nothing` of the returns is none.
    """
    n_funds = len(returns)
    there = ~np.isnan(returns)
    short = there.sum(axis=1) < min_observations
    design = with_constant(factors)
    found = Intercepts(
        np.full(n_funds, np.nan),
        np.full(n_funds, np.nan),
        short,
        np.zeros(n_funds, bool),
        np.zeros(n_funds, bool),
    )
    patterns = number_patterns(there)
    funds = np.argsort(patterns, kind="stable")
    funds = funds[~short[funds]]
    step = max(1, BLOCK // design.size)
    for first in range(0, funds.size, step):
        block = funds[first : first + step]
        fitted = _fit_block(
            returns[block].astype(float), patterns[block], design, variance, nothing
        )
        for whole, part in zip(found, fitted, strict=True):
            whole[block] = part
    return found


def with_constant(factors):
    """The design (T, K + 1): factors of largest value 1, and a constant.

    The constant comes last, so that QR takes the factors out of it.
    """
    peaks = np.abs(factors).max(axis=0, initial=0.0)
    scaled = factors / np.where(peaks > 0, peaks, 1.0)
    return np.column_stack([scaled, np.ones(len(factors))])


def dependent_factor(factors):
    """The first factor that is a combination of a constant and those before it, or None.

    T is at least K + 1.
    """
    design = np.roll(with_constant(factors), 1, axis=1)
    triangle = np.linalg.qr(design, mode="r")
    lengths = np.linalg.norm(triangle, axis=0)
    dependent = np.abs(np.diagonal(triangle)) <= NOTHING * lengths
    return int(dependent.argmax()) - 1 if dependent.any() else None


def number_patterns(there):
    """The number of each row's pattern: rows that are alike have the same."""
    packed = np.ascontiguousarray(np.packbits(there, axis=1))
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    return np.unique(rows, return_inverse=True)[1]


def _fit_block(returns, patterns, design, variance, nothing):
    """The Intercepts of some funds, none of them short."""
    _, firsts, which = np.unique(patterns, return_index=True, return_inverse=True)
    there = ~np.isnan(returns)
    basis, last = factorise(there[firsts], design)
    basis, last = basis[which], last[which]

    scale = np.where(there, np.abs(returns), 0.0).max(axis=1)
    scale[scale == 0] = 1.0
    y = np.where(there, returns / scale[:, None], 0.0)
    projection = np.matmul(y[:, None, :], basis)
    residuals = y - np.matmul(projection, basis.swapaxes(1, 2))[:, 0]
    nothing_left = np.linalg.norm(residuals, axis=1) <= nothing * np.linalg.norm(y, axis=1)

    collinear = np.isnan(last)
    exact = nothing_left & ~collinear
    scale[exact] = np.nan
    n_observations = there.sum(axis=1)
    spread = variance(basis[..., -1] / last[:, None], residuals, n_observations)
    errors = np.sqrt(spread / (n_observations - design.shape[1]))
    alphas = projection[:, 0, -1] / last
    return Intercepts(scale * alphas, scale * errors, np.False_, collinear, exact)


def factorise(there, design):
    """What each pattern of periods (B, T) needs of the QR of its `design` (T, P).

    The orthonormal basis Q (B, T, P), zero, up to rounding, where a period is
    missing; and the last diagonal element of R, NaN where the columns depend on
    each other. ``Q[..., -1] / last`` weights the returns to give alpha (equation A2).
    """
    basis, triangle = np.linalg.qr(there[..., None] * design)
    diagonal = np.diagonal(triangle, axis1=1, axis2=2)
    lengths = np.linalg.norm(triangle, axis=1)
    collinear = (np.abs(diagonal) <= NOTHING * lengths).any(axis=1)
    return basis, np.where(collinear, np.nan, diagonal[:, -1])


def ols_variance(weights, residuals, n_observations):
    """``sum_t w_t^2 sum_t e_t^2`` of each fund: equation A3 before its divisor."""
    return np.sum(weights**2, axis=1) * np.sum(residuals**2, axis=1)


def hac_variance(weights, residuals, n_observations):
    """Newey and West's variance of ``sum_t w_t e_t``: equation A4 before its divisor.

    Lags are counted in periods of the calendar. A missing period adds nothing.
    """
    parts = weights * residuals
    lags = newey_west_lags(n_observations)
    total = np.sum(parts**2, axis=1)
    for lag in range(1, min(int(lags.max(initial=0)), parts.shape[1] - 1) + 1):
        share = np.maximum(0.0, 1 - lag / (lags + 1))
        total += 2 * share * np.sum(parts[:, lag:] * parts[:, :-lag], axis=1)
    # Bartlett's weights make it positive, up to rounding.
    return n_observations * np.maximum(total, 0.0)


def newey_west_lags(n_observations):
    """The number of lags ``floor(4 (n / 100)^(2/9))`` of Newey and West (1994)."""
    return np.floor(4 * (n_observations / 100) ** (2 / 9))


VARIANCES = {"ols": ols_variance, "hac": hac_variance}
