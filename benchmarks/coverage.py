"""How often intervals hold the truth, for dependent draws counted in three ways."""

import warnings
from collections import defaultdict

import numpy as np
from scipy.stats import norm

from skem import PanelGaussianMixture
from skem.inference import summarize
from skem.inference.covariance import DRAWS
from skem.numerics.density import Mixture, draw

from .measuring import print_table

TRUTH = Mixture(np.array([0.4, 0.6]), np.array([-2e-3, 2e-3]), np.array([1e-6, 1e-6]))

# Of the variance within a group, what all draws of a manager share.
SHARED = 0.7

# Median standard error of an estimated alpha, and its spread over managers.
NOISE, SPREAD = 1e-3, 0.3

COUNTED = {
    "independent": "as independent cells",
    "fixed": "clustered by manager",
    "posterior": "by pairs of draws",
}


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--replications", type=int, default=300)
    parser.add_argument("--managers", type=int, default=300)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--confidence", type=float, default=0.95)


def main(arguments):
    """Draw populations, fit them, and count the intervals that hold the truth."""
    warnings.simplefilter("ignore", UserWarning)
    rows = []
    for name, grid_of in (("fixed draws", fixed_grid), ("posterior draws", posterior_grid)):
        held = defaultdict(list)
        for seed in range(arguments.replications):
            rng = np.random.RandomState(seed)
            alphas, model = grid_of(arguments.managers, arguments.draws, rng)
            for draws in DRAWS:
                summary = summarize(
                    model, alphas, draws=draws, confidence=arguments.confidence
                )
                inside = (summary.lower <= truths()) & (truths() <= summary.upper)
                held[draws].append(inside[1:])  # the two weights are one parameter
        for draws in DRAWS:
            share = np.mean(held[draws], axis=0)
            numbers = [f"{s:.3f}" for s in share]
            rows.append([name, COUNTED[draws], *numbers])
    print_table(
        f"{arguments.replications} replications, {arguments.managers} managers, "
        f"{arguments.draws} draws: how often {100 * arguments.confidence:g} % intervals "
        "hold the truth",
        ["grid", "counted", *(name for name in summary.names[1:])],
        rows,
    )


def truths():
    """What the intervals should hold, in the order of a summary."""
    sds = np.sqrt(TRUTH.variances)
    share = TRUTH.weights @ norm.cdf(TRUTH.means / sds)
    return np.concatenate([TRUTH.weights, TRUTH.means, sds, [share]])


def fixed_grid(n_managers, n_draws, rng):
    """Draws of which each has the mixture's distribution, but that share their noise."""
    _, groups = draw(TRUTH, (n_managers, 1), rng)
    noise = np.sqrt(SHARED) * rng.standard_normal((n_managers, 1))
    noise = noise + np.sqrt(1 - SHARED) * rng.standard_normal((n_managers, n_draws))
    alphas = TRUTH.means[groups] + np.sqrt(TRUTH.variances)[groups] * noise
    return alphas, PanelGaussianMixture(2).fit(alphas)


def posterior_grid(n_managers, n_draws, rng):
    """Posterior draws given noisy estimates, at the mixture that the draws give back."""
    alphas, _ = draw(TRUTH, n_managers, rng)
    errors = NOISE * np.exp(SPREAD * rng.standard_normal(n_managers))
    estimates = alphas + errors * rng.standard_normal(n_managers)
    mixture = deconvolve(estimates, errors, TRUTH)
    grid = draw_posterior(estimates, errors, mixture, n_draws, rng)
    start = {f"{part}_init": value for part, value in mixture._asdict().items()}
    return grid, PanelGaussianMixture(2, **start).fit(grid)


def posterior(estimates, errors, mixture):
    """Group probabilities, means and variances (n, L) given estimates."""
    weights, means, variances = mixture
    total = variances + errors[:, None] ** 2
    density = weights * norm.pdf(estimates[:, None], means, np.sqrt(total))
    r = density / density.sum(axis=1, keepdims=True)
    b = means + variances / total * (estimates[:, None] - means)
    return r, b, variances * errors[:, None] ** 2 / total


def deconvolve(estimates, errors, mixture, n_iter=2000):
    """The mixture of alphas that estimates with known standard errors have, by plain EM."""
    for _ in range(n_iter):
        r, b, v = posterior(estimates, errors, mixture)
        mass = r.sum(axis=0)
        means = (r * b).sum(axis=0) / mass
        variances = (r * ((b - means) ** 2 + v)).sum(axis=0) / mass
        mixture = Mixture(mass / mass.sum(), means, variances)
    return mixture


def draw_posterior(estimates, errors, mixture, n_draws, rng):
    """Draws (n, M) of every alpha given its estimate."""
    r, b, v = posterior(estimates, errors, mixture)
    levels = rng.random_sample((estimates.size, n_draws, 1))
    groups = (levels > np.cumsum(r, axis=1)[:, None, :-1]).sum(axis=2)
    rows = np.arange(estimates.size)[:, None]
    noise = rng.standard_normal(groups.shape)
    return b[rows, groups] + np.sqrt(v[rows, groups]) * noise
