"""How far above fits the bound on all mixtures is, on what data, and how long it takes.

Processor times are of a call of ``global_gap`` at one width, less that of one reading in
the last column. Problems at random are small and partly hostile: ties, outliers, units
that are mixed, errors of very different sizes, t noise, weights.
"""

import time
import warnings
from functools import partial

import numpy as np
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.estimator.parts import read_cells
from skem.inference import global_gap

from .measuring import print_table, processor_seconds, seconds

GOAL = 1e-6

THREE = [0.25, 0.5, 0.25], [-2.0, 0.0, 2.5], [1.5, 0.7, 1.2]
TWO = [0.283, 0.717], [-2.277, -0.685], [1.513, 0.586]


def add_arguments(parser):
    """Options of these tables."""
    parser.add_argument("--problems", type=int, default=500, help="at random")
    parser.add_argument(
        "--large", type=float, default=1e7, help="cells of the largest grid"
    )
    parser.add_argument("--seed", type=int, default=1)


def draw(n, weights, means, sds, rng):
    """Draws from a mixture of normals."""
    groups = rng.choice(len(weights), n, p=weights)
    return rng.normal(np.array(means)[groups], np.array(sds)[groups])


def draw_table(n, rng, degrees=None):
    """Estimates of two groups of funds with errors that differ, and degrees if any."""
    errors = 1.8 * np.exp(0.5 * rng.normal(size=n))
    noise = rng.normal(size=n) if degrees is None else rng.standard_t(degrees, n)
    columns = [draw(n, *TWO, rng) + errors * noise, errors]
    return np.column_stack(columns + ([] if degrees is None else [np.full(n, degrees)]))


def time_row(name, model, X, least_sd):
    """A row of the table of times: the gap, what remains, and the time."""
    calls = 3 if len(X) < 1e5 else 1
    rounds = 4 if len(X) < 1e5 else 2
    model.fit(X)
    found = global_gap(model, X, least_sd=least_sd)
    whole, reading = processor_seconds(
        [
            partial(global_gap, model, X, least_sd=least_sd),
            partial(read_cells, model, X, None),
        ],
        rounds,
        calls,
    )
    free = found.nonparametric
    return [
        name,
        f"{found.gap:.1f}",
        f"{free.duality_gap:.1g}",
        free.weights.size,
        seconds(whole),
        seconds(reading),
        seconds(whole - reading),
    ]


def print_times(large, rng):
    """The table of times."""
    rows = []
    for n in (25_500, 10**6, int(large)):
        X = draw(n, *THREE, rng)[:, None]
        rows.append(time_row(f"{n:,} cells, sd .6", PanelGaussianMixture(3), X, 0.6))
    X = draw(25_500, *THREE, rng)[:, None]
    rows.append(time_row("25,500 cells, default table", PanelGaussianMixture(3), X, None))
    for n in (3_619, 10**5, 10**6):
        X = draw_table(n, rng)
        rows.append(time_row(f"{n:,} estimates", DeconvolvedGaussianMixture(2), X, 0.0))
    X = draw_table(3_619, rng, 60.0)
    rows.append(time_row("3,619 with t noise", DeconvolvedGaussianMixture(2), X, 0.0))
    print_table(
        "Bounds, in nats, and processor times",
        ["data", "gap", "left", "locations", "time", "of reading", "of the rest"],
        rows,
    )


def quantiles(n):
    """Quantiles of the normal distribution in the middles of n equal shares."""
    return norm.ppf((np.arange(n) + 0.5) / n)


def hills():
    """Known wrong hills: name, data, the wrong start, and the right one."""
    q = quantiles(100)
    X = np.concatenate([0.05 * q, 1 + 0.05 * q, 10 + 0.05 * q])[:, None]
    wrong = [2 / 3, 1 / 6, 1 / 6], [0.5, 9.99, 10.04], [0.25, 1e-3, 1e-3]
    right = [1 / 3] * 3, [0, 1, 10], [0.0025] * 3
    yield "F1", PanelGaussianMixture, X, wrong, right
    X = np.column_stack([np.repeat([0.0, 1.0], 50), np.full(100, 0.01)])
    wrong = [1.0], [0.5], [0.25]
    yield (
        "F2, deconvolved",
        DeconvolvedGaussianMixture,
        X,
        wrong,
        ([0.5] * 2, [0, 1], [1e-6] * 2),
    )
    q = quantiles(20)
    X = np.column_stack([np.concatenate([q, 20 + q, 200 + q]), np.full(60, 0.9)])
    wrong = [2 / 3, 1 / 6, 1 / 6], [10, 199.5, 200.5], [100.0, 0.1, 0.1]
    right = [1 / 3] * 3, [0, 20, 200], [0.2] * 3
    yield "F6, deconvolved", DeconvolvedGaussianMixture, X, wrong, right


def print_hills():
    """The table of wrong hills."""
    rows = []
    for name, kind, X, *starts in hills():
        models = []
        for weights, means, variances in starts:
            start = {"means_init": means, "variances_init": variances}
            models.append(kind(len(means), weights_init=weights, **start).fit(X))
        wrong, right = models
        n = len(X)
        gain = n * (right.log_likelihood_ - wrong.log_likelihood_)
        least = 0.0
        if kind is PanelGaussianMixture:
            least = float(np.sqrt(right.variances_.min()))
        gaps = [global_gap(model, X, least_sd=least).gap for model in models]
        rows.append([name, f"{least:.3g}", f"{gain:.1f}", *(f"{gap:.1f}" for gap in gaps)])
    print_table(
        "Fits on the wrong hill, and on the right one",
        ["fault", "least sd", "right gains", "gap of the wrong", "gap of the right"],
        rows,
    )


def print_numbers(rng):
    """The gaps of several numbers of groups."""
    grid, table = draw(25_500, *THREE, rng)[:, None], draw_table(3_619, rng)
    rows = [
        ["25,500 cells of 3 groups, at least .6 wide"],
        ["3,619 estimates of 2 groups, all distributions"],
    ]
    for number in (1, 2, 3, 4):
        fits = PanelGaussianMixture(number), DeconvolvedGaussianMixture(number)
        for row, model, X, least in zip(rows, fits, (grid, table), (0.6, 0.0), strict=True):
            row.append(f"{global_gap(model.fit(X), X, least_sd=least).gap:.1f}")
    print_table("Gaps by the number of groups", ["data", *"1234"], rows)


def problem(kind, rng):
    """A small data set of some kind, and weights or None."""
    n = int(rng.integers(20, 300))
    number = int(rng.integers(1, 5))
    weights = rng.dirichlet(np.full(number, 2.0))
    means, sds = rng.normal(0, 3, number), np.exp(rng.normal(-0.5, 0.7, number))
    x = draw(n, weights, means, sds, rng)
    if kind == "ties":
        x = np.round(x, int(rng.integers(0, 2)))
    elif kind == "outliers":
        x[: 1 + n // 50] *= 10.0 ** rng.integers(1, 7)
    elif kind == "mixed units":
        x[: n // 2] /= 100
    elif kind in ("estimates", "errors of all sizes", "t noise"):
        spread = 2.0 if kind == "errors of all sizes" else 0.5
        errors = np.exp(spread * rng.normal(size=n))
        noise = rng.standard_t(5, n) if kind == "t noise" else rng.normal(size=n)
        columns = [x + errors * noise, errors]
        if kind == "t noise":
            columns.append(np.full(n, 5.0))
        return np.column_stack(columns), None
    mass = rng.integers(1, 5, n).astype(float) if kind == "weights" else None
    return x[:, None], mass


KINDS = (
    "plain",
    "ties",
    "outliers",
    "mixed units",
    "weights",
    "estimates",
    "errors of all sizes",
    "t noise",
)


def judge(kind, rng):
    """What the bound left, the nats by which a fit exceeds it at most, and the time."""
    X, mass = problem(kind, rng)
    noisy = X.shape[1] > 1
    estimator = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    fits = []
    for number in (1, 2, 3):
        for start in ("insertion", "quantile"):
            if np.unique(X[:, 0]).size >= number:
                model = estimator(number, init_params=start)
                fits.append(model.fit(X, sample_weight=mass))
    least = 0.0 if noisy else None
    base = fits[0] if noisy else fits[min(2, len(fits) - 1)]
    begin = time.process_time()
    found = global_gap(base, X, least_sd=least, sample_weight=mass)
    spent = time.process_time() - begin
    n = len(X) if mass is None else mass.sum()
    excess = -np.inf
    for model in fits:
        if model.variances_.min() >= found.least_sd**2:
            gain = n * model.log_likelihood_ - found.log_likelihood
            excess = max(excess, gain - found.gap)
    return found.nonparametric.duality_gap, excess, spent


def print_problems(number, seed):
    """The table of problems at random."""
    rows = []
    for place, kind in enumerate(list(KINDS)[:number]):
        n_problems = number // len(KINDS) + (place < number % len(KINDS))
        found = [
            judge(kind, np.random.default_rng([seed, place, k])) for k in range(n_problems)
        ]
        left, excess, spent = np.array(found).T
        rows.append(
            [
                kind,
                n_problems,
                int((excess > GOAL).sum()),
                int((left > GOAL).sum()),
                f"{left.max():.1g}",
                seconds(np.median(spent)),
                seconds(spent.max()),
            ]
        )
    print_table(
        "Problems at random: six fits of one to three groups each",
        ["kind", "problems", "exceeded", "left above 1e-6", "most left", "time", "longest"],
        rows,
    )


def main(arguments):
    """Print all tables."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(arguments.seed)
    print_hills()
    print_numbers(rng)
    print_problems(arguments.problems, arguments.seed)
    print_times(arguments.large, rng)
