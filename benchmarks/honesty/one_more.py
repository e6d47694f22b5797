"""How often the test of one more group rejects, where standard errors are unequal.

The method is that of the table of ``lrt``: a few tables are simulated from the fit to each,
and all tables of an input share their statistics.
"""

from typing import NamedTuple

import numpy as np

from skem import DeconvolvedGaussianMixture
from skem.inference import bootstrap_lrt

from ..measuring import print_table
from .populations import SEPARATED

LEVEL = 0.05

N_FUNDS = 255

# The number of tables for each replication of other rows, and of those simulated from each.
N_TABLES, N_SIMULATED = 2, 2

ESTIMATOR = DeconvolvedGaussianMixture()
TIED = DeconvolvedGaussianMixture(tied_variances=True)
WAYS = {
    "as a grid": {"draws": "independent"},
    "with their errors": {"estimator": ESTIMATOR},
    "the same, tied variances": {"estimator": TIED},
}


class Input(NamedTuple):
    """True alphas of one group or of two, and how standard errors are distributed."""

    name: str
    n_groups: int
    median_error: float
    log_sd_error: float


INPUTS = [
    Input("one group, errors lognormal(.5) about 1.8", 1, 1.8, 0.5),
    Input("two groups 4 sds apart, errors lognormal(.3) about 1", 2, 1.0, 0.3),
    Input("two groups 4 sds apart, errors lognormal(.5) about 1.8", 2, 1.8, 0.5),
]


def main(arguments):
    """Print how often one group is rejected against two."""
    n_tables = N_TABLES * arguments.replications
    rows = []
    for given in INPUTS:
        seeds = np.random.SeedSequence([arguments.seed, *given.name.encode()])
        rngs = map(np.random.default_rng, seeds.spawn(n_tables))
        pairs = [compare(draw(given, rng), rng) for rng in rngs]
        rows.append([given.name, *(rejected([one[way] for one in pairs]) for way in WAYS)])
    print_table(
        f"One group against two at {100 * LEVEL:g} %: how often it is rejected, "
        f"{n_tables} tables of {N_FUNDS} funds",
        ["truth", *WAYS],
        rows,
    )


def draw(given, rng):
    """Estimates and their standard errors."""
    errors = given.median_error * np.exp(given.log_sd_error * rng.standard_normal(N_FUNDS))
    if given.n_groups == 1:
        true = rng.normal(-1.0, 0.8, N_FUNDS)
    else:
        groups = rng.choice(2, N_FUNDS, p=SEPARATED.weights)
        true = rng.normal(SEPARATED.means[groups], np.sqrt(SEPARATED.variances[groups]))
    return np.column_stack([rng.normal(true, errors), errors])


def compare(X, rng):
    """The statistic of each way, and those simulated from its fit."""
    found = {}
    for way, options in WAYS.items():
        table = X if "estimator" in options else X[:, :1]
        seed = int(rng.integers(2**31))
        test = bootstrap_lrt(
            table, 1, n_resamples=N_SIMULATED, random_state=seed, **options
        )
        found[way] = test.statistic, test.null_statistics
    return found


def rejected(pairs):
    """The share of tables above the common critical value, with its Monte Carlo error."""
    statistics = np.array([statistic for statistic, _ in pairs])
    null = np.concatenate([simulated for _, simulated in pairs])
    share = np.mean(statistics > np.quantile(null, 1 - LEVEL))
    return f"{share:.3f} ({np.sqrt(share * (1 - share) / statistics.size):.3f})"
