"""Groups that a mixture could do without: empty ones, and two that coincide.

A mixture of L groups of which one is spare is no optimum of L groups. Where two groups
coincide, score and curvature of the way apart are both 0; where a weight is near 0, so is
its score. No step of a climb leaves such a place, and a search must.
"""

import numpy as np

from ..likelihood.expectation import e_step
from ..model.mixture import stack, take
from .choice import cost
from .proposals import merge, removals

# What a group that is not spare is worth, in nats. The sums of many cells round off more.
WORTH, ROUNDING = 1e-5, 1e-13

# The share of all mass below which a group is without cells, whatever its weight is.
WITHOUT = 1e-12

# How far apart two groups are that may coincide, in sds, and in the log of the variance.
NEAR = 0.25

# No log-likelihoods of two mixtures differ by this many nats per cell.
BEYOND = 1e4


def spare_groups(points, mixture, constraints):
    """The groups without which `mixture` is as likely, each with the one it coincides with.

    Pairs ``(group, other)``; `other` is None for an empty group. Whatever its weight is, a
    group without cells is empty.
    """
    if mixture.weights.size == 1:
        return []
    rare = rare_groups(points, mixture, constraints)
    rare = [group for group in rare if not constraints.held_weights[group]]
    # Where a bin is wider than the group, its point does not say what the group is worth.
    hidden = mixture.variances < np.square(points.width_at(mixture.means))
    without = [group for group in rare if hidden[group]]
    without += np.flatnonzero(_without_cells(points, mixture, constraints)).tolist()
    without = [(group, None) for group in sorted(set(without))]
    suspects = [(group, None) for group in rare if (group, None) not in without]
    near, pairs = _near_pairs(points, mixture, constraints)
    suspects += map(tuple, pairs[near].tolist())
    if not suspects:
        return without
    fewer = [
        removals(mixture)[group] if other is None else merge(mixture, (group, other))
        for group, other in suspects
    ]
    height = e_step(points, mixture).log_likelihood
    loss = height - e_step(points, stack(fewer)).log_likelihood
    unit = min(1.0, float(np.min(points.masses)))
    allowed = WORTH * unit + ROUNDING * max(abs(height), points.mass)
    spare = [pair for pair, lost in zip(suspects, loss, strict=True) if lost <= allowed]
    return without + spare


def have_spare(points, mixtures, constraints):
    """Which of C mixtures have a spare group (C,)."""
    near, _ = _near_pairs(points, mixtures, constraints)
    spare = _rare(points, mixtures, constraints).any(axis=-1) | near.any(axis=-1)
    if not constraints.free.weights.all():  # free ones are as small as the mass
        spare |= _without_cells(points, mixtures, constraints).any(axis=-1)
    for k in np.flatnonzero(spare):
        spare[k] = bool(spare_groups(points, take(mixtures, k), constraints))
    return spare


def rare_groups(points, mixture, constraints):
    """Groups with less than one value's mass that may be elsewhere.

    What such a group could gain there does not show where it is: its score is as small as
    its weight. If only the weight of a group is free, the caller has chosen its place, and
    the weight may be 0.
    """
    return np.flatnonzero(_rare(points, mixture, constraints)).tolist()


def spare_or_rare(points, mixture, constraints):
    """The set of groups that are spare, either of two that coincide, or rare."""
    pairs = spare_groups(points, mixture, constraints)
    groups = {group for pair in pairs for group in pair if group is not None}
    return groups.union(rare_groups(points, mixture, constraints))


def _rare(points, mixtures, constraints):
    rare = mixtures.weights * points.mass < np.min(points.masses)
    return rare & constraints.movable


def _near_pairs(points, mixtures, constraints):
    """Which pairs of groups (..., J) are near, as they are seen through the noise; and all.

    A pair of which neither can move stands as the caller wants it.
    """
    movable = constraints.movable
    i, j = np.triu_indices(mixtures.weights.shape[-1], 1)
    seen = np.maximum(mixtures.variances + points.noise_level, np.finfo(float).tiny)
    sds, logs = np.sqrt(seen), np.log(seen)
    apart = np.abs(mixtures.means[..., i] - mixtures.means[..., j])
    near = apart <= NEAR * np.minimum(sds[..., i], sds[..., j])
    near &= np.abs(logs[..., i] - logs[..., j]) < NEAR
    return near & (movable[i] | movable[j]), np.column_stack([i, j])


def _without_cells(points, mixtures, constraints):
    """Which groups (..., L) may move, and have next to none of the mass."""
    mass = e_step(points, mixtures).mass
    return constraints.movable & (mass < WITHOUT * points.mass)


def rank(points, mixtures, log_likelihoods, constraints):
    """Heights (C,) by the rule of choice, those of mixtures with a spare group last.

    Last of all but those that are less likely: these are no optimum either.
    """
    heights = log_likelihoods - cost(mixtures, log_likelihoods, constraints, points)
    spare = have_spare(points, mixtures, constraints)
    if spare.any() and not spare.all():
        best = log_likelihoods[~spare].max() + WORTH * min(1.0, points.mass)
        last = spare if (log_likelihoods[spare] <= best).all() else ~spare
        heights = np.where(last, heights - BEYOND * points.mass, heights)
    return heights
