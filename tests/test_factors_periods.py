"""Months of returns, factors and riskless rates: what is aligned, and what is refused."""

import numpy as np
import pandas as pd
import pytest

from skem import FactorAlphas

N_FUNDS, N_PERIODS = 12, 60


@pytest.fixture(scope="module")
def dates():
    return pd.date_range("2001-01-31", periods=N_PERIODS, freq="ME")


@pytest.fixture(scope="module")
def factors(dates):
    values = np.random.default_rng(0).normal(0.004, 0.03, (N_PERIODS, 2))
    return pd.DataFrame(values, index=dates, columns=["market", "size"])


@pytest.fixture(scope="module")
def returns(factors):
    """A row per fund."""
    rng = np.random.default_rng(1)
    values = rng.normal(1, 0.3, (N_FUNDS, 2)) @ factors.T
    values += 0.02 * rng.standard_normal((N_FUNDS, N_PERIODS))
    return values.set_axis([f"Fund {i}" for i in range(N_FUNDS)])


@pytest.fixture(scope="module")
def expected(returns, factors):
    return FactorAlphas(factors.to_numpy()).fit_transform(returns.to_numpy())


def same(estimates, expected):
    # A DataFrame's values are in another order in memory.
    np.testing.assert_allclose(estimates, expected, rtol=1e-12)


LABELS = {
    "month ends": lambda dates: dates,
    "month starts": lambda dates: dates.to_period("M").to_timestamp(),
    "last trading days": lambda dates: dates - pd.offsets.BDay(),
    "ends of the last day": lambda dates: dates.to_period("M").to_timestamp(how="end"),
    "periods": lambda dates: dates.to_period("M"),
    "numbers of months": lambda dates: dates.strftime("%Y%m").astype(int),
    "numbers of days": lambda dates: dates.strftime("%Y%m%d").astype(int),
    "text of months": lambda dates: dates.strftime("%Y-%m"),
    "text of days": lambda dates: dates.astype(str),
    "objects": lambda dates: pd.Index(list(dates.date), dtype=object),
}


@pytest.mark.parametrize("label", LABELS.values(), ids=LABELS)
def test_labels_of_the_same_months_are_aligned(returns, factors, dates, label, expected):
    labelled = returns.set_axis(label(dates), axis=1)
    same(FactorAlphas(factors).fit_transform(labelled), expected)
    turned = FactorAlphas(factors.set_axis(label(dates)))
    same(turned.fit_transform(returns), expected)


def test_text_of_quarters_names_the_quarters_that_end_then(returns, factors, expected):
    quarters = pd.period_range("2001Q1", periods=N_PERIODS, freq="Q")
    X = returns.set_axis(quarters.to_timestamp(how="end"), axis=1)
    same(FactorAlphas(factors.set_axis(quarters.astype(str))).fit_transform(X), expected)


def test_factors_of_more_months_are_cut_to_those_of_the_returns(returns, factors):
    some = returns.iloc[:, 10:40]
    alone = FactorAlphas(factors.iloc[10:40].to_numpy()).fit_transform(some.to_numpy())
    model = FactorAlphas(factors, risk_free=0 * factors["size"])
    same(model.fit_transform(some), alone)
    assert model.factors_.shape == (30, 2)


def test_a_month_that_no_fund_has_may_be_left_out(returns, factors):
    some = returns.drop(columns=returns.columns[7])
    alone = np.delete(factors.to_numpy(), 7, axis=0)
    same(FactorAlphas(factors).fit_transform(some), FactorAlphas(alone).fit_transform(some))


def test_factors_in_another_order_are_put_in_that_of_the_returns(
    returns, factors, expected
):
    same(FactorAlphas(factors.iloc[::-1]).fit_transform(returns), expected)


def test_periods_that_are_no_dates_are_aligned_by_name(returns, factors, expected):
    names = [f"t{t}" for t in range(N_PERIODS)]
    model = FactorAlphas(factors.set_axis(names).iloc[::-1])
    same(model.fit_transform(returns.set_axis(names, axis=1)), expected)


def test_days_are_aligned_where_a_month_has_several(factors):
    days = pd.bdate_range("2001-01-01", periods=N_PERIODS)
    daily = factors.set_axis(days)
    returns = np.random.default_rng(2).normal(0, 0.02, (3, 50))
    X = pd.DataFrame(returns, columns=days[5:55].strftime("%Y%m%d").astype(int))
    alone = FactorAlphas(daily.iloc[5:55].to_numpy()).fit_transform(returns)
    same(FactorAlphas(daily).fit_transform(X), alone)


@pytest.mark.parametrize("unnamed", ["X", "factors"])
def test_what_has_no_names_is_taken_in_its_order(returns, factors, unnamed, expected):
    X = returns.to_numpy() if unnamed == "X" else returns
    given = factors.reset_index(drop=True) if unnamed == "factors" else factors
    same(FactorAlphas(given).fit_transform(X), expected)


@pytest.mark.filterwarnings("ignore:Residuals are correlated")  # by the other factor
def test_one_factor_may_be_a_series(returns, factors):
    one = FactorAlphas(factors[["market"]]).fit_transform(returns)
    same(FactorAlphas(factors["market"]).fit_transform(returns), one)


def test_a_riskless_rate_may_be_one_number(returns, factors, expected):
    same(FactorAlphas(factors, risk_free=0.003).fit_transform(returns + 0.003), expected)


def test_other_labels_of_the_months_of_fit_may_be_transformed(returns, factors, expected):
    model = FactorAlphas(factors).fit(returns)
    labelled = returns.set_axis(returns.columns.to_period("M"), axis=1)
    same(model.transform(labelled), expected)


# What is refused


def refused(X, factors, message, **parameters):
    with pytest.raises(ValueError, match=message) as caught:
        FactorAlphas(factors, **parameters).fit(X)
    assert "to_numpy" not in str(caught.value)


def test_months_that_the_factors_do_not_have_are_refused(returns, factors):
    message = (
        "3 of the 60 periods of X are not in factors, the first is 2005-10-31. .*"
        r"X\.loc\[:, X\.columns\.isin\(factors\.index\)\].*\.to_period\(\"M\"\)"
    )
    refused(returns, factors.iloc[:-3], message)


def test_months_that_the_riskless_rate_does_not_have_are_refused(returns, factors):
    rate = factors["size"].iloc[1:]
    refused(returns, factors, "periods of X are not in risk_free", risk_free=rate)


def test_a_riskless_rate_of_other_months_than_the_factors_is_refused(returns, factors):
    rate = factors["size"].iloc[1:]
    message = "periods of factors are not in risk_free"
    refused(returns.to_numpy(), factors, message, risk_free=rate)


def test_quarters_are_not_months(returns, factors):
    quarters = returns.iloc[:, 2::3]
    message = (
        r"different frequencies: X has a period every 3 month.*every 1 month.*prod\(\)"
    )
    refused(quarters, factors, message, min_observations=4)


def test_days_are_not_months(returns, factors):
    daily = factors.set_axis(pd.bdate_range("2001-01-01", periods=N_PERIODS))
    refused(returns, daily, r"factors has a period every 1 day.*Compound")


def test_labels_that_are_no_dates_are_not_taken_for_dates(returns, factors):
    named = returns.set_axis([f"r{t}" for t in range(N_PERIODS)], axis=1)
    refused(named, factors, "labels of X must be dates as well, and 'r0' is none")


def test_annual_rows_below_the_months_are_named(returns, factors):
    months = factors.set_axis(factors.index.strftime("%Y%m"))
    below = factors.iloc[:2].set_axis(["2001", "2002"])
    message = "labels of factors must be dates as well, and '2001' is none.*annual rows"
    refused(returns, pd.concat([months, below]), message)


def test_a_period_that_occurs_twice_is_refused(returns, factors):
    twice = pd.concat([factors, factors.iloc[:1]])
    refused(returns, twice, r"factors has the period 2001-01-31 more than once.*duplicated")


def test_unlabelled_factors_of_another_length_ask_for_labels(returns, factors):
    message = "factors has 59 rows, and X has 60 periods .* Label the columns of X"
    refused(returns, factors.to_numpy()[1:], message)


def test_nan_in_the_factors_is_named_by_period_and_column(returns, factors):
    holed = factors.copy()
    holed.iloc[4, 1] = np.nan
    refused(returns, holed, r"NaN in period 2001-05-31, column 1 \('size'\)")


def test_nan_in_months_that_the_returns_lack_does_no_harm(returns, factors):
    holed = factors.copy()
    holed.iloc[4, 1] = np.nan
    assert FactorAlphas(holed).fit(returns.iloc[:, 5:]).n_features_in_ == 55


def test_returns_of_other_dates_than_in_fit_are_refused(returns, factors):
    model = FactorAlphas(factors).fit(returns)
    message = "the data of fit and X name different periods: in position 0, .*2001-01-31"
    with pytest.raises(ValueError, match=message):
        model.transform(returns.iloc[:, ::-1])


def test_lags_need_the_order_of_the_calendar(returns, factors):
    shuffled = returns.iloc[:, [1, 0, *range(2, N_PERIODS)]]
    message = r"in the order of the calendar.*X\.sort_index\(axis=1\)"
    refused(shuffled, factors, message, covariance="hac")
    FactorAlphas(factors.iloc[::-1], covariance="hac").fit(returns.iloc[:, ::-1])


def test_lags_need_every_month(returns, factors):
    some = returns.drop(columns=returns.columns[7])
    message = r"none between 2001-07-31 and 2001-09-30.*X\.reindex\(columns"
    refused(some, factors, message, covariance="hac")
    whole = some.reindex(columns=returns.columns)
    assert FactorAlphas(factors, covariance="hac").fit(whole).n_features_in_ == N_PERIODS


# What lies on its side


ROWS = {
    "timestamps": lambda dates: dates,
    "periods": lambda dates: dates.to_period("M"),
    "text": lambda dates: dates.strftime("%Y-%m"),
    "numbers": lambda dates: dates.strftime("%Y%m").astype(int),
    "days": lambda dates: (
        pd.bdate_range(dates[0], periods=len(dates)).strftime("%Y%m%d").astype(int)
    ),
}


@pytest.mark.parametrize("label", ROWS.values(), ids=ROWS)
@pytest.mark.parametrize("with_factors", [False, True])
def test_periods_in_the_rows_are_refused(returns, factors, dates, label, with_factors):
    X = returns.T.set_axis(label(dates))
    given = factors if with_factors else None
    refused(X, given, r"periods in its rows \(2001.*\), .*Pass X\.T\.")


def test_the_labels_of_the_factors_in_the_rows_are_refused(returns, factors):
    names = [f"t{t}" for t in range(N_PERIODS)]
    refused(returns.T.set_axis(names), factors.set_axis(names), r"Pass X\.T")


def test_numbers_of_funds_are_not_taken_for_months(returns, factors):
    numbered = pd.DataFrame(returns.to_numpy(), np.arange(N_FUNDS) * 100 + 200101)
    assert FactorAlphas(factors).fit(numbered).n_features_in_ == N_PERIODS


@pytest.mark.parametrize("form", ["%Y%m", "%Y%m%d"])
def test_dates_in_a_column_of_the_factors_are_refused(returns, factors, form):
    table = factors.set_axis(factors.index.strftime(form).astype(int)).reset_index()
    message = r"dates in column 0 \('index'\), from 200101.* factors\.set_index\('index'\)"
    refused(returns, table, message)


def test_a_factor_of_whole_numbers_is_no_date(returns, factors):
    trend = factors.assign(trend=np.arange(N_PERIODS), crisis=np.arange(N_PERIODS) < 9)
    assert FactorAlphas(trend).fit(returns).factors_.shape == (N_PERIODS, 4)


def test_factors_on_their_side_are_refused(returns, factors):
    refused(returns, factors.T, r"factors has periods in its columns .*Pass factors\.T")


YEARS = {
    "numbers": lambda ends: ends.year,
    "text": lambda ends: ends.strftime("%Y"),
    "year ends": lambda ends: ends,
    "periods": lambda ends: ends.to_period("Y"),
}


@pytest.mark.parametrize("own", YEARS.values(), ids=YEARS)
@pytest.mark.parametrize("other", YEARS.values(), ids=YEARS)
def test_labels_of_the_same_years_are_aligned(returns, factors, own, other, expected):
    ends = pd.date_range("1950-12-31", periods=N_PERIODS, freq="YE")
    turned = factors.set_axis(other(ends)).iloc[::-1]
    labelled = returns.set_axis(own(ends), axis=1)
    same(FactorAlphas(turned).fit_transform(labelled), expected)


@pytest.mark.parametrize(
    ("columns", "index", "remedy"),
    [
        (
            pd.date_range("1980", periods=60, freq="QS"),
            pd.period_range("1980Q1", periods=60, freq="Q"),
            '.to_period("Q")',
        ),
        (
            pd.date_range("2001-01-05", periods=60, freq="W-FRI"),
            pd.date_range("2001-01-05", periods=60, freq="D"),
            '.to_period("W")',
        ),
        (
            pd.RangeIndex(1950, 2010),
            pd.date_range("1950", periods=60, freq="MS"),
            '.to_period("Y")',
        ),
    ],
    ids=["quarters", "weeks and days", "years and months"],
)
def test_the_remedy_names_the_frequency_of_the_data(
    returns, factors, columns, index, remedy
):
    labelled = returns.set_axis(columns, axis=1)
    with pytest.raises(ValueError, match=r"X and factors ") as raised:
        FactorAlphas(factors.set_axis(index)).fit(labelled)
    assert remedy in str(raised.value)


def test_text_of_a_day_that_no_calendar_has_is_a_label(returns, factors, dates):
    labels = [*dates.astype(str)[:-1], "2001-13-45"]
    with pytest.raises(ValueError, match="must be dates as well, and '2001-13-45' is none"):
        FactorAlphas(factors).fit(returns.set_axis(labels, axis=1))
