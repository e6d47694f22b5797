"""The likelihood ratio of L + 1 groups to L, of one table of noisy estimates.

The fit of L groups starts from the truth, and that of L + 1 from all ways to add a group
to it. Any two of the L + 1 are then merged: a group that only they found would count as
evidence. An observed table is searched in the same way, from its fit: with a poorer search
the simulated ratios would be too low, and a test would reject too often.
"""

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, join, stack, take
from ..search.denoise import without_noise
from ..search.insertion import grow, scattered, single
from ..search.proposals import merges, sites
from ..search.seeding import around, quantile
from ..search.shortlist import solve_best

# The number of scattered starts of L + 1 groups.
N_SCATTERED = 6


def ratio_from(
    points: Points, truth: Mixture, limits: tuple[Constraints, Constraints]
) -> float:
    """Twice the height that one more group gains over the L of `truth` (equation B4)."""
    n, signal = truth.weights.size, without_noise(points)
    side, more = (
        around(quantile(signal.points, size, None), signal.variance) for size in (n, n + 1)
    )
    simple = [side] if n > 1 else single(points, signal)
    fewer, height = solve_best(points, stack([truth, *simple]), limits[0])
    grown = stack([*grow(points, sites(points, signal=signal), fewer), more])
    others = take(scattered(signal, n + 1, limits[1]), slice(N_SCATTERED))
    best, higher = solve_best(points, join([grown, others]), limits[1])
    _, merged = solve_best(points, stack([fewer, *merges(best)]), limits[0])
    return 2.0 * (higher - max(height, merged))
