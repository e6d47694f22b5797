"""Regressions of many funds, against those of NumPy and statsmodels fund by fund."""

import warnings

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from skem.numerics.regression import (
    BLOCK,
    COVARIANCES,
    dependent_factor,
    fit_intercepts,
    newey_west_lags,
    number_patterns,
)

N_FUNDS, N_PERIODS, N_FACTORS = 40, 90, 3
# Two backward stable factorisations of designs whose condition number is below
# 100, so that coefficients agree to 100 roundings of the largest returns.
ROUNDING = 1e-12
# The size of the factors: coefficients are returns over factors.
PEAK = 0.03


@pytest.fixture(scope="module")
def factors():
    rng = np.random.default_rng(0)
    return rng.normal(0.004, 0.03, (N_PERIODS, N_FACTORS))


@pytest.fixture(scope="module")
def returns(factors):
    """Funds that start late, end early, miss months in between, or are complete.

    Their residuals are serially correlated, so that lags matter.
    """
    rng = np.random.default_rng(1)
    noise = 0.02 * rng.standard_normal((N_FUNDS, N_PERIODS + 1))
    returns = 0.001 + rng.normal(1, 0.3, (N_FUNDS, N_FACTORS)) @ factors.T
    returns += noise[:, 1:] + 0.6 * noise[:, :-1]
    for fund, first in enumerate(rng.integers(0, 40, 20)):
        returns[fund, :first] = np.nan
        returns[fund, N_PERIODS - 20 + fund :] = np.nan
    returns[20:30][rng.random((10, N_PERIODS)) < 0.2] = np.nan
    return returns


def design_of(fund, factors):
    """The dependent variable and the design of one fund's own periods."""
    there = ~np.isnan(fund)
    return fund[there], np.column_stack([np.ones(there.sum()), factors[there]])


def fit(returns, factors, min_observations=12, covariance="ols"):
    return fit_intercepts(returns, factors, min_observations, COVARIANCES[covariance])


def test_coefficients_are_those_of_lstsq(returns, factors):
    expected = [
        np.linalg.lstsq(design, y, rcond=None)[0]
        for y, design in (design_of(fund, factors) for fund in returns)
    ]
    found = fit(returns, factors)
    coefficients = np.column_stack([found.alphas, found.betas])
    np.testing.assert_allclose(coefficients, expected, atol=ROUNDING / PEAK)


def test_standard_errors_are_those_of_statsmodels(returns, factors):
    expected = [OLS(*design_of(fund, factors)).fit().bse[0] for fund in returns]
    np.testing.assert_allclose(
        fit(returns, factors).standard_errors, expected, rtol=ROUNDING
    )


def statsmodels_hac(y, design, lags, n_observations):
    fitted = OLS(y, design).fit(
        cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": False}
    )
    return fitted.bse[0] * np.sqrt(n_observations / (n_observations - design.shape[1]))


def test_hac_standard_errors_are_those_of_statsmodels_without_gaps(returns, factors):
    without_gaps = np.delete(returns, np.s_[20:30], axis=0)
    expected = []
    for fund in without_gaps:
        y, design = design_of(fund, factors)
        expected.append(statsmodels_hac(y, design, int(newey_west_lags(y.size)), y.size))
    found = fit(without_gaps, factors, covariance="hac").standard_errors
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_lags_are_counted_across_gaps(returns, factors):
    # A missing period is a row of zeros, which has no effect but its place in time.
    with_gaps = returns[20:30]
    expected = []
    for fund in with_gaps:
        there = ~np.isnan(fund)
        design = np.column_stack([np.ones(N_PERIODS), factors]) * there[:, None]
        n = there.sum()
        y = np.where(there, fund, 0.0)
        expected.append(statsmodels_hac(y, design, int(newey_west_lags(n)), n))
    found = fit(with_gaps, factors, covariance="hac").standard_errors
    np.testing.assert_allclose(found, expected, rtol=ROUNDING)


def test_the_rule_for_lags_is_that_of_statsmodels(returns, factors):
    y, design = design_of(returns[35], factors)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it chose the lags itself
        fitted = OLS(y, design).fit(
            cov_type="HAC",
            cov_kwds={"maxlags": None, "use_correction": True},
        )
    found = fit(returns[[35]], factors, covariance="hac").standard_errors[0]
    assert found == pytest.approx(fitted.bse[0], rel=ROUNDING)


@pytest.mark.parametrize("n", [5, 60, 99, 100, 120, 300, 1000, 10_000])
def test_lags_are_the_largest_whole_number_within_the_rule(n):
    lags = int(newey_west_lags(n))
    # L <= 4 (n / 100)^(2/9), in whole numbers.
    fits = [lag**9 * 100**2 <= 4**9 * n**2 for lag in (lags, lags + 1)]
    assert fits == [True, False]


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_fund_does_not_depend_on_the_funds_beside_it(returns, factors, covariance):
    together = fit(returns, factors, covariance=covariance)
    for fund in range(N_FUNDS):
        alone = fit(returns[[fund]], factors, covariance=covariance)
        # The same arithmetic, in vectors of another length.
        np.testing.assert_allclose(alone.alphas, together.alphas[fund], rtol=ROUNDING)
        np.testing.assert_allclose(
            alone.standard_errors, together.standard_errors[fund], rtol=ROUNDING
        )


def test_ols_errors_have_the_residuals_degrees_of_freedom(returns, factors):
    counts = (~np.isnan(returns)).sum(axis=1)
    np.testing.assert_array_equal(fit(returns, factors).degrees, counts - N_FACTORS - 1)


def test_hac_degrees_are_those_of_a_chi_square_that_varies_as_much(returns, factors):
    found = fit(returns, factors, covariance="hac").degrees
    for fund, degrees in zip(returns, found, strict=True):
        there = ~np.isnan(fund)
        design = np.column_stack([np.ones(N_PERIODS), factors]) * there[:, None]
        weights = np.linalg.pinv(design)[0]
        maker = np.diag(there.astype(float)) - design @ np.linalg.pinv(design)
        distance = np.abs(np.subtract.outer(np.arange(N_PERIODS), np.arange(N_PERIODS)))
        kernel = np.maximum(0, 1 - distance / (newey_west_lags(there.sum()) + 1))
        # e' M A M e for independent normal e: mean tr(B), variance 2 tr(B^2).
        form = maker @ (kernel * np.outer(weights, weights)) @ maker
        expected = np.trace(form) ** 2 / np.trace(form @ form)
        assert degrees == pytest.approx(expected, rel=1e-10)


def test_hac_errors_vary_more_than_ols_errors(returns, factors):
    hac, ols = (fit(returns, factors, covariance=c).degrees for c in ("hac", "ols"))
    assert (hac < ols).all()


def test_errors_are_spreads_times_residual_deviations(returns, factors):
    found = fit(returns, factors)
    for fund, error, spread in zip(
        returns, found.standard_errors, found.spreads, strict=True
    ):
        y, design = design_of(fund, factors)
        deviation = np.sqrt(OLS(y, design).fit().mse_resid)
        assert error / spread == pytest.approx(deviation, rel=ROUNDING)


def test_funds_fill_more_than_one_block(returns, factors):
    copies = 1 + BLOCK // (N_PERIODS * (N_FACTORS + 1)) // N_FUNDS
    many = fit(np.tile(returns, (copies + 1, 1)), factors)
    assert many.alphas.size > BLOCK // (N_PERIODS * (N_FACTORS + 1))
    one = fit(returns, factors)
    # As above.
    np.testing.assert_allclose(
        many.alphas, np.tile(one.alphas, copies + 1), rtol=ROUNDING, atol=1e-15
    )


def test_rows_that_are_alike_have_the_same_number():
    rng = np.random.default_rng(2)
    distinct = rng.random((7, 70)) < 0.5
    which = rng.integers(0, 7, 50)
    numbers = number_patterns(distinct[which])
    np.testing.assert_array_equal(
        numbers[:, None] == numbers, which[:, None] == which[None, :]
    )


def test_the_order_of_the_returns_in_memory_does_not_matter(returns, factors):
    one, other = fit(returns, factors), fit(np.asfortranarray(returns), factors)
    np.testing.assert_allclose(other.alphas, one.alphas, atol=ROUNDING)


@pytest.mark.parametrize("covariance", COVARIANCES)
@pytest.mark.parametrize("unit", [1e-150, 1e-3, 100.0, 1e150])
def test_estimates_are_in_the_units_of_the_returns(returns, factors, unit, covariance):
    one = fit(returns, factors, covariance=covariance)
    scaled = fit(unit * returns, factors, covariance=covariance)
    # A unit that is no power of 2 rounds every return.
    np.testing.assert_allclose(scaled.alphas / unit, one.alphas, atol=ROUNDING)
    np.testing.assert_allclose(
        scaled.standard_errors / unit, one.standard_errors, rtol=ROUNDING
    )


@pytest.mark.parametrize("units", [[1e-200, 1.0, 1e200], [1e9, 1e-9, -1.0]])
def test_the_units_of_the_factors_do_not_matter(returns, factors, units):
    one, other = fit(returns, factors), fit(returns, factors * units)
    np.testing.assert_allclose(other.alphas, one.alphas, atol=ROUNDING)
    np.testing.assert_allclose(other.standard_errors, one.standard_errors, rtol=ROUNDING)


def test_what_the_factors_earn_is_no_alpha(returns, factors):
    loadings = np.random.default_rng(3).normal(size=(N_FUNDS, N_FACTORS))
    one, other = fit(returns, factors), fit(returns + loadings @ factors.T, factors)
    np.testing.assert_allclose(other.alphas, one.alphas, atol=ROUNDING)
    np.testing.assert_allclose(other.standard_errors, one.standard_errors, rtol=ROUNDING)


def test_a_constant_added_to_returns_is_alpha(returns, factors):
    one, other = fit(returns, factors), fit(returns + 0.01, factors)
    np.testing.assert_allclose(other.alphas, one.alphas + 0.01, atol=ROUNDING)
    np.testing.assert_allclose(other.standard_errors, one.standard_errors, rtol=ROUNDING)


def test_without_factors_alpha_is_the_mean(returns):
    found = fit(returns, np.empty((N_PERIODS, 0)))
    counts = (~np.isnan(returns)).sum(axis=1)
    np.testing.assert_allclose(found.alphas, np.nanmean(returns, axis=1), atol=ROUNDING)
    np.testing.assert_allclose(
        found.standard_errors,
        np.nanstd(returns, axis=1, ddof=1) / np.sqrt(counts),
        rtol=ROUNDING,
    )


def test_nearly_dependent_factors_keep_their_digits(returns, factors):
    # The squares of this design have the condition number 1e12 of normal equations,
    # which would leave 4 digits. That of the design leaves 10 of its loadings;
    # alpha hardly depends on how two twins share theirs.
    twins = np.column_stack([factors, factors[:, 0] + 1e-6 * factors[::-1, 1]])
    expected = [OLS(*design_of(fund, twins)).fit() for fund in returns]
    found = fit(returns, twins)
    np.testing.assert_allclose(
        found.alphas, [fitted.params[0] for fitted in expected], atol=1e-10
    )
    np.testing.assert_allclose(
        found.standard_errors, [fitted.bse[0] for fitted in expected], rtol=1e-8
    )


def test_too_few_periods_give_no_estimate(returns, factors):
    counts = (~np.isnan(returns)).sum(axis=1)
    bound = int(np.median(counts))
    found = fit(returns, factors, min_observations=bound)
    np.testing.assert_array_equal(found.short, counts < bound)
    np.testing.assert_array_equal(np.isnan(found.alphas), counts < bound)
    np.testing.assert_array_equal(np.isnan(found.standard_errors), counts < bound)
    np.testing.assert_array_equal(np.isnan(found.degrees), counts < bound)


def test_one_degree_of_freedom_is_enough(factors):
    returns = np.full((1, N_PERIODS), np.nan)
    returns[0, 7 : 7 + N_FACTORS + 2] = np.random.default_rng(4).normal(size=N_FACTORS + 2)
    found = fit(returns, factors, min_observations=N_FACTORS + 2)
    fitted = OLS(*design_of(returns[0], factors)).fit()
    # Five periods of correlated factors: a condition number of some thousands.
    assert found.alphas[0] == pytest.approx(fitted.params[0], rel=1e-9)
    assert found.standard_errors[0] == pytest.approx(fitted.bse[0], rel=1e-9)


def test_factors_that_depend_in_a_funds_periods_are_told(returns, factors):
    crisis = np.zeros(N_PERIODS)
    crisis[:10] = np.arange(1, 11)
    found = fit(returns, np.column_stack([factors, crisis]))
    without = np.isnan(returns[:, :10]).all(axis=1)
    assert 0 < without.sum() < N_FUNDS
    np.testing.assert_array_equal(found.collinear, without)
    np.testing.assert_array_equal(np.isnan(found.alphas), without)


@pytest.mark.parametrize("held", ["factors", "nothing", "cash"])
def test_a_fund_without_residual_is_told(returns, factors, held):
    returns = returns.copy()
    returns[3] = {
        "factors": factors @ [0.1, 0.7, 0.3] + 0.001,
        "nothing": np.zeros(N_PERIODS),
        "cash": np.full(N_PERIODS, 0.003),
    }[held]
    found = fit(returns, factors)
    np.testing.assert_array_equal(found.exact, np.arange(N_FUNDS) == 3)
    np.testing.assert_array_equal(np.isnan(found.standard_errors), found.exact)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        (0, lambda factors: np.full(N_PERIODS, 0.01)),
        (1, lambda factors: np.zeros(N_PERIODS)),
        (2, lambda factors: 100 * factors[:, 0] - 3),
        (3, lambda factors: factors @ [1.0, -2.0, 0.5]),
    ],
    ids=["constant", "zero", "affine", "combination"],
)
def test_the_first_dependent_factor_is_found(factors, column, values):
    design = np.insert(factors, column, values(factors), axis=1)
    assert dependent_factor(design) == column


def test_factors_that_add_something_are_independent(factors):
    assert dependent_factor(np.column_stack([factors, factors[:, 0] ** 2])) is None
