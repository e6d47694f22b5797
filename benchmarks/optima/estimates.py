"""Problems of estimates with standard errors, with and without fixed parameters."""

import numpy as np

from skem import DeconvolvedGaussianMixture
from skem.numerics.model.mixture import Mixture, draw

from .problem import Problem, log_uniform

KINDS = (
    "point mass",
    "narrow group",
    "plain",
    "one mean fixed",
    "point mass fixed",
    "variances fixed",
    "rare skill around 0",
)


def estimates(seed):
    """200 to 3,000 funds with standard errors near .01, .1 or .5."""
    rng = np.random.default_rng([9, seed])
    kind = KINDS[seed % len(KINDS)]
    truth, fixed = population(rng, kind)
    n_funds = int(rng.choice([200, 1000, 3000]))
    errors = rng.lognormal(np.log(rng.choice([0.01, 0.1, 0.5])), 0.5, n_funds)
    true, _ = draw(truth, n_funds, rng)
    table = np.column_stack([rng.normal(true, errors), errors])
    n_components = truth.means.size
    return Problem(table, n_components, truth, kind, fixed, DeconvolvedGaussianMixture)


def population(rng, kind):
    """The population of true alphas, and its fixed parameters."""
    nan = np.nan
    if kind == "rare skill around 0":
        share = log_uniform(rng, 0.02, 0.3)
        truth = Mixture(np.array([1 - share, share]), np.zeros(2), np.array([0.0, 1.0]))
        return truth, {"fixed_means": [0, 0], "fixed_variances": [0, nan]}
    if kind in ("point mass", "narrow group", "point mass fixed"):
        share = rng.choice([0.1, 0.3, 0.6])
        means = np.array([rng.uniform(-0.5, 0.5), 0.0])
        sds = np.array([1.0, 0.01 if kind == "narrow group" else 0.0])
        truth = Mixture(np.array([1 - share, share]), means, sds**2)
        fixed = {"fixed_means": [nan, 0], "fixed_variances": [nan, 0]}
        return truth, fixed if kind == "point mass fixed" else {}
    n_components = int(rng.integers(2, 5))
    means = np.cumsum(rng.exponential(rng.uniform(0.5, 3), n_components))
    sds = rng.uniform(0.3, 1.2, n_components)
    weights = rng.dirichlet(np.full(n_components, 3.0))
    truth = Mixture(weights, means - means[1], sds**2)
    if kind == "one mean fixed":
        return truth, {"fixed_means": np.where(np.arange(n_components) == 1, 0, nan)}
    return truth, {"fixed_variances": truth.variances} if kind == "variances fixed" else {}
