"""Whole fits from one start: skem, scikit-learn, its extension by Intel, and NumPy."""

import statistics
import time
import warnings
from collections import namedtuple
from dataclasses import replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture
from skem.numerics.data.extent import measure, standard_cells
from skem.numerics.data.grid import Grid
from skem.numerics.likelihood.information import differentiate, sum_over
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, stack

from .measuring import median_seconds, peak_megabytes, print_table, seconds
from .populations import POPULATIONS, draw

try:
    import daal4py  # a part of scikit-learn-intelex, 2026.2 or newer
except ImportError:
    daal4py = None

# The distance from the optimum, in log-likelihood per cell, at which a library reached it.
AGREEMENT = 1e-9
MAX_ITER = 20_000

Result = namedtuple("Result", "seconds weights means variances memory")


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--cells", type=float, nargs="+", default=[25_500, 1e6, 1e7])
    parser.add_argument(
        "--population", choices=POPULATIONS, nargs="+", default=list(POPULATIONS)[:2]
    )
    parser.add_argument(
        "--others", type=float, default=1e6, help="most cells that other libraries fit"
    )
    parser.add_argument("--repeats", type=int, default=5)


def main(arguments):
    """Print a table per population and size."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    if daal4py:
        daal4py.daalinit(1)
    for name in arguments.population:
        for n_cells in map(int, arguments.cells):
            alphas = draw(name, n_cells)
            z = (alphas - alphas.mean()) / alphas.std()
            del alphas
            table(name, z, arguments.repeats, n_cells <= arguments.others)


def start_of(z, n_components):
    """Equal weights, quantiles for means, and variances that span the cells."""
    levels = (np.arange(n_components) + 0.5) / n_components
    return Mixture(
        np.full(n_components, 1 / n_components),
        np.quantile(z, levels),
        np.full(n_components, 1 / n_components**2),
    )


def table(name, z, repeats, with_others):
    """Time all libraries on the same standardised cells from the same start."""
    n_components = len(POPULATIONS[name]["weights"])
    start = start_of(z, n_components)
    given = dict(zip(("weights_init", "means_init", "variances_init"), start, strict=True))
    exact = PanelGaussianMixture(n_components, tol=1e-12, **given).fit(z)

    results = {
        "skem, newton": ours(z, repeats, n_components, **given),
        "skem, newton, global search": ours(z, repeats, n_components),
    }
    if with_others:
        em_tol = 1e-7
        results["skem, em"] = ours(
            z, 1, n_components, solver="em", tol=em_tol, max_iter=MAX_ITER, **given
        )
        results["GaussianMixture"] = sklearn_fit(z, start, exact.log_likelihood_)
        if daal4py:
            intel = daal_fit(z, start, exact.log_likelihood_)
            results["scikit-learn-intelex em_gmm"] = intel
    unit = results["skem, newton"].seconds
    rows = [
        [
            library,
            seconds(result.seconds),
            f"{result.seconds / unit:.3g}",
            *quality(z, exact, result),
            result.memory,
        ]
        for library, result in results.items()
    ]
    rows += [
        [what, seconds(t), f"{t / unit:.3g}", "", "", ""] for what, t in scale(z, start)
    ]
    print_table(
        f"{z.size:,} cells, {name}, one start, one thread",
        [
            "library",
            "seconds",
            "ratio",
            "below the optimum per cell",
            "standard errors away",
            "extra memory",
        ],
        rows,
    )


def ours(z, repeats, n_components, **parameters):
    """A fit by skem."""
    model = PanelGaussianMixture(n_components, **parameters)
    taken = median_seconds(lambda: model.fit(z), repeats)
    memory = f"{peak_megabytes(lambda: model.fit(z)):.1f} MB"
    return Result(taken, model.weights_, model.means_, model.variances_, memory)


def sklearn_fit(z, start, goal):
    """GaussianMixture, ten iterations at a time until it reaches the optimum.

    The time excludes the checks between, so it is that of the best choice of `tol`.
    """
    x = z.reshape(-1, 1)
    model = GaussianMixture(
        start.weights.size,
        reg_covar=0,
        tol=0,
        max_iter=10,
        warm_start=True,
        weights_init=start.weights,
        means_init=start.means[:, None],
        precisions_init=1 / start.variances[:, None, None],
    )
    taken = 0.0
    for _ in range(MAX_ITER // 10):
        begun = time.perf_counter()
        model.fit(x)
        taken += time.perf_counter() - begun
        if model.score(x) >= goal - AGREEMENT:
            break
    return Result(
        taken, model.weights_, model.means_.ravel(), model.covariances_.ravel(), "-"
    )


def daal_fit(z, start, goal):
    """Intel's em_gmm with the loosest threshold that reaches the optimum."""
    x = z.reshape(-1, 1)
    for threshold in 10.0 ** -np.arange(4, 16):
        algorithm = daal4py.em_gmm(
            nComponents=start.weights.size,
            maxIterations=MAX_ITER,
            accuracyThreshold=threshold,
            regularizationFactor=1e-12,
        )
        covariances = [np.array([[v]]) for v in start.variances]
        begun = time.perf_counter()
        found = algorithm.compute(x, start.weights[None], start.means[:, None], covariances)
        taken = time.perf_counter() - begun
        fitted = Mixture(
            found.weights.ravel(),
            found.means.ravel(),
            np.array([c.ravel()[0] for c in found.covariances]),
        )
        if score(z, fitted) >= goal - AGREEMENT:
            break
    again = []
    for _ in range(2):
        begun = time.perf_counter()
        algorithm.compute(x, start.weights[None], start.means[:, None], covariances)
        again.append(time.perf_counter() - begun)
    return Result(statistics.median([taken, *again]), *fitted, "-")


def cells_of(z):
    """The cells as they are."""
    grid = Grid(z)
    return replace(standard_cells(grid, measure(grid)), centre=0.0, scale=1.0)


def score(z, mixture):
    """Mean log density of the cells."""
    cells = cells_of(z)
    return sum_over(cells, stack([mixture])).log_likelihood[0] / z.size


def quality(z, exact, result):
    """The nats per cell below the optimum, and the distance in standard errors.

    The distance is the root of ``d' I d``, where d is the difference of log weights, means
    and log variances, and I the information at the optimum.
    """
    order = np.argsort(result.means)
    there = Mixture(result.weights[order], result.means[order], result.variances[order])
    top = Mixture(exact.weights_, exact.means_, exact.variances_)
    cells = cells_of(z)
    limits = unconstrained(top.weights.size, 1e-9)
    batch = stack([top])
    information = differentiate(sum_over(cells, batch), batch, limits).information[0]
    d = np.concatenate(
        [
            np.log(there.weights / top.weights),
            there.means - top.means,
            np.log(there.variances / top.variances),
        ]
    )
    gap = exact.log_likelihood_ - score(z, there)
    return f"{gap:.1e}", f"{np.sqrt(d @ information @ d):.1e}"


def scale(z, start):
    """The times of NumPy and of one EM iteration of scikit-learn on the same cells."""
    x = z.reshape(-1, 1)
    flat = z.ravel()
    buffer = np.empty(2**14)

    def exp_in_blocks():
        for i in range(0, flat.size, buffer.size):
            block = flat[i : i + buffer.size]
            np.exp(block, out=buffer[: block.size])

    yield "np.sum", median_seconds(flat.sum, 5)
    yield "np.exp in blocks", median_seconds(exp_in_blocks, 5)
    yield "np.histogram(x, 1024)", median_seconds(lambda: np.histogram(flat, 1024), 5)
    model = GaussianMixture(
        start.weights.size,
        reg_covar=0,
        tol=0,
        weights_init=start.weights,
        means_init=start.means[:, None],
        precisions_init=1 / start.variances[:, None, None],
    )
    if z.size <= 10**6:
        few, more = (
            median_seconds(lambda n=n: model.set_params(max_iter=n).fit(x), 3)
            for n in (2, 6)
        )
        yield "one GaussianMixture iteration", (more - few) / 4
