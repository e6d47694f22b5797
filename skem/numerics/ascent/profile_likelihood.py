"""Profile likelihoods: what is lost where one parameter of a mixture is held elsewhere.

All other free parameters are fitted again. Where the parameter is a group's weight, the
ends of its range are mixtures in which that group, or every other free one, is absent.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, moments, stack, take
from .newton import climb

# Where the climb of the other parameters ends.
CLIMB: dict[str, Any] = {"tol": 1e-7, "max_iter": 200}

# The first step of a search, in sds of the group or on a logarithmic scale, and the number
# of times that steps double.
FIRST, N_DOUBLINGS = 0.05, 100

# The error of an end of an interval, on the same scale.
CLOSE = 1e-7


class Profile:
    """The loss of log-likelihood, in nats, where a parameter of a group is held.

    `part` is the number of the parameter's part in a Mixture: 0 for the weight, 1 for the
    mean, 2 for the variance.
    """

    def __init__(
        self,
        points: Points,
        mixture: Mixture,
        constraints: Constraints,
        part: int,
        group: int,
    ):
        self.points, self.part, self.group = points, part, group
        self.constraints = constraints
        self.top, self.best = _highest(points, [mixture], constraints)
        self.found = [(self.at, self.best)]

    @property
    def at(self) -> float:
        """The parameter's value at the top."""
        return float(self.best[self.part][self.group])

    @property
    def free_weight(self) -> bool:
        """Whether the group's weight may change."""
        return not self.constraints.held_weights[self.group]

    @property
    def largest_weight(self) -> float:
        """The weight that the group has if every other free one is absent."""
        return 1.0 - float(np.nansum(np.delete(self.constraints.fixed.weights, self.group)))

    def loss(self, value: float) -> float:
        """The loss where the parameter has this value."""
        nearest = min(self.found, key=lambda pair: abs(pair[0] - value))[1]
        held = self._holding(value)
        height, best = _highest(self.points, [nearest, self.best], held)
        self.found.append((value, best))
        return self.top - height

    def _holding(self, value: float) -> Constraints:
        fixed = [part.copy() for part in self.constraints.fixed]
        tied = self.constraints.tied_variances
        every = self.part == 2 and tied
        fixed[self.part][slice(None) if every else self.group] = value
        floor = self.constraints.variance_floor
        return Constraints.of(Mixture(*fixed), tied and not every, floor)

    def loss_without(self, absent: np.ndarray) -> float:
        """The loss where some groups (L,) are absent; infinite if they cannot be.

        The groups that stay start where they are, and each of them with what the absent
        ones had.
        """
        free = self.constraints.free.weights
        stay = ~absent
        if self.points.prior is not None or not (free & stay).any() or not absent.any():
            return np.inf
        fixed = take(self.constraints.fixed, stay)
        floor = self.constraints.variance_floor
        held = Constraints.of(fixed, self.constraints.tied_variances, floor)
        starts = [take(self.best, stay)]
        for group in np.flatnonzero(stay):
            joined = absent.copy()
            joined[group] = True
            mean, sd = moments(self._normalised(joined))
            parts = [part.copy() for part in self.best]
            parts[0][group] = self.best.weights[joined].sum()
            parts[1][group], parts[2][group] = mean, sd**2
            starts.append(take(Mixture(*parts), stay))
        return self.top - _highest(self.points, starts, held)[0]

    def _normalised(self, which: np.ndarray) -> Mixture:
        weights, means, variances = take(self.best, which)
        return Mixture(weights / weights.sum(), means, variances)


def _highest(
    points: Points, starts: list[Mixture], constraints: Constraints
) -> tuple[float, Mixture]:
    """The highest log-likelihood that climbs reach, and the mixture there.

    Variances that end on the floor are tried at 0, where every cell has noise.
    """
    tops = climb(points, stack(starts), constraints, **CLIMB)
    best = int(np.argmax(tops.log_likelihood))
    height, mixture = float(tops.log_likelihood[best]), take(tops.mixtures, best)
    free, floor = constraints.free.variances, constraints.variance_floor
    low = free & (mixture.variances <= floor * (1 + 1e-9))
    if not low.any() or not points.noise_level > 0:
        return height, mixture
    bare = np.where(low, 0.0, mixture.variances)
    variances = np.where(free & ~low, np.nan, bare)
    fixed = constraints.fixed._replace(variances=variances)
    held = Constraints.of(fixed, False, floor)
    landed = climb(points, stack([mixture._replace(variances=bare)]), held, **CLIMB)
    if landed.log_likelihood[0] <= height:
        return height, mixture
    return float(landed.log_likelihood[0]), take(landed.mixtures, 0)


def profile_interval_ends(profile: Profile, allowed: float) -> tuple[float, float]:
    """The lowest and the highest value of the parameter that loses `allowed` nats.

    They are ends of the parameter's range where no value loses as much.
    """
    ends = [_weight_ends, _mean_ends, _variance_ends][profile.part]
    return ends(profile, allowed)


def _weight_ends(profile: Profile, allowed: float) -> tuple[float, float]:
    if not profile.free_weight:
        return profile.at, profile.at
    alone = profile.constraints.free.weights.copy()
    alone[profile.group] = False
    only = np.arange(alone.size) == profile.group
    largest = profile.largest_weight
    low, high = 0.0, largest

    def place(odds: float) -> float:
        return largest * float(expit(odds))

    start = float(logit(profile.at / largest))
    if profile.loss_without(only) > allowed:
        low = place(_find(profile, allowed, place, start, -1))
    if profile.loss_without(alone) > allowed:
        high = place(_find(profile, allowed, place, start, 1))
    return low, high


def _mean_ends(profile: Profile, allowed: float) -> tuple[float, float]:
    if not profile.constraints.free.means[profile.group]:
        return profile.at, profile.at
    if _may_be_absent(profile, allowed):
        return -np.inf, np.inf
    unit = _unit(profile)

    def place(steps: float) -> float:
        return profile.at + unit * steps

    low, high = (place(_find(profile, allowed, place, 0.0, way)) for way in (-1, 1))
    return low, high


def _variance_ends(profile: Profile, allowed: float) -> tuple[float, float]:
    if not profile.constraints.free.variances[profile.group]:
        return profile.at, profile.at
    if _may_be_absent(profile, allowed):
        return 0.0, np.inf
    noisy = profile.points.noise_level > 0
    lowest = 0.0 if noisy else profile.constraints.on(profile.points).variance_floor
    bounded = profile.points.prior is not None  # a variance of 0 loses all
    low = 0.0
    start = np.log(max(profile.at, lowest, 1e-4 * _unit(profile) ** 2))

    def place(log: float) -> float:
        return float(np.exp(log))

    if bounded or (profile.at > lowest and profile.loss(lowest) > allowed):
        low = place(_find(profile, allowed, place, start, -1))
    return low, place(_find(profile, allowed, place, start, 1))


def _may_be_absent(profile: Profile, allowed: float) -> bool:
    """Whether the data allow the group to be absent, so that it may be anywhere."""
    only = np.arange(profile.best.weights.size) == profile.group
    if profile.constraints.tied_variances and profile.part == 2:
        return False
    return profile.free_weight and profile.loss_without(only) <= allowed


def _unit(profile: Profile) -> float:
    """The spread of the group, noise included, in which its mean moves."""
    variance = profile.best.variances[profile.group] + profile.points.noise_level
    return float(np.sqrt(variance))


def _find(
    profile: Profile,
    allowed: float,
    place: Callable[[float], float],
    start: float,
    way: int,
) -> float:
    """The position at which `allowed` nats are lost, on one side of `start`."""

    def excess(position: float) -> float:
        return profile.loss(place(position)) - allowed

    inside, step = start, way * FIRST
    for _ in range(N_DOUBLINGS):
        outside = inside + step
        if excess(outside) > 0:
            return float(brentq(excess, *sorted((inside, outside)), xtol=CLOSE))
        inside, step = outside, 2 * step
    return way * np.inf
