"""The gap of L groups to the best mixture of any number of groups, of many data sets.

The gap is what the best mixture of normals of one width gains over the best L groups that
are at least as wide. All data sets have the same width and the same search. So an observed
grid is one row among the simulated ones.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..ascent.newton import Climb
from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, join, stack, take
from ..nonparametric.bound import is_affordable, kernels_of
from ..nonparametric.solve import solve
from ..search.denoise import without_noise
from ..search.insertion import scattered, single
from ..search.seeding import Rng, around, quantile
from ..search.shortlist import solve_best
from .grouping import Rounding
from .likelihood_ratio import CLIMB, N_SCATTERED, place_of_middle
from .refits import common_starts, solve_each
from .replicates import Bins, bins_for, points_of, simulate

# The least sd of groups by default, in sds of the narrowest one: the first of them with
# which there are not too many locations.
SHARES = (0.5, 1.0)

# The number of bins in the least sd, and the fewest and most of all.
BINS = {"fineness": 8.0, "fewest": 2**7, "most": 2**12}

# The nats to which the best mixture of any number of groups is found.
TOL = 1e-2

# The number of grids that are simulated together.
TOGETHER = 16

# The number of scattered starts of L groups behind a table of estimates.
N_SCATTERED_NOISY = 6


class Null(NamedTuple):
    """L groups that grids are drawn from, and how the gaps of these are found.

    Fits of L groups start from the `truth` and from some `starts`. The normals of the best
    mixture have the `sd`, and groups are at least as wide.
    """

    truth: Mixture
    starts: Sequence[Mixture]
    sd: float
    limits: Constraints

    def fit(self, grids: Points) -> Climb:
        """The best L groups of each of the grids."""
        starts = [[self.truth, *self.starts]] * len(grids.masses)
        return solve_each(grids, starts, self.limits, **CLIMB)


def null_of_gaps(
    mixture: Mixture,
    counted: Callable[[Bins], np.ndarray],
    limits: Constraints,
    width_of: Callable[[Mixture], float],
    rounding: Rounding | None = None,
) -> tuple[Null, Bins, np.ndarray]:
    """The Null of the observed grids, their bins, and their masses (J, K).

    ``counted(bins)`` gives the masses, and ``width_of(mixture)`` the least sd of groups,
    which is never below the width of a bin. The search begins at `mixture`. It is repeated
    with the bins and the least sd of the groups that it found.
    """
    for _ in range(2):
        sd, narrowest = width_of(mixture), np.sqrt(mixture.variances.min())
        fineness = BINS["fineness"] * narrowest / sd
        bins = bins_for(mixture, **{**BINS, "fineness": fineness}, rounding=rounding)
        observed = counted(bins)
        sd = max(sd, bins.width)
        n, expected = mixture.weights.size, Points(bins.values, bins.probabilities(mixture))
        starts = common_starts(expected, n, N_SCATTERED) if n > 1 else []
        null = Null(mixture, starts, sd, at_least(sd, limits))
        pooled = Points(bins.values, observed.mean(axis=0)[None])
        mixture = take(null.fit(pooled).mixtures, 0)
    return null._replace(truth=mixture), bins, observed


def default_width(points: Points, mixture: Mixture) -> float:
    """The least sd of groups by default: a share of the narrowest one's sd."""
    narrowest = float(np.sqrt(mixture.variances.min()))
    widths = [share * narrowest for share in SHARES]
    return next((sd for sd in widths if is_affordable(points, sd)), widths[-1])


def at_least(sd: float, limits: Constraints) -> Constraints:
    """The constraints, with groups that are at least an sd wide."""
    return limits._replace(variance_floor=max(limits.variance_floor, sd**2))


def bootstrap_gaps(
    observed: np.ndarray,
    bins: Bins,
    null: Null,
    n_replicates: int,
    rng: Rng,
    *,
    progress: Callable[[int, int], Any] | None = None,
) -> tuple[np.ndarray, np.ndarray, int, Mixture]:
    """Gaps (J,) of the observed grids and (B,) of grids simulated from the truth.

    The other results are the number of the grid with the `middle` gap, and its L groups.
    `observed` (J, K) are the masses of grids with equal numbers of cells. `progress` is
    called with the number of grids done, and the number of all.
    """
    fits, n_cells = null.fit(Points(bins.values, observed)), round(observed[0].sum())
    statistics = _gaps(bins, observed, fits, null.sd)
    number, n_all = place_of_middle(statistics), len(observed) + n_replicates
    gaps = np.empty(n_replicates)
    for begin in range(0, n_replicates, TOGETHER):
        end = min(begin + TOGETHER, n_replicates)
        masses = simulate(bins, null.truth, n_cells, end - begin, rng)
        refits = null.fit(Points(bins.values, masses))
        gaps[begin:end] = _gaps(bins, masses, refits, null.sd)
        if progress:
            progress(len(observed) + end, n_all)
    return statistics, gaps, number, take(fits.mixtures, number)


def _gaps(bins: Bins, masses: np.ndarray, fits: Climb, sd: float) -> np.ndarray:
    best = [_highest(points_of(bins, one), sd) for one in masses]
    return np.array(best) - fits.log_likelihood


def gap_from(points: Points, truth: Mixture, limits: Constraints, sd: float) -> float:
    """The gap of a table of estimates, in which L groups are sought from the truth on.

    An observed table is searched in the same way, from its fit.
    """
    n, signal = truth.weights.size, without_noise(points)
    starts = stack([truth, *single(points, signal)]) if n == 1 else stack([truth])
    if n > 1:
        side = around(quantile(signal.points, n, None), signal.variance)
        others = take(scattered(signal, n, limits), slice(N_SCATTERED_NOISY))
        starts = join([starts, stack([side]), others])
    mixture, _ = solve_best(points, starts, at_least(sd, limits))
    return _highest(points, sd) - float(e_step(points.plain, mixture).log_likelihood)


def _highest(points: Points, sd: float) -> float:
    """The log-likelihood of the best mixture of normals of an sd on the points."""
    kernels = kernels_of(points, sd, exact=False)
    return solve(kernels, points.masses, TOL).log_likelihood
