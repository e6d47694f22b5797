"""Likelihood ratios of L + 1 groups to L, of many grids at once.

A simulated grid's ratio must be found in the very way of the observed one. With a
poorer search the simulated ratios would lie too low, and a test would reject too
often; so the observed grid is one row among the simulated ones.
"""

from copy import deepcopy
from typing import NamedTuple

import numpy as np

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, take
from ..search.choice import cost
from ..search.proposals import Sites, insertions, merges, sites, splits
from .refits import common_starts, solve_each
from .replicates import bins_for, simulate

# Grids are looked at together while their masses stay near the processor.
N_MASSES = 2**15

# Ratios need no fine bins: simulated grids lose as much in them as observed ones.
BINS = {"fineness": 4, "fewest": 2**10, "most": 2**12}

# Scattered starts of either kind, candidates of a grid that climb, and until when.
N_SCATTERED = 4
CLIMB = {"n_solved": 6, "tol": 1e-3, "max_iter": 60}

# What merging must gain, in nats, to be looked into.
GAIN = 1e-2


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

    @property
    def limits(self):
        """What binds L, and what L + 1 groups."""
        return self.limits_fewer, self.limits_more


def search_from(truth, bins, limits_fewer, limits_more):
    """A Search of grids that are drawn from `truth`, and counted in `bins`.

    No group may be narrower than a bin: it would gain by standing on a bin's value.
    """
    expected = Points(bins.values, bins.probabilities(truth))
    n = truth.weights.size
    limits_fewer, limits_more = (
        limits._replace(variance_floor=max(limits.variance_floor, bins.width**2))
        for limits in (limits_fewer, limits_more)
    )
    return Search(
        truth,
        common_starts(expected, n, N_SCATTERED) if n > 1 else [],
        common_starts(expected, n + 1, N_SCATTERED),
        sites(expected),
        limits_fewer,
        limits_more,
    )


class Top(NamedTuple):
    """The mixtures (R, L) at the best optima of R grids, and their heights (R,).

    A height is the log-likelihood less the `cost` by which optima are chosen.
    """

    mixtures: Mixture
    height: np.ndarray

    def only(self, rows):
        """Those of some of the grids."""
        return Top(take(self.mixtures, rows), self.height[rows])

    def replaced(self, rows, others):
        """These, with others for some of the grids."""
        top = deepcopy(self)
        for part, new in zip(top.mixtures, others.mixtures, strict=True):
            part[rows] = new
        top.height[rows] = others.height
        return top


def find_null(mixture, counted, limits, rounding=None):
    """A Search from the best L groups of the observed grids; its bins, and counts.

    ``counted(bins)`` gives the masses (J, K) of the observed grids. The search begins at
    `mixture` and in the finest bins; then there are as many as the groups found need. No
    edge of a bin cuts what a `rounding` put together.
    """
    for fewest in (BINS["most"], BINS["fewest"]):
        bins = bins_for(mixture, **{**BINS, "fewest": fewest}, rounding=rounding)
        observed = counted(bins)
        search = search_from(mixture, bins, *limits)
        fewer, _ = tops(Points(bins.values, observed.mean(axis=0)[None]), search)
        mixture = take(fewer.mixtures, 0)
    return search._replace(truth=mixture), bins, observed


def bootstrap_ratios(observed, bins, search, n_replicates, rng, *, progress=None):
    """Ratios (J,) of the observed grids and (B,) of grids simulated from the truth.

    And the number of the grid with the `middle` ratio, and its mixtures of L and L + 1
    groups. `observed` (J, K) are the masses of J grids of as many cells each. `progress` is
    called with the number of grids that are done, and that of all.
    """
    n_observed, n_cells = len(observed), round(observed[0].sum())
    n_all, found, mixtures = n_observed + n_replicates, [], []
    together = max(1, N_MASSES // bins.values.size)
    for begin in range(0, n_all, together):
        end = min(begin + together, n_all)
        n_drawn = max(0, end - max(begin, n_observed))
        drawn = simulate(bins, search.truth, n_cells, n_drawn, rng)
        masses = np.concatenate([observed[begin:end], drawn])
        both = tops(Points(bins.values, masses), search)
        found.append(ratios(*both))
        for k in range(end - begin - n_drawn):
            mixtures.append([take(top.mixtures, k) for top in both])
        if progress:
            progress(end, n_all)
    statistics, null = np.split(np.concatenate(found), [n_observed])
    number = _place_of_middle(statistics)
    return statistics, null, number, mixtures[number]


def ratios(fewer, more):
    """Twice the height (R,) that one group more gains in each grid (equation B4).

    Less than nothing where it is not worth its cost.
    """
    return 2 * (more.height - fewer.height)


def tops(grids, search):
    """The Tops of the grids with L and with L + 1 groups.

    What L + 1 groups find, L groups that merge two of them must have had a chance of: a
    narrow group that only the larger search found would count as one group more.
    """
    every = range(len(grids.masses))
    fewer = _top(grids, [[search.truth, *search.fewer]] * len(every), search.limits_fewer)
    more = _top_of_more(grids, search, fewer, [search.more] * len(every))
    if search.truth.weights.size == 1:
        return fewer, more
    fewer_or_merged = [
        [take(fewer.mixtures, k), *merges(take(more.mixtures, k))] for k in every
    ]
    again = _top(grids, fewer_or_merged, search.limits_fewer)
    rows = np.flatnonzero(again.height > fewer.height + GAIN)
    if not rows.size:
        return fewer, more
    again, known = again.only(rows), [[take(more.mixtures, k)] for k in rows]
    more_again = _top_of_more(grids.only(rows), search, again, known)
    return fewer.replaced(rows, again), more.replaced(rows, more_again)


def _top(grids, candidates, limits):
    climbed = solve_each(grids, candidates, limits, **CLIMB)
    costs = cost(climbed.mixtures, climbed.log_likelihood, limits, grids)
    return Top(climbed.mixtures, climbed.log_likelihood - costs)


def _top_of_more(grids, search, fewer, candidates):
    """The Top of L + 1 groups from each grid's candidates, and from one put into its L."""
    grown = []
    for k, masses in enumerate(grids.masses):
        one = take(fewer.mixtures, k)
        inserted = insertions(Points(grids.values, masses), search.places, one)
        grown.append([*inserted, *splits(one), *candidates[k]])
    return _top(grids, grown, search.limits_more)


def middle(statistics):
    """The median of the statistics, the upper one of the middle two of an even number."""
    return float(statistics[_place_of_middle(statistics)])


def _place_of_middle(statistics):
    return int(np.argsort(statistics, kind="stable")[statistics.size // 2])


def combined_p_value(statistics, null):
    """The p-value of a statistic (equation B5), or twice the median of several's (B6)."""
    p_value = (1 + np.count_nonzero(null >= middle(statistics))) / (1 + null.size)
    return float(p_value if statistics.size == 1 else min(1.0, 2 * p_value))
