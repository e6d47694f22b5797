"""Likelihood ratios of L + 1 groups to L, of many grids at once.

A simulated grid's ratio must be found in the very way of the observed one. With a
poorer search the simulated ratios would lie too low, and a test would reject too
often; so the observed grid is one row among the simulated ones.
"""

from typing import NamedTuple

import numpy as np

from .compression import Points
from .constraints import Constraints
from .density import Mixture
from .insertion import Sites, insertions, sites, splits
from .newton import take
from .refits import common_starts, solve_each
from .replicates import Replicates, simulate

# Grids that are looked at together.
N_GRIDS = 32

# Scattered starts of either kind, candidates of a grid that climb, and until when.
N_SCATTERED = 4
CLIMB = {"n_solved": 6, "tol": 1e-3, "max_iter": 60}


class Search(NamedTuple):
    """Where the fits of all grids begin, and what binds them.

    `truth` (L groups) and some common starts for either number of groups; a grid's
    own starts of L + 1 groups are insertions into its L, at `places`, and splits.
    """

    truth: Mixture
    fewer: list
    more: list
    places: Sites
    limits_fewer: Constraints
    limits_more: Constraints


def search_from(truth, bins, limits_fewer, limits_more):
    """A Search of grids that are drawn from `truth` and counted in `bins`."""
    expected = Points(bins.values, bins.probabilities(truth))
    n = truth.weights.size
    return Search(
        truth,
        common_starts(expected, n, N_SCATTERED) if n > 1 else [],
        common_starts(expected, n + 1, N_SCATTERED),
        sites(expected),
        limits_fewer,
        limits_more,
    )


def bootstrap_ratios(observed, bins, search, n_replicates, rng, progress=None):
    """Ratios (J,) of the observed grids and (B,) of grids simulated from the truth.

    `observed` (J, K) are the masses of J grids of as many cells each. `progress` is
    called with the number of grids that are done, and that of all.
    """
    n_observed, n_cells = len(observed), round(observed[0].sum())
    n_all, found = n_observed + n_replicates, []
    for begin in range(0, n_all, N_GRIDS):
        end = min(begin + N_GRIDS, n_all)
        drawn = simulate(bins, search.truth, n_cells, end - max(begin, n_observed), rng)
        masses = np.concatenate([observed[begin:end], drawn])
        found.append(ratios(Replicates(bins.values, masses), search))
        if progress:
            progress(end, n_all)
    both = np.concatenate(found)
    return both[:n_observed], both[n_observed:]


def ratios(grids, search):
    """Twice the log-likelihood (R,) that one group more gains, for each of the grids.

    Of L as of L + 1 groups the optimum counts at which the log-likelihood is highest
    after the `penalty` by their limits; L + 1 groups are never worse than L.
    """
    everywhere = [[search.truth, *search.fewer]] * len(grids.masses)
    fewer = solve_each(grids, everywhere, search.limits_fewer, **CLIMB)
    candidates = []
    for k, masses in enumerate(grids.masses):
        one = take(fewer.mixtures, k)
        inserted = insertions(Points(grids.values, masses), search.places, one)
        candidates.append([*inserted, *splits(one), *search.more])
    more = solve_each(grids, candidates, search.limits_more, **CLIMB)
    return 2 * np.maximum(more.log_likelihood - fewer.log_likelihood, 0.0)


def middle(statistics):
    """The median of the statistics, the upper one of the middle two of an even number."""
    return float(np.sort(statistics)[statistics.size // 2])


def combined_p_value(statistics, null):
    """The p-value of a statistic (equation B5), or twice the median of several's (B6)."""
    p_value = (1 + np.count_nonzero(null >= middle(statistics))) / (1 + null.size)
    return float(p_value if statistics.size == 1 else min(1.0, 2 * p_value))
