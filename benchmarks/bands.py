"""How often intervals of the distribution of skill hold the truth, from middle to tails."""

import warnings

import numpy as np

from skem import DeconvolvedGaussianMixture
from skem.inference import estimate_distribution
from skem.numerics.model.distribution import densities, quantiles, tails

from .honesty.populations import POPULATIONS, known
from .measuring import print_table

# The shares of the population above the alphas at which intervals are compared.
ABOVE = np.array([0.99, 0.9, 0.5, 0.1, 0.05, 0.01, 0.001])

CASES = [("separated", 300), ("rare", 1000), ("documented", 3619)]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--replications", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)


def main(arguments):
    """Print the share of intervals that hold the truth, and that of intervals there are."""
    warnings.simplefilter("ignore")
    rows = []
    for population, n in CASES:
        truth = POPULATIONS[population]
        at, _ = quantiles(truth, 1 - ABOVE)
        values = {
            "share above": tails(truth, at).above,
            "density": densities(truth, at)[0],
            "quantile": at,
        }
        seeds = np.random.SeedSequence([arguments.seed, n]).spawn(arguments.replications)
        bands = [of_sample(population, n, at, np.random.default_rng(s)) for s in seeds]
        for number, (name, value) in enumerate(values.items()):
            lower, upper = np.moveaxis([found[number] for found in bands], 1, 0)
            there = ~np.isnan(lower + upper)
            held = ((lower <= value) & (value <= upper)).sum(0) / np.maximum(
                there.sum(0), 1
            )
            cells = [
                f"{one:.2f}" + (f" of {share:.2f}" if share < 1 else "")
                for one, share in zip(held, there.mean(axis=0), strict=True)
            ]
            rows.append([f"{population}, {n:,} funds", name, *cells])
    error = np.sqrt(0.95 * 0.05 / arguments.replications)
    print_table(
        f"How often 95 % intervals hold the truth at alphas that a share of funds exceeds, "
        f"{arguments.replications} replications (Monte Carlo error {error:.3f} at .95)",
        ["population", "interval of", *(f"{100 * share:g} %" for share in ABOVE)],
        rows,
    )


def of_sample(population, n, at, rng):
    """Ends (3, 2, n) of the intervals of shares, densities and quantiles."""
    X = known(population, n, rng)[1]
    skill = estimate_distribution(DeconvolvedGaussianMixture(2).fit(X), X)
    bands = skill.share_above(at), skill.density(at), skill.quantiles(1 - ABOVE)
    return [(band.lower, band.upper) for band in bands]
