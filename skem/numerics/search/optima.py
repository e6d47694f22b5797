"""The optima that a search found beside the one that is published."""

from collections.abc import Iterable, Iterator
from itertools import islice
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
AT_THE_TOP, N_KEPT = 0.1, 8

# The number of optima that are listed beside the published one.
N_LISTED = 4

# The nats that are left to be gained at the tops that are listed, and the most steps there.
TOL, MAX_ITER = 1e-6, 200

# The largest difference of weights, means (in sds) and log variances of two optima that are
# the same, and that of their log-likelihoods, in nats.
SAME, ALIKE = 0.05, 0.1


class Optimum(NamedTuple):
    """A mixture at the top of its hill, its log-likelihood, and its height by the rule.

    The log-likelihood is that of the points that the search was on.
    """

    mixture: Mixture
    log_likelihood: float
    height: float


def optima_of(climbed: Climb, heights: np.ndarray) -> list[Optimum]:
    """The Optima among the mixtures of a Climb: those that are near a top."""
    return [
        Optimum(take(climbed.mixtures, k), float(climbed.log_likelihood[k]), heights[k])
        for k in np.flatnonzero(climbed.remaining < AT_THE_TOP)
    ]


def distinct(
    found: Iterable[Optimum], constraints: Constraints, noise: float = 0.0
) -> Iterator[Optimum]:
    """The Optima found, best first, without repeats, as seen through the noise."""
    kept: list[Optimum] = []
    for one in sorted(found, key=lambda one: -one.height):
        if not any(
            abs(one.log_likelihood - other.log_likelihood) < ALIKE
            and same(one.mixture, other.mixture, constraints, noise)
            for other in kept
        ):
            kept.append(one)
            yield one


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
    best = list(islice(distinct(found, constraints, points.noise_level), N_KEPT))
    return Searched(published, float(log_likelihood), best, points, constraints)


def list_optima(searched: Searched) -> list[Optimum]:
    """The published mixture as an Optimum, then the others by height.

    The first log-likelihood is that of all cells. The others, and all heights, are those of
    the points.
    """
    points, constraints = searched.points, searched.constraints
    mixtures = [searched.published]
    for one in _tops(searched):
        if not any(same(one, other, constraints, points.noise_level) for other in mixtures):
            mixtures.append(one)
    batch = stack(mixtures)
    logs = e_step(points, batch).log_likelihood
    heights = logs - cost(batch, logs, constraints, points)
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


def same(
    one: Mixture, other: Mixture, constraints: Constraints, noise: float = 0.0
) -> bool:
    """Whether two mixtures are the same optimum, as they are seen through the noise.

    The order of groups matters only where fixed values tell them apart.
    """
    one, other = (m._replace(variances=m.variances + noise) for m in (one, other))
    slots = np.nan_to_num(constraints.fixed, nan=np.inf)
    one, other = (take(m, np.lexsort((m.variances, m.means, *slots))) for m in (one, other))
    if np.any(np.abs(one.weights - other.weights) > SAME):
        return False
    floor = np.finfo(float).tiny
    widths = np.sqrt(np.maximum(np.minimum(one.variances, other.variances), floor))
    if np.any(np.abs(one.means - other.means) > SAME * widths):
        return False
    logs = (np.log(np.maximum(m.variances, floor)) for m in (one, other))
    return bool(np.all(np.abs(np.subtract(*logs)) <= SAME))
