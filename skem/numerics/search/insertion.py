"""The global search, which is deterministic: the best mixture found on the points.

Free groups enter one by one where they gain most, and the last size is also reached from
many places at once. Where parameters are fixed, groups begin side by side in every order
that the fixed values tell apart, and in many places. At the end any group is taken out and
put elsewhere, or two change places, as long as that gains.
"""

from functools import partial

import numpy as np

from ..ascent.newton import climb, em_steps
from ..likelihood.expectation import e_step
from ..model.constraints import unconstrained
from ..model.mixture import Mixture, stack, take
from .choice import height
from .denoise import without_noise
from .optima import optima_of
from .proposals import (
    assignments,
    exchanges,
    insertions,
    ladder,
    places_of,
    relocations,
    removals,
    sites,
    splits,
)
from .seeding import around, kmeans_plusplus, quantile, random_from_data, vary
from .spare import rank

# The number of candidates that are solved: of two free groups, for each more than two, and
# where any is fixed; and the steps of EM before they are compared.
N_SOLVED, MORE_SOLVED, N_PLACED = 4, 6, 10
N_GLANCES = 5

# The number of scattered starts of either kind for two groups, and for each group more.
FEWEST_SCATTERED, N_SCATTERED = 2, 8

# The number of points on which a climb takes next to no time, and the factor by which more
# mixtures climb there.
FEW_POINTS, MORE = 2**8, 3

# What a climb of the search leaves to be gained, in nats, and its most steps.
TOL, MAX_ITER = 1e-3, 60

# The steps of EM that may awaken a group whose score is too small for Newton's method, and
# the nats that they gain if they leave a place.
N_AWAKENING, LEAVES = 50, 1e-5

# The number of likeliest places of a group that was spare, from where mixtures climb.
N_AWAKENED = 16

# The number of mixtures that climb at once, and what a move must gain, in nats.
N_TOGETHER, GAIN = 16, 1e-2

# The most rounds of moves; few problems take more than five.
MOST_ROUNDS = 50


def solve_best(points, candidates, constraints, *, climbed=(), found=None):
    """Solve the candidates that look best after a few EM steps; the best of them.

    The mixture and its height by the rule of choice. Mixtures that have `climbed` already
    are candidates as they are. To the list `found` are added the Optima of all that were
    solved.
    """
    mixtures = in_batches(
        lambda batch: em_steps(points, batch, constraints, N_GLANCES),
        constraints.apply(stack(candidates)),
    )
    if climbed:
        mixtures = Mixture(*map(np.concatenate, zip(mixtures, stack(climbed), strict=True)))
    n_solved = count_solved(points, constraints)
    if mixtures.weights.shape[0] > n_solved:
        glances = in_batches(
            partial(height, constraints=constraints, points=points), mixtures
        )
        mixtures = take(mixtures, np.argsort(-glances, kind="stable")[:n_solved])
    tops = climb(points, mixtures, constraints, tol=TOL, max_iter=MAX_ITER)
    heights = rank(points, tops.mixtures, tops.log_likelihood, constraints)
    if found is not None:
        found += optima_of(tops, heights)
    winner = int(heights.argmax())
    return take(tops.mixtures, winner), heights[winner]


def count_solved(points, constraints):
    """The number of candidates that are solved."""
    if constraints.any_fixed:
        n_solved = N_PLACED
    else:
        n_solved = max(N_SOLVED, MORE_SOLVED * (constraints.free.weights.size - 2))
    return n_solved * (MORE if points.values.size <= FEW_POINTS else 1)


def in_batches(function, mixtures):
    """Values of a function of several mixtures, a few of these at a time."""
    n = mixtures.weights.shape[0]
    parts = [
        function(take(mixtures, slice(i, i + N_TOGETHER))) for i in range(0, n, N_TOGETHER)
    ]
    if isinstance(parts[0], Mixture):
        return Mixture(*map(np.concatenate, zip(*parts, strict=True)))
    return np.concatenate(parts)


def scattered(points, signal, n_components, constraints):
    """Mixtures that a rough climb reaches from many places all over the cells."""
    rng = np.random.default_rng(0)  # always the same places
    n_each = FEWEST_SCATTERED + N_SCATTERED * max(n_components - 2, 0)
    n_each *= MORE if points.values.size <= FEW_POINTS else 1
    seeds = [
        around(seeding(signal.points, n_components, rng), signal.variance)
        for seeding in (kmeans_plusplus, random_from_data)
        for _ in range(n_each)
    ]
    if not constraints.free.means.any():
        seeds = [vary(seed, rng) for seed in seeds]
    rough = in_batches(
        lambda batch: (
            climb(
                points,
                em_steps(points, constraints.apply(batch), constraints, N_GLANCES),
                constraints,
                tol=0.1,
                max_iter=25,
            ).mixtures
        ),
        stack(seeds),
    )
    return [take(rough, k) for k in range(len(seeds))]


def find_optimum(points, n_components, constraints, found=None):
    """The best mixture found on the points; to the list `found` are added its Optima."""
    signal = without_noise(points)
    if n_components == 1:
        candidates = single(points, signal)
        if len(candidates) == 1:
            return candidates[0]
        return solve_best(points, candidates, constraints, found=found)[0]
    side_by_side = around(quantile(signal.points, n_components, None), signal.variance)
    others = scattered(points, signal, n_components, constraints)
    if constraints.any_fixed:
        candidates = assignments(side_by_side, constraints)
        return _relocate(points, candidates, others, constraints, found)
    places = sites(points)
    one = around(np.array([signal.mean]), signal.variance)
    candidates = [*_grown(points, places, one, n_components, constraints), side_by_side]
    return _improve(points, places, candidates, others, constraints, found)


def single(points, signal):
    """One group around the mean; of noisy points one of every width that it may have."""
    if not points.noisy:
        return [around(np.array([signal.mean]), signal.variance)]
    variances = np.square(ladder(points, signal))[:, None]
    least = points.noise.min()
    weights = points.masses * ((variances + least) / (variances + points.noise))
    means = weights @ points.values / weights.sum(axis=-1)
    pairs = zip(means[:, None], variances, strict=True)
    return [Mixture(np.ones(1), mean, variance) for mean, variance in pairs]


def _grow(points, places, mixture):
    return insertions(points, places, mixture) + splits(mixture)


def _grown(points, places, mixture, n_components, constraints):
    """Mixtures of one group more than the best that was grown from `mixture`."""
    for size in range(mixture.weights.size + 1, n_components):
        limits = smaller(constraints, size)
        mixture, _ = solve_best(points, _grow(points, places, mixture), limits)
    return _grow(points, places, mixture)


def _improve(points, places, candidates, climbed, constraints, found):
    """The best of free groups, by moves of one group, then of two, while these gain."""
    mixture, height = solve_best(
        points, candidates, constraints, climbed=climbed, found=found
    )
    n = mixture.weights.size
    moves = [_reinserted, _overshot][: max(n - 2, 0)]
    for _ in range(MOST_ROUNDS):
        for move in moves:
            candidates = move(points, places, mixture, constraints)
            again, higher = solve_best(points, candidates, constraints, found=found)
            if higher > height + GAIN:
                mixture, height = again, higher
                break
        else:
            break
    return mixture


def _reinserted(points, places, mixture, constraints):
    """Mixtures with one of the groups taken out and put elsewhere."""
    n = mixture.weights.size
    limits = smaller(constraints, n - 1)
    fewer = em_steps(points, limits.apply(stack(removals(mixture))), limits, N_GLANCES)
    return [c for k in range(n) for c in _grow(points, places, take(fewer, k))]


def _overshot(points, places, mixture, constraints):
    """Mixtures without one group of those with one too many, grown and shrunk again.

    Two groups grow, or one is split in three, and one is taken out. Where groups are short
    in one place and too many in another, no move of a single group need gain.
    """
    n = mixture.weights.size
    one, two = (smaller(constraints, size) for size in (n + 1, n + 2))
    more, _ = solve_best(points, _grow(points, places, mixture), one)
    candidates = _grow(points, places, more) + splits(mixture, 3)
    more, _ = solve_best(points, candidates, two)
    more, _ = solve_best(points, removals(more), one)
    return removals(more)


def _relocate(points, candidates, climbed, constraints, found):
    """The best of fixed groups, each put elsewhere in its slot while that gains."""
    mixture, height = solve_best(
        points, candidates, constraints, climbed=climbed, found=found
    )
    places = places_of(points, constraints)
    for _ in range(MOST_ROUNDS):
        candidates = relocations(points, places, mixture, constraints)
        candidates += exchanges(mixture, constraints)
        again, higher = solve_best(points, candidates, constraints, found=found)
        if higher <= height + GAIN:
            break
        mixture, height = again, higher
    return mixture


def smaller(constraints, n_components):
    """The same ties and bounds for fewer groups."""
    fewer = unconstrained(n_components, constraints.variance_floor)
    return constraints._replace(fixed=fewer.fixed, free=fewer.free)


def awaken(points, mixture, groups, constraints):
    """The best mixture found with one of the groups elsewhere, where its slot allows.

    If EM leaves `mixture`, that is no optimum, and whatever is likelier is better.
    """
    places = places_of(points, constraints)
    candidates = relocations(points, places, mixture, constraints, groups)
    left = em_steps(points, mixture, constraints, N_AWAKENING)
    mixtures = in_batches(
        lambda batch: em_steps(points, batch, constraints, N_GLANCES),
        constraints.apply(stack(candidates)),
    )
    glances = in_batches(lambda batch: e_step(points, batch).log_likelihood, mixtures)
    likeliest = take(mixtures, np.argsort(-glances, kind="stable")[:N_AWAKENED])
    before = stack([mixture, left])
    mixtures = Mixture(*map(np.concatenate, zip(before, likeliest, strict=True)))
    tops = climb(points, mixtures, constraints, tol=TOL, max_iter=MAX_ITER)
    heights = rank(points, tops.mixtures, tops.log_likelihood, constraints)
    then, after = e_step(points, before).log_likelihood
    if after > then + LEAVES:
        heights[tops.log_likelihood <= then + LEAVES] = -np.inf
    return take(tops.mixtures, int(heights.argmax()))
