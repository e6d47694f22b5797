"""Sets of L means, from which searches start.

Random ones draw O(L) numbers and map them through the cells' weighted distribution. So k
copies of a manager give the same means as one of weight k.
"""

import numpy as np

from ..data.points import Points
from ..model.mixture import Mixture

Rng = np.random.Generator | np.random.RandomState

# The largest factor between drawn variances and those that side by side span the cells.
VARIED = 100.0


def quantile(points: Points, n_components: int, rng: Rng | None) -> np.ndarray:
    """The middles of L groups of equal mass, side by side; no number is drawn."""
    return points.quantile((np.arange(n_components) + 0.5) / n_components)


def random_from_data(
    points: Points, n_components: int, rng: Rng, size: tuple[int, ...] = ()
) -> np.ndarray:
    """L cells drawn at random, (*size, L)."""
    return points.quantile(rng.uniform(size=(*size, n_components)))


def kmeans_plusplus(
    points: Points, n_components: int, rng: Rng, size: tuple[int, ...] = ()
) -> np.ndarray:
    """Cells drawn far from one another (Arthur and Vassilvitskii 2007, section 2.2).

    The first is drawn at random, and each next one with a probability proportional to its
    squared distance from the nearest mean so far.
    """
    levels = rng.uniform(size=(*size, n_components))
    means = np.empty_like(levels)
    distance = np.full((*size, points.values.size), np.inf)
    masses = np.broadcast_to(points.masses, distance.shape)
    for group in range(n_components):
        reach = np.cumsum(masses, axis=-1)
        below = reach <= levels[..., group, None] * reach[..., -1:]
        chosen = np.count_nonzero(
            below[..., :-1], axis=-1
        )  # the last if all distances are 0
        means[..., group] = points.values[chosen]
        np.minimum(
            distance, np.square(points.values - means[..., group, None]), out=distance
        )
        masses = points.masses * distance
    return means


def around(means: np.ndarray, spread: float = 1.0) -> Mixture:
    """A mixture of equal weights, and of groups that side by side span the cells.

    The variance of the cells is `spread`. Means of shape (C, L) make C mixtures.
    """
    n_components = means.shape[-1]
    return Mixture(
        np.full(means.shape, 1 / n_components),
        np.sort(means),
        np.full(means.shape, spread / n_components**2),
    )


def vary(mixture: Mixture, rng: Rng) -> Mixture:
    """`mixture` with weights and variances drawn at random, by O(L) numbers.

    It serves starts whose means are given. Variances differ from those of the mixture by a
    factor VARIED at most, and weights are uniform over all that sum to 1.
    """
    *size, n_components = mixture.weights.shape
    levels = rng.uniform(size=(*size, 2, n_components))
    weights = -np.log1p(-levels[..., 0, :])
    return mixture._replace(
        weights=weights / weights.sum(axis=-1, keepdims=True),
        variances=mixture.variances * VARIED ** (2 * levels[..., 1, :] - 1),
    )
