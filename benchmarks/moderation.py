"""Whether standard errors are better calibrated if they are moderated, by population.

A case is a population, numbers of funds and months, and what is special about the returns.
Calls of skill are those of a fit with two groups, and so are intervals of alphas, which
carry the error of the mixture.
"""

import warnings
from typing import NamedTuple

import numpy as np

from skem import DeconvolvedGaussianMixture, FactorAlphas

from .honesty.populations import returns
from .honesty.rows import share
from .measuring import print_table

YEARLY = [12, 12, 1]

# The number of funds, at least, whose intervals are computed.
N_INTERVALS = 100
WAYS = {
    "known": {"moderate": False},
    "t": {"moderate": False},
    "moderated t": {"moderate": True},
}


class Case(NamedTuple):
    """A population of funds, what their returns are like, and how errors are computed."""

    name: str
    population: str
    n_funds: int
    n_months: int
    special: str = ""
    covariance: str = "ols"


CASES = [
    Case("separated", "separated", 300, 24),
    Case("separated", "separated", 300, 60),
    Case("separated", "separated", 1000, 24),
    Case("separated, hac", "separated", 300, 24, covariance="hac"),
    Case("AR(1) .3 residuals", "separated", 300, 60, "ar"),
    Case("AR(1) .3 residuals, hac", "separated", 300, 60, "ar", "hac"),
    Case("t5 residuals", "separated", 300, 60, "t5"),
    Case("12 to 240 months", "separated", 300, 240, "ragged"),
    Case("equal residual sds", "separated", 300, 24, "equal"),
    Case("a missing factor", "separated", 300, 60, "missing"),
    Case("rare skill", "rare", 1000, 24),
    Case("rare skill", "rare", 1000, 60),
    Case("rare skill", "rare", 1000, 120),
    Case("rare skill, hac", "rare", 1000, 24, covariance="hac"),
    Case("documented", "documented", 3619, 24),
    Case("documented", "documented", 3619, 60),
]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first replication")


def main(arguments):
    """Print false shares of calls, and coverage, for each case and way."""
    warnings.simplefilter("ignore")
    rows = []
    for case in CASES:
        seeds = np.random.SeedSequence([arguments.seed, *repr(case).encode()])
        found = [
            replicate(case, np.random.default_rng(one))
            for one in seeds.spawn(arguments.replications)
        ]
        cells = [[share([one[way][k] for one in found]) for way in WAYS] for k in range(3)]
        rows.append([f"{case.name}, {case.n_funds} x {case.n_months}", *np.ravel(cells)])
    measures = ["q <= .1", "q <= .25", "95 % interval"]
    print_table(
        f"{arguments.replications} replications: false share of calls, and how often "
        "intervals hold alpha",
        ["funds x months", *(f"{m}: {way}" for m in measures for way in WAYS)],
        rows,
    )


def replicate(case, rng):
    """Pairs of numerators and denominators for each way."""
    true, monthly, factors = draw(case, rng)
    found = {}
    for way, options in WAYS.items():
        alphas = FactorAlphas(
            factors, min_observations=6, covariance=case.covariance, **options
        )
        X = alphas.fit_transform(monthly) * YEARLY
        X = X[:, :2] if way == "known" else X
        model = DeconvolvedGaussianMixture(2).fit(X)
        q_values = model.false_discovery(X).q_values
        some = slice(None, None, len(X) // N_INTERVALS)
        lower, upper = model.posterior_interval(X[some], parameter_error=True).T
        held = np.mean((lower <= true[some]) & (true[some] <= upper))
        calls = [q_values <= level for level in (0.1, 0.25)]
        found[way] = [*((np.sum(true[c] <= 0), c.sum()) for c in calls), (held, 1)]
    return found


def draw(case, rng):
    """True alphas, monthly returns and factors."""
    shape = case.n_funds, case.n_months
    noise = rng.standard_normal(shape)
    if case.special == "ar":
        for month in range(1, case.n_months):
            noise[:, month] = 0.3 * noise[:, month - 1] + np.sqrt(0.91) * noise[:, month]
    if case.special == "t5":
        noise = rng.standard_t(5, shape) * np.sqrt(3 / 5)
    if case.special == "missing":
        loadings = rng.normal(1, 0.5, (case.n_funds, 1)) / np.sqrt(1.25)
        common = loadings * rng.standard_normal(case.n_months)
        noise = np.sqrt(0.8) * noise + np.sqrt(0.2) * common
    true, monthly, factors = returns(
        case.population, *shape, rng, noise, equal=case.special == "equal"
    )
    if case.special == "ragged":
        lives = rng.integers(12, case.n_months, case.n_funds)
        monthly[np.arange(case.n_months) >= lives[:, None]] = np.nan
    return true, monthly, factors
