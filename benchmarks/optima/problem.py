"""A data set with what is to be fitted to it, and the population it was drawn from."""

from typing import NamedTuple

import numpy as np

from skem import PanelGaussianMixture
from skem.numerics.model.mixture import Mixture


class Problem(NamedTuple):
    """A data set X, and the estimator and `parameters` that are to fit it.

    `truth` is the population in the units of X, or None where it is no mixture of normal
    groups. `kind` says which variety of its family the problem is.
    """

    X: np.ndarray
    n_components: int
    truth: Mixture | None
    kind: str = ""
    parameters: dict = {}
    estimator: type = PanelGaussianMixture

    def fit(self, **others):
        """The fitted estimator, with other parameters beside those of the problem."""
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
