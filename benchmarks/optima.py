"""How often the best optimum is found, and how far fits are from the truth."""

import time
import warnings
from collections import defaultdict
from contextlib import suppress
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture
from skem.numerics.constraints import unconstrained
from skem.numerics.density import Mixture, draw, posterior
from skem.numerics.penalty import penalty

from .measuring import print_table, seconds

# What a log-likelihood may fall short, in nats over all cells, and still be equal.
EQUAL = 1e-3
N_FRESH = 20_000


class Problem(NamedTuple):
    """A true mixture and a sample from it."""

    truth: Mixture
    sample: np.ndarray


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--problems", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1_000_000)
    parser.add_argument("--starts", type=int, default=50)
    parser.add_argument("--max-iter", type=int, default=500, help="of each such start")


def random_problem(seed):
    """2 to 5 groups, .5 to 6 standard deviations apart, 200 to 20,000 cells."""
    rng = np.random.RandomState(seed)
    n_components = rng.randint(2, 6)
    separation = rng.uniform(0.5, 6)
    n_cells = int(np.exp(rng.uniform(np.log(200), np.log(20_000))))
    sds = np.exp(rng.uniform(np.log(0.5), np.log(2), n_components))
    weights = rng.dirichlet(np.full(n_components, 3.0))
    gaps = separation * (sds[1:] + sds[:-1]) / 2
    means = np.concatenate([[0.0], np.cumsum(gaps)])
    truth = Mixture(weights, means, sds**2)
    sample, _ = draw(truth, n_cells, rng)
    scale = sample.mean(), sample.std()
    truth = Mixture(weights, (means - scale[0]) / scale[1], (sds / scale[1]) ** 2)
    return Problem(truth, ((sample - scale[0]) / scale[1]).reshape(-1, 1))


def log_likelihood(x, mixture):
    """Total log-likelihood."""
    return posterior(x.ravel(), mixture)[1].sum()


def height(x, mixture):
    """Penalised log-likelihood, by which optima are chosen."""
    limits = unconstrained(mixture.weights.size, 0)
    return log_likelihood(x, mixture) - penalty(mixture, limits)


def ours(x, n_components, **parameters):
    """A fit by skem."""
    fitted = PanelGaussianMixture(n_components, **parameters).fit(x)
    return Mixture(fitted.weights_, fitted.means_, fitted.variances_)


def theirs(x, n_components, n_starts, max_iter):
    """Where `n_starts` starts of GaussianMixture end."""
    found = []
    for k in range(n_starts):
        model = GaussianMixture(
            n_components,
            reg_covar=0,
            tol=1e-8,
            max_iter=max_iter,
            init_params=("kmeans", "random_from_data")[k % 2],
            random_state=k,
        )
        with suppress(ValueError):  # a group collapsed onto one cell
            model.fit(x)
            found.append(
                Mixture(model.weights_, model.means_.ravel(), model.covariances_.ravel())
            )
    return found


def best_of(x, mixtures):
    """The mixture of highest penalised log-likelihood at the top of its own hill.

    EM stops short of it. There the penalty can be lower than at the top, which
    is no merit: every mixture is first brought to its optimum.
    """
    tops = [
        ours(
            x,
            m.weights.size,
            weights_init=m.weights / m.weights.sum(),
            means_init=m.means,
            variances_init=m.variances,
        )
        for m in mixtures
    ]
    return max(tops, key=lambda top: height(x, top))


def plain_default(x, n_components):
    """GaussianMixture as it comes."""
    model = GaussianMixture(n_components, random_state=0).fit(x)
    return Mixture(model.weights_, model.means_.ravel(), model.covariances_.ravel())


def main(arguments):
    """Fit every problem in every way."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    many = f"GaussianMixture, best of {arguments.starts}"
    ways = {
        "skem": lambda x, n: ours(x, n),
        "skem, quantile start": lambda x, n: ours(x, n, init_params="quantile"),
        "GaussianMixture": plain_default,
        many: lambda x, n: theirs(x, n, arguments.starts, arguments.max_iter),
    }
    taken, distances, shortfalls = defaultdict(list), defaultdict(list), defaultdict(list)
    for k in range(arguments.problems):
        problem = random_problem(arguments.seed + k)
        fresh, _ = draw(problem.truth, N_FRESH, np.random.RandomState(k))
        heights = {}
        for name, way in ways.items():
            begun = time.perf_counter()
            found = way(problem.sample, problem.truth.weights.size)
            taken[name].append(time.perf_counter() - begun)
            if name == many:
                found = best_of(problem.sample, found)
            heights[name] = height(problem.sample, found)
            gap = log_likelihood(fresh, problem.truth) - log_likelihood(fresh, found)
            distances[name].append(gap / N_FRESH)
        for name in ways:
            shortfalls[name].append(heights[many] - heights[name])
    rows = [
        [
            name,
            f"{100 * np.mean(np.array(shortfalls[name]) <= EQUAL):.1f} %",
            f"{max(0.0, *shortfalls[name]):.3g}",
            f"{100 * np.mean(np.array(shortfalls[name]) < -EQUAL):.1f} %",
            f"{np.mean(distances[name]):.5f}",
            f"{np.median(distances[name]):.5f}",
            seconds(np.mean(taken[name])),
            f"{np.sum(taken[name]) / np.sum(taken[many]):.4f}",
        ]
        for name in ways
    ]
    print_table(
        f"{arguments.problems} random problems from seed {arguments.seed}; heights are "
        f"penalised log-likelihoods in nats, beside the {many}, each start of which is "
        "brought to its optimum first",
        [
            "fit",
            "as high",
            "worst shortfall",
            "higher",
            "mean KL",
            "median KL",
            "mean time",
            "of the time",
        ],
        rows,
    )
