"""The optima that a search found beside the one that is published."""

from itertools import islice
from typing import NamedTuple

import numpy as np

from .choice import cost
from .density import Mixture
from .newton import stack, take
from .spare import have_spare

# What an optimum may leave to be gained, in nats, and the number that are kept.
AT_THE_TOP, N_KEPT = 0.1, 4

# Two optima are one if no weight, mean (in sds) or log variance differs by more, and their
# log-likelihoods, in nats, are no further apart.
SAME, ALIKE = 0.05, 0.1


class Optimum(NamedTuple):
    """A mixture at the top of its hill, its log-likelihood, and its height by the rule.

    The log-likelihood is that of the points that the search was on.
    """

    mixture: Mixture
    log_likelihood: float
    height: float


def optima_of(climbed, heights):
    """What of a Climb is near a top, as a list of Optima."""
    return [
        Optimum(take(climbed.mixtures, k), float(climbed.log_likelihood[k]), heights[k])
        for k in np.flatnonzero(climbed.remaining < AT_THE_TOP)
    ]


def optimum_at(mixture, log_likelihood, points, constraints):
    """The Optimum at a mixture, whose log-likelihood is that of all cells."""
    asked = cost(mixture, log_likelihood, constraints, points)
    return Optimum(mixture, log_likelihood, log_likelihood - float(asked))


def distinct(found, constraints):
    """The Optima found, best first, without repeats."""
    kept = []
    for one in sorted(found, key=lambda one: -one.height):
        if not any(
            abs(one.log_likelihood - other.log_likelihood) < ALIKE
            and same(one.mixture, other.mixture, constraints)
            for other in kept
        ):
            kept.append(one)
            yield one


def runners_up(published, found, points, constraints):
    """The best Optima that were found besides the `published` one, without repeats."""
    if not found:
        return []
    spare = have_spare(points, stack([one.mixture for one in found]), constraints)
    whole = [one for one, without in zip(found, spare, strict=True) if not without]
    others = (
        one
        for one in distinct(whole, constraints)
        if not same(one.mixture, published.mixture, constraints)
    )
    return list(islice(others, N_KEPT))


def same(one, other, constraints):
    """Whether two mixtures are the same optimum, whatever the order of free groups."""
    if not constraints.any_fixed:
        one, other = (take(m, np.lexsort((m.variances, m.means))) for m in (one, other))
    if np.any(np.abs(one.weights - other.weights) > SAME):
        return False
    floor = np.finfo(float).tiny
    widths = np.sqrt(np.maximum(np.minimum(one.variances, other.variances), floor))
    if np.any(np.abs(one.means - other.means) > SAME * widths):
        return False
    logs = (np.log(np.maximum(m.variances, floor)) for m in (one, other))
    return bool(np.all(np.abs(np.subtract(*logs)) <= SAME))
