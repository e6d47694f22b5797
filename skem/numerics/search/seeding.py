"""Sets of L means, from which searches start.

Random ones draw O(L) numbers and map them through the cells' weighted
distribution: k copies of a manager give the same means as one of weight k.
"""

import numpy as np

from ..model.mixture import Mixture

# How far drawn variances lie from those that side by side span the cells, as a factor.
VARIED = 100.0


def quantile(points, n_components, rng):
    """The middles of L groups of equal mass, side by side; no number is drawn."""
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
        means.append(points.values[min(chosen, masses.size - 1)])  # if all distances are 0
        np.minimum(distance, np.square(points.values - means[-1]), out=distance)
        masses = points.masses * distance
    return np.array(means)


def around(means, spread=1.0):
    """A mixture of equal weights, and of groups that side by side span the cells.

    Whose variance is `spread`.
    """
    n_components = means.size
    return Mixture(
        np.full(n_components, 1 / n_components),
        np.sort(means),
        np.full(n_components, spread / n_components**2),
    )


def vary(mixture, rng):
    """`mixture` with weights and variances drawn at random, by O(L) numbers.

    For starts whose means are given. Variances lie up to a factor VARIED apart from those
    of the mixture on either side, and weights are uniform over all that sum to 1.
    """
    levels = rng.uniform(size=(2, mixture.weights.size))
    weights = -np.log1p(-levels[0])
    return mixture._replace(
        weights=weights / weights.sum(),
        variances=mixture.variances * VARIED ** (2 * levels[1] - 1),
    )
