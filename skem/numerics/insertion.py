"""A global search without chance: groups enter one by one where they gain most.

From l - 1 groups to l, the new one is put where the derivative of the
log-likelihood towards a normal group at (m, v),
``mean_i N(z_i; m, v) / f(z_i) - 1``, promises most (Lindsay 1983; Vlassis and
Likas 2002), and every group is also tried in two halves. The last size is also reached from
many places at once. At the end groups are taken out and inserted again while
that gains.
"""

from functools import partial
from itertools import combinations
from typing import NamedTuple

import numpy as np

from .blocks import dot
from .constraints import unconstrained
from .density import LOG_2PI, Mixture, log_joint
from .expectation import e_step
from .newton import climb, em_steps, stack, take
from .penalty import penalty
from .seeding import around, kmeans_plusplus, quantile, random_from_data
from .signal import without_noise

# Where a new group is tried: means at these quantiles, and these variances in
# units of the pooled one.
N_MEANS = 48
SDS = np.array([1.0, 0.6, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01])

# How many insertions are looked at, and how many of all candidates are solved.
N_INSERTIONS = 5
N_SOLVED = 4
N_GLANCES = 5

# How many scattered starts of either kind for two groups, and for each group more.
FEWEST_SCATTERED, N_SCATTERED = 2, 8

# How many mixtures climb at once, and what a re-insertion must gain, in nats.
N_TOGETHER, GAIN = 16, 1e-2


class Sites(NamedTuple):
    """Densities of all points, (variances, means, K), if at the places were a group."""

    means: np.ndarray
    variances: np.ndarray
    densities: np.ndarray


def sites(points):
    """The places where a new group is tried."""
    signal = without_noise(points)
    means = signal.points.quantile((np.arange(N_MEANS) + 0.5) / N_MEANS)
    variances = np.square(SDS) * signal.variance
    square = np.square(points.values - means[:, None])
    densities = np.empty((variances.size, *square.shape))
    for density, v in zip(densities, variances, strict=True):  # each fits into a cache
        v = v if points.noise is None else v + points.noise
        np.multiply(square, -0.5 / v, out=density)
        density -= 0.5 * (np.log(v) + LOG_2PI)
        np.exp(density, out=density)
    return Sites(means, variances, densities)


def insertions(points, places, mixture):
    """`mixture` with one more group, at the places that promise most."""
    joint = log_joint(points.values, mixture, noise=points.noise)
    peak = joint.max(axis=0)
    density = np.exp(peak) * np.exp(joint - peak).sum(axis=0)
    density = np.maximum(density, 1e-100)
    share = points.masses / points.mass
    slope = places.densities @ (share / density) - 1
    root = np.sqrt(share) / density
    square = np.empty_like(slope)
    for k, one in enumerate(places.densities):  # each fits into a cache
        weighted = one * root
        square[k] = dot(weighted, weighted)
    curve = square - 2 * slope - 1  # mean of (N / f - 1)^2
    promising = (slope > 0) & (curve > 0)
    gain = np.where(promising, slope * (slope / np.where(promising, curve, 1.0)), 0.0)
    found = []
    for v, m in _peaks(gain)[:N_INSERTIONS]:
        weight = np.clip(slope[v, m] / curve[v, m], 1e-3, 0.5)
        found.append(
            Mixture(
                np.append((1 - weight) * mixture.weights, weight),
                np.append(mixture.means, places.means[m]),
                np.append(mixture.variances, places.variances[v]),
            )
        )
    return found


def _peaks(gain):
    """Indices of the local maxima of a positive (variances, means) map, highest first."""
    padded = np.pad(gain, 1, constant_values=-1.0)
    around = [
        padded[1 + i : padded.shape[0] - 1 + i, 1 + j : padded.shape[1] - 1 + j]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if i or j
    ]
    at = np.argwhere((gain > 0) & np.all(gain >= np.array(around), axis=0))
    return at[np.argsort(-gain[tuple(at.T)], kind="stable")]


def splits(mixture):
    """`mixture` with one group in two halves, each group in turn."""
    found = []
    for group in range(mixture.weights.size):
        weights, means, variances = (np.append(part, part[group]) for part in mixture)
        weights[[group, -1]] /= 2
        distance = 0.8 * np.sqrt(variances[group])
        means[[group, -1]] += -distance, distance
        variances[[group, -1]] *= 0.36
        found.append(Mixture(weights, means, variances))
    return found


def removals(mixture):
    """`mixture` without one group, each group in turn."""
    n = mixture.weights.size
    return [
        Mixture(w / w.sum(), m, v)
        for w, m, v in ((np.delete(part, group) for part in mixture) for group in range(n))
    ]


def merges(mixture):
    """`mixture` with two groups as one of the same mean and variance, each pair in turn."""
    found = []
    for pair in combinations(range(mixture.weights.size), 2):
        weights, means, variances = (part[list(pair)] for part in mixture)
        weight = weights.sum()
        shares = weights / weight if weight > 0 else np.full(2, 0.5)
        mean = shares @ means
        one = weight, mean, shares @ (variances + (means - mean) ** 2)
        others = (np.delete(part, pair) for part in mixture)
        found.append(Mixture(*map(np.append, others, one)))
    return found


def solve_best(points, candidates, constraints, *, tol=1e-3, max_iter=60):
    """Solve the candidates that look best after a few EM steps; the best of them.

    The mixture and its penalised log-likelihood.
    """
    mixtures = in_batches(
        lambda batch: em_steps(points, batch, constraints, N_GLANCES),
        constraints.apply(stack(candidates)),
    )
    if len(candidates) > N_SOLVED:
        glances = in_batches(partial(_height, points, constraints), mixtures)
        mixtures = take(mixtures, np.argsort(-glances, kind="stable")[:N_SOLVED])
    climbed = climb(points, mixtures, constraints, tol=tol, max_iter=max_iter)
    heights = climbed.log_likelihood - penalty(
        climbed.mixtures, constraints, points.noise_level
    )
    winner = int(heights.argmax())
    return take(climbed.mixtures, winner), heights[winner]


def _height(points, constraints, mixtures):
    cost = penalty(mixtures, constraints, points.noise_level)
    return e_step(points, mixtures).log_likelihood - cost


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
    seeds = [
        around(seeding(signal.points, n_components, rng), signal.variance)
        for seeding in (kmeans_plusplus, random_from_data)
        for _ in range(FEWEST_SCATTERED + N_SCATTERED * (n_components - 2))
    ]
    return in_batches(
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


def insert_groups(points, n_components, constraints):
    """The best mixture of `n_components` groups found on the points."""
    signal = without_noise(points)
    mixture = Mixture(np.ones(1), np.array([signal.mean]), np.array([signal.variance]))
    if n_components == 1:
        return mixture
    places = sites(points)

    def grow(mixture):
        return insertions(points, places, mixture) + splits(mixture)

    for size in range(2, n_components):
        limits = smaller(constraints, size)
        mixture, _ = solve_best(points, grow(mixture), limits)
    found = scattered(points, signal, n_components, constraints)
    others = [take(found, k) for k in range(found.weights.shape[0])]
    side_by_side = around(quantile(signal.points, n_components, None), signal.variance)
    mixture, height = solve_best(
        points, [*grow(mixture), side_by_side, *others], constraints
    )
    while n_components > 2:
        limits = smaller(constraints, n_components - 1)
        fewer = em_steps(points, limits.apply(stack(removals(mixture))), limits, N_GLANCES)
        candidates = [c for k in range(n_components) for c in grow(take(fewer, k))]
        again, higher = solve_best(points, candidates, constraints)
        if higher <= height + GAIN:
            break
        mixture, height = again, higher
    return mixture


def smaller(constraints, n_components):
    """The same ties, bounds and preferences for fewer groups."""
    fewer = unconstrained(n_components, constraints.variance_floor)
    return constraints._replace(fixed=fewer.fixed, free=fewer.free)
