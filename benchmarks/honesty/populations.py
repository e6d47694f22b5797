"""The populations of funds: alphas in % a year, and returns in % a month."""

import numpy as np
from scipy.special import ndtr

from skem.numerics.model.mixture import Mixture

# Two groups that noise hardly hides, the docs' population of 3,619 funds, and rare skill.
SEPARATED = Mixture(np.array([0.7, 0.3]), np.array([-1.0, 3.0]), np.ones(2))
DOCUMENTED = Mixture(
    np.array([0.283, 0.717]), np.array([-2.277, -0.685]), np.array([1.513, 0.586]) ** 2
)
RARE = Mixture(np.array([0.93, 0.07]), np.array([-0.8, 2.2]), np.array([0.5, 0.7]) ** 2)

POPULATIONS = {"separated": SEPARATED, "documented": DOCUMENTED, "rare": RARE}

# The first with draws of an sd of .3 around the alphas.
DRAWN = "separated, drawn"
POPULATIONS[DRAWN] = SEPARATED._replace(variances=SEPARATED.variances + 0.3**2)

# The median standard error, and the standard deviation over funds of its log.
ERRORS = {"separated": (0.95, 0.3), "documented": (1.8, 0.5), "rare": (1.15, 0.3)}

# Means and sds of the factors' monthly returns, and of the funds' loadings on them.
FACTORS = np.array([[0.6, 0.2, 0.3, 0.5], [4.5, 3.0, 3.0, 4.0]])
LOADINGS = np.array([[0.9, 0.2, 0.1, 0.0], [0.3, 0.3, 0.3, 0.2]])


def alphas(population, n, rng):
    """True alphas of n funds."""
    weights, means, variances = POPULATIONS[population]
    groups = rng.choice(weights.size, size=n, p=weights)
    return rng.normal(means[groups], np.sqrt(variances[groups]))


def standard_errors(population, n, rng):
    """Standard errors of n funds."""
    median, spread = ERRORS[population]
    return median * np.exp(spread * rng.standard_normal(n))


def known(population, n, rng):
    """True alphas, and estimates with known standard errors."""
    true, errors = alphas(population, n, rng), standard_errors(population, n, rng)
    return true, np.column_stack([rng.normal(true, errors), errors])


def returns(population, n, n_months, rng, residuals=None, equal=False):
    """True alphas, monthly returns (n, T) in %, and the factors (T, 4).

    The residuals are `n_months` normal ones, unless given in units of their sd. Their sds
    are such that standard errors are distributed alike for every number of months, or all
    `equal`.
    """
    true, errors = alphas(population, n, rng), standard_errors(population, n, rng)
    if equal:
        errors[:] = ERRORS[population][0]
    sds = errors * np.sqrt(n_months) / 12
    factors = rng.normal(*FACTORS, (n_months, 4))
    loadings = rng.normal(*LOADINGS, (n, 4))
    if residuals is None:
        residuals = rng.standard_normal((n, n_months))
    monthly = true[:, None] / 12 + loadings @ factors.T + sds[:, None] * residuals
    return true, monthly, factors


def truths(population):
    """Weights, means, sds and the share of positive alphas, in the order of a summary."""
    weights, means, variances = POPULATIONS[population]
    sds = np.sqrt(variances)
    return np.concatenate([weights, means, sds, [weights @ ndtr(means / sds)]])
