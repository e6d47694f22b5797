"""A global search without chance: groups enter one by one where they gain most.

From l - 1 groups to l, the new one is put where the derivative of the
log-likelihood towards a normal group at (m, v),
``mean_i N(z_i; m, v) / f(z_i) - 1``, promises most (Lindsay 1983; Vlassis and
Likas 2002), and every group is also tried in two halves. At the end groups are
taken out and inserted again while that gains.
"""

from typing import NamedTuple

import numpy as np

from .constraints import unconstrained
from .density import LOG_2PI, Mixture, log_joint
from .em import penalty
from .expectation import e_step
from .newton import climb, em_steps, stack, take

# Where a new group is tried: means at these quantiles, and these variances in
# units of the pooled one.
N_MEANS = 48
SDS = np.array([1.0, 0.6, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01])

# How many insertions are looked at, and how many of all candidates are solved.
N_INSERTIONS = 5
N_SOLVED = 4
N_GLANCES = 8


class Sites(NamedTuple):
    """Normal densities of all points, (variances, means, K), at the places to try."""

    means: np.ndarray
    variances: np.ndarray
    densities: np.ndarray


def sites(points):
    """The places where a new group is tried."""
    means = points.quantile((np.arange(N_MEANS) + 0.5) / N_MEANS)
    variances = np.square(SDS)
    v = variances[:, None, None]
    square = np.square(points.values - means[:, None])
    densities = np.exp(-0.5 * (square / v + np.log(v) + LOG_2PI))
    return Sites(means, variances, densities)


def insertions(points, places, mixture):
    """`mixture` with one more group, at the places that promise most."""
    joint = log_joint(points.values, mixture)
    peak = joint.max(axis=0)
    density = np.exp(peak) * np.exp(joint - peak).sum(axis=0)
    density = np.maximum(density, 1e-100)
    share = points.masses / points.mass
    slope = places.densities @ (share / density) - 1
    square = np.square(places.densities) @ (share / density**2)
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


def side_by_side(points, n_components):
    """Groups of equal mass next to each other."""
    return Mixture(
        np.full(n_components, 1 / n_components),
        points.quantile((np.arange(n_components) + 0.5) / n_components),
        np.full(n_components, 1 / n_components**2),
    )


def removals(mixture):
    """`mixture` without one group, each group in turn."""
    n = mixture.weights.size
    return [
        Mixture(w / w.sum(), m, v)
        for w, m, v in ((np.delete(part, group) for part in mixture) for group in range(n))
    ]


def best_of(points, candidates, constraints, n_kept, *, tol, max_iter):
    """Solve the candidates that look best after a few EM steps; best first."""
    mixtures = constraints.apply(stack(candidates))
    if len(candidates) > n_kept:
        mixtures = em_steps(points, mixtures, constraints, N_GLANCES)
        height = e_step(points, mixtures).log_likelihood - penalty(mixtures)
        mixtures = take(mixtures, np.argsort(-height, kind="stable")[:n_kept])
    return climb(points, mixtures, constraints, tol=tol, max_iter=max_iter)


def insert_groups(points, n_components, constraints, *, tol=1e-3, max_iter=60):
    """The best mixture of `n_components` groups found on the points."""
    places = sites(points)

    def best(candidates, size):
        limits = constraints if size == n_components else smaller(constraints, size)
        climbed = best_of(points, candidates, limits, N_SOLVED, tol=tol, max_iter=max_iter)
        heights = climbed.log_likelihood - penalty(climbed.mixtures)
        winner = int(heights.argmax())
        return take(climbed.mixtures, winner), heights[winner]

    def grow(mixture):
        return insertions(points, places, mixture) + splits(mixture)

    mixture = Mixture(np.ones(1), np.zeros(1), np.ones(1))
    height = -np.inf
    for size in range(2, n_components + 1):
        mixture, height = best([*grow(mixture), side_by_side(points, size)], size)
    while n_components > 2:
        limits = smaller(constraints, n_components - 1)
        fewer = limits.apply(stack(removals(mixture)))
        fewer = em_steps(points, fewer, limits, N_GLANCES)
        candidates = [c for k in range(n_components) for c in grow(take(fewer, k))]
        again, higher = best(candidates, n_components)
        if higher <= height + 1e-2:
            break
        mixture, height = again, higher
    return mixture


def smaller(constraints, n_components):
    """The same ties and bounds for fewer groups."""
    return unconstrained(n_components, constraints.variance_floor)._replace(
        tied_variances=constraints.tied_variances
    )
