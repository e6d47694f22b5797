"""How often intervals hold the truth, for dependent draws counted in three ways."""

import warnings
from collections import defaultdict

import numpy as np
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.estimator.parts import mixture_of
from skem.inference import estimate_distribution, summarize
from skem.numerics.model.distribution import densities, quantiles
from skem.numerics.model.mixture import Mixture, draw

from .measuring import print_table

TRUTH = Mixture(np.array([0.4, 0.6]), np.array([-2e-3, 2e-3]), np.array([1e-6, 1e-6]))

# The share of the population below the quantile that is estimated.
HIGH = 0.9

# The share of the variance within a group that all draws of a manager have in common.
SHARED = 0.9

# The standard deviation over managers of the log of an estimate's standard error.
SPREAD = 0.3

COUNTED = {
    "independent": "as independent cells",
    "fixed": "clustered by manager",
    "posterior": "by pairs of draws",
}
OF_ESTIMATES = {"independent": "by the information", "fixed": "by the sandwich"}


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--managers", type=int, default=300)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--noise", type=float, default=0.7, help="median, of a group's sd")
    parser.add_argument("--level", type=float, default=0.95)


def main(arguments):
    """Draw populations, fit them, and count the intervals that hold the truth."""
    warnings.simplefilter("ignore", UserWarning)
    rows = []
    for name, grid_of, counted in (
        ("fixed draws", fixed_grid, COUNTED),
        ("posterior draws", posterior_grid, COUNTED),
        ("estimates, deconvolved", estimates, OF_ESTIMATES),
    ):
        held = defaultdict(list)
        for seed in range(arguments.replications):
            rng = np.random.RandomState(seed)
            alphas, model = grid_of(arguments, rng)
            for draws in counted:
                names, lower, upper = intervals(model, alphas, draws, arguments.level)
                inside = (lower <= truths()) & (truths() <= upper)
                held[draws].append(inside[1:])  # the two weights are one parameter
        for draws in counted:
            share = np.mean(held[draws], axis=0)
            numbers = [f"{s:.3f}" for s in share]
            rows.append([name, counted[draws], *numbers])
    print_table(
        f"{arguments.replications} replications, {arguments.managers} managers, "
        f"{arguments.draws} draws, noise of {arguments.noise:g} sd: how often "
        f"{100 * arguments.level:g} % intervals hold the truth",
        ["grid", "counted", *names[1:]],
        rows,
    )


def intervals(model, X, draws, level):
    """Names of what is estimated, and the ends of the intervals."""
    options = {"draws": draws, "level": level}
    summary = summarize(model, X, **options)
    skill = estimate_distribution(model, X, **options)
    parts = [summary, skill.quantiles(HIGH), skill.density(0.0)]
    lower, upper = (
        np.concatenate([getattr(part, end) for part in parts]) for end in ("lower", "upper")
    )
    return [*summary.names, f"{100 * HIGH:g} % quantile", "density at 0"], lower, upper


def truths():
    """The true values that intervals should contain, in the order of `intervals`."""
    sds = np.sqrt(TRUTH.variances)
    share = TRUTH.weights @ norm.cdf(TRUTH.means / sds)
    high, _ = quantiles(TRUTH, np.array([HIGH]))
    density, _ = densities(TRUTH, np.zeros(1))
    return np.concatenate([TRUTH.weights, TRUTH.means, sds, [share], high, density])


def fixed_grid(arguments, rng):
    """Draws with the mixture's distribution; those of a manager share their noise."""
    n_managers, n_draws = arguments.managers, arguments.draws
    _, groups = draw(TRUTH, (n_managers, 1), rng)
    noise = np.sqrt(SHARED) * rng.standard_normal((n_managers, 1))
    noise = noise + np.sqrt(1 - SHARED) * rng.standard_normal((n_managers, n_draws))
    alphas = TRUTH.means[groups] + np.sqrt(TRUTH.variances)[groups] * noise
    return alphas, PanelGaussianMixture(2).fit(alphas)


def posterior_grid(arguments, rng):
    """Posterior draws given noisy estimates, under the mixture that fits the draws."""
    X, model = estimates(arguments, rng)
    grid = model.sample_posterior(X, arguments.draws, random_state=rng)
    start = {f"{part}_init": value for part, value in mixture_of(model)._asdict().items()}
    floor = PanelGaussianMixture().variance_floor * grid.var()  # for a point mass
    start["variances_init"] = np.maximum(model.variances_, floor)
    return grid, PanelGaussianMixture(2, **start).fit(grid)


def estimates(arguments, rng):
    """Noisy estimates with their standard errors, without any draws."""
    n = arguments.managers
    alphas, _ = draw(TRUTH, n, rng)
    median = arguments.noise * np.sqrt(TRUTH.variances[0])
    errors = median * np.exp(SPREAD * rng.standard_normal(n))
    X = np.column_stack([alphas + errors * rng.standard_normal(n), errors])
    return X, DeconvolvedGaussianMixture(2).fit(X)
