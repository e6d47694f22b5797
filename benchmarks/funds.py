"""Fits to noisy estimates of a known population of funds, in several ways.

Three columns are medians over the populations: how far a fit is below the exact one in
log-likelihood, the largest difference of a parameter, and the time.
"""

import time

import numpy as np
from scipy.special import logsumexp, softmax

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_fund_estimates

from .measuring import print_table, seconds

# The population, in percent per year.
WEIGHTS, MEANS, SDS = (0.283, 0.717), (-2.277, -0.685), (1.513, 0.586)
N_DRAWS = 50


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--funds", type=int, default=3619)
    parser.add_argument("--replications", type=int, default=20)
    parser.add_argument("--iterations", type=int, default=300, help="of Monte Carlo EM")


def main(arguments):
    """Fit populations of the same distribution, and average over them."""
    found = {name: [] for name in FITS}
    raw = []
    for replication in range(arguments.replications):
        X, alphas, _ = make_fund_estimates(
            arguments.funds,
            weights=WEIGHTS,
            means=MEANS,
            sds=SDS,
            random_state=replication,
        )
        raw.append(_rmse(X[:, 0], alphas))
        for name, fit in FITS.items():
            rng = np.random.default_rng(replication)
            start = time.process_time()
            mixture = fit(X, rng, arguments.iterations)
            elapsed = time.process_time() - start
            rmse = _rmse(posterior_mean(X, mixture), alphas)
            height = log_likelihood(X, mixture)
            found[name].append([*np.concatenate(mixture), rmse, height, elapsed])
    results = {name: np.array(rows) for name, rows in found.items()}
    exact = results[EXACT]
    print_table(
        f"{arguments.funds:,} funds, {arguments.replications} populations, % per year: "
        f"means, and standard deviations over the populations. The estimates themselves "
        f"have RMSE {_summary(raw)}",
        ["fit", *HEADER, "RMSE", "nats below exact", "off exact by", "seconds"],
        [_row(name, rows, exact) for name, rows in results.items()],
    )


HEADER = [f"{name} {group}" for name in ("weight", "mean", "sd") for group in (1, 2)]


def _row(name, rows, exact):
    n_parameters = len(HEADER)
    apart = np.abs(rows - exact)[:, :n_parameters].max(axis=1)
    *statistics, height, elapsed = rows.T
    below = np.median(exact[:, -2] - height)
    return [
        name,
        *map(_summary, statistics),
        f"{below:.2f}",
        f"{np.median(apart):.3f}",
        seconds(np.median(elapsed)),
    ]


def _summary(values):
    return f"{np.mean(values):.3f} ({np.std(values):.3f})"


def _rmse(values, alphas):
    return np.sqrt(np.mean((values - alphas) ** 2))


def log_joint(X, mixture):
    """Log density of each estimate and group, (N, L), up to a constant."""
    weights, means, sds = mixture
    variances = sds**2 + X[:, 1:] ** 2
    squares = (X[:, :1] - means) ** 2 / variances
    return np.log(weights) - 0.5 * (np.log(variances) + squares)


def log_likelihood(X, mixture):
    """Log-likelihood of the estimates in nats, up to a constant."""
    return logsumexp(log_joint(X, mixture), axis=1).sum()


def posterior(X, mixture):
    """Probabilities r, means b and variances B (N, L) of each fund's alpha by group."""
    _, means, sds = mixture
    estimates, errors = X[:, :1], X[:, 1:]
    total = sds**2 + errors**2
    r = softmax(log_joint(X, mixture), axis=1)
    return r, means + sds**2 / total * (estimates - means), sds**2 * errors**2 / total


def posterior_mean(X, mixture):
    """The noise-reduced alphas (N,)."""
    r, b, _ = posterior(X, mixture)
    return (r * b).sum(axis=1)


def posterior_draws(X, mixture, rng):
    """Draws (N, M) of each fund's alpha, given its estimate."""
    r, b, variances = posterior(X, mixture)
    chance = rng.random((len(X), N_DRAWS, 1))
    groups = (chance > np.cumsum(r, axis=1)[:, None, :-1]).sum(axis=2)
    b, variances = (np.take_along_axis(part, groups, axis=1) for part in (b, variances))
    return b + np.sqrt(variances) * rng.standard_normal(groups.shape)


def published(fitted):
    """Weights, means and standard deviations of a fit, groups ascending by mean."""
    return fitted.weights_, fitted.means_, np.sqrt(fitted.variances_)


def fit_oracle(X, rng, iterations):
    """The truth."""
    return tuple(map(np.array, (WEIGHTS, MEANS, SDS)))


def fit_exactly(X, rng, iterations):
    """The mixture of the alphas behind the estimates, by maximum likelihood."""
    return published(DeconvolvedGaussianMixture(2).fit(X))


def fit_estimates(X, rng, iterations):
    """A mixture of the estimates, as if these were the alphas."""
    return published(PanelGaussianMixture(2).fit(X[:, :1]))


def fit_fixed_grid(X, rng, iterations):
    """A mixture of draws around the estimates, which contain the noise twice."""
    noise = X[:, 1:] * rng.standard_normal((len(X), N_DRAWS))
    return published(PanelGaussianMixture(2).fit(X[:, :1] + noise))


def fit_by_monte_carlo(X, rng, iterations):
    """Draw every alpha given the mixture, fit the mixture to the draws, and repeat.

    Every iterate has the noise of its draws; the mean of the second half has little.
    """
    model = PanelGaussianMixture(2, warm_start=True).fit(X[:, :1])
    path = []
    for _ in range(iterations):
        model.fit(posterior_draws(X, published(model), rng))
        path.append(published(model))
    return tuple(np.mean(path[iterations // 2 :], axis=0))


EXACT = "exact deconvolution"
FITS = {
    EXACT: fit_exactly,
    "oracle: the truth": fit_oracle,
    "Monte Carlo EM": fit_by_monte_carlo,
    "mixture of the estimates": fit_estimates,
    "mixture of a fixed grid": fit_fixed_grid,
}
