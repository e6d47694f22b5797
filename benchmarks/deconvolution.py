"""Fits to estimates with distinct standard errors, beside EM in plain NumPy.

The EM is the textbook's on whole arrays, from skem's "quantile" start. It runs until its
log-likelihood over all funds is within `--short` nats of skem's, or for `--most`
iterations. In the second case the ratio of times is a lower bound.
"""

import time

import numpy as np

from skem import DeconvolvedGaussianMixture

from .measuring import median_seconds, print_table, seconds

# A population of 3,619 funds from the literature, in percent per year.
WEIGHTS, MEANS, SDS = [0.283, 0.717], [-2.277, -0.685], [1.513, 0.586]
MEDIAN_ERROR, LOG_SPREAD = 1.8, 0.5


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--funds", type=int, nargs="+", default=[3619, 100_000, 10**6])
    parser.add_argument("--short", type=float, default=1e-3, help="nats short of the top")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--most", type=int, default=500, help="iterations of EM")


def draw(n_funds):
    """Estimates and standard errors."""
    rng = np.random.default_rng(0)
    groups = rng.choice(2, size=n_funds, p=WEIGHTS)
    true = rng.normal(np.take(MEANS, groups), np.take(SDS, groups))
    errors = MEDIAN_ERROR * np.exp(LOG_SPREAD * rng.standard_normal(n_funds))
    return np.column_stack([rng.normal(true, errors), errors])


def em_iteration(estimates, noise, weights, means, variances):
    """New parameters, and the log-likelihood of the old ones."""
    totals = variances[:, None] + noise
    deviations = estimates - means[:, None]
    joint = np.log(weights)[:, None] - 0.5 * (
        np.log(2 * np.pi * totals) + deviations**2 / totals
    )
    peak = joint.max(axis=0)
    r = np.exp(joint - peak)
    density = r.sum(axis=0)
    r /= density
    gain = variances[:, None] / totals
    b = means[:, None] + gain * deviations
    mass = r.sum(axis=1)
    means = (r * b).sum(axis=1) / mass
    square = (b - means[:, None]) ** 2 + gain * noise
    new = mass / estimates.size, means, (r * square).sum(axis=1) / mass
    return new, np.sum(peak + np.log(density))


def run_em(X, start, goal, most):
    """The seconds, iterations and log-likelihood of EM up to `goal`."""
    estimates, noise = np.ascontiguousarray(X[:, 0]), X[:, 1] ** 2
    begun, groups = time.perf_counter(), start
    for n_iter in range(1, most + 1):
        groups, height = em_iteration(estimates, noise, *groups)
        if height >= goal:
            break
    return time.perf_counter() - begun, n_iter, height


def main(arguments):
    """Time both, and print how far EM is from the optimum."""
    rows = []
    for n_funds in arguments.funds:
        X = draw(n_funds)
        model = DeconvolvedGaussianMixture(2, tol=1e-8, n_jobs=arguments.jobs)
        ours = median_seconds(lambda model=model, X=X: model.fit(X), 5)
        top = n_funds * model.log_likelihood_
        spread = X[:, 0].var() - np.mean(X[:, 1] ** 2)
        spread = max(spread, 0.1 * X[:, 0].var())
        means = X[:, 0].mean() + np.sqrt(spread) * np.array([-0.6745, 0.6745])
        start = np.full(2, 0.5), means, np.full(2, spread / 4)
        theirs, n_iter, height = run_em(X, start, top - arguments.short, arguments.most)
        rows.append(
            [
                f"{n_funds:,}",
                seconds(ours),
                model.n_passes_,
                f"{model.remaining_gain_:.0e}",
                seconds(theirs),
                n_iter,
                f"{top - height:.1e}",
                f"{theirs / ours:,.0f}",
            ]
        )
    header = ["funds", "skem", "passes", "remaining gain", "EM", "iterations"]
    print_table(
        f"Two groups behind noise, EM to {arguments.short:g} nats from the top",
        [*header, "nats short", "ratio"],
        rows,
    )
