"""What makes calls false where few funds can be called: errors, noise, or the mixture.

The population is the documented one, whose true mixture lets hardly any fund be called. A
row takes the standard errors in one way. Calls are those under the true mixture, and under
the fitted one.
"""

import numpy as np

from skem import DeconvolvedGaussianMixture, FactorAlphas

from ..measuring import print_table
from .errors import YEARLY
from .populations import DOCUMENTED, returns
from .rows import share

N_FUNDS, LEVEL = 3619, 0.1
MONTHS = 24, 60
NOISE = (
    "known errors",
    "estimated errors, taken as known",
    "the same, t noise",
    "moderated errors, t noise",
)
HEADER = [
    "months",
    "standard errors",
    "true mixture: of all calls",
    "true mixture: of a sample",
    "fitted mixture: of all calls",
    "fitted mixture: of a sample",
]


def main(arguments):
    """Print the false share of all calls, and its mean over samples, for each noise."""
    rows = []
    for n_months in MONTHS:
        seeds = np.random.SeedSequence([arguments.seed, n_months, *__name__.encode()])
        rngs = map(np.random.default_rng, seeds.spawn(arguments.replications))
        found = np.array([replicate(n_months, rng) for rng in rngs], dtype=float)
        for number, noise in enumerate(NOISE):
            cells = [cell for way in (0, 1) for cell in describe(found[:, number, way])]
            rows.append([n_months, noise, *cells])
    print_table(
        f"False share of calls at q <= {LEVEL:g}, {N_FUNDS:,} funds as documented, "
        f"{arguments.replications} replications",
        HEADER,
        rows,
    )


def replicate(n_months, rng):
    """False calls and calls, by noise, under the true mixture and under the fitted one."""
    noise = rng.standard_normal((N_FUNDS, n_months))
    true, monthly, factors = returns("documented", N_FUNDS, n_months, rng, noise)
    plain, moderated = (
        FactorAlphas(factors, moderate=way).fit_transform(monthly) * YEARLY
        for way in (False, True)
    )
    known = np.column_stack([plain[:, 0], known_errors(plain[:, 1], noise, factors)])
    found = []
    for X in (known, plain[:, :2], plain, moderated):
        exact = DeconvolvedGaussianMixture.from_parameters(*DOCUMENTED)
        fitted = DeconvolvedGaussianMixture(2).fit(X)
        found.append([calls(model, X, true) for model in (exact, fitted)])
    return found


def known_errors(estimated, noise, factors):
    """The standard errors that would be estimated from noise of exactly its variance."""
    of_noise = FactorAlphas(factors, moderate=False).fit_transform(noise)[:, 1]
    design = np.column_stack([factors, np.ones(len(factors))])
    return estimated / of_noise * np.sqrt(np.linalg.inv(design.T @ design)[-1, -1])


def calls(model, X, true):
    """The number of false calls of skill, and that of calls."""
    called = model.false_discovery(X).q_values <= LEVEL
    return np.sum(true[called] <= 0), called.sum()


def describe(pairs):
    """The false share of all calls, and its mean over samples: 0 where none is called."""
    false, called = pairs.T
    each = false / np.maximum(called, 1)
    error = each.std() / np.sqrt(each.size)
    return share(list(pairs)), f"{each.mean():.3f} ({error:.3f})"
