"""How often 95 % intervals hold the truth, in every documented setting.

A setting is a function of a generator, which :func:`setting` adds to the table. It returns
a Summary of a fit with two groups.
"""

import numpy as np

from skem import DeconvolvedGaussianMixture, FactorAlphas, PanelGaussianMixture
from skem.inference import summarize

from ..measuring import print_table
from .populations import alphas, known, returns, truths

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


def of_estimates(population, n, rng, draws, **options):
    """The Summary of a fit to estimates with known standard errors."""
    X = known(population, n, rng)[1]
    return summarize(DeconvolvedGaussianMixture(2, **options).fit(X), X, draws=draws)


def of_returns(population, n, n_months, rng, n_columns=3, **options):
    """The Summary of a fit to estimates from returns."""
    _, monthly, factors = returns(population, n, n_months, rng)
    X = FactorAlphas(factors, **options).fit_transform(monthly) * [12, 12, 1]
    X = X[:, :n_columns]
    return summarize(DeconvolvedGaussianMixture(2).fit(X), X, draws="independent")


def of_grid(grid, draws):
    """The Summary of a fit to a grid."""
    return summarize(PanelGaussianMixture(2).fit(grid), grid, draws=draws)


@setting("estimates, 300 funds, known errors", "separated")
def estimates(rng):
    """Separated groups, known errors."""
    return of_estimates("separated", 300, rng, draws="independent")


@setting("the same, sandwich", "separated")
def sandwich(rng):
    """Separated groups, known errors, the sandwich."""
    return of_estimates("separated", 300, rng, draws="fixed")


@setting("estimates, 1,000 funds, known errors", "separated")
def many_estimates(rng):
    """Separated groups, known errors."""
    return of_estimates("separated", 1000, rng, draws="independent")


@setting("estimates, 60 funds, known errors", "separated")
def few_estimates(rng):
    """Few funds by maximum likelihood."""
    return of_estimates("separated", 60, rng, draws="independent")


@setting("the same, prior_count=1", "separated")
def few_with_prior(rng):
    """Few funds with prior funds."""
    return of_estimates("separated", 60, rng, draws="independent", prior_count=1)


@setting("rare skill, 1,000 funds, errors from 24 months", "rare")
def rare_24(rng):
    """Errors from few months that count as known."""
    return of_returns("rare", 1000, 24, rng, moderate=False, n_columns=2)


@setting("the same, degrees of freedom", "rare")
def rare_24_degrees(rng):
    """Errors from few months with t noise."""
    return of_returns("rare", 1000, 24, rng, moderate=False)


@setting("the same, moderated", "rare")
def rare_24_moderated(rng):
    """Moderated errors with t noise."""
    return of_returns("rare", 1000, 24, rng)


@setting("independent cells, 300 x 20", "separated")
def independent_cells(rng):
    """Cells that are all independent."""
    return of_grid(alphas("separated", (300, 20), rng), "independent")


@setting("draws .3 around true alphas, 300 x 20, fixed", "separated, drawn")
def draws_around(rng):
    """Draws of one manager, which share an alpha."""
    true = alphas("separated", (300, 1), rng)
    return of_grid(true + 0.3 * rng.standard_normal((300, 20)), "fixed")


@setting("posterior draws, 300 x 20, posterior", "separated")
def posterior_draws(rng):
    """Draws from the posteriors under the fit to them."""
    X = known("separated", 300, rng)[1]
    exact = DeconvolvedGaussianMixture(2).fit(X)
    grid = exact.sample_posterior(X, 20, random_state=int(rng.integers(2**31)))
    variances = np.maximum(exact.variances_, 1e-3)
    start = {"weights_init": exact.weights_, "means_init": exact.means_}
    model = PanelGaussianMixture(2, variances_init=variances, **start).fit(grid)
    return summarize(model, grid, draws="posterior")


@setting("bootstrap around estimates, 300 x 20: row means and sds", "separated")
def repaired(rng):
    """The row means and sds of bootstrap draws, deconvolved."""
    X = known("separated", 300, rng)[1]
    grid = X[:, :1] + X[:, 1:] * rng.standard_normal((300, 20))
    rows = np.column_stack([X[:, 0], grid.std(axis=1, ddof=1)])
    model = DeconvolvedGaussianMixture(2).fit(rows)
    return summarize(model, rows, draws="independent")
