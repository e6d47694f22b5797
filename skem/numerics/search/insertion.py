"""The global search, which is deterministic: the best mixture found on the points.

Free groups enter one by one where they gain most. The last size is also reached from many
scattered starts. Where parameters are fixed, groups begin side by side in every order that
the fixed values tell apart, and in many places. At the end single groups are put elsewhere,
or two change places, as long as that gains.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from ..ascent.newton import em_steps
from ..data.points import Points
from ..model.constraints import Constraints, unconstrained
from ..model.mixture import Mixture, join, stack, take
from .denoise import Signal, without_noise
from .optima import Optimum, distinct
from .proposals import (
    Sites,
    Slot,
    assignments,
    exchanges,
    insertions,
    insertions_of_each,
    ladder,
    places_of,
    relocations,
    removals,
    sites,
    splits,
)
from .seeding import around, kmeans_plusplus, quantile, random_from_data, vary
from .shortlist import GAIN, N_GLANCES, solve_best

# The number of scattered starts of either kind for each further group.
N_SCATTERED = 16

# The most rounds of moves; few problems take more than five.
MOST_ROUNDS = 50


def scattered(signal: Signal, n_components: int, constraints: Constraints) -> Mixture:
    """Starts from many places all over the cells, (C, L)."""
    rng = np.random.default_rng(0)  # always the same places
    size = (N_SCATTERED * (n_components - 1),)
    means = [
        seeding(signal.points, n_components, rng, size)
        for seeding in (kmeans_plusplus, random_from_data)
    ]
    seeds = around(np.concatenate(means), signal.variance)
    return seeds if constraints.free.means.any() else vary(seeds, rng)


def find_optimum(
    points: Points,
    n_components: int,
    constraints: Constraints,
    found: list[Optimum] | None = None,
) -> Mixture:
    """The best mixture found on the points; all Optima met are added to `found`."""
    signal = without_noise(points)
    if n_components == 1:
        singles = single(points, signal)
        if len(singles) == 1:
            return singles[0]
        return solve_best(points, stack(singles), constraints, found=found)[0]
    side_by_side = around(quantile(signal.points, n_components, None), signal.variance)
    others = scattered(signal, n_components, constraints)
    if constraints.any_fixed:
        candidates = join([stack(assignments(side_by_side, constraints)), others])
        places_by_slot = places_of(points, constraints)
        moves = [partial(_relocated, points, places_by_slot, constraints)]
        return _improve(points, moves, candidates, constraints, found)
    places = sites(points, signal=signal)
    one = around(np.array([signal.mean]), signal.variance)
    grown = _grown(points, places, one, n_components, constraints)
    candidates = join([stack([*grown, side_by_side]), others])
    moves = [
        partial(move, points, places, constraints)
        for move in (_reinserted, _overshot)[: n_components - 2]
    ]
    return _improve(points, moves, candidates, constraints, found)


def single(points: Points, signal: Signal) -> list[Mixture]:
    """One group around the mean; for noisy points one of every width that it may have."""
    if points.noise is None:
        return [around(np.array([signal.mean]), signal.variance)]
    variances = np.square(ladder(points, signal))[:, None]
    least = points.noise.min()
    weights = points.masses * ((variances + least) / (variances + points.noise))
    means = weights @ points.values / weights.sum(axis=-1)
    pairs = zip(means[:, None], variances, strict=True)
    return [Mixture(np.ones(1), mean, variance) for mean, variance in pairs]


def grow(points: Points, places: Sites, mixture: Mixture) -> list[Mixture]:
    """Mixtures of one more group: insertions and splits."""
    return insertions(points, places, mixture) + splits(mixture)


def _grown(
    points: Points,
    places: Sites,
    mixture: Mixture,
    n_components: int,
    constraints: Constraints,
) -> list[Mixture]:
    """Mixtures of L groups: one more than in the best that was grown from `mixture`."""
    for size in range(mixture.weights.size + 1, n_components):
        limits = smaller(constraints, size)
        grown = grow(points, places, mixture)
        mixture, _ = solve_best(points, stack(grown), limits)
    return grow(points, places, mixture)


def _improve(
    points: Points,
    moves: Sequence[Callable[[Mixture], list[Mixture]]],
    candidates: Mixture,
    constraints: Constraints,
    found: list[Optimum] | None,
) -> Mixture:
    """The best mixture: the first of the `moves` that gains is made, while one does.

    The first move is also tried from the next best optimum: the best may be one move from
    there.
    """
    met: list[Optimum] = []
    mixture, height = solve_best(points, candidates, constraints, found=met)
    for _ in range(MOST_ROUNDS):
        met = distinct(met, constraints, points.noise_level)
        starts = [mixture, *(one.mixture for one in met[1:2])]
        for move in moves:
            # The best is one of the candidates: those that lead back to it stop there.
            moved = [mixture, *(one for start in starts for one in move(start))]
            again, higher = solve_best(points, stack(moved), constraints, found=met)
            if higher > height + GAIN:
                mixture, height = again, higher
                break
            starts = starts[:1]
        else:
            break
    if found is not None:
        found += met
    return mixture


def _reinserted(
    points: Points, places: Sites, constraints: Constraints, mixture: Mixture
) -> list[Mixture]:
    """Mixtures with one of the groups taken out and put elsewhere."""
    n = mixture.weights.size
    limits = smaller(constraints, n - 1)
    fewer = em_steps(points, limits.apply(stack(removals(mixture))), limits, N_GLANCES)
    inserted = insertions_of_each(points, places, fewer)
    return [c for k in range(n) for c in inserted[k] + splits(take(fewer, k))]


def _overshot(
    points: Points, places: Sites, constraints: Constraints, mixture: Mixture
) -> list[Mixture]:
    """Mixtures from which two groups were removed, after two were added.

    Two groups are inserted, or one is split in three, and then two are taken out. Where one
    place has too few groups and another too many, no move of a single group need gain.
    """
    n = mixture.weights.size
    one, two = (smaller(constraints, size) for size in (n + 1, n + 2))
    more, _ = solve_best(points, stack(grow(points, places, mixture)), one)
    candidates = grow(points, places, more) + splits(mixture, 3)
    more, _ = solve_best(points, stack(candidates), two)
    more, _ = solve_best(points, stack(removals(more)), one)
    return removals(more)


def _relocated(
    points: Points, places: dict[Slot, Sites], constraints: Constraints, mixture: Mixture
) -> list[Mixture]:
    """Mixtures with one group elsewhere in its slot, or with two in each other's slots."""
    found = relocations(points, places, mixture, constraints)
    return found + exchanges(mixture, constraints)


def smaller(constraints: Constraints, n_components: int) -> Constraints:
    """The same ties and bounds for fewer groups."""
    fewer = unconstrained(n_components, constraints.variance_floor)
    return constraints._replace(fixed=fewer.fixed, free=fewer.free)
