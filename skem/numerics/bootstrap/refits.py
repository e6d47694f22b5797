"""A mixture for each of many grids, all of them solved together."""

from collections.abc import Callable, Sequence

import numpy as np

from ..ascent.newton import Climb, climb, em_steps
from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, join, stack, take
from ..search.choice import cost, height
from ..search.seeding import around, kmeans_plusplus, quantile, random_from_data

# The steps of EM before a grid's candidates are compared, and the number of mixtures that
# take them together.
N_GLANCES, N_TOGETHER = 5, 32


def common_starts(
    expected: Points, n_components: int, n_scattered: int, variance: float = 1.0
) -> list[Mixture]:
    """A start side by side, and `n_scattered` of either random kind: always the same.

    The variance of the cells is `variance`.
    """
    rng = np.random.default_rng(0)
    seedings: list[Callable[..., np.ndarray]] = [
        quantile,
        *[kmeans_plusplus, random_from_data] * n_scattered,
    ]
    return [around(seeding(expected, n_components, rng), variance) for seeding in seedings]


def solve_each(
    grids: Points,
    candidates: Sequence[Sequence[Mixture]],
    constraints: Constraints,
    *,
    n_solved: int,
    tol: float,
    max_iter: int,
) -> Climb:
    """The Climb of the best of each grid's candidates, by the rule of choice.

    The `n_solved` that look best after a few steps of EM climb.
    """
    owners = np.repeat(np.arange(len(candidates)), [len(c) for c in candidates])
    mixtures = constraints.apply(stack([one for some in candidates for one in some]))
    grids = grids.trimmed()
    mixtures, glances = _glance(grids, owners, mixtures, constraints)
    kept = highest(glances, owners, n_solved)
    owners = owners[kept]
    own = grids.only(owners)
    climbed = climb(own, take(mixtures, kept), constraints, tol=tol, max_iter=max_iter)
    costs = cost(climbed.mixtures, climbed.log_likelihood, constraints, own)
    heights = climbed.log_likelihood - costs
    best = highest(heights, owners, 1)
    others = (part[best] for part in climbed[1:])
    return Climb(take(climbed.mixtures, best), *others)


def _glance(
    grids: Points, owners: np.ndarray, mixtures: Mixture, constraints: Constraints
) -> tuple[Mixture, np.ndarray]:
    """The mixtures after some steps of EM, and their log-likelihoods less their cost."""
    parts, heights = [], []
    for begin in range(0, owners.size, N_TOGETHER):
        rows = slice(begin, begin + N_TOGETHER)
        own = grids.only(owners[rows])
        moved = em_steps(own, take(mixtures, rows), constraints, N_GLANCES)
        parts.append(moved)
        heights.append(height(moved, constraints, own))
    return join(parts), np.concatenate(heights)


def highest(heights: np.ndarray, owners: np.ndarray, n: int) -> np.ndarray:
    """Indices of the `n` highest of each owner: owners ascending, highest first."""
    order = np.lexsort((-heights, owners))
    starts = np.searchsorted(owners[order], owners[order], side="left")
    return order[np.arange(order.size) - starts < n]
