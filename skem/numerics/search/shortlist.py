"""The candidates of a search that climb: those that look best after a few steps of EM."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..ascent.newton import climb, em_steps
from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, join, stack, take
from .choice import height
from .optima import Optimum, optima_of
from .spare import rank

# The number of candidates that are solved: of two free groups, for each more than two, and
# where any is fixed; and the steps of EM before they are compared.
N_SOLVED, MORE_SOLVED, N_PLACED = 4, 6, 10
N_GLANCES = 5

# The number of points on which a climb takes next to no time, and the factor by which more
# mixtures climb there.
FEW_POINTS, MORE = 2**8, 3

# The nats that a climb of the search leaves to be gained, and its most steps.
TOL, MAX_ITER = 1e-3, 60

# The number of mixtures that climb at once.
N_TOGETHER = 16


def solve_best(
    points: Points,
    candidates: Sequence[Mixture],
    constraints: Constraints,
    *,
    climbed: Sequence[Mixture] = (),
    found: list[Optimum] | None = None,
) -> tuple[Mixture, float]:
    """The best of the candidates, and its height by the rule of choice.

    Those that look best after a few steps of EM are solved. Mixtures that have `climbed`
    already are candidates without these steps. The Optima of all that were solved are added
    to the list `found`.
    """
    mixtures = in_batches(
        lambda batch: em_steps(points, batch, constraints, N_GLANCES),
        constraints.apply(stack(candidates)),
    )
    if climbed:
        mixtures = join([mixtures, stack(climbed)])
    n_solved = count_solved(points, constraints)
    if mixtures.weights.shape[0] > n_solved:
        glances = in_batches(
            partial(height, constraints=constraints, points=points), mixtures
        )
        mixtures = take(mixtures, np.argsort(-glances, kind="stable")[:n_solved])
    tops = climb(points, mixtures, constraints, tol=TOL, max_iter=MAX_ITER)
    heights = rank(points, tops.mixtures, tops.log_likelihood, constraints)
    if found is not None:
        found += optima_of(tops, heights)
    winner = int(heights.argmax())
    return take(tops.mixtures, winner), heights[winner]


def count_solved(points: Points, constraints: Constraints) -> int:
    """The number of candidates that are solved."""
    if constraints.any_fixed:
        n_solved = N_PLACED
    else:
        n_solved = max(N_SOLVED, MORE_SOLVED * (constraints.free.weights.size - 2))
    return n_solved * (MORE if points.values.size <= FEW_POINTS else 1)


def in_batches(function: Callable[[Mixture], Any], mixtures: Mixture) -> Any:
    """The Mixture or array that a function gives for several mixtures, a few at a time."""
    n = mixtures.weights.shape[0]
    parts = [
        function(take(mixtures, slice(i, i + N_TOGETHER))) for i in range(0, n, N_TOGETHER)
    ]
    if isinstance(parts[0], Mixture):
        return join(parts)
    return np.concatenate(parts)
