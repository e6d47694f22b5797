"""A data set, the estimator to fit, and the population that the data were drawn from."""

from typing import NamedTuple

import numpy as np

from skem import PanelGaussianMixture
from skem.numerics.model.mixture import Mixture


class Problem(NamedTuple):
    """A data set X, and the estimator and `parameters` to fit to it.

    `truth` is the population in the units of X, or None if it is not a mixture of normal
    groups. `kind` is the variety of the problem within its family.
    """

    X: np.ndarray
    n_components: int
    truth: Mixture | None
    kind: str = ""
    parameters: dict = {}
    estimator: type = PanelGaussianMixture

    def fit(self, **others):
        """The fitted estimator, with the problem's parameters and additional ones."""
        parameters = {**self.parameters, **others}
        return self.estimator(self.n_components, **parameters).fit(self.X)


def ordinary_groups(rng, n_components, separation):
    """A population of groups of comparable width, `separation` apart on average."""
    means = np.cumsum(rng.exponential(separation, n_components))
    sds = rng.uniform(0.5, 1.5, n_components)
    return Mixture(rng.dirichlet(np.full(n_components, 3.0)), means, sds**2)


def draw_counts(rng, counts, means, sds):
    """Cells of groups with known numbers of cells, in random order."""
    groups = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    return rng.normal(np.take(means, groups), np.take(sds, groups))


def log_uniform(rng, low, high, size=None):
    """Numbers between `low` and `high` whose logarithms are uniform."""
    return np.exp(rng.uniform(np.log(low), np.log(high), size))
