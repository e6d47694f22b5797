"""What one more group gains: the likelihood of a mixture against one of fewer groups."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..ascent.newton import climb
from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .optima import FAR
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
    best of all may be higher, so the gain is at most the one given. A gain above the
    penalty is only known to be above it.
    """
    points = points.plain  # fewer groups have fewer prior funds
    free = Mixture(*np.full((3, mixture.weights.size - 1), np.nan))
    fewer = Constraints.of(free, constraints.tied_variances, constraints.variance_floor)
    n_more = constraints.n_parameters - fewer.n_parameters
    penalty = float(0.5 * n_more * np.log(points.mass))
    enough = log_likelihood - penalty
    gain = log_likelihood - _highest_of(points, merges(mixture), fewer, enough)
    return Worth(float(gain), n_more, penalty)


def _highest_of(
    points: Points, mixtures: Sequence[Mixture], constraints: Constraints, enough: float
) -> float:
    """The log-likelihood at the top of the hill of the best of some mixtures.

    A climb that is not expected to reach `enough` ends early, below that.
    """
    if len(mixtures) == 1 and not points.noisy:  # a single group: the sample's moments
        mean = points.masses @ points.values / points.mass
        variance = points.masses @ np.square(points.values - mean) / points.mass
        return -0.5 * points.mass * (np.log(2 * np.pi * variance) + 1)
    several = stack(mixtures)
    highest = int(np.argmax(e_step(points, several).log_likelihood))
    start = stack([take(several, highest)])
    top = climb(
        points,
        start,
        constraints.on(points),
        tol=TOL,
        max_iter=MAX_ITER,
        allowance=lambda so_far, active: (enough - so_far.log_likelihood[active]) / FAR - 1,
    )
    return float(top.log_likelihood[0])
