"""What one more group gains: the likelihood of a mixture against one of fewer groups."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..ascent.newton import climb
from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .proposals import merges

# The nats that are left to be gained with one group fewer, and the most steps there.
TOL, MAX_ITER = 0.1, 50


class Worth(NamedTuple):
    """What the last of L groups is worth.

    `gain` is the nats by which L groups are likelier than L - 1, `n_parameters` the number
    of free parameters that they have more, and `penalty` the nats that BIC takes for them.
    """

    gain: float
    n_parameters: int
    penalty: float


def worth_of_groups(
    points: Points, mixture: Mixture, log_likelihood: float, constraints: Constraints
) -> Worth:
    """The Worth of one of the groups of a fitted mixture where nothing is fixed.

    The mixture with one group fewer is the best that merges two groups, after a climb. The
    best of all may be higher, so the gain is at most the one given.
    """
    points = points.plain  # fewer groups have fewer prior funds
    free = Mixture(*np.full((3, mixture.weights.size - 1), np.nan))
    fewer = Constraints.of(free, constraints.tied_variances, constraints.variance_floor)
    gain = log_likelihood - _highest_of(points, merges(mixture), fewer)
    n_more = constraints.n_parameters - fewer.n_parameters
    return Worth(float(gain), n_more, 0.5 * n_more * np.log(points.mass))


def _highest_of(
    points: Points, mixtures: Sequence[Mixture], constraints: Constraints
) -> float:
    """The log-likelihood at the top of the hill of the best of some mixtures."""
    if len(mixtures) == 1 and not points.noisy:  # a single group: the sample's moments
        mean = points.masses @ points.values / points.mass
        variance = points.masses @ np.square(points.values - mean) / points.mass
        return -0.5 * points.mass * (np.log(2 * np.pi * variance) + 1)
    several = stack(mixtures)
    highest = int(np.argmax(e_step(points, several).log_likelihood))
    start = stack([take(several, highest)])
    top = climb(points, start, constraints.on(points), tol=TOL, max_iter=MAX_ITER)
    return float(top.log_likelihood[0])
