"""The table of regressions, against statsmodels fund by fund, and short representations."""

import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

from skem import DeconvolvedGaussianMixture, FactorAlphas

N_FUNDS, N_PERIODS = 8, 60
EQUAL = 1e-10  # two factorisations of well-conditioned designs agree to 1e-12


@pytest.fixture(scope="module")
def factors():
    months = pd.period_range("2001-01", periods=N_PERIODS, freq="M")
    values = np.random.default_rng(0).normal(0.004, 0.03, (N_PERIODS, 2))
    return pd.DataFrame(values, months, ["market", "size"])


@pytest.fixture(scope="module")
def rate(factors):
    return pd.Series(np.linspace(0.001, 0.004, N_PERIODS), factors.index)


@pytest.fixture(scope="module")
def returns(factors):
    """Fund 1 starts late, fund 2 misses months, fund 3 is short, fund 4 holds factors."""
    rng = np.random.default_rng(1)
    values = rng.normal(1, 0.3, (N_FUNDS, 2)) @ factors.T
    values.iloc[:4] += 0.02 * rng.standard_normal((4, N_PERIODS))
    values.iloc[5:] += 0.02 * rng.standard_normal((N_FUNDS - 5, N_PERIODS))
    values.iloc[1, :20] = np.nan
    values.iloc[2, 5:40:5] = np.nan
    values.iloc[3, 10:] = np.nan
    return values.set_axis(pd.Index([f"Fund {i}" for i in range(N_FUNDS)], name="fund"))


@pytest.fixture(scope="module")
def raw(returns, rate):
    return returns + rate


@pytest.fixture(scope="module")
def table(raw, factors, rate):
    return FactorAlphas(factors, risk_free=rate).fit(raw).diagnostics(raw)


@pytest.fixture(scope="module")
def regressions(returns, factors):
    """statsmodels' results of the funds that have an alpha."""
    design = add_constant(factors)
    return {
        fund: OLS(own, design, missing="drop").fit()
        for fund, own in returns.drop(["Fund 3", "Fund 4"]).iterrows()
    }


MEASURES = {
    "alpha": lambda fitted: fitted.params["const"],
    "standard_error": lambda fitted: fitted.bse["const"],
    "t": lambda fitted: fitted.tvalues["const"],
    "p_value": lambda fitted: fitted.pvalues["const"],
    "df": lambda fitted: fitted.df_resid,
    "n_observations": lambda fitted: fitted.nobs,
    "r_squared": lambda fitted: fitted.rsquared,
    "residual_sd": lambda fitted: np.sqrt(fitted.mse_resid),
    "market": lambda fitted: fitted.params["market"],
    "size": lambda fitted: fitted.params["size"],
}


@pytest.mark.parametrize("column", MEASURES)
def test_each_column_is_that_of_statsmodels(table, regressions, column):
    expected = [MEASURES[column](fitted) for fitted in regressions.values()]
    found = table.loc[list(regressions), column]
    np.testing.assert_allclose(found, expected, rtol=EQUAL, atol=1e-14)


def test_there_is_a_row_per_fund_and_a_column_per_measure(table, raw):
    pd.testing.assert_index_equal(table.index, raw.index)
    assert table.columns.tolist() == [*MEASURES, "why_missing"]


def test_a_robust_t_is_that_of_transform(raw, factors, rate):
    model = FactorAlphas(factors, risk_free=rate, covariance="hac", moderate=False)
    table = model.fit(raw).diagnostics(raw)
    with pytest.warns(UserWarning, match="1 has fewer"):
        alpha, error, degrees = model.transform(raw).T
    np.testing.assert_array_equal(table["t"], alpha / error)
    np.testing.assert_array_equal(table["df"], degrees)


def test_the_reason_for_a_missing_alpha_is_given(table):
    assert table.loc["Fund 3", "why_missing"] == "10 periods, and min_observations=24"
    assert table.loc["Fund 4", "why_missing"] == "the regression leaves no residual"
    np.testing.assert_array_equal(table["why_missing"].isna(), table["alpha"].notna())


def test_dependent_factors_are_a_reason(returns, factors):
    early = factors.assign(early=np.arange(N_PERIODS) < 5)
    table = FactorAlphas(early).fit(returns).diagnostics(returns)
    assert "linearly dependent in its periods" in table.loc["Fund 1", "why_missing"]
    assert table.loc["Fund 1", ["alpha", "market", "r_squared"]].isna().all()


def test_factors_without_names_are_numbered(raw, factors):
    model = FactorAlphas(factors.to_numpy()).fit(raw.to_numpy())
    table = model.diagnostics(raw.to_numpy())
    assert table.columns[-3:-1].tolist() == ["factor_0", "factor_1"]
    assert table.index.tolist() == list(range(N_FUNDS))


def test_a_polars_table_is_diagnosed(raw, factors, rate, table):
    X = pl.DataFrame(raw.to_numpy(), schema=[str(month) for month in raw.columns])
    found = FactorAlphas(factors, risk_free=rate).fit(X).diagnostics(X)
    np.testing.assert_allclose(found["alpha"], table["alpha"], rtol=EQUAL)


def test_a_factor_of_the_name_of_a_measure_is_refused(raw, factors):
    named = factors.rename(columns={"size": "t"})
    with pytest.raises(ValueError, match=r"column 't', .* factors\.rename\(columns=\{'t'"):
        FactorAlphas(named).fit(raw).diagnostics(raw)


def test_without_pandas_it_is_said_what_to_install(raw, factors, monkeypatch):
    model = FactorAlphas(factors.to_numpy()).fit(raw.to_numpy())
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        model.diagnostics(raw.to_numpy())


# Representations


WRAPS = {
    "alone": lambda model: model,
    "pipeline": lambda model: make_pipeline(model, DeconvolvedGaussianMixture(1)),
    "search": lambda model: GridSearchCV(model, {"min_observations": [24, 36]}),
}


@pytest.mark.parametrize("wrap", WRAPS.values(), ids=WRAPS)
def test_a_representation_shows_shapes_and_no_numbers(factors, rate, wrap):
    text = repr(wrap(FactorAlphas(factors, risk_free=rate)))
    assert "factors=<DataFrame: 60 x 2>" in text
    assert "risk_free=<Series: 60>" in text
    assert len(text.splitlines()) <= 5


def test_the_representation_in_a_notebook_is_short(factors):
    model = make_pipeline(FactorAlphas(factors), DeconvolvedGaussianMixture(1))
    shown = model._repr_mimebundle_()
    assert shown["text/html"].count("DataFrame: 60 x 2") > 1  # as text and as a parameter
    assert f"{factors.iloc[0, 0]:.6f}" not in shown["text/html"] + shown["text/plain"]


def test_parameters_are_those_that_were_passed(factors):
    model = FactorAlphas(factors)
    assert model.get_params()["factors"] is factors
    assert clone(model).factors.equals(factors)
