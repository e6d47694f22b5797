"""Rows on shared residuals, and on point masses."""

import numpy as np

from skem import DeconvolvedGaussianMixture, FactorAlphas
from skem.inference import summarize

from .populations import returns, truths
from .rows import row

HELD = "coverage of both means and the share"
FALSE = "false share of calls at q <= .25"

# The share of the residual variance that is a missing factor's, and the mean and the
# standard deviation of the loadings on it.
MISSING = 0.2, 1.0, 0.5

# Alphas of which most are exactly 0, their weights, and the mean standard error.
MOSTLY_ZERO, WEIGHTS, ERROR = [-3.2, 0.0, 3.8], [0.24, 0.70, 0.06], 1.8


def missing_factor(n, rng):
    """Intervals that hold the truth, and all, without residuals and with them."""
    share, mean, sd = MISSING
    loadings = rng.normal(mean, sd, (n, 1)) / np.hypot(mean, sd)
    own = rng.standard_normal((n, 60))
    shocks = np.sqrt(1 - share) * own + np.sqrt(share) * loadings * rng.standard_normal(60)
    _, monthly, factors = returns("separated", n, 60, rng, shocks)
    model = FactorAlphas(factors)
    X = model.fit_transform(monthly) * [12, 12, 1]
    fitted, residuals = DeconvolvedGaussianMixture(2).fit(X), model.residuals(monthly)
    alone = summarize(fitted, X, draws="independent")
    wider = summarize(fitted, X, draws="independent", residuals=residuals)
    return {"before": held(alone), "now": held(wider)}


def held(summary):
    """The number of intervals of means and share that hold the truth, and that of all."""
    at, truth = [2, 3, 6], truths("separated")
    inside = (summary.lower <= truth) & (truth <= summary.upper)
    return inside[at].sum(), len(at)


@row("a missing factor, 300 funds, 60 months", HELD, ".95")
def missing_300(rng):
    """A missing factor with 20 % of the residual variance."""
    return missing_factor(300, rng)


@row("a missing factor, 1,000 funds, 60 months", HELD, ".95")
def missing_1000(rng):
    """The same with more funds."""
    return missing_factor(1000, rng)


def mostly_zero(rng):
    """True alphas of 1,500 funds, estimates, and a fit with three free groups."""
    true = rng.choice(MOSTLY_ZERO, 1500, p=WEIGHTS)
    errors = ERROR * np.exp(rng.normal(-0.08, 0.4, 1500))
    X = np.column_stack([rng.normal(true, errors), errors])
    return true, X, DeconvolvedGaussianMixture(3).fit(X)


@row("70 % of 1,500 alphas exactly 0; now, calls of alphas above .5", FALSE, ".25")
def above_zero(rng):
    """Calls above 0, and above a threshold that matters."""
    true, X, fitted = mostly_zero(rng)
    found = {}
    for way, threshold in (("before", 0.0), ("now", 0.5)):
        called = fitted.false_discovery(X, above=threshold).q_values <= 0.25
        found[way] = np.sum(true[called] <= threshold), called.sum()
    return found


@row("the same; now, a group held at 0", FALSE, ".25")
def held_at_zero(rng):
    """Calls above 0, and with the middle group held there."""
    true, X, free = mostly_zero(rng)
    zero = [np.nan, 0.0, np.nan]
    held = DeconvolvedGaussianMixture(3, fixed_means=zero, fixed_variances=zero).fit(X)
    found = {}
    for way, model in (("before", free), ("now", held)):
        called = model.false_discovery(X).q_values <= 0.25
        found[way] = np.sum(true[called] <= 0), called.sum()
    return found
