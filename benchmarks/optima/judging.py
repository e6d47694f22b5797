"""The criteria of a fit: its height, slivers, and its distance from the truth."""

import numpy as np
from sklearn.mixture import GaussianMixture

from skem import DeconvolvedGaussianMixture
from skem.estimator.parts import constraints_of, fixed_of, read_estimates, read_grid
from skem.numerics.model.mixture import LOG_2PI, Mixture, standardise
from skem.numerics.search.choice import height

# Values of a standard normal, and their weights in an expectation (trapezoidal rule).
NODES = np.linspace(-8, 8, 1025)
NODE_WEIGHTS = np.exp(-0.5 * NODES**2) / np.exp(-0.5 * NODES**2).sum()

# The number of the standard errors in a table of estimates that a distance averages over.
N_ERRORS = 25


class Judge:
    """Compares optima of a problem by the height that the library chooses by."""

    def __init__(self, problem):
        self.problem = problem
        model = problem.estimator(problem.n_components, **problem.parameters)
        self.cells, self.points = read(model, problem.X)
        self.constraints = constraints_of(model, self.cells, fixed_of(model))

    def height(self, fitted):
        """The log-likelihood of all cells, less the cost of the groups, in nats."""
        standard = standardise(groups(fitted), self.cells.centre, self.cells.scale)
        return float(height(standard, self.constraints, self.points))

    def top(self, fitted):
        """A fit at the optimum of its own hill: EM stops short of it."""
        if isinstance(fitted, GaussianMixture):
            return self.climb(groups(fitted))
        return fitted

    def climb(self, mixture):
        """The fit that a mixture climbs to."""
        least = self.constraints.variance_floor * self.cells.scale**2
        return self.problem.fit(
            weights_init=mixture.weights / mixture.weights.sum(),
            means_init=mixture.means,
            variances_init=np.maximum(mixture.variances, least),
        )


def read(model, X):
    """The cells in standard units, and the points that stand for them."""
    if isinstance(model, DeconvolvedGaussianMixture):
        return read_estimates(model, X, None)
    return read_grid(model, X, None)


def groups(fitted):
    """The fitted mixture of one of the estimators, or of scikit-learn's."""
    if isinstance(fitted, GaussianMixture):
        return Mixture(fitted.weights_, fitted.means_.ravel(), fitted.covariances_.ravel())
    return Mixture(fitted.weights_, fitted.means_, fitted.variances_)


def has_sliver(mixture, n_cells):
    """Whether a group is far narrower than the others, or narrower with few cells."""
    sds = np.sqrt(mixture.variances)
    others = [np.median(np.delete(sds, group)) for group in range(sds.size)]
    few = n_cells * mixture.weights < 8
    return bool(np.any(sds < np.divide(others, np.where(few, 4, 30))))


def distance(problem, found):
    """Kullback-Leibler distance of `found` from the truth, in nats per cell.

    For estimates it is the distance between their distributions, including noise.
    """
    truth = problem.truth
    noises = np.zeros(1)
    if problem.estimator is DeconvolvedGaussianMixture:
        levels = (np.arange(N_ERRORS) + 0.5) / N_ERRORS
        noises = np.quantile(problem.X[:, 1], levels) ** 2
    total = 0.0
    for noise in noises:
        noisy = [m._replace(variances=m.variances + noise) for m in (truth, found)]
        places = noisy[0].means[:, None] + np.sqrt(noisy[0].variances)[:, None] * NODES
        ratios = np.subtract(*(log_density(places, mixture) for mixture in noisy))
        total += truth.weights @ (ratios @ NODE_WEIGHTS)
    return total / noises.size


def log_density(values, mixture):
    """The log density of a mixture at values of any shape."""
    weights, means, variances = mixture
    squares = (values[..., None] - means) ** 2 / variances
    with np.errstate(divide="ignore"):  # a group of weight 0
        logs = np.log(weights) - 0.5 * (LOG_2PI + np.log(variances) + squares)
    return np.logaddexp.reduce(logs, axis=-1)
