"""Mixtures that differ from a given one by a group: the moves of a search.

A new group is tried where the derivative of the log-likelihood towards a normal group at
(m, v), ``mean_i N(z_i; m, v) / f(z_i) - 1``, promises most (Lindsay 1983; Vlassis and Likas
2002). Groups are also split, merged, moved elsewhere, and exchanged.
"""

from collections.abc import Collection, Sequence
from itertools import combinations, islice, permutations
from typing import Any, NamedTuple

import numpy as np

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import LOG_2PI, Mixture, stack, take
from ..model.scales import Scales, log_groups
from .choice import narrowest_shown, price
from .denoise import Signal, without_noise

# The fixed weight, mean and variance of a group, infinite where free.
Slot = tuple[float, float, float]

# The number of quantiles that are tried as the mean of a new group, and its sds in units of
# the pooled one.
N_MEANS = 48
LEVELS = (np.arange(N_MEANS) + 0.5) / N_MEANS
SDS = np.array([1.0, 0.6, 0.35, 0.2, 0.1, 0.05, 0.02, 0.01])

# The density of a mixture, in units of the highest of a site, that counts as none.
FAINT = 1e-100

# The narrowest of them where cells crowd, in the same units.
TINY = 1e-6

# The number of sds for a group whose mean is fixed; they reach the farthest value.
N_SDS = 12

# The factor from one sd to the next where errors are smaller than that, and the most steps.
STEP, MOST_STEPS = 4.0, 16

# The distance between the parts of a group that is split, in its sds.
SPREAD = {2: 1.6, 3: 1.1}

# The least weight of a new group.
LEAST_WEIGHT = 1e-3

# The number of insertions that are proposed, and the most orders of the groups.
N_INSERTIONS, MOST_ORDERS = 5, 120


class Sites(NamedTuple):
    """Densities (variances, means, K) of all points under a group at each of the places.

    `resolved` says at which (variances, means) the points would show it.
    """

    means: np.ndarray
    variances: np.ndarray
    densities: np.ndarray
    resolved: np.ndarray


def sites(
    points: Points,
    mean: float = np.nan,
    variance: float = np.nan,
    signal: Signal | None = None,
) -> Sites:
    """The places where a new group is tried; all of this mean or variance, if given.

    The Signal behind the points is found if it is not given.
    """
    signal = signal or without_noise(points)
    means = signal.points.quantile(LEVELS)
    sds = ladder(points, signal)
    if not np.isnan(mean):
        means = np.array([mean])
        farthest = np.abs(points.values - mean).max()
        sds = np.geomspace(max(farthest, sds[0]), sds[-1], N_SDS)
    variances, resolved = np.array([variance]), np.ones((1, means.size), dtype=bool)
    if np.isnan(variance):
        variances = np.square(sds)
        resolved = variances[:, None] >= narrowest_shown(points, means)
    square = np.square(points.values - means[:, None])
    densities = np.empty((variances.size, *square.shape))
    for density, v in zip(densities, variances, strict=True):  # each fits into a cache
        for k, (noise, log_weights) in enumerate(_nodes(points)):
            term = np.empty_like(density) if k else density
            with np.errstate(over="ignore"):  # to a density of 0
                np.multiply(square, -0.5 / (v + noise), out=term)
            term += log_weights - 0.5 * (np.log(v + noise) + LOG_2PI)
            np.exp(term, out=term)
            if k:
                density += term
    return Sites(means, variances, densities, resolved)


def _nodes(points: Points) -> list[tuple[Any, Any]]:
    """The noise variances at each node of noise, and the logs of the nodes' weights."""
    if isinstance(points.seen, Scales):
        return list(zip(points.seen.variances, points.seen.log_weights, strict=True))
    return [(0.0 if points.noise is None else points.noise, 0.0)]


def ladder(points: Points, signal: Signal) -> np.ndarray:
    """Sds that a group may have, from the widest down.

    They go on where some cells crowd, as those in decimals beside others in percent. For
    noisy points they reach from the distance of the farthest value down to the smallest
    error. Noisy points may lie many units apart, since the most precise ones set the unit.
    """
    sds = SDS * np.sqrt(signal.variance)
    if points.noise is None:
        means = points.quantile(LEVELS)
        crowd = np.min(np.diff(means))
        return np.append(sds, _steps(sds[-1], np.clip(crowd, TINY, sds[-1]))[1:])
    farthest = np.abs(points.values - signal.mean).max()
    least = np.sqrt(np.maximum(points.noise.min(), np.finfo(float).tiny))
    wider = _steps(sds[0], max(farthest, sds[0]))[:0:-1]
    return np.concatenate([wider, sds, _steps(sds[-1], min(least, sds[-1]))[1:]])


def _steps(begin: float, end: float) -> np.ndarray:
    """The sds from one to another by a factor STEP, or by what MOST_STEPS steps need."""
    n_steps = np.ceil(abs(np.log(end / begin)) / np.log(STEP))
    return np.geomspace(begin, end, int(min(n_steps, MOST_STEPS)) + 1)


def insertions(points: Points, places: Sites, mixture: Mixture) -> list[Mixture]:
    """`mixture` with one more group, at the places that promise most."""
    return insertions_of_each(points, places, stack([mixture]))[0]


def insertions_of_each(
    points: Points, places: Sites, mixtures: Mixture
) -> list[list[Mixture]]:
    """Each of C mixtures with one more group, at the places that promise most.

    They promise likelihood, or height by the rule of choice, which narrow groups lower. The
    points may be those of C data sets.
    """
    joint = log_groups(points.values, mixtures, points.seen)
    peak = joint.max(axis=1)
    joint -= peak[:, None]
    density = np.exp(peak) * np.exp(joint).sum(axis=1)
    density = np.maximum(density, FAINT * max(1.0, places.densities.max()))
    share = points.masses / points.masses.sum(axis=-1, keepdims=True) / density
    slope = places.densities @ share.T - 1
    share /= density
    square = np.empty_like(slope)
    for k, one in enumerate(places.densities):  # each fits into a cache
        square[k] = np.square(one) @ share.T
    gain, weights = (np.moveaxis(part, -1, 0) for part in promise(slope, square))
    gain = np.where(places.resolved, points.mass * gain, -np.inf)
    n_mixtures, n_components = mixtures.weights.shape
    costs = price(places.variances, noise=points.noise_level, n_components=n_components + 1)
    high = gain - (np.broadcast_to(points.unit, n_mixtures)[:, None] * costs)[..., None]
    best = [np.concatenate(pair) for pair in zip(_peaks(gain), _peaks(high), strict=True)]
    return [
        _with_groups(take(mixtures, k), places, weights[k], dict.fromkeys(map(tuple, at)))
        for k, at in enumerate(best)
    ]


def _with_groups(
    mixture: Mixture, places: Sites, weights: np.ndarray, at: Collection[tuple]
) -> list[Mixture]:
    """`mixture` with a group at each of the places, (variance, mean), of such a weight."""
    rows, columns = np.array(list(at), dtype=int).reshape(-1, 2).T
    weight = np.minimum(np.maximum(weights[rows, columns], LEAST_WEIGHT), 0.5)
    found = Mixture(*(np.empty((weight.size, part.size + 1)) for part in mixture))
    new = weight, places.means[columns], places.variances[rows]
    for every, part, last in zip(found, mixture, new, strict=True):
        every[:, :-1], every[:, -1] = part, last
    found.weights[:, :-1] *= (1 - weight)[:, None]
    return [take(found, k) for k in range(weight.size)]


def promise(slope: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gain of a new group per unit of mass, and its weight (equation I).

    They are exact where the density ratio N / f has two values, 0 and another one, for
    the given mean less 1, and mean square, of the ratio.
    """
    promising = (slope > 0) & (square > (1 + slope) ** 2)
    mean = np.where(promising, 1 + slope, 1.0)
    square = np.where(promising, square, 2.0)
    share = mean**2 / square
    weights = mean * (mean - 1) / (square - mean)
    gain = share * np.log(mean) + (1 - share) * np.log1p(-weights)
    return np.where(promising, gain, -np.inf), weights


def _peaks(gains: np.ndarray) -> list[np.ndarray]:
    """Indices of the highest local maxima of each of C (variances, means) maps."""
    n_maps, n_rows, n_columns = gains.shape
    padded = np.full((n_maps, n_rows + 2, n_columns + 2), -np.inf)
    padded[:, 1:-1, 1:-1] = gains
    rows = np.maximum(np.maximum(padded[:, :-2], padded[:, 1:-1]), padded[:, 2:])
    highest = np.maximum(np.maximum(rows[..., :-2], rows[..., 1:-1]), rows[..., 2:])
    at = np.argwhere(np.isfinite(gains) & (gains == highest))
    at = at[np.lexsort((-gains[tuple(at.T)], at[:, 0]))]
    begin = np.searchsorted(at[:, 0], np.arange(n_maps + 1))
    ends = np.minimum(begin[1:], begin[:-1] + N_INSERTIONS)
    return [at[i:j, 1:] for i, j in zip(begin[:-1], ends, strict=True)]


def splits(mixture: Mixture, n_parts: int = 2) -> list[Mixture]:
    """`mixture` with one group in parts side by side, each group in turn.

    The first part takes the group's place, and the others come last. Together they have the
    mean and the variance of the group.
    """
    places = SPREAD[n_parts] * (np.arange(n_parts) - (n_parts - 1) / 2)
    within = 1 - np.mean(np.square(places))
    found = []
    for group in range(mixture.weights.size):
        added = np.full(n_parts - 1, group)
        weights, means, variances = (np.append(part, part[added]) for part in mixture)
        parts = np.append(group, np.arange(mixture.weights.size, weights.size))
        weights[parts] /= n_parts
        means[parts] += places * np.sqrt(variances[group])
        variances[parts] *= within
        found.append(Mixture(weights, means, variances))
    return found


def removals(mixture: Mixture) -> list[Mixture]:
    """`mixture` without one group, each group in turn."""
    return [removal(mixture, group) for group in range(mixture.weights.size)]


def removal(mixture: Mixture, group: int) -> Mixture:
    """`mixture` without a group."""
    weights, means, variances = (np.delete(part, group) for part in mixture)
    shares = weights if weights.any() else np.ones_like(weights)
    return Mixture(shares / shares.sum(), means, variances)


def merges(mixture: Mixture) -> list[Mixture]:
    """`mixture` with two groups as one of the same mean and variance, each pair in turn."""
    pairs = list(combinations(range(mixture.weights.size), 2))
    merged = _merged(mixture, pairs)
    return [take(merged, k) for k in range(len(pairs))]


def merge(mixture: Mixture, pair: Sequence[int]) -> Mixture:
    """`mixture` with a pair of groups as one of their mean and variance, the last."""
    return take(_merged(mixture, [pair]), 0)


def _merged(mixture: Mixture, pairs: Sequence[Sequence[int]]) -> Mixture:
    """`mixture` with each of J pairs of groups as one, the last, (J, L - 1).

    Differences from the first group are added to it, so that what the two have in common is
    not rounded.
    """
    at = np.array(pairs, dtype=int).reshape(-1, 2)
    left = np.ones((len(at), mixture.weights.size), dtype=bool)
    np.put_along_axis(left, at, False, axis=1)
    others = np.nonzero(left)[1].reshape(len(at), -1)
    weights, means, variances = (part[at] for part in mixture)
    weight = weights.sum(axis=1)
    share = np.where(weight > 0, weights[:, 1] / np.where(weight > 0, weight, 1.0), 0.5)
    apart = means[:, 1] - means[:, 0]
    within = variances[:, 0] + share * (variances[:, 1] - variances[:, 0])
    one = weight, means[:, 0] + share * apart, within + share * (1 - share) * apart**2
    return Mixture(
        *(
            np.concatenate([part[others], new[:, None]], axis=1)
            for part, new in zip(mixture, one, strict=True)
        )
    )


def slots_of(constraints: Constraints) -> list[Slot]:
    """The fixed weight, mean and variance of each group, infinite where free."""
    fixed = (np.nan_to_num(part, nan=np.inf).tolist() for part in constraints.fixed)
    return list(zip(*fixed, strict=True))


def places_of(points: Points, constraints: Constraints) -> dict[Slot, Sites]:
    """The Sites for a group in each slot, by slot."""
    signal, found = without_noise(points), {}
    for slot in set(slots_of(constraints)):
        mean, variance = (np.nan if np.isinf(value) else value for value in slot[1:])
        found[slot] = sites(points, mean, variance, signal)
    return found


def assignments(mixture: Mixture, constraints: Constraints) -> list[Mixture]:
    """`mixture` with its groups in every order that the fixed values tell apart."""
    slots = slots_of(constraints)
    found: dict[frozenset, Mixture] = {}
    for order in islice(permutations(range(len(slots))), MOST_ORDERS):
        told_apart = frozenset(zip(order, slots, strict=True))
        found.setdefault(told_apart, take(mixture, list(order)))
    return list(found.values())


def relocations(
    points: Points,
    places: dict[Slot, Sites],
    mixture: Mixture,
    constraints: Constraints,
    groups: Collection[int] | None = None,
) -> list[Mixture]:
    """`mixture` with one of the `groups` (default: all) elsewhere, in its own slot."""
    n = mixture.weights.size
    slots = slots_of(constraints)
    found: list[Mixture] = []
    for slot, rest in enumerate(removals(mixture)):
        if groups is not None and slot not in groups:
            continue
        order = np.insert(np.arange(n - 1), slot, n - 1)  # the new group is the last
        halves = splits(rest)
        found += [
            take(one, order)
            for one in insertions(points, places[slots[slot]], rest) + halves
        ]
        for k, half in enumerate(halves):  # the other half in its place
            swapped = order.copy()
            at = int(np.flatnonzero(order == k)[0])
            swapped[[slot, at]] = swapped[[at, slot]]
            found.append(take(half, swapped))
    return found


def exchanges(mixture: Mixture, constraints: Constraints) -> list[Mixture]:
    """`mixture` with two groups in each other's slots, for each pair of unlike slots."""
    slots = slots_of(constraints)
    found = []
    for i, j in combinations(range(len(slots)), 2):
        if slots[i] != slots[j]:
            order = np.arange(len(slots))
            order[[i, j]] = j, i
            found.append(take(mixture, order))
    return found
