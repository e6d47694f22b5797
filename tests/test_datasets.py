"""Simulated alphas."""

import numpy as np
import pytest

from skem.datasets import make_alpha_panel, make_fund_estimates, make_fund_returns


def test_the_default_population_is_the_textbooks():
    alphas, groups = make_alpha_panel(random_state=0)
    assert alphas.shape == groups.shape == (255, 100)
    # Five standard errors of 25,500 draws.
    assert alphas.mean() == pytest.approx(5.802e-4, abs=5 * 9.75e-4 / 160)
    assert alphas.var() == pytest.approx(9.5e-7, rel=5 * np.sqrt(2 / 25_500))
    assert groups.mean() == pytest.approx(0.51, abs=5 * 0.5 / 160)


def test_cells_come_from_their_groups():
    alphas, groups = make_alpha_panel(
        200, 50, weights=[0.2, 0.8], means=[-9, 9], variances=[1, 4], random_state=0
    )
    np.testing.assert_array_equal(groups, alphas > 0)
    assert alphas[groups == 0].var() == pytest.approx(1, rel=5 * np.sqrt(2 / 2000))
    assert alphas[groups == 1].var() == pytest.approx(4, rel=5 * np.sqrt(2 / 8000))


def test_a_seed_repeats_the_grid():
    first, again, other = (make_alpha_panel(random_state=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"weights": [0.5, 0.4]}, r"weights=\[0.5, 0.4\] sums to 0.9: .* sum to 1"),
        ({"weights": [1.5, -0.5]}, "every entry must be positive"),
        ({"variances": [1, 0]}, "variances=.*every entry must be positive"),
        ({"means": [1, 2, 3]}, r"means has shape \(3,\), weights needs \(2,\)"),
        ({"n_managers": 0}, "'n_managers' parameter .* Got 0 instead"),
        ({"n_draws": 1.5}, "'n_draws' parameter .* Got 1.5 instead"),
    ],
)
def test_a_population_that_does_not_fit_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        make_alpha_panel(**bad)


# Five standard errors: a claim about draws fails once in some million seeds.
SURE = 5


def test_alphas_of_funds_come_from_their_groups():
    _, alphas, groups = make_fund_estimates(20_000, random_state=0)
    n = np.bincount(groups)
    weight = n[0] / 20_000
    assert weight == pytest.approx(0.283, abs=SURE * np.sqrt(0.283 * 0.717 / 20_000))
    for group, (mean, sd) in enumerate([(-2.277, 1.513), (-0.685, 0.586)]):
        own = alphas[groups == group]
        assert own.mean() == pytest.approx(mean, abs=SURE * sd / np.sqrt(n[group]))
        assert own.std() == pytest.approx(sd, rel=SURE / np.sqrt(2 * n[group]))


def test_logarithms_of_standard_errors_are_normal():
    X, _, _ = make_fund_estimates(20_000, random_state=0)
    logs = np.log(X[:, 1])
    assert logs.mean() == pytest.approx(np.log(1.8), abs=SURE * 0.5 / np.sqrt(20_000))
    assert logs.std() == pytest.approx(0.5, rel=SURE / np.sqrt(2 * 20_000))


def test_estimates_miss_alpha_by_their_standard_errors():
    X, alphas, _ = make_fund_estimates(20_000, random_state=0)
    misses = (X[:, 0] - alphas) / X[:, 1]
    assert misses.mean() == pytest.approx(0, abs=SURE / np.sqrt(20_000))
    assert misses.std() == pytest.approx(1, rel=SURE / np.sqrt(2 * 20_000))
    # A fund's alpha and the error of its estimate are independent.
    correlation = np.corrcoef(misses, alphas)[0, 1]
    assert correlation == pytest.approx(0, abs=SURE / np.sqrt(20_000))


def test_estimates_without_error_are_the_alphas():
    X, alphas, _ = make_fund_estimates(50, median_error=0, random_state=0)
    np.testing.assert_array_equal(X[:, 0], alphas)
    assert not X[:, 1].any()


def test_a_group_without_spread_is_at_its_mean():
    _, alphas, groups = make_fund_estimates(
        200, weights=[0.5, 0.5], means=[0, 2], sds=[0, 1], random_state=0
    )
    np.testing.assert_array_equal(alphas == 0, groups == 0)


def test_a_seed_repeats_the_funds():
    first, again, other = (make_fund_estimates(random_state=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"weights": [0.5, 0.4]}, r"weights=\[0.5, 0.4\] sums to 0.9: .* sum to 1"),
        ({"sds": [1, -1]}, "sds=.*no entry may be negative"),
        ({"sds": [1, 2, 3]}, r"sds has shape \(3,\), weights needs \(2,\)"),
        ({"means": [1]}, r"means has shape \(1,\), weights needs \(2,\)"),
        ({"n_funds": 0}, "'n_funds' parameter .* Got 0 instead"),
        ({"median_error": -1}, "'median_error' parameter .* Got -1 instead"),
        ({"log_sd_error": -1}, "'log_sd_error' parameter .* Got -1 instead"),
    ],
)
def test_a_population_of_funds_that_does_not_fit_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        make_fund_estimates(**bad)


def test_returns_are_alphas_loadings_and_noise():
    returns, factors, alphas, groups = make_fund_returns(500, 240, random_state=0)
    design = np.column_stack([np.ones(240), factors])
    complete = ~np.isnan(returns).any(axis=1)
    found = np.linalg.lstsq(design, returns[complete].T, rcond=None)[0][0]
    # Residuals of .015, for half of the funds more, give errors of .001 to .002.
    assert np.abs(found - alphas[complete]).mean() < 0.002
    own = alphas[groups == 1]
    assert own.mean() == pytest.approx(0.005, abs=SURE * 0.001 / np.sqrt(own.size))


def test_funds_start_late_and_then_have_all_months():
    returns, *_ = make_fund_returns(500, 60, random_state=0)
    missing = np.isnan(returns)
    late = missing[:, 0].mean()
    # Of the late half, one in 41 starts at once.
    assert late == pytest.approx(0.5 * 40 / 41, abs=SURE * 0.5 / np.sqrt(500))
    assert (np.diff(missing.astype(int), axis=1) <= 0).all()
    assert not missing[:, 40:].any()
    assert not np.isnan(make_fund_returns(share_late=0)[0]).any()


def test_a_seed_repeats_the_returns():
    first, again, other = (make_fund_returns(5, random_state=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
