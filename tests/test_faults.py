"""Inputs on which fits once ended on the wrong optimum, with their right values.

Cells and estimates are quantiles of normal distributions if possible, so that nothing
depends on a generator.
"""

import warnings
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import select_n_components
from skem.numerics.search import starts

NAN = np.nan
SOLVERS = ["newton", "em"]


def quantiles(n):
    """The middles of n equal parts of a standard normal group."""
    return norm.ppf((np.arange(n) + 0.5) / n)


def normal_groups(centres, sd, sizes):
    """One array of cells for each group."""
    return [c + sd * quantiles(n) for c, n in zip(centres, sizes, strict=True)]


def column(*parts):
    return np.concatenate(parts)[:, None]


def rows(values, errors):
    """Estimates with standard errors, or one error for all."""
    return np.column_stack(np.broadcast_arrays(values, errors))


def fit(model, X, **options):
    """The fitted estimator, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, **options)
    assert all(issubclass(w.category, ConvergenceWarning) for w in caught), caught
    return model, [str(w.message) for w in caught]


def total(fitted):
    return fitted.log_likelihood_ * fitted.n_cells_


def log_densities(values, errors, means, variances):
    """Log density (L, n) of each value in each group."""
    sds = np.sqrt(np.asarray(variances, float)[:, None] + np.square(errors))
    return norm.logpdf(values, np.asarray(means, float)[:, None], sds)


def log_likelihood(X, weights, means, variances):
    """The log-likelihood of a column of cells, or of estimates, by its definition."""
    X = np.asarray(X, float)
    errors = X[:, 1] if X.shape[1] == 2 else 0.0
    with np.errstate(divide="ignore"):
        logs = log_densities(X[:, 0], errors, means, variances) + np.log(weights)[:, None]
    return np.logaddexp.reduce(logs, axis=0).sum()


def height(fitted):
    """The height by which fits are chosen."""
    return total(fitted) - fitted.optima_["cost"][0]


def assert_groups_of(fitted, groups, least=0.0):
    """Assert the weights, means and variances of groups too far apart to mix.

    `least` is the lowest variance. A fit may leave 1e-6 nats: sqrt(2e-6) of a standard
    error; and means, in double precision, 1e-15 of the distance of groups.
    """
    sizes = np.array([group.size for group in groups])
    variances = np.array([max(group.var(), least) for group in groups])
    centres = np.array([group.mean() for group in groups])
    within, exact = 1.5e-3 / np.sqrt(sizes), 1e-14 * np.abs(np.concatenate(groups)).max()
    for found, expected, allowed in (
        (fitted.weights_, sizes / sizes.sum(), within),
        (fitted.means_, centres, within * np.sqrt(variances) + exact),
        (fitted.variances_, variances, 2**0.5 * within * variances),
    ):
        assert np.all(np.abs(found - expected) <= allowed), (found, expected)


# F1: separated groups

SEPARATED = {
    "0 1 10": normal_groups([0, 1, 10], 0.05, [100] * 3),
    "-1 0 1.5": normal_groups([-1, 0, 1.5], 0.01, [100] * 3),
    "0 1 2 3": normal_groups([0, 1, 2, 3], 0.01, [8] * 4),
    "0 2 3 30": normal_groups([0, 2, 3, 30], 0.01, [40] * 4),
    "-500 0 1 2": normal_groups([-500, 0, 1, 2], 0.01, [15, 20, 25, 30]),
    "0 1 10, 1500 cells": normal_groups([0, 1, 10], 0.02, [500] * 3),
}


@pytest.mark.parametrize(
    ("name", "solver"),
    # Both solvers climb from what one search finds.
    [*((name, "newton") for name in SEPARATED), ("0 1 10", "em"), ("-500 0 1 2", "em")],
)
def test_separated_groups_are_found(name, solver):
    groups = SEPARATED[name]
    fitted, said = fit(PanelGaussianMixture(len(groups), solver=solver), column(*groups))
    assert_groups_of(fitted, groups)
    assert not said


def test_the_published_example_has_the_likelihood_of_its_three_groups():
    fitted = PanelGaussianMixture(3).fit(column(*SEPARATED["0 1 10"]))
    assert total(fitted) == pytest.approx(145.4, abs=0.05)  # the printed value


def test_separated_groups_are_counted():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # four groups for three
        chosen = select_n_components(column(*SEPARATED["0 1 10"]), range(1, 5))
    assert chosen.best_n_components == 3


SEPARATED_ESTIMATES = {
    "0 1 10": ([0, 1, 10], 0.02, 50),
    "0 1 5": ([0, 1, 5], 0.02, 10),
    "0 1 2 3": ([0, 1, 2, 3], 0.02, 12),
    "-3 0 .5 100": ([-3, 0, 0.5, 100], 0.01, 25),
}


@pytest.mark.parametrize(
    ("name", "solver"),
    [*((name, "newton") for name in SEPARATED_ESTIMATES), ("0 1 5", "em")],
)
def test_separated_groups_of_estimates_are_found(name, solver):
    centres, error, n = SEPARATED_ESTIMATES[name]
    groups = normal_groups(centres, 2**0.5 * error, [n] * len(centres))
    X = rows(np.concatenate(groups), error)
    fitted, said = fit(DeconvolvedGaussianMixture(len(centres), solver=solver), X)
    assert not said
    # With equal errors, a group's variance is its spread less the noise. "newton" leaves up
    # to 1e-6 nats, which is sqrt(2e-6) standard errors, and EM a little more.
    within = 2e-3 if solver == "newton" else 0.05
    standard_error = np.sqrt(2 / n) * groups[0].var()
    expected = [group.var() - error**2 for group in groups]
    np.testing.assert_allclose(fitted.variances_, expected, atol=within * standard_error)
    np.testing.assert_allclose(fitted.means_, centres, atol=within * error)


# F2: two groups that became one

FEW_VALUES = {
    "two cells each": np.repeat([0.0, 1.0], 2),
    "500 each": np.repeat([0.0, 1.0], 500),
    "499 and 501": np.repeat([-1.0, 1.0], [499, 501]),
    "three values": np.repeat([0.0, 1.0, 2.0], 3),
    "three values, 81 50 81": np.repeat([-3.0, 0.0, 3.0], [81, 50, 81]),
}


@pytest.mark.parametrize(
    ("name", "solver", "tied"),
    [
        *product(FEW_VALUES, ["newton"], [False, True]),
        *product(FEW_VALUES, ["em"], [False]),
        ("499 and 501", "em", True),
    ],
)
def test_as_many_values_as_groups_are_the_groups(name, solver, tied):
    cells = FEW_VALUES[name]
    values, counts = np.unique(cells, return_counts=True)
    model = PanelGaussianMixture(values.size, solver=solver, tied_variances=tied)
    fitted, said = fit(model, cells[:, None])
    floor = fitted.variance_floor_
    assert_groups_of(fitted, [cells[cells == value] for value in values], least=floor)
    # Every cell is at the mean of a group on the floor; 1e-12 of a cell's log density.
    each = np.log(counts / cells.size) - 0.5 * np.log(2 * np.pi * floor)
    assert total(fitted) == pytest.approx(counts @ each, rel=1e-10)
    assert any("ended on the floor" in message for message in said)


def test_the_grid_of_two_managers_has_two_groups():
    fitted, _ = fit(PanelGaussianMixture(2), [[0.0, 0.0], [1.0, 1.0]])
    assert fitted.predict([[0.0, 0.0], [1.0, 1.0]]).tolist() == [[0, 0], [1, 1]]


def test_two_rows_of_great_weight_are_two_groups():
    fitted, _ = fit(PanelGaussianMixture(2), [[0.0], [1.0]], sample_weight=[500, 500])
    np.testing.assert_allclose(fitted.means_, [0, 1], atol=1e-9)
    np.testing.assert_allclose(fitted.weights_, 0.5, rtol=1e-9)


def test_two_groups_of_three_values_are_one_value_and_the_others():
    fitted, _ = fit(PanelGaussianMixture(2), np.repeat([0.0, 1.0, 2.0], 3)[:, None])
    narrow = int(fitted.variances_.argmin())
    assert fitted.variances_[narrow] == pytest.approx(fitted.variance_floor_, rel=1e-9)
    assert fitted.means_[narrow] in (pytest.approx(0, abs=1e-9), pytest.approx(2, abs=1e-9))
    # The wide one's density at the narrow one's cells is 1e-10 of theirs.
    assert fitted.weights_[1 - narrow] == pytest.approx(2 / 3, rel=1e-8)
    assert fitted.variances_[1 - narrow] == pytest.approx(0.25, rel=1e-8)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(
    ("sd", "sizes"),
    [
        (1e-6, [5, 5]),
        (1e-6, [500, 500]),
        (1e-3, [499, 501]),
        (1e-3, [5000, 5000]),
        (2e-3, [5000, 5000]),
        (1e-4, [30, 31]),
    ],
)
def test_groups_in_balance_are_two(sd, sizes, tied, solver):
    groups = normal_groups([-1, 1], sd, sizes)
    model = PanelGaussianMixture(2, solver=solver, tied_variances=tied)
    fitted, said = fit(model, column(*groups))
    pooled = sum(group.var() * group.size for group in groups) / sum(sizes)
    expected = [pooled] * 2 if tied else [group.var() for group in groups]
    np.testing.assert_allclose(fitted.means_, [-1, 1], rtol=1e-9)
    # Newton leaves up to 1e-6 nats: sqrt(2e-6) standard errors of sqrt(2 / n) each.
    within = 2e-3 * np.sqrt(2 / min(sizes))
    np.testing.assert_allclose(fitted.variances_, expected, rtol=within)
    assert not said


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("n", "error"), [(50, 1e-2), (500, 1e-2), (500, 1e-3), (20, 1e-4)])
def test_two_values_of_estimates_are_point_masses(n, error, solver):
    X = rows(np.repeat([0.0, 1.0], n), error)
    fitted, said = fit(DeconvolvedGaussianMixture(2, solver=solver), X)
    np.testing.assert_allclose(fitted.means_, [0, 1], atol=1e-9)
    expected = 2 * n * (np.log(0.5) - 0.5 * np.log(2 * np.pi * error**2))
    # EM ends where a variance is 1e-4 of the noise, which costs half of that per estimate.
    slack = 1e-6 if solver == "newton" else 1.01 * n * 1e-4
    assert total(fitted) == pytest.approx(expected, abs=slack)
    assert not said


def test_the_study_of_two_values_has_its_likelihood():
    X = rows(np.repeat([0.0, 1.0], 50), 0.01)
    assert total(DeconvolvedGaussianMixture(2).fit(X)) == pytest.approx(299.3, abs=0.05)


@pytest.mark.parametrize("sizes", [[60, 60], [59, 61]])
def test_estimates_in_balance_are_two_groups(sizes):
    groups = normal_groups([-1, 1], 2**0.5 * 0.01, sizes)
    fitted = DeconvolvedGaussianMixture(2).fit(rows(np.concatenate(groups), 0.01))
    np.testing.assert_allclose(fitted.means_, [-1, 1], rtol=1e-6)
    expected = [group.var() - 1e-4 for group in groups]
    # 2e-3 standard errors, as for separated groups.
    np.testing.assert_allclose(fitted.variances_, expected, atol=2e-3 * 4e-5)


# F3: all means fixed


def point_and_normal(X, variances, weights):
    """The log-likelihoods (variances, weights) of a point mass and a normal group at 0.

    `weights` are those of the normal group.
    """
    ratios = np.exp(
        log_densities(*X.T, np.zeros(variances.size), variances)
        - log_densities(*X.T, [0.0], [0.0])
    )
    base = log_densities(*X.T, [0.0], [0.0]).sum()
    return base + np.array([np.log1p(w * (ratios - 1)).sum(axis=1) for w in weights]).T


def best_of_grid(X, sds, weights):
    return point_and_normal(X, np.square(sds), weights).max()


def rare_skill(seed, n=2000):
    """One fund in 2,000 has skill: the population of the study, from its generator."""
    rng = np.random.default_rng(seed)
    errors = np.exp(rng.normal(-3.8, 0.3, n))
    skilled = rng.random(n) < 0.0005
    true = np.where(skilled, rng.normal(0, 0.11, n), 0)
    return rows(rng.normal(true, errors), errors)


def rare_quantiles(n, n_skilled, sd):
    """Funds of alpha 0 with unequal errors, and some funds with a spread."""
    errors = 0.02 * np.exp(0.3 * quantiles(n)[(7919 * np.arange(n)) % n])
    values = errors * quantiles(n)
    return np.r_[
        rows(values, errors), rows(sd * quantiles(n_skilled), np.full(n_skilled, 0.02))
    ]


@cache
def best_rare(name):
    """The best of a grid of weights and variances of the skilled."""
    return best_of_grid(RARE[name], np.geomspace(1e-3, 1, 40), np.geomspace(1e-4, 1, 40))


RARE = {
    "study": rare_skill(1),
    "another draw": rare_skill(5),
    "two funds": rare_quantiles(999, 2, 0.15),
    "five funds": rare_quantiles(1000, 5, 0.1),
}
POINT_NORMAL = {"fixed_means": [0, 0], "fixed_variances": [0, NAN]}


@pytest.mark.parametrize(
    "init", [{}, {"init_params": "k-means++", "n_init": 3, "random_state": 1}]
)
@pytest.mark.parametrize("name", RARE)
def test_a_point_mass_and_rare_skill_reach_the_best_of_a_grid(name, init):
    X = RARE[name]
    fitted, _ = fit(DeconvolvedGaussianMixture(2, **POINT_NORMAL, **init), X)
    assert total(fitted) > best_rare(name) - 1e-6  # Newton may leave this gain


@pytest.fixture(scope="module")
def rare_fit():
    X = RARE["study"]
    return DeconvolvedGaussianMixture(2, **POINT_NORMAL).fit(X), X


def test_the_likelihood_of_rare_skill_is_that_of_its_parameters(rare_fit):
    fitted, X = rare_fit
    expected = log_likelihood(X, fitted.weights_, fitted.means_, fitted.variances_)
    assert total(fitted) == pytest.approx(expected, rel=1e-12)
    assert total(fitted) == pytest.approx(4778.40, abs=0.005)  # by an EM of the study's own


def test_a_fund_five_errors_out_is_no_certain_null(rare_fit):
    fitted, X = rare_fit
    far = int(np.argmin(X[:, 0] / X[:, 1]))
    assert X[far, 0] / X[far, 1] < -5
    assert fitted.transform(X)[far, 0] < 0.05


LADDER = np.geomspace(0.3, 300, 5)


def best_of_ladder(model, X, n, scale):
    """The best fit from given starts: variances and weights of many sizes."""
    best = -np.inf
    for k, factor in enumerate(LADDER):
        for rare in (0.001, 0.03, 0.5):
            variances = scale**2 * np.geomspace(1, factor**2, n)
            weights = np.r_[1 - rare, np.full(n - 1, rare / (n - 1))]
            start = {
                "weights_init": weights,
                "means_init": np.zeros(n),
                "variances_init": variances if k % 2 else variances[::-1],
            }
            climbed, _ = fit(type(model)(**{**model.get_params(), **start}), X)
            best = max(best, height(climbed))
    return best


SCALES = {
    "estimates, two groups and none": (
        DeconvolvedGaussianMixture(3, fixed_means=[0] * 3, fixed_variances=[0, NAN, NAN]),
        np.r_[rare_quantiles(500, 4, 0.1), rows(0.6 * quantiles(3), 0.02)],
        0.02,
    ),
    "estimates, two scales": (
        DeconvolvedGaussianMixture(2, fixed_means=[0, 0]),
        rare_quantiles(600, 3, 0.2),
        0.02,
    ),
    "cells, a rare wide group": (
        PanelGaussianMixture(2, fixed_means=[0, 0]),
        column(quantiles(1000), 6 * quantiles(4)),
        1.0,
    ),
    "cells, a narrow group": (
        PanelGaussianMixture(2, fixed_means=[0, 0]),
        column(quantiles(1000), 0.01 * quantiles(60)),
        1.0,
    ),
    "cells, three scales": (
        PanelGaussianMixture(3, fixed_means=[0, 0, 0]),
        column(quantiles(600), 0.03 * quantiles(60), 10 * quantiles(6)),
        1.0,
    ),
}


@pytest.mark.parametrize("name", SCALES)
def test_scales_around_a_fixed_mean_reach_the_best_of_a_ladder(name):
    model, X, scale = SCALES[name]
    fitted, _ = fit(type(model)(**model.get_params()), X)
    best = best_of_ladder(model, X, model.n_components, scale)
    # Both are within 1e-3 standard errors of a top, where the price still slopes.
    assert height(fitted) > best - 0.01


# F4: variances between 0 and the smallest error


def profile(X, low, high):
    """The variance and log-likelihood of one group's maximum, by a grid and its refinement.

    The best mean at a variance is weighted by precision.
    """
    values, noise = X[:, 0], np.square(X[:, 1])

    def loss(log_variance):
        totals = np.exp(log_variance) + noise
        mean = np.average(values, weights=1 / totals)
        return -norm.logpdf(values, mean, np.sqrt(totals)).sum()

    grid = np.linspace(np.log(low), np.log(high), 400)
    losses = [loss(v) for v in grid]
    k = int(np.argmin(losses))
    ends = grid[max(k - 1, 0)], grid[min(k + 1, grid.size - 1)]
    found = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-10})
    return float(np.exp(found.x)), -float(found.fun)


def precise_and_rough(ratio, spread, n_rough, n_precise):
    """Estimates of error 1, and others of error `ratio` whose sd is `spread` errors."""
    return np.r_[
        rows(quantiles(n_rough), 1.0), rows(spread * ratio * quantiles(n_precise), ratio)
    ]


BETWEEN = {
    "study": (1e-5, 5.1, 950, 50),
    "silent": (1e-5, 2**0.5, 950, 50),
    "1e4 apart": (1e-4, 3.0, 200, 50),
    "1e10 apart": (1e-10, 5.1, 200, 50),
    "1e10 apart, few": (1e-10, 2.0, 50, 10),
    "1e14 apart": (1e-14, 5.0, 200, 200),
}


@pytest.mark.parametrize("name", BETWEEN)
def test_a_variance_below_most_errors_is_the_likeliest(name):
    ratio, *_ = BETWEEN[name]
    X = precise_and_rough(*BETWEEN[name])
    variance, highest = profile(X, 1e-4 * ratio**2, 4.0)
    fitted, said = fit(DeconvolvedGaussianMixture(1), X)
    # At most 1e-6 nats are left, and the standard errors that they amount to.
    assert total(fitted) == pytest.approx(highest, abs=2e-6)
    assert fitted.variances_[0] == pytest.approx(variance, rel=2e-3)
    assert not said


def test_the_study_of_a_small_variance_has_its_value():
    fitted = DeconvolvedGaussianMixture(1).fit(precise_and_rough(1e-5, 5.1, 950, 50))
    assert np.sqrt(fitted.variances_[0]) == pytest.approx(4.94e-5, abs=5e-8)
    assert total(fitted) == pytest.approx(-923.5, abs=0.05)


@pytest.mark.parametrize("spread", [0.5, 0.9])
@pytest.mark.parametrize("ratio", [1e-4, 1e-10])
def test_less_spread_than_errors_is_a_variance_of_0(ratio, spread):
    X = precise_and_rough(ratio, spread, 200, 50)
    fitted, said = fit(DeconvolvedGaussianMixture(1), X)
    assert fitted.variances_[0] == 0
    expected = log_likelihood(X, [1.0], [np.average(X[:, 0], weights=X[:, 1] ** -2.0)], [0])
    assert total(fitted) == pytest.approx(expected, abs=1e-6)
    assert not said


@pytest.mark.parametrize("ratio", [1e-4, 1e-5, 1e-10])
def test_both_of_two_groups_may_have_such_variances(ratio):
    one = precise_and_rough(ratio, 5.1, 200, 20)
    distance = 1000.0 if ratio > 1e-8 else 100.0
    other = precise_and_rough(ratio, 3.0, 200, 20)
    X = np.r_[one - np.array([distance, 0]), other + np.array([distance, 0])]
    halves = X[: len(one)], X[len(one) :]
    expected = [profile(half, 1e-4 * ratio**2, 4.0) for half in halves]
    fitted, said = fit(DeconvolvedGaussianMixture(2), X)
    highest = sum(one[1] for one in expected) + len(X) * np.log(0.5)
    # In units of the smallest error, values are rounded, which can cost every estimate.
    rounding = 40 * 2 * np.spacing(distance) / ratio
    assert total(fitted) == pytest.approx(highest, abs=2e-6 + rounding)
    variances = [one[0] for one in expected]
    np.testing.assert_allclose(fitted.variances_, variances, rtol=5e-3)
    assert not said


@pytest.mark.parametrize("ratio", [1e-4, 1e-10])
def test_a_point_mass_beside_errors_far_apart_reaches_the_best_of_a_grid(ratio):
    X = precise_and_rough(ratio, 5.1, 200, 50)
    sds = ratio * np.geomspace(0.1, 2 / ratio, 200)
    best = best_of_grid(X, sds, np.linspace(0, 1, 41))
    fitted, _ = fit(DeconvolvedGaussianMixture(2, **POINT_NORMAL), X)
    assert total(fitted) > best - 1e-6


# U4: the warning of the floor


@pytest.mark.parametrize("variance_floor", [1e-20, 1e-3])
def test_where_all_errors_are_positive_no_floor_is_spoken_of(variance_floor):
    X = precise_and_rough(1e-5, 5.1, 950, 50)
    model = DeconvolvedGaussianMixture(1, variance_floor=variance_floor)
    fitted, said = fit(model, X)
    assert not said
    assert fitted.variance_floor_ == 0
    assert np.sqrt(fitted.variances_[0]) == pytest.approx(4.94e-5, abs=5e-8)


@pytest.mark.parametrize(
    "X",
    [
        rows(np.repeat([0.0, 1.0], 20), 0.0),
        rows(np.r_[np.repeat([0.0, 1.0], 20), 0.0, 1.0], np.r_[np.zeros(40), 0.1, 0.1]),
    ],
)
def test_where_an_error_is_0_the_floor_binds_and_says_what_helps(X):
    fitted, said = fit(DeconvolvedGaussianMixture(2), X)
    assert fitted.variance_floor_ > 0
    np.testing.assert_allclose(fitted.variances_, fitted.variance_floor_, rtol=1e-9)
    assert any(
        "variances of groups 0 and 1 ended on the floor" in message
        and "raise variance_floor" in message
        for message in said
    )


def test_equal_cells_are_named_as_what_holds_a_group_on_the_floor():
    _, said = fit(PanelGaussianMixture(2), np.repeat([0.0, 1.0], [3, 7])[:, None])
    assert any("equal cells hold a group there" in message for message in said)


# F5: only weights are free


def assert_best_weights(fitted, X, within):
    """The conditions of the concave problem, in nats per observation.

    With D_l = mean N_l / f, the optimum has D_l <= 1 for every group, and D_l = 1 for those
    with a weight. The gain that is left is at most max D - 1.
    """
    X = np.asarray(X, float)
    errors = X[:, 1] if X.shape[1] == 2 else 0.0
    logs = log_densities(X[:, 0], errors, fitted.means_, fitted.variances_)
    peak = logs.max(axis=0)
    densities = np.exp(logs - peak)
    slopes = (densities / (fitted.weights_ @ densities)).mean(axis=1)
    assert fitted.weights_.sum() == pytest.approx(1, abs=1e-12)
    assert slopes.max() < 1 + within
    positive = fitted.weights_ > 0
    assert np.all(fitted.weights_[positive] * np.abs(slopes[positive] - 1) < within)


FEWER = {
    "four normals, three funds": (
        DeconvolvedGaussianMixture(
            4, fixed_means=[0] * 4, fixed_variances=[0, 0.1, 0.2, 0.4]
        ),
        [[0.1, 0.1], [0.2, 0.1], [-0.1, 0.1]],
    ),
    "three normals, two cells": (
        PanelGaussianMixture(3, fixed_means=[-1, 0, 1], fixed_variances=[1, 1, 1]),
        [[0.1], [0.2]],
    ),
    "15 sds, 10 funds": (
        DeconvolvedGaussianMixture(
            15,
            fixed_means=np.zeros(15),
            fixed_variances=np.r_[0, np.geomspace(0.01, 100, 14)],
        ),
        rows([-3.0, -1.1, -0.4, -0.2, 0.1, 0.3, 0.9, 1.4, 2.5, 7.0], 0.5),
    ),
    "five groups, equal funds": (
        DeconvolvedGaussianMixture(
            5, fixed_means=[-2, -1, 0, 1, 2], fixed_variances=[0] * 5
        ),
        [[0.4, 1.0], [0.4, 1.0]],
    ),
    "five groups, one cell": (
        PanelGaussianMixture(5, fixed_means=[-2, -1, 0, 1, 2], fixed_variances=[1] * 5),
        [[0.4]],
    ),
}


@pytest.mark.parametrize("name", FEWER)
def test_more_groups_than_values_are_fitted_where_only_weights_are_free(name):
    model, X = FEWER[name]
    fitted, _ = fit(type(model)(**model.get_params()), X)
    assert fitted.converged_
    assert_best_weights(fitted, X, 1e-6 / len(X))  # the default `tol`, in nats over all


FIFTY = {
    "locations": (np.linspace(-4, 4, 50), np.full(50, 0.04)),
    "locations that overlap much": (np.linspace(-4, 4, 50), np.full(50, 1.0)),
    "scales": (np.zeros(50), np.geomspace(1e-3, 30, 50)),
}


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("name", FIFTY)
def test_the_weights_of_50_groups_are_the_best(name, noisy):
    means, variances = FIFTY[name]
    cells = np.concatenate([quantiles(150) - 2, 0.5 * quantiles(100) + 1, [3.9, -3.7]])
    held = {"fixed_means": means, "fixed_variances": variances, "init_params": "quantile"}
    if noisy:
        errors = 0.2 + 0.2 * np.arange(cells.size) / cells.size
        model, X = DeconvolvedGaussianMixture(50, **held), rows(cells, errors)
    else:
        model, X = PanelGaussianMixture(50, **held), cells[:, None]
    fitted, _ = fit(model, X)
    assert fitted.converged_
    assert_best_weights(fitted, X, 1e-6 / len(X))


def test_the_weights_beside_fixed_ones_are_the_best():
    cells = np.concatenate([quantiles(150) - 2, 0.5 * quantiles(100) + 1])
    fixed_weights = np.r_[0.1, np.full(9, NAN)]
    fitted, _ = fit(
        PanelGaussianMixture(
            10,
            fixed_weights=fixed_weights,
            fixed_means=np.r_[5, np.linspace(-4, 3, 9)],
            fixed_variances=np.full(10, 0.5),
        ),
        cells[:, None],
    )
    assert fitted.weights_[0] == 0.1
    logs = log_densities(cells, 0.0, fitted.means_, fitted.variances_)
    densities = np.exp(logs)
    slopes = (densities / (fitted.weights_ @ densities)).mean(axis=1)[1:]
    # The duality gap, which bounds the gain that is left, in nats.
    gap = 0.9 * slopes.max() - fitted.weights_[1:] @ slopes
    assert len(cells) * gap < 1e-5  # ten times `tol`: the gap only bounds the gain
    assert (fitted.weights_ == 0).any()


def test_above_4096_cells_the_weights_of_50_groups_are_the_best_of_the_bins():
    means, variances = FIFTY["locations"]
    cells = np.concatenate([quantiles(4000) - 2, 0.5 * quantiles(2000) + 1])[:, None]
    model = PanelGaussianMixture(
        50, fixed_means=means, fixed_variances=variances, init_params="quantile"
    )
    fitted, _ = fit(model, cells)
    # Bins change the derivatives by their squared width: .1 nats for 6,000 cells.
    assert_best_weights(fitted, cells, 0.1 / len(cells))


@pytest.mark.parametrize("kind", [PanelGaussianMixture, DeconvolvedGaussianMixture])
def test_where_only_weights_are_free_nothing_is_searched(kind, monkeypatch):
    def refuse(*args):
        raise RuntimeError("a concave problem needs no search")

    monkeypatch.setattr(starts, "find_optimum", refuse)
    means, variances = FIFTY["locations"]
    noisy = kind is DeconvolvedGaussianMixture
    X = rows(quantiles(100), 0.1) if noisy else quantiles(100)[:, None]
    fitted, _ = fit(kind(50, fixed_means=means, fixed_variances=variances), X)
    assert fitted.converged_


def test_groups_with_a_free_mean_still_need_values():
    model = PanelGaussianMixture(3, fixed_variances=[1, 1, 1])
    with pytest.raises(ValueError, match=r"2 .*different"):
        model.fit([[0.1], [0.2]])


# F6: groups that a cost once removed


def test_far_groups_of_estimates_are_found():
    groups = normal_groups([0, 20, 200], 1, [20] * 3)
    X = rows(np.concatenate(groups), 0.9)
    fitted = DeconvolvedGaussianMixture(3).fit(X)
    np.testing.assert_allclose(fitted.means_, [0, 20, 200], atol=1e-3)
    assert total(fitted) == pytest.approx(-149.2, abs=0.05)
    variance = groups[0].var() - 0.81
    expected = log_likelihood(X, [1 / 3] * 3, [0, 20, 200], [variance] * 3)
    assert total(fitted) == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("centres", [[0, 1, 10], [0, 30, 31], [-1000, 0, 3]])
def test_far_groups_of_few_noisy_funds_are_found(centres):
    groups = normal_groups(centres, 0.05, [33, 33, 34])
    X = rows(np.concatenate(groups), np.r_[np.full(50, 0.02), np.full(50, 0.04)])
    fitted = DeconvolvedGaussianMixture(3).fit(X)
    np.testing.assert_allclose(fitted.means_, centres, atol=0.02)  # 3 standard errors
    np.testing.assert_allclose(fitted.weights_, [0.33, 0.33, 0.34], rtol=1e-6)


@pytest.mark.parametrize(
    ("n", "n_equal", "at"), [(100, 10, 10.0), (200, 8, -50.0), (400, 12, 1e6)]
)
def test_equal_cells_far_from_all_are_a_group(n, n_equal, at):
    cells = np.r_[quantiles(n), np.full(n_equal, at)]
    fitted, said = fit(PanelGaussianMixture(2), cells[:, None])
    far = int(np.argmax(np.abs(fitted.means_)))
    shares = np.array([n, n_equal]) / (n + n_equal)
    centres, variances = [0.0, at], [quantiles(n).var(), fitted.variance_floor_]
    order = [1 - far, far]
    np.testing.assert_allclose(fitted.weights_[order], shares, rtol=1e-9)
    np.testing.assert_allclose(fitted.means_[order], centres, atol=1e-9 * abs(at))
    np.testing.assert_allclose(fitted.variances_[order], variances, rtol=1e-6)
    narrow = np.log(shares[1]) - 0.5 * np.log(2 * np.pi * fitted.variance_floor_)
    wide = np.log(shares[0]) + norm.logpdf(quantiles(n), 0, np.sqrt(variances[0]))
    assert total(fitted) == pytest.approx(n_equal * narrow + wide.sum(), rel=1e-9)
    assert any(f"group {far} ended on the floor" in message for message in said)


TRUTH = {
    "weights_init": [0.5, 0.5],
    "means_init": [0, 0],
    "variances_init": [4e-6, 0.04],
}


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("n", [40, 200, 1000, 6000])
def test_half_the_funds_in_percent_are_told_from_half_in_decimals(n, solver):
    cells = column(0.2 * quantiles(n // 2), 0.002 * quantiles(n // 2))
    fitted, said = fit(PanelGaussianMixture(2, solver=solver), cells)
    true, _ = fit(PanelGaussianMixture(2, **TRUTH), cells)
    slack = 2e-6 if solver == "newton" else 1e-3  # EM stops when its steps are small
    assert total(fitted) > total(true) - slack
    # The tails of the wide one stand within the narrow one: 1 % of its cells.
    assert np.sqrt(fitted.variances_.min()) == pytest.approx(0.002, rel=0.1)
    assert np.sqrt(fitted.variances_.max()) == pytest.approx(0.2, rel=0.1)
    assert not said


@pytest.mark.parametrize("n", [40, 200, 1000])
@pytest.mark.parametrize("centres", [(0, 0), (10, 0.1)])
def test_estimates_half_in_percent_are_told_from_half_in_decimals(n, centres):
    values = [c + s * quantiles(n // 2) for c, s in zip(centres, (0.2, 0.002), strict=True)]
    X = rows(np.concatenate(values), np.repeat([0.1, 0.001], n // 2))
    fitted, _ = fit(DeconvolvedGaussianMixture(2), X)
    start = TRUTH | {"means_init": centres[::-1]}
    true, _ = fit(DeconvolvedGaussianMixture(2, **start), X)
    assert total(fitted) > total(true) - 2e-6


@pytest.mark.parametrize(
    ("centres", "sd", "size"), [([0, 1, 10], 0.005, 5000), ([0, 1, 100], 0.001, 300)]
)
def test_narrow_groups_with_one_far_away_are_found(centres, sd, size):
    groups = normal_groups(centres, sd, [size] * 3)
    fitted, said = fit(PanelGaussianMixture(3), column(*groups))
    assert_groups_of(fitted, groups)
    assert not said


# U1: a start far from all cells, empty groups

FAR_START = {
    "weights_init": [0.5, 0.5],
    "means_init": [100, 200],
    "variances_init": [1e-6] * 2,
}


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize(
    "cells",
    [
        np.exp(0.5 * quantiles(100)),
        np.concatenate(normal_groups([0, 4], 1, [40, 60])),
        np.concatenate(normal_groups([-1, 1], 0.1, [20, 20])),
    ],
)
def test_a_start_far_from_all_cells_ends_as_high_as_the_default(cells, noisy):
    kind = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    X = rows(cells, 0.1) if noisy else cells[:, None]
    fitted, said = fit(kind(2, **FAR_START), X)
    default, _ = fit(kind(2), X)
    assert total(fitted) == pytest.approx(total(default), abs=2e-6)
    assert fitted.weights_.min() > 0.01
    assert cells.min() < fitted.means_.min() < fitted.means_.max() < cells.max()
    assert not said


@pytest.mark.parametrize("noisy", [False, True])
def test_a_start_far_from_normal_cells_leaves_no_group_there(noisy):
    kind = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    X = rows(quantiles(100), 0.1) if noisy else quantiles(100)[:, None]
    fitted, said = fit(kind(2, **FAR_START), X)
    one, _ = fit(kind(1), X)
    assert total(fitted) > total(one) + 0.03  # two groups gain .037 nats
    assert fitted.weights_.min() > 0.01
    assert [text.partition(" tell")[0] for text in said] == ["The data hardly"]


def test_em_that_leaves_a_group_behind_has_not_converged():
    model = PanelGaussianMixture(2, solver="em", **FAR_START)
    fitted, said = fit(model, quantiles(100)[:, None])
    assert fitted.weights_.min() < 1e-6
    assert not fitted.converged_
    assert any("group 1 is empty" in message for message in said)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("noisy", [False, True])
def test_a_group_that_is_held_far_from_all_cells_is_called_empty(noisy, solver):
    kind = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    X = rows(quantiles(100), 0.1) if noisy else quantiles(100)[:, None]
    fitted, said = fit(kind(2, fixed_means=[NAN, 1000], solver=solver), X)
    # If it is as wide as it is far, it can be a small part of the other one.
    one, _ = fit(kind(1), X)
    assert total(fitted) == pytest.approx(total(one), abs=1e-4)
    assert any("Fewer groups fit as well: group 1 is empty" in m for m in said)


def test_all_empty_groups_are_named_in_one_sentence():
    model = PanelGaussianMixture(4, fixed_means=[NAN, 1e3, NAN, -1e3])
    _, said = fit(model, quantiles(100)[:, None])
    assert any("Fewer groups fit as well: groups 1 and 3 are empty. " in m for m in said)


# Saddles


def from_equal_groups(shares, mean, variance, solver="newton", kind=PanelGaussianMixture):
    return kind(
        len(shares),
        solver=solver,
        weights_init=shares,
        means_init=[mean] * len(shares),
        variances_init=[variance] * len(shares),
    )


TWO = normal_groups([0, 3], 1, [100, 100])


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.3, 0.7], [0.001, 0.999]])
@pytest.mark.parametrize("noisy", [False, True])
def test_newton_leaves_two_equal_groups_for_a_higher_optimum(shares, noisy):
    kind = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    cells = np.concatenate(TWO)
    X = rows(cells, 0.3) if noisy else cells[:, None]
    fitted, said = fit(from_equal_groups(shares, 1.5, 3.0, kind=kind), X)
    default, _ = fit(kind(2), X)
    assert total(fitted) == pytest.approx(total(default), abs=2e-6)
    assert np.ptp(fitted.means_) > 2.5
    assert not said


def test_newton_leaves_three_equal_groups_for_a_higher_optimum():
    groups = normal_groups([0, 4, 9], 1, [100] * 3)
    cells = column(*groups)
    fitted, said = fit(from_equal_groups([1 / 3] * 3, 4.0, 13.0), cells)
    default, _ = fit(PanelGaussianMixture(3), cells)
    assert total(fitted) == pytest.approx(total(default), abs=2e-6)
    assert not said


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.3, 0.7]])
def test_em_on_a_saddle_has_not_converged_and_says_so(shares):
    cells = column(*TWO)
    fitted, said = fit(from_equal_groups(shares, 1.5, 3.0, "em"), cells)
    assert fitted.means_[0] == pytest.approx(fitted.means_[1])  # EM cannot tell them apart
    assert not fitted.converged_
    higher = total(PanelGaussianMixture(2).fit(cells)) - total(fitted)
    # Found on the way to another optimum, within .1 nats of its top.
    assert fitted.remaining_gain_ >= higher - 0.1
    assert any("groups 0 and 1 coincide" in message for message in said)


def test_each_set_of_groups_that_coincide_is_named_once():
    _, said = fit(
        PanelGaussianMixture(3, fixed_variances=[2, 2, 2]), quantiles(200)[:, None]
    )
    assert any("groups 0, 1 and 2 coincide. " in message for message in said)


def test_a_floor_of_double_precision_is_said_to_be_one():
    """Doubles near 1e14 are multiples of 1 / 64; no equal cells are the reason."""
    X = 1e14 + np.random.default_rng(0).normal(size=(3000, 1))
    fitted, said = fit(PanelGaussianMixture(2), X)
    floor = (
        f"floor, variance_floor_={fitted.variance_floor_:.3g}: double precision shows no"
    )
    assert any(floor in message for message in said)
    assert not any("equal cells" in message for message in said)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("noisy", [False, True])
def test_groups_that_are_wider_than_the_data_are_said_to_coincide(noisy, solver):
    kind = DeconvolvedGaussianMixture if noisy else PanelGaussianMixture
    X = rows(quantiles(200), 0.5) if noisy else quantiles(200)[:, None]
    fitted, said = fit(kind(2, fixed_variances=[2, 2], solver=solver), X)
    # N(0, 2) is the best of all mixtures of such groups: D(m) <= 1 for all m.
    expected = log_likelihood(X, [1.0], [0.0], [2.0])
    assert total(fitted) == pytest.approx(expected, abs=1e-6)
    assert any(
        m.startswith("Fewer groups fit as well: groups 0 and 1 coincide") for m in said
    )


def test_a_fit_of_different_groups_is_not_said_to_have_equal_ones():
    _, said = fit(
        PanelGaussianMixture(2, fixed_variances=[0.2, 0.2]), quantiles(200)[:, None]
    )
    assert not said


def test_textbook_em_says_that_it_is_not_at_the_top_and_what_helps():
    grid = 5.8e-4 + 9.7e-4 * quantiles(25_500).reshape(255, 100)
    model = PanelGaussianMixture(
        2,
        solver="em",
        weights_init=[0.5, 0.5],
        means_init=[-1, 1],
        variances_init=[0.2, 0.2],
    )
    fitted, said = fit(model, grid)
    assert fitted.remaining_gain_ > 0.1
    assert not fitted.converged_
    [message] = [m for m in said if m.startswith("Stopped moving")]
    assert "no maximum in sight" in message or "can still gain" in message
    assert 'Use solver="newton"' in message


def test_em_at_rest_far_from_the_top_names_the_gain_and_newton():
    fitted, said = fit(from_equal_groups([0.5, 0.5], 1.5, 3.0, "em"), column(*TWO))
    [message] = [m for m in said if m.startswith("Stopped moving")]
    assert f"gain about {fitted.remaining_gain_:.3g} nats" in message
    assert 'Use solver="newton"' in message


# The floor in double precision

FAR_OFF = normal_groups([1600, 1920], 1e-3, [4000, 4000])


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize("solver", SOLVERS)
def test_groups_a_hundred_thousand_times_narrower_than_they_are_apart(step, solver):
    cells = column(*FAR_OFF)[::step]
    fitted, said = fit(PanelGaussianMixture(2, solver=solver), cells)
    groups = [part[::step] for part in FAR_OFF]
    within = 1.5e-3 / np.sqrt(4000 / step)  # standard errors, as for separated groups
    np.testing.assert_allclose(fitted.weights_, 0.5, rtol=2 * within)
    np.testing.assert_allclose(
        fitted.means_, [g.mean() for g in groups], rtol=0, atol=1e-3 * within + 1e-12
    )
    np.testing.assert_allclose(
        np.sqrt(fitted.variances_), [g.std() for g in groups], rtol=within
    )
    assert not said


@cache
def three_far_off(step):
    """The fit of three groups to every `step`-th cell, its warnings, and the cells."""
    cells = column(*FAR_OFF)[::step]
    return *fit(PanelGaussianMixture(3), cells), cells


@pytest.mark.parametrize("step", [1, 4])
def test_a_third_group_is_not_refused_where_double_precision_has_room(step):
    three, _, cells = three_far_off(step)
    two = PanelGaussianMixture(2).fit(cells)
    assert total(three) >= total(two) - 2e-6
    np.testing.assert_allclose(np.unique(three.means_.round()), [1600, 1920])


def test_a_third_group_is_no_single_cell():
    fitted, said, cells = three_far_off(1)
    assert fitted.weights_.min() > 3 / cells.size
    assert [text.partition(" tell")[0] for text in said] == ["The data hardly"]


# optima_


@pytest.fixture(scope="module")
def competing():
    """12 close cells, and five closer still: a group, and a sliver that is likelier."""
    cells = np.r_[quantiles(255), 0.3 + 0.004 * quantiles(12), -1 + 1e-6 * quantiles(5)]
    return PanelGaussianMixture(2).fit(cells[:, None]), cells


def test_optima_begin_with_the_published_fit(competing):
    fitted, _ = competing
    first = fitted.optima_[0]
    for name in ("weights", "means", "variances"):
        np.testing.assert_array_equal(first[name], getattr(fitted, f"{name}_"))
    assert first["log_likelihood"] == fitted.log_likelihood_


def test_optima_need_a_fit():
    with pytest.raises(
        AttributeError, match="optima_: this PanelGaussianMixture is not fit"
    ):
        PanelGaussianMixture().optima_  # noqa: B018


def test_optima_are_a_structured_array():
    optima = PanelGaussianMixture(2).fit(quantiles(50)[:, None] ** 3).optima_
    names = ("weights", "means", "variances", "log_likelihood", "cost")
    assert optima.dtype.names == names
    assert optima["means"].shape == (optima.size, 2)


def test_optima_are_best_first_by_what_is_left_of_their_likelihood(competing):
    fitted, cells = competing
    heights = fitted.optima_["log_likelihood"] * cells.size - fitted.optima_["cost"]
    assert heights.size > 1
    assert np.all(np.diff(heights) <= 0)


def test_no_optimum_is_listed_twice(competing):
    fitted, _ = competing
    for i, one in enumerate(fitted.optima_):
        for other in fitted.optima_[:i]:
            scale = np.sqrt(np.minimum(one["variances"], other["variances"]))
            near = np.abs(one["means"] - other["means"]) < 0.05 * scale
            same = np.abs(np.log(one["variances"] / other["variances"])) < 0.05
            weights = np.abs(one["weights"] - other["weights"]) < 0.05
            assert not np.all(near & same & weights)


def test_a_sliver_that_is_likelier_is_listed_below_the_group_that_is_published(competing):
    fitted, _ = competing
    narrow = fitted.optima_["variances"].argmin(axis=1)
    rows_ = np.arange(fitted.optima_.size)
    means = fitted.optima_["means"][rows_, narrow]
    sds = np.sqrt(fitted.optima_["variances"][rows_, narrow])
    assert means[0] == pytest.approx(0.3, abs=0.004)
    sliver = (np.abs(means + 1) < 1e-3) & (sds < 1e-3)
    assert sliver[1:].any()
    logs = fitted.optima_["log_likelihood"]
    assert logs[sliver].max() > logs[0]


@pytest.mark.parametrize("step", [1, 4])
def test_optima_have_the_likelihood_of_the_cells(step):
    fitted, _, cells = three_far_off(step)
    for row in fitted.optima_:
        expected = log_likelihood(cells, row["weights"], row["means"], row["variances"])
        # In standard units, the cells of 1600 and 1920 keep 1e-10 of a group's sd.
        assert row["log_likelihood"] * cells.size == pytest.approx(expected, abs=0.1)


def test_the_published_fit_is_the_best_of_the_optima():
    fitted, _, cells = three_far_off(4)
    heights = fitted.optima_["log_likelihood"] * cells.size - fitted.optima_["cost"]
    assert heights.argmax() == 0


def test_no_optimum_that_is_listed_gains_much(competing):
    fitted, cells = competing
    for row in fitted.optima_[1:]:
        start = {f"{name}_init": row[name] for name in ("weights", "means", "variances")}
        again, _ = fit(PanelGaussianMixture(2, **start), cells[:, None])
        gained = total(again) - row["log_likelihood"] * cells.size
        assert gained < 0.1  # a listed optimum may leave this gain


SHOULDERS = {
    "none": (PanelGaussianMixture(2), column(quantiles(255), 0.3 + 0.004 * quantiles(12))),
    "scales of estimates": SCALES["estimates, two groups and none"][:2],
}


@pytest.mark.parametrize("name", SHOULDERS)
def test_no_optimum_that_is_listed_climbs_to_the_published_one(name):
    model, X = SHOULDERS[name]
    fitted, _ = fit(type(model)(**model.get_params()), X)
    for row in fitted.optima_[1:]:
        start = {f"{part}_init": row[part] for part in ("weights", "means", "variances")}
        start["variances_init"] = np.maximum(row["variances"], 1e-12)  # 0 is refused
        again, _ = fit(type(model)(**{**model.get_params(), **start}), X)
        same = np.abs(np.sort(again.variances_) / np.sort(fitted.variances_ + 1e-300) - 1)
        assert not np.all(same[np.sort(fitted.variances_) > 0] < 1e-3)


def test_estimates_without_errors_are_read_past_rows_that_are_missing_or_weigh_nothing():
    """The rows with an error were missing or of weight 0; NaN came among the values."""
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(-2, 0.5, 40), rng.normal(2, 0.5, 40)])
    X = np.column_stack([values, np.zeros(80)])
    hidden = np.array([[np.nan, 0.3], [5.0, 0.3]])
    weights = np.append(np.ones(81), 0.0)
    with_hidden = DeconvolvedGaussianMixture(2).fit(np.vstack([X, hidden]), None, weights)
    alone = DeconvolvedGaussianMixture(2).fit(X)
    np.testing.assert_allclose(with_hidden.means_, alone.means_, rtol=1e-12)
    np.testing.assert_allclose(with_hidden.variances_, alone.variances_, rtol=1e-12)


@pytest.mark.parametrize("far", [-4e9, 1e12])
def test_answers_about_cells_are_as_exact_when_a_group_is_held_far_away(far):
    """They were read from a centre between the groups, and lost their last six digits."""
    X = np.random.default_rng(0).normal(0.3, 1e-3, (30, 4))
    held = {"fixed_means": [far, np.nan], "fixed_weights": [0.5, 0.5]}
    fitted = PanelGaussianMixture(2, fixed_variances=[1.0, np.nan], **held).fit(X)
    assert fitted.score(X) == pytest.approx(fitted.log_likelihood_, rel=1e-12)


def test_a_loose_tol_does_not_take_a_shoulder_for_a_top():
    """`tol` saves passes over the cells; on points every climb goes to the top."""
    X = np.random.default_rng(153).normal(size=(10, 5))
    weights = [0.005, 0.995]
    loose, tight = (
        PanelGaussianMixture(fixed_weights=weights, tol=tol).fit(X) for tol in (0.01, 1e-9)
    )
    assert loose.log_likelihood_ * 50 > tight.log_likelihood_ * 50 - 0.01
