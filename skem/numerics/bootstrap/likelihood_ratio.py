"""Likelihood ratios of L + 1 groups to L, of many grids at once.

A simulated grid's ratio must be found in the same way as the observed one. With a poorer
search the simulated ratios would be too low, and a test would reject too often. So the
observed grid is one row among the simulated ones.
"""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, NamedTuple

import numpy as np

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, take
from ..search.choice import cost
from ..search.proposals import Sites, insertions_of_each, merges, sites
from ..search.seeding import Rng
from .grouping import Rounding
from .refits import common_starts, solve_each
from .replicates import Bins, bins_for, simulate

# The number of masses, of all grids that are solved together, that stay near the processor.
N_MASSES = 2**15

# The bins of the grids. They need not be fine: simulated grids lose as much in them as
# observed ones.
BINS = {"fineness": 4, "fewest": 2**10, "most": 2**12}

# The number of scattered starts of either kind and of candidates of a grid that climb, and
# where a climb ends.
N_SCATTERED = 4
CLIMB: dict[str, Any] = {"n_solved": 6, "tol": 1e-3, "max_iter": 60}

# The nats that merging must gain before the search is repeated.
GAIN = 1e-2


class Search(NamedTuple):
    """The starts of the fits of all grids, and their constraints.

    All grids start from the `truth` (L groups), and from some common starts for either
    number of groups. A grid's own starts of L + 1 groups are insertions into its L, at
    `places`.
    """

    truth: Mixture
    fewer: list[Mixture]
    more: list[Mixture]
    places: Sites
    limits_fewer: Constraints
    limits_more: Constraints

    @property
    def limits(self) -> tuple[Constraints, Constraints]:
        """The constraints of L groups, and those of L + 1."""
        return self.limits_fewer, self.limits_more


def search_from(
    truth: Mixture, bins: Bins, limits_fewer: Constraints, limits_more: Constraints
) -> Search:
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

    def only(self, rows: np.ndarray) -> "Top":
        """The Top of some of the grids."""
        return Top(take(self.mixtures, rows), self.height[rows])

    def replaced(self, rows: np.ndarray, others: "Top") -> "Top":
        """The same Top, with others for some of the grids."""
        top = deepcopy(self)
        for part, new in zip(top.mixtures, others.mixtures, strict=True):
            part[rows] = new
        top.height[rows] = others.height
        return top


def find_null(
    mixture: Mixture,
    counted: Callable[[Bins], np.ndarray],
    limits: tuple[Constraints, Constraints],
    rounding: Rounding | None = None,
) -> tuple[Search, Bins, np.ndarray]:
    """A Search from the best L groups of the observed grids, its bins, and their masses.

    ``counted(bins)`` gives the masses (J, K) of the observed grids. The search begins at
    `mixture` and in the finest bins. Then it is repeated in the number of bins that the
    groups found need. The edges of the inner bins are middles of a `rounding`.
    """
    for fewest in (BINS["most"], BINS["fewest"]):
        bins = bins_for(mixture, **{**BINS, "fewest": fewest}, rounding=rounding)
        observed = counted(bins)
        search = search_from(mixture, bins, *limits)
        fewer, _ = tops(Points(bins.values, observed.mean(axis=0)[None]), search)
        mixture = take(fewer.mixtures, 0)
    return search._replace(truth=mixture), bins, observed


def bootstrap_ratios(
    observed: np.ndarray,
    bins: Bins,
    search: Search,
    n_replicates: int,
    rng: Rng,
    *,
    progress: Callable[[int, int], Any] | None = None,
) -> tuple[np.ndarray, np.ndarray, int, list[Mixture]]:
    """Ratios (J,) of the observed grids and (B,) of grids simulated from the truth.

    The other results are the number of the grid with the `middle` ratio, and its mixtures
    of L and of L + 1 groups. `observed` (J, K) are the masses of J grids with equal numbers
    of cells. `progress` is called with the number of grids done, and the number of all.
    """
    n_observed, n_cells = len(observed), round(observed[0].sum())
    n_all = n_observed + n_replicates
    found: list[np.ndarray] = []
    mixtures: list[list[Mixture]] = []
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
    number = place_of_middle(statistics)
    return statistics, null, number, mixtures[number]


def ratios(fewer: Top, more: Top) -> np.ndarray:
    """Twice the height (R,) that one more group gains in each grid (equation B4).

    It is negative where the group gains less than its cost.
    """
    return 2 * (more.height - fewer.height)


def tops(grids: Points, search: Search) -> tuple[Top, Top]:
    """The Tops of the grids with L and with L + 1 groups.

    Fits of L groups also start from the L + 1 found, with two of them merged. Otherwise a
    narrow group that only the larger search found would count as one more group.
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


def _top(
    grids: Points, candidates: Sequence[Sequence[Mixture]], limits: Constraints
) -> Top:
    climbed = solve_each(grids, candidates, limits, **CLIMB)
    costs = cost(climbed.mixtures, climbed.log_likelihood, limits, grids)
    return Top(climbed.mixtures, climbed.log_likelihood - costs)


def _top_of_more(
    grids: Points, search: Search, fewer: Top, candidates: Sequence[Sequence[Mixture]]
) -> Top:
    """The Top of L + 1 groups from each grid's candidates, and from its L and one more."""
    inserted = insertions_of_each(grids, search.places, fewer.mixtures)
    grown = [[*own, *others] for own, others in zip(inserted, candidates, strict=True)]
    return _top(grids, grown, search.limits_more)


def middle(statistics: np.ndarray) -> float:
    """The median of the statistics; of an even number, the upper one of the middle two."""
    return float(statistics[place_of_middle(statistics)])


def place_of_middle(statistics: np.ndarray) -> int:
    """Where the `middle` is among the statistics."""
    return int(np.argsort(statistics, kind="stable")[statistics.size // 2])


def combined_p_value(statistics: np.ndarray, null: np.ndarray) -> float:
    """The p-value of one statistic (equation B5), or twice the median of several (B6)."""
    p_value = (1 + np.count_nonzero(null >= middle(statistics))) / (1 + null.size)
    return float(p_value if statistics.size == 1 else min(1.0, 2 * p_value))
