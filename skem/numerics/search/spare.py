"""Spare groups, without which a mixture is as likely: empty ones, and two that coincide.

A mixture of L groups is no optimum of L groups if one group is spare. Where two groups
coincide, score and curvature of the way apart are both 0; where a weight is near 0, so is
its score. No step of a climb leaves such a place, and a search must.
"""

import numpy as np

from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .choice import cost
from .proposals import merge, removals

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
    if mixture.weights.size == 1:
        return []
    points = points.plain  # of fewer groups there are fewer prior funds
    rare = rare_groups(points, mixture, constraints)
    # Where a bin is wider than the group, its point does not say what the group is worth.
    hidden = mixture.variances < np.square(points.width_at(mixture.means))
    empty = {group for group in rare if hidden[group]}
    empty.update(np.flatnonzero(_without_cells(points, mixture, constraints)).tolist())
    without: list[tuple[int, int | None]] = [(group, None) for group in sorted(empty)]
    suspects: list[tuple[int, int | None]]
    suspects = [(group, None) for group in rare if group not in empty]
    near, pairs = _near_pairs(points, mixture, constraints)
    suspects += [(group, other) for group, other in pairs[near].tolist()]
    if not suspects:
        return without
    fewer = [
        removals(mixture)[group] if other is None else merge(mixture, (group, other))
        for group, other in suspects
    ]
    height = e_step(points, mixture).log_likelihood
    loss = height - e_step(points, stack(fewer)).log_likelihood
    unit = min(1.0, points.least_mass)
    allowed = WORTH * unit + ROUNDING * max(abs(height), points.mass)
    spare = [pair for pair, lost in zip(suspects, loss, strict=True) if lost <= allowed]
    return without + spare


def have_spare(points: Points, mixtures: Mixture, constraints: Constraints) -> np.ndarray:
    """Whether each of C mixtures has a spare group (C,)."""
    near, _ = _near_pairs(points, mixtures, constraints)
    rare = _rare(points, mixtures, constraints)
    spare = np.logical_or(rare.any(axis=-1), near.any(axis=-1))
    if not constraints.free.weights.all():  # free ones are as small as the mass
        spare |= _without_cells(points, mixtures, constraints).any(axis=-1)
    for k in np.flatnonzero(spare):
        spare[k] = bool(spare_groups(points, take(mixtures, k), constraints))
    return spare


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


def _near_pairs(
    points: Points, mixtures: Mixture, constraints: Constraints
) -> tuple[np.ndarray, np.ndarray]:
    """Whether each pair of groups (..., J) is near through the noise, and the pairs (J, 2).

    A pair is not near if neither group can move: it stands as the caller wants it.
    """
    movable = constraints.movable
    i, j = np.triu_indices(mixtures.weights.shape[-1], 1)
    seen = np.maximum(mixtures.variances + points.noise_level, np.finfo(float).tiny)
    sds, logs = np.sqrt(seen), np.log(seen)
    apart = np.abs(mixtures.means[..., i] - mixtures.means[..., j])
    near = apart <= NEAR * np.minimum(sds[..., i], sds[..., j])
    near &= np.abs(logs[..., i] - logs[..., j]) < NEAR
    return near & (movable[i] | movable[j]), np.column_stack([i, j])


def _without_cells(
    points: Points, mixtures: Mixture, constraints: Constraints
) -> np.ndarray:
    """Whether each group (..., L) may move, and has next to none of the mass.

    A free weight that is worth a cell has cells, or a step would lower it at once.
    """
    worth = mixtures.weights * points.mass
    if constraints.free.weights.all() and worth.min() >= 1:
        return np.zeros(worth.shape, dtype=bool)
    mass = e_step(points.plain, mixtures).mass
    return constraints.movable & (mass < WITHOUT * points.mass)


def rank(
    points: Points, mixtures: Mixture, log_likelihoods: np.ndarray, constraints: Constraints
) -> np.ndarray:
    """Heights (C,) by the rule of choice, those of mixtures with a spare group last.

    Mixtures without one that are less likely are no optimum either. If there is a likelier
    mixture with a spare group, those without one are last.
    """
    heights = log_likelihoods - cost(mixtures, log_likelihoods, constraints, points)
    spare = have_spare(points, mixtures, constraints)
    if spare.any() and not spare.all():
        best = log_likelihoods[~spare].max() + WORTH * min(1.0, points.mass)
        last = spare if (log_likelihoods[spare] <= best).all() else ~spare
        heights = np.where(last, heights - BEYOND * points.mass, heights)
    return heights
