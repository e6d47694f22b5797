"""Simulated alphas and returns whose groups are known."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from .checks.mixture import check_mixture, check_sds
from .numerics.model.mixture import draw

__all__ = ["make_alpha_panel", "make_fund_estimates", "make_fund_returns"]

# The mean and the standard deviation of three factors per month, as of the market's excess
# return, size and value; and those of funds' loadings on them.
FACTORS = np.array([[0.006, 0.045], [0.002, 0.03], [0.003, 0.03]])
LOADINGS = np.array([[1.0, 0.2], [0.2, 0.3], [0.0, 0.3]])

# What parameters may be.
COUNT = [Interval(Integral, 1, None, closed="left")]
SIZE = [Interval(Real, 0, None, closed="left")]
SHARED = {
    "weights": ["array-like"],
    "means": ["array-like"],
    "random_state": ["random_state"],
}


def _checked(**constraints):
    """A decorator that checks parameters by name, and those of all functions here."""
    return validate_params(constraints | SHARED, prefer_skip_nested_validation=True)


@_checked(n_managers=COUNT, n_draws=COUNT, variances=["array-like"])
def make_alpha_panel(
    n_managers=255,
    n_draws=100,
    *,
    weights=(0.49, 0.51),
    means=(5.7e-4, 5.9e-4),
    variances=(9.5e-7, 9.5e-7),
    random_state=None,
):
    """Draw a grid of alphas from a Gaussian mixture, and the group of every cell.

    Every cell is an independent draw: first of a group, with the probabilities
    `weights`, then of an alpha from that group's normal distribution. The defaults are
    the textbook population of two groups that overlap almost entirely.

    Parameters
    ----------
    n_managers : int, default=255
        Number of rows N of the grid.
    n_draws : int, default=100
        Number of columns M of the grid: the draws of each manager.
    weights : array-like of shape (L,), default=(0.49, 0.51)
        Probability of each group; they sum to 1.
    means : array-like of shape (L,), default=(5.7e-4, 5.9e-4)
        Mean alpha of each group, in decimals per period.
    variances : array-like of shape (L,), default=(9.5e-7, 9.5e-7)
        Variance of the alphas in each group, in squared decimals per period.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same grid at every call.

    Returns
    -------
    alphas, groups : ndarray of shape (n_managers, n_draws)
        The draws, and the group that each was drawn from, 0 to L - 1.

    Raises
    ------
    ValueError
        If the three sequences differ in length, a weight or a variance is
        not positive, or the weights do not sum to 1.

    Examples
    --------
    >>> from skem.datasets import make_alpha_panel
    >>> alphas, groups = make_alpha_panel(random_state=0)
    >>> alphas.shape, groups.shape
    ((255, 100), (255, 100))
    """
    population = check_mixture(weights, means, variances, len(weights))
    rng = check_random_state(random_state)
    return draw(population, (n_managers, n_draws), rng)


@_checked(n_funds=COUNT, sds=["array-like"], median_error=SIZE, log_sd_error=SIZE)
def make_fund_estimates(
    n_funds=3619,
    *,
    weights=(0.283, 0.717),
    means=(-2.277, -0.685),
    sds=(1.513, 0.586),
    median_error=1.8,
    log_sd_error=0.5,
    random_state=None,
):
    """Draw estimates of funds' alphas with their standard errors, and the true alphas.

    A fund's alpha comes from a Gaussian mixture, its standard error from a
    lognormal distribution, and its estimate from the normal distribution around
    alpha with that standard error. The defaults are in percent per year. They describe
    mutual funds whose standard errors are larger than the spread of their alphas.

    Parameters
    ----------
    n_funds : int, default=3619
        Number N of funds.
    weights : array-like of shape (L,), default=(0.283, 0.717)
        Probability of each group; they sum to 1.
    means : array-like of shape (L,), default=(-2.277, -0.685)
        Mean alpha of each group; the defaults are in percent per year.
    sds : array-like of shape (L,), default=(1.513, 0.586)
        Standard deviation of the alphas in each group, in the unit of the means; 0 puts all
        of a group at its mean.
    median_error : float, default=1.8
        Median of the standard errors, in the unit of the means.
    log_sd_error : float, default=0.5
        Standard deviation of the standard errors' logarithms: 0 makes them equal.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same funds at every call.

    Returns
    -------
    X : ndarray of shape (n_funds, 2)
        Estimates of alpha, and their standard errors.
    alphas, groups : ndarray of shape (n_funds,)
        The true alphas, and the group that each was drawn from, 0 to L - 1.

    Raises
    ------
    ValueError
        If the three sequences differ in length, a weight is not positive, a
        standard deviation is negative, or the weights do not sum to 1.

    Examples
    --------
    >>> from skem.datasets import make_fund_estimates
    >>> X, alphas, groups = make_fund_estimates(random_state=0)
    >>> X.shape, alphas.shape, groups.shape
    ((3619, 2), (3619,), (3619,))
    """
    rng = check_random_state(random_state)
    alphas, groups = _draw_alphas(weights, means, sds, n_funds, rng)
    errors = median_error * np.exp(log_sd_error * rng.standard_normal(n_funds))
    estimates = alphas + errors * rng.standard_normal(n_funds)
    return np.column_stack([estimates, errors]), alphas, groups


@_checked(
    n_funds=COUNT,
    n_months=COUNT,
    sds=["array-like"],
    share_late=[Interval(Real, 0, 1, closed="both")],
)
def make_fund_returns(
    n_funds=400,
    n_months=120,
    *,
    weights=(0.8, 0.2),
    means=(-0.001, 0.005),
    sds=(0.001, 0.001),
    share_late=0.5,
    random_state=None,
):
    """Draw monthly returns of funds in excess of the riskless rate, and three factors.

    A fund's alpha comes from a Gaussian mixture, and its returns are alpha, loadings times
    factors, and an independent residual. The factors vary as the market's excess return,
    size and value do. The standard deviations of the residuals are lognormal around .015.

    Parameters
    ----------
    n_funds : int, default=400
        Number N of funds.
    n_months : int, default=120
        Number T of months.
    weights : array-like of shape (L,), default=(0.8, 0.2)
        Probability of each group; they sum to 1.
    means : array-like of shape (L,), default=(-0.001, 0.005)
        Mean alpha of each group, in decimals per month.
    sds : array-like of shape (L,), default=(0.001, 0.001)
        Standard deviation of the alphas in each group, in decimals per month; 0 puts all of
        a group at its mean.
    share_late : float, default=0.5
        Share of the funds that start late: in a month of the first two thirds.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same funds at every call.

    Returns
    -------
    returns : ndarray of shape (n_funds, n_months)
        Excess returns in decimals; NaN before a fund starts.
    factors : ndarray of shape (n_months, 3)
        Returns of the factors in decimals.
    alphas, groups : ndarray of shape (n_funds,)
        The true alphas, and the group that each was drawn from, 0 to L - 1.

    Raises
    ------
    ValueError
        If the three sequences differ in length, a weight is not positive, a
        standard deviation is negative, or the weights do not sum to 1.

    Examples
    --------
    >>> from skem.datasets import make_fund_returns
    >>> returns, factors, alphas, groups = make_fund_returns(random_state=0)
    >>> returns.shape, factors.shape, alphas.shape
    ((400, 120), (120, 3), (400,))
    """
    rng = check_random_state(random_state)
    alphas, groups = _draw_alphas(weights, means, sds, n_funds, rng)
    factors = rng.normal(*FACTORS.T, (n_months, 3))
    loadings = rng.normal(*LOADINGS.T, (n_funds, 3))
    residual_sds = 0.015 * np.exp(0.4 * rng.standard_normal((n_funds, 1)))
    returns = alphas[:, None] + loadings @ factors.T
    returns += residual_sds * rng.standard_normal((n_funds, n_months))
    first = rng.randint(2 * n_months // 3 + 1, size=n_funds)
    first[rng.uniform(size=n_funds) >= share_late] = 0
    returns[np.arange(n_months) < first[:, None]] = np.nan
    return returns, factors, alphas, groups


def _draw_alphas(weights, means, sds, n_funds, rng):
    """True alphas of funds, and their groups; raise if groups are invalid."""
    variances = check_sds(sds, len(weights)) ** 2
    population = check_mixture(weights, means, None, len(weights))
    return draw(population._replace(variances=variances), n_funds, rng)
