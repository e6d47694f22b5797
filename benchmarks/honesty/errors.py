"""Rows on standard errors that are estimated from few months."""

import numpy as np

from skem import DeconvolvedGaussianMixture, FactorAlphas

from .populations import returns
from .rows import row

FALSE = "false share of calls at q <= .1"
YEARLY = [12, 12, 1]


def false_calls(X, true, level=0.1):
    """The number of false calls of skill, and that of calls."""
    called = DeconvolvedGaussianMixture(2).fit(X).false_discovery(X).q_values <= level
    return np.sum(true[called] <= 0), called.sum()


def few_months(population, n, n_months, rng):
    """False calls by errors that count as known, and by moderated ones of t noise."""
    true, monthly, factors = returns(population, n, n_months, rng)
    plain = FactorAlphas(factors, moderate=False).fit_transform(monthly) * YEARLY
    moderated = FactorAlphas(factors).fit_transform(monthly) * YEARLY
    return {
        "before": false_calls(plain[:, :2], true),
        "now": false_calls(moderated, true),
    }


@row("rare skill, 1,000 funds, errors from 24 months", FALSE, ".1")
def rare_24(rng):
    """Rare skill, T = 24."""
    return few_months("rare", 1000, 24, rng)


@row("rare skill, 1,000 funds, errors from 60 months", FALSE, ".1")
def rare_60(rng):
    """Rare skill, T = 60."""
    return few_months("rare", 1000, 60, rng)


@row("3,619 funds as documented, errors from 24 months", FALSE, ".1")
def documented_24(rng):
    """The docs' population, T = 24."""
    return few_months("documented", 3619, 24, rng)


@row("3,619 funds as documented, errors from 60 months", FALSE, ".1")
def documented_60(rng):
    """The docs' population, T = 60."""
    return few_months("documented", 3619, 60, rng)


@row("separated groups, 300 funds, errors from 24 months", FALSE, ".1")
def separated_24(rng):
    """Separated groups, T = 24."""
    return few_months("separated", 300, 24, rng)
