"""Starting mixtures, in standard units (the cells have mean 0 and variance 1).

To add a start, write a function ``(points, n_components, rng) -> means`` in
`seeding` and name it in SEEDINGS; in RANDOM too, if it draws numbers.
"""

import numpy as np

from .density import Mixture
from .insertion import insert_groups
from .seeding import around, kmeans_plusplus, quantile, random_from_data
from .signal import without_noise

SEEDINGS = {
    "quantile": quantile,
    "k-means++": kmeans_plusplus,
    "random_from_data": random_from_data,
}
RANDOM = ("k-means++", "random_from_data")
NAMES = ("insertion", *SEEDINGS)

# How many scattered starts of either random kind "insertion" adds where it cannot search.
N_SCATTERED = 4


def starts(points, constraints, init_params, n_init, rng, given):
    """The starting mixtures that `init_params` names: one, or `n_init` random ones.

    What `given`, a Mixture, holds other than NaN replaces that part of each; a
    `given` with all means leaves nothing to chance. "insertion" searches for a
    whole mixture: where a part is given or fixed it leaves the place to
    "quantile", and where points are noisy, so that quantiles say less of where groups
    are, also to places that are scattered without chance.
    """
    n_components = given.weights.size
    seedings = [init_params] * (n_init if init_params in RANDOM else 1)
    if init_params == "insertion":
        if np.isnan(given).all() and not constraints.any_fixed:
            return [insert_groups(points.coarsen(), n_components, constraints)]
        seedings = ["quantile"]
        if points.noisy:
            seedings += RANDOM * N_SCATTERED
            rng = np.random.default_rng(0)  # always the same places
    if not np.isnan(given.means).any():
        seedings = ["quantile"]  # whose means are replaced
    signal = without_noise(points)
    mixtures = [
        around(SEEDINGS[name](signal.points, n_components, rng), signal.variance)
        for name in seedings
    ]
    return [
        Mixture(*(np.where(np.isnan(g), m, g) for g, m in zip(given, mixture, strict=True)))
        for mixture in mixtures
    ]
