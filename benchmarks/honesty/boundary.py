"""Rows on weights and sds near 0: intervals by the parabola, and by the profile."""

import numpy as np

from skem import DeconvolvedGaussianMixture
from skem.inference import profile_interval, summarize

from .populations import ERRORS, known, truths
from .rows import row


def contain(X, rows, truth):
    """The number of intervals that contain the truth, and of all; NaN contains none."""
    fitted = DeconvolvedGaussianMixture(2).fit(X)
    summary = summarize(fitted, X)
    at = [summary.names.index(name) for name in rows]
    inside = (summary.lower[at] <= truth) & (truth <= summary.upper[at])
    profiles = [profile_interval(fitted, X, name) for name in rows]
    held = [
        one.lower <= value <= one.upper for one, value in zip(profiles, truth, strict=True)
    ]
    return {"before": (inside.sum(), len(rows)), "now": (sum(held), len(rows))}


@row("rare skill, 1,000 funds", "95 % intervals of the rare weight and its sd", ".95")
def rare_group(rng):
    """Rare skill, known errors."""
    X = known("rare", 1000, rng)[1]
    return contain(X, ["weight 1", "sd 1"], truths("rare")[[1, 5]])


@row("separated groups, 60 funds", "95 % intervals of a weight and of both sds", ".95")
def few_weights(rng):
    """Separated groups, known errors."""
    X = known("separated", 60, rng)[1]
    return contain(X, ["weight 1", "sd 0", "sd 1"], truths("separated")[[1, 4, 5]])


@row("a group without spread, 300 funds", "95 % intervals of its sd, 0", ".95 to 1")
def no_spread(rng):
    """Alphas of exactly -1, and some around 3."""
    true = np.where(rng.random(300) < 0.7, -1.0, rng.normal(3.0, 1.0, 300))
    median, spread = ERRORS["separated"]
    errors = median * np.exp(spread * rng.standard_normal(300))
    X = np.column_stack([rng.normal(true, errors), errors])
    return contain(X, ["sd 0"], np.zeros(1))
