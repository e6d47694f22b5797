"""The move of a spare group to where it gains."""

from collections.abc import Collection

import numpy as np

from ..ascent.newton import climb, em_steps
from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, join, stack, take
from .proposals import places_of, relocations
from .shortlist import MAX_ITER, N_GLANCES, TOL
from .spare import rank

# The steps of EM that may awaken a group whose score is too small for Newton's method, and
# the nats that they gain if they leave a place.
N_AWAKENING, LEAVES = 50, 1e-5

# The number of likeliest places of a group that was spare, from where mixtures climb.
N_AWAKENED = 16


def awaken(
    points: Points, mixture: Mixture, groups: Collection[int], constraints: Constraints
) -> Mixture:
    """The best mixture found with one of the groups elsewhere, where its slot allows.

    If EM leaves `mixture`, it is no optimum, and any likelier mixture is better.
    """
    places = places_of(points, constraints)
    candidates = relocations(points, places, mixture, constraints, groups)
    left = em_steps(points, mixture, constraints, N_AWAKENING)
    mixtures = constraints.apply(stack(candidates))
    mixtures = em_steps(points, mixtures, constraints, N_GLANCES)
    glances = e_step(points, mixtures).log_likelihood
    likeliest = take(mixtures, np.argsort(-glances, kind="stable")[:N_AWAKENED])
    before = stack([mixture, left])
    mixtures = join([before, likeliest])
    tops = climb(points, mixtures, constraints, tol=TOL, max_iter=MAX_ITER)
    heights = rank(points, tops.mixtures, tops.log_likelihood, constraints)
    then, after = e_step(points, before).log_likelihood
    if after > then + LEAVES:
        heights[tops.log_likelihood <= then + LEAVES] = -np.inf
    return take(tops.mixtures, int(heights.argmax()))
