"""Returns that cannot be: codes for missing ones, losses of more than all, other units."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skem import FactorAlphas

N_FUNDS, N_PERIODS = 12, 60


@pytest.fixture(scope="module")
def factors():
    return np.random.default_rng(0).normal(0.004, 0.03, (N_PERIODS, 2))


@pytest.fixture
def returns(factors):
    """A row per fund, in decimals, with names."""
    rng = np.random.default_rng(1)
    values = rng.normal(1, 0.3, (N_FUNDS, 2)) @ factors.T
    values += 0.02 * rng.standard_normal((N_FUNDS, N_PERIODS))
    months = pd.period_range("2001-01", periods=N_PERIODS, freq="M")
    return pd.DataFrame(values, [f"Fund {i}" for i in range(N_FUNDS)], months)


@pytest.mark.parametrize("unit", [1, 100], ids=["decimals", "percent"])
@pytest.mark.parametrize("code", [-99.99, -99, -999, -9999])
def test_a_code_for_a_missing_return_is_refused(returns, factors, code, unit):
    X = unit * returns
    X.iloc[3, :2] = code
    message = (
        rf"2 return.* codes .*\({float(code)}\).*row 3 \('Fund 3'\), column 0 \(2001-01\)"
    )
    with pytest.raises(ValueError, match=message):
        FactorAlphas(unit * factors).fit(X)


def test_codes_that_were_divided_by_100_are_refused(returns, factors):
    coded = (100 * returns).mask(returns.abs() < 0.001, -999.99) / 100
    message = r"codes .*\((-9\.99\d+)\).*X\.replace\(\[\1\]"
    with pytest.raises(ValueError, match=message) as caught:
        FactorAlphas(factors).fit(coded)
    code = float(str(caught.value).partition("(-")[2].partition(")")[0])
    assert coded.isin([-code]).any(axis=None)  # not rounded


def test_the_remedy_for_codes_works(returns, factors):
    holed = returns.copy()
    holed.iloc[3, :2] = np.nan
    coded = holed.fillna(-99.99).replace([-99.99], float("nan"))
    pd.testing.assert_frame_equal(coded, holed)


def test_codes_of_crsp_are_refused_among_decimals_only(returns, factors):
    X = returns.copy()
    X.iloc[3, 0] = -66.0
    with pytest.raises(ValueError, match=r"codes .*\(-66\.0\)"):
        FactorAlphas(factors).fit(X)
    X.iloc[3, 0] = -0.66  # in percent, a bad month
    FactorAlphas(100 * factors).fit(100 * X)


def test_codes_are_refused_by_transform_too(returns, factors):
    model = FactorAlphas(factors).fit(returns)
    returns.iloc[0, 0] = -999
    with pytest.raises(ValueError, match="codes for missing ones"):
        model.transform(returns)


def test_a_loss_of_more_than_all_is_warned_of(returns, factors):
    returns.iloc[2, 5] = -1.3
    message = r"1 return.* below -100 %, the lowest is -1.3 in row 2 .*looks like decimals"
    with pytest.warns(UserWarning, match=message):
        FactorAlphas(factors).fit(returns)


def test_basis_points_are_not_taken_for_percent(returns, factors):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        FactorAlphas(1e4 * factors).fit(1e4 * returns)


def test_a_loss_of_half_is_none_of_more_than_all(returns, factors):
    returns.iloc[2, 5] = -0.5
    FactorAlphas(factors).fit(returns)
    FactorAlphas(100 * factors).fit(100 * returns)  # no warning


def test_factors_in_percent_and_returns_in_decimals_are_warned_of(returns, factors):
    message = r"factors looks like percent and X like decimals. If so, pass factors / 100"
    with pytest.warns(UserWarning, match=message):
        FactorAlphas(100 * factors).fit(returns)


def test_returns_in_percent_and_factors_in_decimals_are_warned_of(returns, factors):
    message = r"X looks like percent and factors like decimals. If so, pass X / 100"
    with pytest.warns(UserWarning, match=message):
        FactorAlphas(factors).fit(100 * returns)


def test_typical_sizes_on_either_side_of_percent_may_be_close(returns, factors):
    X = returns * (0.1 / np.median(np.abs(returns)))
    FactorAlphas(factors * (0.3 / np.median(np.abs(factors)))).fit(X)  # no warning


def test_a_riskless_rate_in_percent_is_warned_of(returns, factors):
    with pytest.warns(UserWarning, match="risk_free is typically 0.3, more than a return"):
        FactorAlphas(factors, risk_free=0.3).fit(returns)


def test_a_riskless_rate_beside_quiet_funds_is_not_warned_of(factors):
    rate = np.full(N_PERIODS, 0.004)
    quiet = rate + 1e-4 * np.random.default_rng(2).standard_normal((5, N_PERIODS))
    FactorAlphas(factors, risk_free=rate).fit(quiet)


# Prices leave residuals that move together.
@pytest.mark.filterwarnings("ignore:Residuals are correlated across funds")
def test_prices_are_warned_of(returns, factors):
    prices = (1 + returns).cumprod(axis=1)
    with pytest.warns(UserWarning, match=r"looks like prices .*pct_change\(axis=1\)"):
        FactorAlphas(factors).fit(prices)
    # The remedy gives returns again, up to rounding.
    again = prices.pct_change(axis=1).iloc[:, 1:]
    np.testing.assert_allclose(again, returns.iloc[:, 1:], atol=1e-14)


def test_there_is_one_warning_of_all_that_looks_wrong(returns, factors):
    returns.iloc[2, 5] = -1.3
    message = "below -100 %.* factors looks like percent .* risk_free is typically"
    with pytest.warns(UserWarning, match=message) as caught:
        FactorAlphas(100 * factors, risk_free=0.3).fit(returns)
    assert len(caught) == 1


def test_funds_of_too_few_periods_are_named(returns, factors):
    returns.iloc[4:9, 20:] = np.nan
    model = FactorAlphas(factors).fit(returns)
    message = r"12 funds of X, 5 have fewer .*24 periods \(Fund 4, Fund 5, Fund 6, \.\.\.\)"
    with pytest.warns(UserWarning, match=message):
        model.transform(returns)
