"""How often 95 % intervals hold the truth, in every documented setting.

A setting is a function of a generator, which :func:`setting` adds to the table. It returns
a Summary of a fit with two groups.
"""

import numpy as np

from skem import DeconvolvedGaussianMixture
from skem.inference import summarize

from ..measuring import print_table
from .populations import known, truths

NAMES = ["weight 2", "mean 1", "mean 2", "sd 1", "sd 2", "share > 0"]

SETTINGS = []


def setting(name, population):
    """Add the decorated function to the table."""

    def add(function):
        SETTINGS.append((name, population, function))
        return function

    return add


def main(arguments):
    """Print the share of replications in which each interval holds the truth."""
    rows = []
    for name, population, function in SETTINGS:
        seeds = np.random.SeedSequence([arguments.seed, *name.encode()])
        rngs = map(np.random.default_rng, seeds.spawn(arguments.replications))
        summaries = [function(rng) for rng in rngs]
        truth = truths(population)[1:]
        lower = np.array([summary.lower[1:] for summary in summaries])
        upper = np.array([summary.upper[1:] for summary in summaries])
        held = (lower <= truth) & (truth <= upper)
        there = np.isfinite(lower + upper)
        shares = held.sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        complete = there.all(axis=1).mean()
        rows.append([name, *(f"{s:.2f}" for s in shares), f"{1 - complete:.2f}"])
    print_table(
        f"How often 95 % intervals hold the truth, {arguments.replications} replications "
        f"(Monte Carlo error {np.sqrt(0.95 * 0.05 / arguments.replications):.3f} at .95)",
        ["setting", *NAMES, "some interval is NaN"],
        rows,
    )


def of_estimates(population, n, rng, **options):
    """The Summary of a fit to estimates with known standard errors."""
    X = known(population, n, rng)[1]
    return summarize(DeconvolvedGaussianMixture(2).fit(X), X, **options)


@setting("estimates, 300 funds, known errors", "separated")
def estimates(rng):
    """Separated groups, known errors."""
    return of_estimates("separated", 300, rng, draws="independent")


@setting("the same, sandwich", "separated")
def sandwich(rng):
    """Separated groups, known errors, the sandwich."""
    return of_estimates("separated", 300, rng, draws="fixed")
