"""Student's t noise: sums and answers against numerical integration over true alphas."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

from skem.numerics.data.compression import compress_estimates
from skem.numerics.data.estimates import Estimates
from skem.numerics.data.extent import measure
from skem.numerics.data.grid import Grid
from skem.numerics.data.noisy_cells import NoisyCells
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.likelihood.information import sum_over
from skem.numerics.model.mixture import Mixture, stack
from skem.numerics.model.scales import COARSE, EXACT, FINE, Scales, nodes_of
from skem.numerics.posterior import quantiles, shrinkage

MIXTURE = Mixture(
    np.array([0.3, 0.5, 0.2]), np.array([-1.0, 0.1, 1.2]), np.array([0.8, 0.05, 1.1])
)
DEGREES = np.array([1.5, 3.0, 5.0, 8.0, 19.0, 23.7, 55.0, 115.0, 400.0, np.inf])

# The relative error of the nodes, up to 5 standard errors from a mean.
EXACTLY = 1e-8


def draw(n):
    rng = np.random.default_rng(0)
    groups = rng.choice(3, size=n, p=MIXTURE.weights)
    true = MIXTURE.means[groups] + np.sqrt(MIXTURE.variances[groups]) * rng.normal(size=n)
    errors = np.exp(rng.normal(-0.5, 0.7, n))
    misses = np.clip(rng.standard_t(5, n), -4, 4)
    return np.column_stack([true + errors * misses, errors, np.resize(DEGREES, n)])


@pytest.fixture(scope="module")
def table():
    return draw(60)


@pytest.fixture(scope="module")
def cells(table):
    """The estimates, in the units of the table."""
    found = NoisyCells.of(Estimates(table), measure(Grid(table[:, :1])))[1]
    low, high = table[:, 0].min(), table[:, 0].max()
    return replace(found, centre=0.0, scale=1.0, low=low, high=high)


def integrate(table):
    """True alphas (K,) in steps, and joint densities of funds and groups (N, L, K)."""
    step = 0.02 * min(np.sqrt(MIXTURE.variances.min()), table[:, 1].min())
    alphas = np.arange(-14.0, 14.0, step)
    z, errors, degrees = table.T[:, :, None, None]
    noise = stats.t.pdf((z - alphas) / errors, degrees) / errors
    prior = stats.norm.pdf(
        alphas, MIXTURE.means[:, None], np.sqrt(MIXTURE.variances)[:, None]
    )
    return alphas, noise * MIXTURE.weights[:, None] * prior * step


@pytest.fixture(scope="module")
def expected(table):
    """Log densities (N,), and expectations over alpha and group: score and information."""
    alphas, joint = integrate(table)
    log_density = np.log(joint.sum(axis=(1, 2)))
    posterior = joint / np.exp(log_density)[:, None, None]
    variances = MIXTURE.variances[:, None]
    off = alphas - MIXTURE.means[:, None]
    own = np.array([np.ones_like(off), off / variances, 0.5 * (off**2 / variances - 1)])
    curved = np.zeros((3, 3, *off.shape))
    curved[1, 1] = 1 / variances
    curved[1, 2] = curved[2, 1] = off / variances
    curved[2, 2] = 0.5 * off**2 / variances
    score = np.einsum("nlk,jlk->njl", posterior, own).reshape(len(table), 9)
    squares = np.einsum("nlk,ilk,jlk->ijl", posterior, own, own)
    within = np.einsum("nlk,ijlk->ijl", posterior, curved) - squares
    information = np.einsum("ijl,lm->iljm", within, np.eye(3)).reshape(9, 9)
    products = score.T @ score
    sums = np.einsum("nlk,jlk->jl", posterior, np.array([np.ones_like(off), off, off**2]))
    return log_density, score.sum(axis=0), information + products, sums, products


def test_the_log_likelihood_is_that_of_t_noise(cells, expected):
    found = e_step(cells, MIXTURE).log_likelihood
    assert found == pytest.approx(expected[0].sum(), rel=EXACTLY)


def test_an_em_step_is_that_of_t_noise(cells, expected):
    found = e_step(cells, MIXTURE)
    sums = [found.mass, found.shift, found.square]
    np.testing.assert_allclose(sums, expected[3], rtol=EXACTLY, atol=EXACTLY)


def test_the_score_is_that_of_t_noise(cells, expected):
    found = sum_over(cells, stack([MIXTURE])).score[0]
    # The terms of a sum of 60 funds are about 1.
    np.testing.assert_allclose(found, expected[1], rtol=EXACTLY, atol=60 * EXACTLY)


def test_the_information_is_that_of_t_noise(cells, expected):
    found = sum_over(cells, stack([MIXTURE])).information[0]
    scale = np.abs(expected[2]).max()
    np.testing.assert_allclose(found, expected[2], rtol=EXACTLY, atol=EXACTLY * scale)


def test_the_products_of_scores_are_those_of_funds_not_of_nodes(cells, expected):
    found = sum_over(cells, stack([MIXTURE])).products[0]
    scale = np.abs(expected[4]).max()
    np.testing.assert_allclose(found, expected[4], rtol=EXACTLY, atol=EXACTLY * scale)


def test_answers_are_those_of_t_noise(table):
    rows = Estimates(table)
    alphas, joint = integrate(table)
    density = joint.sum(axis=(1, 2))
    found = shrinkage.estimate_log_densities(rows, MIXTURE)
    np.testing.assert_allclose(found, np.log(density), rtol=0, atol=10 * EXACTLY)
    groups = joint.sum(axis=2) / density[:, None]
    np.testing.assert_allclose(shrinkage.memberships(rows, MIXTURE), groups, atol=EXACTLY)
    marginal = joint.sum(axis=1) / density[:, None]
    mean, sd, positive, _ = shrinkage.summaries(rows, MIXTURE).T
    np.testing.assert_allclose(mean, marginal @ alphas, atol=EXACTLY)
    second = marginal @ alphas**2
    np.testing.assert_allclose(sd, np.sqrt(second - mean**2), atol=10 * EXACTLY)
    # The sum over steps has an error of half a step at 0.
    step = np.diff(alphas[:2])[0]
    np.testing.assert_allclose(positive, marginal @ (alphas > 0), atol=2 * step)


def test_intervals_leave_their_tails_outside(table):
    alphas, joint = integrate(table)
    marginal = joint.sum(axis=1)
    marginal /= marginal.sum(axis=1)[:, None]
    lower, upper = quantiles.intervals(Estimates(table), [MIXTURE], 0.9).T
    step = np.diff(alphas[:2])[0]
    for end, tail in ((lower, 0.05), (upper, 0.95)):
        share = np.sum(marginal * (alphas <= end[:, None]), axis=1)
        np.testing.assert_allclose(share, tail, atol=20 * step)


def test_draws_follow_the_posterior(table):
    rows = Estimates(table)
    draws = shrinkage.draw_true(rows, MIXTURE, 10_000, np.random.RandomState(0))
    mean, sd, _, _ = shrinkage.summaries(rows, MIXTURE).T
    # Five standard errors of the mean of 10,000 draws; 60 funds.
    np.testing.assert_allclose((draws.mean(axis=1) - mean) / sd, 0, atol=5 / 100)


@pytest.mark.parametrize("degrees", DEGREES[:-1])
@pytest.mark.parametrize(("detail", "error"), [(EXACT, 1e-8), (FINE, 1e-3), (COARSE, 0.03)])
def test_nodes_give_the_density_of_t(degrees, detail, error):
    nodes = int(detail.n_nodes(np.array([degrees]))[0])
    u, log_weights = nodes_of(np.array([degrees]), nodes)
    z = np.linspace(0, 5, 11)
    found = np.exp(log_weights) * stats.norm.pdf(z, scale=1 / np.sqrt(u))
    np.testing.assert_allclose(found.sum(axis=0), stats.t.pdf(z, degrees), rtol=error)


def test_more_degrees_need_fewer_nodes():
    counts = EXACT.n_nodes(np.array([5.0, 19.0, 55.0, 1e13, np.inf]))
    assert (np.diff(counts) <= 0).all()
    assert counts[-2:].tolist() == [1, 1]


def test_huge_degrees_come_to_normal_noise():
    z, noise = np.linspace(-5, 5, 11), np.ones(11)
    scales = Scales.of(noise, np.full(11, 1e11), EXACT)
    joint = stats.norm.logpdf(z[None], scale=np.sqrt(scales.variances))
    found = special.logsumexp(joint + scales.log_weights, axis=0)
    # Log densities differ by z^4 / (4 nu), and nodes have their error.
    np.testing.assert_allclose(found, stats.norm.logpdf(z), atol=10 * EXACTLY)


@pytest.mark.parametrize("n", [500, 6000])
def test_points_are_close_to_the_cells(n):
    table = draw(n)
    table[:, 2] = np.maximum(table[:, 2], 8.0)
    cells = NoisyCells.of(Estimates(table), measure(Grid(table[:, :1])))[1]
    points = compress_estimates(cells)
    exact = e_step(cells, MIXTURE).log_likelihood
    # Bins of a search err by some 3e-3 nats a fund, as they do without degrees.
    for level in (points, points.coarse):
        assert e_step(level, MIXTURE).log_likelihood == pytest.approx(exact, abs=0.01 * n)
