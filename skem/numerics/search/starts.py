"""Starting mixtures, in standard units (the cells have mean 0 and variance 1).

To add a start, write a function ``(points, n_components, rng) -> means`` in
`seeding` and name it in SEEDINGS; in RANDOM too, if it draws numbers.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture, stack, take
from .denoise import without_noise
from .insertion import find_optimum
from .optima import Optimum
from .proposals import assignments
from .seeding import Rng, around, kmeans_plusplus, quantile, random_from_data, vary

SEEDINGS: dict[str, Callable[..., np.ndarray]] = {
    "quantile": quantile,
    "k-means++": kmeans_plusplus,
    "random_from_data": random_from_data,
}
RANDOM = ("k-means++", "random_from_data")
NAMES = ("insertion", *SEEDINGS)

# The numbers of scattered starts of either random kind, and of orders in which the groups
# that a search found begin, where a part of the start is given.
N_SCATTERED, N_ORDERS = 25, 4


def starts(
    points: Points,
    constraints: Constraints,
    init_params: str,
    n_init: int,
    rng: Rng,
    given: Mixture,
    found: list[Optimum] | None = None,
) -> list[Mixture]:
    """The starting mixtures that `init_params` names, without repeats.

    The values of `given` other than NaN replace those of each start. "insertion" searches
    for a whole mixture, and adds the Optima that it meets to the list `found`. If it adds
    any, the first start is its own, on the top of its hill. Where a part is given, it
    replaces that part of what the search finds too, and "quantile" and scattered starts are
    added.
    """
    n_components = given.weights.size
    if not np.isnan(given).any():
        return [constraints.apply(given)]
    if init_params != "insertion" or not constraints.movable.any():
        seedings = [init_params] * (n_init if init_params in RANDOM else 1)
        if not constraints.movable.any():
            seedings = ["quantile"]  # the weights have one optimum
        return _different(_seeded(points, seedings, rng, given, constraints))
    rng = np.random.default_rng(0)  # always the same places
    coarse = points.coarse
    mixtures: list[Mixture] = []
    constraints = constraints.on(coarse)
    if not np.isnan(given).all():
        seedings = ["quantile", *RANDOM * N_SCATTERED]
        mixtures = _seeded(points, seedings, rng, given, constraints)
        if len(_different(mixtures)) == 1:
            return mixtures[:1]
        best = find_optimum(coarse, n_components, constraints)
        return [*_with_given(coarse, best, constraints.holding(given)), *mixtures]
    if constraints.any_fixed:
        mixtures = _seeded(points, ["quantile"], rng, given, constraints)
    return [find_optimum(coarse, n_components, constraints, found), *mixtures]


def _with_given(points: Points, mixture: Mixture, held: Constraints) -> list[Mixture]:
    """The likeliest mixtures with what is `held` in place of a part of `mixture`.

    Its groups take the slots in different orders.
    """
    mixtures = held.apply(stack(assignments(mixture, held)))
    heights = e_step(points, mixtures).log_likelihood
    order = np.argsort(-heights, kind="stable")[:N_ORDERS]
    return [take(mixtures, k) for k in order]


def _seeded(
    points: Points,
    seedings: Iterable[str],
    rng: Rng,
    given: Mixture,
    constraints: Constraints,
) -> list[Mixture]:
    """A mixture around the means of each seeding, with what is given in its place.

    Where all means are given or fixed, weights and variances are drawn.
    """
    signal = without_noise(points)
    drawn = np.isnan(given.means) & constraints.free.means
    mixtures = []
    for name in seedings:
        means = SEEDINGS[name](signal.points, given.weights.size, rng)
        mixture = around(means, signal.variance)
        if name in RANDOM and not drawn.any():
            mixture = vary(mixture, rng)
        parts = zip(given, mixture, strict=True)
        mixture = Mixture(*(np.where(np.isnan(g), m, g) for g, m in parts))
        mixtures.append(constraints.apply(mixture))
    return mixtures


def _different(mixtures: Sequence[Mixture]) -> list[Mixture]:
    """The mixtures without repeats, in their order."""
    return list({np.array(mixture).tobytes(): mixture for mixture in mixtures}.values())
