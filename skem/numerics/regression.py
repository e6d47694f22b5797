"""Regressions of many funds on the same factors, each over the fund's own periods.

Of each regression the coefficients (alpha and betas), alpha's standard error and the
residuals are kept.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

# Numbers in the designs of a block of funds, which fit in a core's cache.
BLOCK = 2**17

# Share of a column's length, or of the returns', below which a residual counts as 0: the
# column is then a combination of the others, and the returns one of the factors. Rounding
# leaves about 1e-15, and returns are known to 1e-6.
NOTHING = 1e-12

# A function of the weights (B, T) that give alpha, of the residuals (B, T) or the
# orthonormal basis (B, T, P) of the design, and of the number of observations (B,).
OfWeights: TypeAlias = Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]


class Covariance(NamedTuple):
    """Functions that give an alpha's variance, before its divisor, and its degrees."""

    variance: OfWeights
    degrees: OfWeights


class Intercepts(NamedTuple):
    """Alphas and standard errors (N,), NaN where there are none, and the reasons (N,).

    `degrees` are the degrees of freedom of the standard errors, and `spreads` the errors'
    ratios to the residuals' standard deviations, if these are constant. `short` marks the
    funds with too few periods. `collinear` marks those in whose periods the factors and the
    constant are linearly dependent, and `exact` those whose returns the regression fits
    without a residual. The `residuals` (N, T) are NaN where there is no return or no alpha.
    `betas` (N, K) are the coefficients of the factors.
    """

    alphas: np.ndarray
    standard_errors: np.ndarray
    degrees: np.ndarray
    spreads: np.ndarray
    short: np.ndarray
    collinear: np.ndarray
    exact: np.ndarray
    residuals: np.ndarray
    betas: np.ndarray


def fit_intercepts(
    returns: np.ndarray,
    factors: np.ndarray,
    min_observations: int,
    covariance: Covariance,
    nothing: float = NOTHING,
) -> Intercepts:
    """Regress each row of `returns` (N, T) on a constant and `factors` (T, K).

    NaN marks a period that a fund does not have. `min_observations` is at least K + 2, and
    `covariance` is one of :data:`COVARIANCES`. A residual of at most the share `nothing` of
    the returns counts as 0.
    """
    n_funds = len(returns)
    there = ~np.isnan(returns)
    short = there.sum(axis=1) < min_observations
    design = with_constant(factors)
    numbers = (np.full(n_funds, np.nan) for _ in range(4))
    marks = (short, np.zeros(n_funds, bool), np.zeros(n_funds, bool))
    tables = (np.full((n_funds, n), np.nan) for n in (returns.shape[1], factors.shape[1]))
    found = Intercepts._make((*numbers, *marks, *tables))
    patterns = number_patterns(there)
    funds = np.argsort(patterns, kind="stable")
    funds = funds[~short[funds]]
    step = max(1, BLOCK // design.size)
    for first in range(0, funds.size, step):
        block = funds[first : first + step]
        fitted = _fit_block(
            returns[block].astype(float), patterns[block], design, covariance, nothing
        )
        for whole, part in zip(found, fitted, strict=True):
            whole[block] = part
    found.betas[:] /= _peaks(factors)
    return found


def with_constant(factors: np.ndarray) -> np.ndarray:
    """The design (T, K + 1): factors with largest absolute value 1, and a constant.

    The constant comes last, so that QR takes the factors out of it.
    """
    return np.column_stack([factors / _peaks(factors), np.ones(len(factors))])


def _peaks(factors: np.ndarray) -> np.ndarray:
    """The largest absolute value of each factor, 1 for a factor that is 0."""
    peaks = np.abs(factors).max(axis=0, initial=0.0)
    return np.where(peaks > 0, peaks, 1.0)


def dependent_factor(factors: np.ndarray) -> int | None:
    """The first factor that is a combination of a constant and those before it, or None.

    T is at least K + 1.
    """
    design = np.roll(with_constant(factors), 1, axis=1)
    triangle = np.linalg.qr(design, mode="r")
    lengths = np.linalg.norm(triangle, axis=0)
    dependent = np.abs(np.diagonal(triangle)) <= NOTHING * lengths
    return int(dependent.argmax()) - 1 if dependent.any() else None


def number_patterns(there: np.ndarray) -> np.ndarray:
    """The number of each row's pattern; equal rows have the same number."""
    packed = np.ascontiguousarray(np.packbits(there, axis=1))
    rows = packed.view(np.dtype((np.void, packed.shape[1]))).ravel()
    return np.unique(rows, return_inverse=True)[1]


def _fit_block(
    returns: np.ndarray,
    patterns: np.ndarray,
    design: np.ndarray,
    covariance: Covariance,
    nothing: float,
) -> Intercepts:
    """The Intercepts of some funds, none of them short; betas of the scaled factors."""
    _, firsts, which = np.unique(patterns, return_index=True, return_inverse=True)
    there = ~np.isnan(returns)
    basis, triangle = factorise(there[firsts], design)
    last = triangle[:, -1, -1]
    weights = basis[..., -1] / last[:, None]
    degrees = covariance.degrees(weights, basis, there[firsts].sum(axis=1))
    basis, last, weights = basis[which], last[which], weights[which]

    scale = np.where(there, np.abs(returns), 0.0).max(axis=1)
    scale[scale == 0] = 1.0
    y = np.where(there, returns / scale[:, None], 0.0)
    projection = np.matmul(y[:, None, :], basis)
    residuals = y - np.matmul(projection, basis.swapaxes(1, 2))[:, 0]
    nothing_left = np.linalg.norm(residuals, axis=1) <= nothing * np.linalg.norm(y, axis=1)

    collinear = np.isnan(last)
    exact = nothing_left & ~collinear
    scale[exact] = np.nan
    residuals_of_all = np.where(there, scale[:, None] * residuals, np.nan)
    residuals_of_all[collinear] = np.nan
    n_observations = there.sum(axis=1)
    square = covariance.variance(weights, residuals, n_observations)
    errors = np.sqrt(square / (n_observations - design.shape[1]))
    alphas = projection[:, 0, -1] / last
    inverses = np.linalg.inv(triangle)[which, :-1]
    betas = np.einsum("bp,bkp->bk", projection[:, 0], inverses)
    return Intercepts(
        scale * alphas,
        scale * errors,
        np.where(exact, np.nan, degrees[which]),
        np.sqrt(np.sum(weights**2, axis=1)),
        np.zeros_like(exact),
        collinear,
        exact,
        residuals_of_all,
        scale[:, None] * betas,
    )


def factorise(there: np.ndarray, design: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Q and R for each pattern of periods (B, T).

    They come from the QR decomposition of the `design` (T, P) in the pattern's periods.
    The orthonormal basis Q (B, T, P) is 0, up to rounding, where a period is missing. R
    (B, P, P) is NaN where the columns are linearly dependent. Alpha is the sum of the
    returns weighted by ``Q[..., -1] / R[..., -1, -1]`` (equation A2).
    """
    basis, triangle = np.linalg.qr(there[..., None] * design)
    diagonal = np.diagonal(triangle, axis1=1, axis2=2)
    lengths = np.linalg.norm(triangle, axis=1)
    collinear = (np.abs(diagonal) <= NOTHING * lengths).any(axis=1)
    return basis, np.where(collinear[:, None, None], np.nan, triangle)


def ols_variance(
    weights: np.ndarray, residuals: np.ndarray, n_observations: np.ndarray
) -> np.ndarray:
    """``sum_t w_t^2 sum_t e_t^2`` of each fund: equation A3 before its divisor."""
    return np.sum(weights**2, axis=1) * np.sum(residuals**2, axis=1)


def hac_variance(
    weights: np.ndarray, residuals: np.ndarray, n_observations: np.ndarray
) -> np.ndarray:
    """Newey and West's variance of ``sum_t w_t e_t``: equation A4 before its divisor.

    Lags are counted in periods of the calendar. A missing period adds nothing.
    """
    parts = weights * residuals
    lags = newey_west_lags(n_observations)
    total = np.sum(parts**2, axis=1)
    for lag in range(1, min(int(lags.max(initial=0)), parts.shape[1] - 1) + 1):
        share = np.maximum(0.0, 1 - lag / (lags + 1))
        total += 2 * share * np.sum(parts[:, lag:] * parts[:, :-lag], axis=1)
    # Bartlett's weights make the total positive, up to rounding.
    return n_observations * np.maximum(total, 0.0)


def newey_west_lags(n_observations: np.ndarray) -> np.ndarray:
    """The number of lags ``floor(4 (n / 100)^(2/9))`` of Newey and West (1994)."""
    return np.floor(4 * (n_observations / 100) ** (2 / 9))


def ols_degrees(
    weights: np.ndarray, basis: np.ndarray, n_observations: np.ndarray
) -> np.ndarray:
    """The degrees of freedom ``n - K - 1`` of each fund."""
    return np.where(np.isnan(weights[:, 0]), np.nan, n_observations - basis.shape[2])


def hac_degrees(
    weights: np.ndarray, basis: np.ndarray, n_observations: np.ndarray
) -> np.ndarray:
    """Twice the squared mean of :func:`hac_variance` over its variance (equation A5).

    The residuals are ``M e`` for independent normal e of equal variance, and the variance
    is ``e' M A M e``, with the Bartlett kernel times the weights' products as A. Traces of
    products of A and ``M = I - Q Q'`` need no T x T matrix.
    """
    lags = newey_west_lags(n_observations)
    square = weights**2
    trace, products = square.sum(axis=1), np.sum(square**2, axis=1)
    moved = np.ascontiguousarray(basis.swapaxes(1, 2))
    moved *= weights[:, None]
    image = moved.copy()
    for lag in range(1, min(int(lags.max(initial=0)), weights.shape[1] - 1) + 1):
        share = np.maximum(0.0, 1 - lag / (lags + 1))
        products += 2 * share**2 * np.sum(square[:, lag:] * square[:, :-lag], axis=1)
        part = share[:, None, None] * moved
        image[..., lag:] += part[..., :-lag]
        image[..., :-lag] += part[..., lag:]
    image *= weights[:, None]  # the rows of (A Q)'
    inner = np.matmul(image, basis)
    mean = trace - np.trace(inner, axis1=1, axis2=2)
    length = np.einsum("bpt,bpt->b", image, image)
    half = products - 2 * length + np.einsum("bpq,bpq->b", inner, inner)
    return np.maximum(mean**2 / half, 1.0)  # at least 1, up to rounding


COVARIANCES = {
    "ols": Covariance(ols_variance, ols_degrees),
    "hac": Covariance(hac_variance, hac_degrees),
}
