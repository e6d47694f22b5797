"""Problems of grids of cells where parameters are fixed, tied, or given as a start."""

import numpy as np

from skem.numerics.model.mixture import Mixture, draw

from .problem import Problem, log_uniform

KINDS = (
    "one mean",
    "all variances",
    "weights",
    "mean and variance",
    "tied variances",
    "all means",
    "part of the start",
)


def constrained(seed):
    """2 to 4 groups, 200 to 5,000 cells, and the constraints of the kind."""
    rng = np.random.default_rng([8, seed])
    kind = KINDS[seed % len(KINDS)]
    n_components = int(rng.integers(2, 5))
    means = np.cumsum(rng.exponential(rng.uniform(0.5, 4), n_components))
    sds = rng.uniform(0.4, 1.5, n_components)
    slot = rng.integers(n_components)
    means -= means[slot]
    if kind in ("one mean", "mean and variance"):
        sds[slot] *= rng.choice([0.2, 0.5, 1.0])
    if kind == "tied variances":
        sds[:] = sds[slot]
    if kind == "all means" and rng.random() < 0.5:  # a scale mixture
        means[:] = 0
        sds = np.cumprod(log_uniform(rng, 2, 10, n_components))
    weights = rng.dirichlet(np.full(n_components, 3.0))
    truth = Mixture(weights, means, sds**2)
    cells, _ = draw(truth, int(log_uniform(rng, 200, 5000)), rng)
    parameters = hold(rng, kind, truth, slot)
    return Problem(cells[:, None], n_components, truth, kind, parameters)


def hold(rng, kind, truth, slot):
    """The parameters for the constraints of `kind`, on one group for that in `slot`."""
    alone = np.where(np.arange(truth.means.size) == slot, 1.0, np.nan)
    match kind:
        case "one mean":
            return {"fixed_means": alone * truth.means}
        case "all variances":
            common = np.full(alone.size, np.sqrt(truth.variances).mean() ** 2)
            return {"fixed_variances": common if rng.random() < 0.5 else truth.variances}
        case "weights":
            return {"fixed_weights": truth.weights * (alone if rng.random() < 0.5 else 1)}
        case "mean and variance":
            return {
                "fixed_means": alone * truth.means,
                "fixed_variances": alone * truth.variances,
            }
        case "tied variances":
            return {"tied_variances": True}
        case "all means":
            return {"fixed_means": truth.means}
        case "part of the start":
            return part_of_a_start(rng, truth)


def part_of_a_start(rng, truth):
    """One or two of the three parts of a start, not far from the truth."""
    n = truth.means.size
    start = {
        "weights_init": rng.dirichlet(1 + 10 * truth.weights),
        "means_init": truth.means + rng.normal(0, 0.5 * np.sqrt(truth.variances)),
        "variances_init": truth.variances * log_uniform(rng, 0.3, 3, n),
    }
    names = rng.choice(list(start), rng.integers(1, 3), replace=False)
    return {name: start[name] for name in names.tolist()}
