"""Spare groups, without which a mixture is as likely: empty ones, and two that coincide.

A mixture of L groups is no optimum of L groups if one group is spare. Where two groups
coincide, score and curvature of the way apart are both 0; where a weight is near 0, so is
its score. No step of a climb leaves such a place, and a search must.
"""

from functools import cache
from itertools import combinations
from typing import NamedTuple, Self

import numpy as np

from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .choice import cost
from .proposals import merge, removal

# The nats that a group that is not spare is worth, and the share of a log-likelihood that
# the sums of many cells round off.
WORTH, ROUNDING = 1e-5, 1e-13

# The share of a value's mass that a group on that value alone may miss.
SHORT = 1e-6

# The share of all mass below which a group is without cells, whatever its weight is.
WITHOUT = 1e-12

# The largest distance of two groups that may coincide, in sds and in the log variance.
NEAR = 0.25

# The nats per cell by which no log-likelihoods of two mixtures differ.
BEYOND = 1e4


def spare_groups(
    points: Points, mixture: Mixture, constraints: Constraints
) -> list[tuple[int, int | None]]:
    """The groups without which `mixture` is as likely, each with the one it coincides with.

    They are pairs ``(group, other)``; `other` is None for an empty group. A group without
    cells is empty, whatever its weight is.
    """
    return spare_of_each(points, stack([mixture]), constraints)[0]


def have_spare(points: Points, mixtures: Mixture, constraints: Constraints) -> np.ndarray:
    """Whether each of C mixtures has a spare group (C,)."""
    found = spare_of_each(points, mixtures, constraints)
    return np.array([bool(pairs) for pairs in found])


def may_have_spare(
    points: Points, mixtures: Mixture, constraints: Constraints
) -> np.ndarray:
    """Whether each of C mixtures (C,) has rare groups, or two that nearly coincide."""
    suspects = [_rare(points, mixtures, constraints)]
    if mixtures.weights.shape[-1] > 1:
        suspects.append(_near_pairs(points, mixtures, constraints))
    return np.any(np.concatenate(suspects, axis=-1), axis=-1)


def spare_of_each(
    points: Points, mixtures: Mixture, constraints: Constraints
) -> list[list[tuple[int, int | None]]]:
    """The spare groups of each of C mixtures; those of all are judged by one E-step."""
    n_mixtures, n_components = mixtures.weights.shape
    found: list[list[tuple[int, int | None]]] = [[] for _ in range(n_mixtures)]
    if n_components == 1:
        return found
    points = points.plain  # of fewer groups there are fewer prior funds
    near = _near_pairs(points, mixtures, constraints)
    least = max(1.0, (1 - SHORT) * points.least_mass)
    free = constraints.free.weights
    if mixtures.weights.min() * points.mass >= least and free.all() and not near.any():
        return found
    rare = _rare(points, mixtures, constraints)
    empty = _without_cells(points, mixtures, constraints)
    if rare.any():
        # Where a bin is wider than the group, its point does not say what it is worth.
        empty |= rare & (mixtures.variances < np.square(points.width_at(mixtures.means)))
    for k, group in np.argwhere(empty).tolist():
        found[k].append((group, None))
    suspects: list[tuple[int, int, int | None]]
    suspects = [(k, group, None) for k, group in np.argwhere(rare & ~empty).tolist()]
    pairs = each_pair(n_components)
    suspects += [(k, *pairs[j]) for k, j in np.argwhere(near).tolist()]
    if not suspects:
        return found
    at = [k for k, _, _ in suspects]
    fewer = [_without(take(mixtures, k), group, other) for k, group, other in suspects]
    heights = e_step(points, take(mixtures, at)).log_likelihood
    losses = heights - e_step(points, stack(fewer)).log_likelihood
    unit = min(1.0, points.least_mass)
    allowed = WORTH * unit + ROUNDING * np.maximum(np.abs(heights), points.mass)
    for (k, group, other), spare in zip(suspects, losses <= allowed, strict=True):
        if spare:
            found[k].append((group, other))
    return found


def _without(mixture: Mixture, group: int, other: int | None) -> Mixture:
    """`mixture` without a group, or with it and another one as one."""
    return removal(mixture, group) if other is None else merge(mixture, (group, other))


@cache
def each_pair(n_components: int) -> list[tuple[int, int]]:
    """The pairs of different groups."""
    return list(combinations(range(n_components), 2))


@cache
def _pair_indices(n_components: int) -> np.ndarray:
    """The first and the second of each pair of different groups, (2, J)."""
    return np.array(each_pair(n_components)).T


def rare_groups(points: Points, mixture: Mixture, constraints: Constraints) -> list[int]:
    """Groups with less than one value's mass that may be elsewhere.

    The score of such a group is as small as its weight, so it does not show what the group
    could gain. If only the weight of a group is free, the caller has chosen its place, and
    the weight may be 0. A weight that is held is what the caller wants.
    """
    return np.flatnonzero(_rare(points, mixture, constraints)).tolist()


def spare_or_rare(points: Points, mixture: Mixture, constraints: Constraints) -> set[int]:
    """The set of groups that are spare, either of two that coincide, or rare."""
    pairs = spare_groups(points, mixture, constraints)
    groups = {group for pair in pairs for group in pair if group is not None}
    return groups.union(rare_groups(points, mixture, constraints))


def _rare(points: Points, mixtures: Mixture, constraints: Constraints) -> np.ndarray:
    rare = mixtures.weights * points.mass < (1 - SHORT) * points.least_mass
    return rare & constraints.movable & ~constraints.held_weights


def _near_pairs(points: Points, mixtures: Mixture, constraints: Constraints) -> np.ndarray:
    """Whether each pair of groups (..., J) is near, as they are seen through the noise.

    A pair is not near if neither group can move: it stands as the caller wants it.
    """
    movable = constraints.movable
    i, j = _pair_indices(mixtures.weights.shape[-1])
    seen = np.maximum(mixtures.variances + points.noise_level, np.finfo(float).tiny)
    sds, logs = np.sqrt(seen), np.log(seen)
    apart = np.abs(mixtures.means[..., i] - mixtures.means[..., j])
    near = apart <= NEAR * np.minimum(sds[..., i], sds[..., j])
    near &= np.abs(logs[..., i] - logs[..., j]) < NEAR
    return near & (movable[i] | movable[j])


def _without_cells(
    points: Points, mixtures: Mixture, constraints: Constraints
) -> np.ndarray:
    """Whether each group (C, L) may move, and has next to none of the mass.

    A free weight that is worth a cell has cells, or a step would lower it at once.
    """
    worth = mixtures.weights * points.mass
    found = np.zeros(worth.shape, dtype=bool)
    asked = np.flatnonzero((worth.min(axis=-1) < 1) | ~constraints.free.weights.all())
    if asked.size:
        mass = e_step(points.plain, take(mixtures, asked)).mass
        found[asked] = constraints.movable & (mass < WITHOUT * points.mass)
    return found


class Ranks(NamedTuple):
    """Heights (C,) of mixtures by the rule of choice, and what they rest on.

    They are the mixtures' log-likelihoods without their empty groups, and whether they have
    a spare group.
    """

    heights: np.ndarray
    log_likelihoods: np.ndarray
    spare: np.ndarray

    @classmethod
    def of(
        cls,
        points: Points,
        mixtures: Mixture,
        log_likelihoods: np.ndarray,
        constraints: Constraints,
    ) -> Self:
        """The Ranks of mixtures of shape (C, L)."""
        costs = cost(mixtures, log_likelihoods, constraints, points)
        pairs = spare_of_each(points, mixtures, constraints)
        logs = log_likelihoods - _worth_of_empty(points, mixtures, pairs)
        return cls(log_likelihoods - costs, logs, np.array([bool(some) for some in pairs]))

    def spare_last(self, points: Points) -> np.ndarray:
        """The heights, with those of mixtures that have a spare group last.

        Mixtures without one that are less likely are no optimum either. If there is a
        likelier mixture with a spare group, those without one are last.
        """
        heights, logs, spare = self
        if not spare.any() or spare.all():
            return heights
        best = logs[~spare].max() + WORTH * min(1.0, points.mass)
        last = spare if (logs[spare] <= best).all() else ~spare
        return np.where(last, heights - BEYOND * points.mass, heights)


def _worth_of_empty(
    points: Points, mixtures: Mixture, pairs: list[list[tuple[int, int | None]]]
) -> np.ndarray:
    """The nats (C,) that groups add which count as empty.

    Points do not show what a group narrower than a bin is worth, and it may seem much.
    """
    worth = np.zeros(len(pairs))
    for k, some in enumerate(pairs):
        empty = [group for group, other in some if other is None]
        if empty and len(empty) < mixtures.weights.shape[-1]:
            whole = take(mixtures, k)
            rest = Mixture(*(np.delete(part, empty) for part in whole))
            rest = rest._replace(weights=rest.weights / rest.weights.sum())
            both = [e_step(points.plain, one).log_likelihood for one in (whole, rest)]
            worth[k] = np.subtract(*both)
    return worth


def rank(
    points: Points, mixtures: Mixture, log_likelihoods: np.ndarray, constraints: Constraints
) -> np.ndarray:
    """Heights (C,) by the rule of choice, those of mixtures with a spare group last."""
    return Ranks.of(points, mixtures, log_likelihoods, constraints).spare_last(points)
