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
from .em import penalty
from .expectation import e_step
from .insertion import Sites, insertions, sites, splits
from .newton import climb, em_steps, stack, take
from .replicates import Replicates, simulate
from .seeding import around, kmeans_plusplus, quantile, random_from_data

# Grids that are looked at together, and mixtures that take steps of EM together.
N_GRIDS, N_TOGETHER = 32, 32

# Steps of EM before a grid's candidates are compared, and how many of them climb on.
N_GLANCES, N_SOLVED = 5, 6

# Scattered starts of either kind.
N_SCATTERED = 4

# When a climb stops: so few nats to gain, or so many iterations made.
TOL, MAX_ITER = 1e-3, 60


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
        common_starts(expected, n) if n > 1 else [],
        common_starts(expected, n + 1),
        sites(expected),
        limits_fewer,
        limits_more,
    )


def common_starts(expected, n_components):
    """Groups side by side, and some scattered ones: always the same."""
    rng = np.random.default_rng(0)
    seedings = [quantile, *[kmeans_plusplus, random_from_data] * N_SCATTERED]
    return [around(seeding(expected, n_components, rng)) for seeding in seedings]


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

    The optimum of highest penalised log-likelihood counts, of L as of L + 1
    groups, as it does in a fit; L + 1 groups are never worse than L.
    """
    everywhere = [[search.truth, *search.fewer]] * len(grids.masses)
    fewer, height = solve_each(grids, everywhere, search.limits_fewer)
    candidates = []
    for k, masses in enumerate(grids.masses):
        one = take(fewer, k)
        inserted = insertions(Points(grids.values, masses), search.places, one)
        candidates.append([*inserted, *splits(one), *search.more])
    _, higher = solve_each(grids, candidates, search.limits_more)
    return 2 * np.maximum(higher - height, 0.0)


def solve_each(grids, candidates, constraints):
    """For each grid the best of its candidates, solved, and its log-likelihood (R,).

    Those that look best after a few steps of EM are solved.
    """
    owners = np.repeat(np.arange(len(candidates)), [len(c) for c in candidates])
    mixtures = constraints.apply(stack([one for some in candidates for one in some]))
    grids = grids.trimmed()
    mixtures, glances = _glance(grids, owners, mixtures, constraints)
    kept = highest(glances, owners, N_SOLVED)
    owners = owners[kept]
    climbed = climb(
        grids.only(owners), take(mixtures, kept), constraints, tol=TOL, max_iter=MAX_ITER
    )
    heights = climbed.log_likelihood - penalty(climbed.mixtures)
    best = highest(heights, owners, 1)
    return take(climbed.mixtures, best), climbed.log_likelihood[best]


def _glance(grids, owners, mixtures, constraints):
    """The mixtures after some steps of EM, and their penalised log-likelihoods."""
    parts, heights = [], []
    for begin in range(0, owners.size, N_TOGETHER):
        rows = slice(begin, begin + N_TOGETHER)
        own = grids.only(owners[rows])
        moved = em_steps(own, take(mixtures, rows), constraints, N_GLANCES)
        parts.append(moved)
        heights.append(e_step(own, moved).log_likelihood - penalty(moved))
    together = Mixture(*map(np.concatenate, zip(*parts, strict=True)))
    return together, np.concatenate(heights)


def highest(heights, owners, n):
    """Indices of the `n` highest of each owner, owners ascending, highest first."""
    order = np.lexsort((-heights, owners))
    starts = np.searchsorted(owners[order], owners[order], side="left")
    return order[np.arange(order.size) - starts < n]


def combined_p_value(statistics, null):
    """Twice the mean p-value of the statistics, or the p-value of a single one."""
    reached = np.count_nonzero(null >= statistics[:, None], axis=1)
    p_values = (1 + reached) / (1 + null.size)
    if p_values.size == 1:
        return float(p_values[0])
    return float(min(1.0, 2 * p_values.mean()))
