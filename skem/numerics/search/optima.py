"""The optima that a search found beside the one that is published."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from ..ascent.newton import Climb, climb, settled
from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .choice import cost
from .spare import have_spare

# The nats that an optimum may leave to be gained, and the number of optima that are kept.
AT_THE_TOP, N_KEPT = 0.1, 24

# The multiple of what remains to be gained, and of a further nat, that no climb gains.
FAR = 4.0

# The number of optima that are listed beside the published one.
N_LISTED = 4

# The nats that are left to be gained at the tops that are listed, and the most steps there.
TOL, MAX_ITER = 1e-6, 200

# The largest difference of weights, means (in sds) and log variances of two optima that are
# the same, and that of their log-likelihoods, in nats.
SAME, ALIKE = 0.05, 0.1


class Optimum(NamedTuple):
    """A mixture near the top of its hill, its log-likelihood, and its height by the rule.

    The log-likelihood is that of the points that the search was on.
    """

    mixture: Mixture
    log_likelihood: float
    height: float


def optima_of(climbed: Climb, heights: np.ndarray) -> list[Optimum]:
    """The Optima among the mixtures of a Climb: those near a top, or out of reach."""
    ended = climbed.remaining < AT_THE_TOP
    ended |= climbed.remaining < out_of_reach(heights, ended)
    return [
        Optimum(take(climbed.mixtures, k), float(climbed.log_likelihood[k]), heights[k])
        for k in np.flatnonzero(ended)
    ]


def out_of_reach(heights: np.ndarray, arrived: np.ndarray) -> np.ndarray:
    """The nats (C,) that may remain at heights from where the highest top is out of reach.

    A climb gains what remains by Newton's decrement, and not several times that. A mixture
    that has not `arrived` may seem higher than it ends.
    """
    return (heights.max(where=arrived, initial=-np.inf) - heights) / FAR - 1


def distinct(
    found: Sequence[Optimum], constraints: Constraints, noise: float = 0.0
) -> list[Optimum]:
    """The best Optima found, best first, without repeats, as seen through the noise."""
    if not found:
        return []
    mixtures, logs, heights = zip(*found, strict=True)
    every = stack(mixtures), np.array(heights)
    best = different(*every, constraints, noise, log_likelihoods=np.array(logs))
    return [found[k] for k in best[:N_KEPT]]


def different(
    mixtures: Mixture,
    heights: np.ndarray,
    constraints: Constraints,
    noise: float = 0.0,
    nearest: float = SAME,
    log_likelihoods: np.ndarray | None = None,
) -> list[int]:
    """Indices of C mixtures, highest first, without those that are close to a higher one.

    Mixtures are compared as they are seen through the noise. The order of groups matters
    only where fixed values tell them apart.
    """
    if heights.size == 1:
        return [0]
    keys = [mixtures.variances, mixtures.means]
    if constraints.any_fixed:
        slots = np.nan_to_num(constraints.fixed, nan=np.inf)[:, None]
        keys += [*np.broadcast_to(slots, (3, *mixtures.means.shape))]
    order = np.lexsort(keys)
    at = np.arange(heights.size)[:, None], order
    weights, means, variances = (part[at] for part in mixtures)
    variances = np.maximum(variances + noise, np.finfo(float).tiny)
    sds, logs = np.sqrt(variances), np.log(variances)
    mean, sd = means[:, 0], sds[:, 0]
    one, other = np.nonzero(  # most mixtures differ in their first group
        np.abs(mean[:, None] - mean) <= nearest * np.minimum(sd[:, None], sd)
    )
    near = np.abs(means[one] - means[other]) <= nearest * np.minimum(sds[one], sds[other])
    near &= np.abs(weights[one] - weights[other]) <= nearest
    near &= np.abs(logs[one] - logs[other]) <= nearest
    alike = near.all(axis=-1)
    if log_likelihoods is not None:
        alike &= np.abs(log_likelihoods[one] - log_likelihoods[other]) < ALIKE
    close: dict[int, list[int]] = {}
    for k, neighbour in zip(one[alike].tolist(), other[alike].tolist(), strict=True):
        close.setdefault(k, []).append(neighbour)
    kept: list[int] = []
    left_out: set[int] = set()
    for k in np.argsort(-heights, kind="stable").tolist():
        if k not in left_out:
            kept.append(k)
            left_out.update(close.get(k, ()))
    return kept


class Searched(NamedTuple):
    """A search and its result: what :func:`list_optima` needs.

    It holds the published mixture and its log-likelihood of all cells, the best Optima
    found, the points that they were found on, and the constraints there.
    """

    published: Mixture
    log_likelihood: float
    found: list[Optimum]
    points: Points
    constraints: Constraints


def remember(
    published: Mixture,
    log_likelihood: float,
    found: Iterable[Optimum],
    points: Points,
    constraints: Constraints,
) -> Searched:
    """The Searched with the best Optima found, without repeats."""
    best = distinct(list(found), constraints, points.noise_level)
    return Searched(published, float(log_likelihood), best, points, constraints)


def list_optima(searched: Searched) -> list[Optimum]:
    """The published mixture as an Optimum, then the others by height.

    The first log-likelihood is that of all cells. The others, and all heights, are those of
    the points.
    """
    points, constraints = searched.points, searched.constraints
    batch = stack([searched.published, *_tops(searched)])
    logs = e_step(points, batch).log_likelihood
    heights = logs - cost(batch, logs, constraints, points)
    published_first = np.where(np.arange(heights.size) == 0, np.inf, heights)
    listed = different(batch, published_first, constraints, points.noise_level)
    mixtures = [take(batch, k) for k in listed]
    logs, heights = logs[listed], heights[listed]
    logs[0] = searched.log_likelihood
    first, *others = map(Optimum, mixtures, logs.tolist(), heights.tolist())
    return [first, *sorted(others, key=lambda one: -one.height)[:N_LISTED]]


def _tops(searched: Searched) -> list[Mixture]:
    """The mixtures at the tops of the hills that the Optima found are on."""
    if not searched.found:
        return []
    points, limits = searched.points, searched.constraints.on(searched.points)
    mixtures = limits.apply(stack([one.mixture for one in searched.found]))
    climbed = climb(points, mixtures, limits, tol=TOL, max_iter=MAX_ITER)
    tops = settled(climbed.remaining, TOL)
    tops &= ~have_spare(points, climbed.mixtures, limits)
    return [take(climbed.mixtures, k) for k in np.flatnonzero(tops)]
