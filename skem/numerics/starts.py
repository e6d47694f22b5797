"""Starting mixtures, in standard units (the cells have mean 0 and variance 1).

To add a start, write a function ``(points, n_components, rng) -> means`` and
name it in DETERMINISTIC or RANDOM. Around its means a start has equal weights,
and variances of ``1 / L^2``, so that L groups side by side span the cells.

Random starts draw O(L) numbers and map them through the cells' weighted
distribution: k copies of a manager start a fit exactly as one of weight k.
"""

import numpy as np

from .compression import coarsen
from .density import Mixture
from .insertion import insert_groups


def quantile(points, n_components, rng):
    """The middles of L groups of equal mass, side by side."""
    return points.quantile((np.arange(n_components) + 0.5) / n_components)


def random_from_data(points, n_components, rng):
    """L cells drawn at random."""
    return points.quantile(rng.uniform(size=n_components))


def kmeans_plusplus(points, n_components, rng):
    """Cells drawn far from one another (Arthur and Vassilvitskii 2007, section 2.2).

    The first at random, each next one with probability proportional to its
    squared distance from the nearest mean so far.
    """
    distance = np.full(points.values.size, np.inf)
    masses = points.masses
    means = []
    for level in rng.uniform(size=n_components):
        reach = np.cumsum(masses)
        chosen = np.searchsorted(reach, level * reach[-1], side="right")
        means.append(points.values[chosen])
        np.minimum(distance, np.square(points.values - means[-1]), out=distance)
        masses = points.masses * distance
    return np.array(means)


DETERMINISTIC = {"quantile": quantile}
RANDOM = {"k-means++": kmeans_plusplus, "random_from_data": random_from_data}
NAMES = ("insertion", *DETERMINISTIC, *RANDOM)


def starts(points, constraints, init_params, n_init, rng, given):
    """The starting mixtures that `init_params` names: one, or `n_init` random ones.

    What `given`, a Mixture, holds other than NaN replaces that part of each; a
    `given` without NaN is the only start. "insertion" searches for a whole
    mixture: where a part is given or fixed it leaves the place to "quantile".
    """
    n_components = given.weights.size
    missing = [np.isnan(part).any() for part in given]
    if not any(missing):
        return [given]
    if init_params == "insertion" and (not all(missing) or constraints.any_fixed):
        init_params = "quantile"
    if init_params == "insertion":
        return [insert_groups(coarsen(points), n_components, constraints)]
    if init_params in DETERMINISTIC:
        sets_of_means = [DETERMINISTIC[init_params](points, n_components, rng)]
    else:
        start = RANDOM[init_params]
        draws = [start(points, n_components, rng) for _ in range(n_init)]
        sets_of_means = np.sort(draws, axis=-1)
    return [
        Mixture(
            np.where(np.isnan(given.weights), 1 / n_components, given.weights),
            np.where(np.isnan(given.means), means, given.means),
            np.where(np.isnan(given.variances), 1 / n_components**2, given.variances),
        )
        for means in sets_of_means
    ]
