"""Rows on few funds."""

import numpy as np

from skem import DeconvolvedGaussianMixture
from skem.inference import summarize

from .populations import known
from .rows import row

N_FUNDS = 60


def fits(population, rng):
    """True alphas, the table, and fits of two groups without and with prior funds."""
    true, X = known(population, N_FUNDS, rng)
    models = {
        "before": DeconvolvedGaussianMixture(2),
        "now": DeconvolvedGaussianMixture(2, prior_count=1),
    }
    return true, X, {way: model.fit(X) for way, model in models.items()}


def coverage(population, rng):
    """How often intervals hold alphas; the error of the mixture is in them now."""
    true, X, models = fits(population, rng)
    found = {}
    for way, model in models.items():
        lower, upper = model.posterior_interval(X, parameter_error=way == "now").T
        found[way] = np.mean((lower <= true) & (true <= upper)), 1
    return found


@row("separated groups, 60 funds", "95 % intervals that hold alpha", ".95")
def few_separated(rng):
    """Separated groups."""
    return coverage("separated", rng)


@row("documented population, 60 funds", "95 % intervals that hold alpha", ".95")
def few_documented(rng):
    """The docs' population."""
    return coverage("documented", rng)


@row("rare skill, 60 funds", "95 % intervals that hold alpha", ".95")
def few_rare(rng):
    """Rare skill."""
    return coverage("rare", rng)


@row("separated groups, 60 funds", "summaries with a NaN", "0")
def few_missing(rng):
    """Separated groups, intervals of parameters."""
    _, X, models = fits("separated", rng)
    summaries = {
        way: summarize(model, X, draws="independent") for way, model in models.items()
    }
    return {way: (np.isnan(s.lower + s.upper).any(), 1) for way, s in summaries.items()}
