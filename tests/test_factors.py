"""The transformer from returns to alphas, its messages, and scikit-learn's tools."""

import pickle
from copy import deepcopy

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from skem import DeconvolvedGaussianMixture, FactorAlphas
from skem.numerics.regression import COVARIANCES, fit_intercepts

N_FUNDS, N_PERIODS, N_FACTORS = 30, 60, 2

# Fund 5 is short, and every transform says so.
pytestmark = pytest.mark.filterwarnings("ignore:Of the .* funds of X, 1 has fewer than min")


@pytest.fixture(scope="module")
def factors():
    rng = np.random.default_rng(0)
    return rng.normal(0.004, 0.03, (N_PERIODS, N_FACTORS))


@pytest.fixture(scope="module")
def returns(factors):
    """Excess returns; ten funds start late, one has 23 periods."""
    rng = np.random.default_rng(1)
    returns = rng.normal(1, 0.3, (N_FUNDS, N_FACTORS)) @ factors.T
    returns += 0.02 * rng.standard_normal((N_FUNDS, N_PERIODS))
    returns[:10, :12] = np.nan
    returns[5, :37] = np.nan
    return returns


@pytest.fixture
def dates():
    return pd.date_range("2001-01-31", periods=N_PERIODS, freq="ME")


@pytest.fixture
def frame(returns, dates):
    funds = pd.Index([f"Fund {i}" for i in range(N_FUNDS)], name="fund")
    return pd.DataFrame(returns, index=funds, columns=dates)


@pytest.fixture
def factor_frame(factors, dates):
    return pd.DataFrame(factors, index=dates, columns=["market", "size"])


# Estimates


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_estimates_are_intercepts_and_their_standard_errors(returns, factors, covariance):
    plain = FactorAlphas(factors, covariance=covariance, moderate=False)
    found = fit_intercepts(returns, factors, 24, COVARIANCES[covariance])
    expected = found.alphas, found.standard_errors, found.degrees
    np.testing.assert_array_equal(plain.fit_transform(returns), np.transpose(expected))
    assert plain.prior_df_ == 0


def test_moderated_errors_are_those_of_shrunken_residual_variances(returns, factors):
    moderated = FactorAlphas(factors).fit(returns)
    found = fit_intercepts(returns, factors, 24, COVARIANCES["ols"])
    d0, d = moderated.prior_df_, found.degrees
    residual = np.square(found.standard_errors / found.spreads)
    variance = (d0 * moderated.prior_sd_**2 + d * residual) / (d0 + d)
    expected = found.alphas, np.sqrt(variance) * found.spreads, d0 + d
    # A few roundings.
    np.testing.assert_allclose(
        moderated.transform(returns), np.transpose(expected), rtol=1e-13
    )


def test_the_typical_residual_variance_is_that_of_the_fit(returns, factors):
    model = FactorAlphas(factors).fit(returns)
    wilder = 3 * returns[:10]
    found = fit_intercepts(wilder, factors, 24, COVARIANCES["ols"]).standard_errors
    there = ~np.isnan(found)
    assert (model.transform(wilder)[there, 1] < found[there]).all()


@pytest.mark.parametrize("moderate", [True, False])
def test_fit_transform_is_fit_then_transform(returns, factors, moderate):
    model = FactorAlphas(factors, moderate=moderate)
    at_once = model.fit_transform(returns)
    np.testing.assert_array_equal(at_once, model.fit(returns).transform(returns))


def test_one_fund_alone_has_no_typical_variance(returns, factors):
    one = FactorAlphas(factors).fit(returns[-1:])
    assert one.prior_df_ == 0
    plain = FactorAlphas(factors, moderate=False).fit_transform(returns[-1:])
    np.testing.assert_array_equal(one.transform(returns[-1:]), plain)


def test_funds_of_one_residual_variance_share_it(factors):
    rng = np.random.default_rng(4)
    returns = rng.normal(1, 0.3, (500, N_FACTORS)) @ factors.T
    returns += 0.02 * rng.standard_normal((500, N_PERIODS))
    model = FactorAlphas(factors).fit(returns)
    # With 57 degrees of freedom for each of 500 funds, d0 is beyond 500 or infinite.
    assert model.prior_df_ > 500
    assert model.prior_sd_ == pytest.approx(0.02, rel=0.02)  # 3 standard errors


def test_the_riskless_rate_is_taken_from_the_returns(returns, factors):
    rate = np.linspace(0.001, 0.004, N_PERIODS)
    raw = FactorAlphas(factors, risk_free=rate).fit_transform(returns + rate)
    excess = FactorAlphas(factors).fit_transform(returns)
    # Two roundings of returns below 1.
    np.testing.assert_allclose(raw, excess, atol=1e-15)


def test_a_fund_of_too_few_periods_has_no_estimate(returns, factors):
    transformer = FactorAlphas(factors, min_observations=24).fit(returns)
    assert np.isnan(transformer.transform(returns)).all(axis=1).nonzero()[0] == [5]
    transformer.set_params(min_observations=23)
    assert np.isfinite(transformer.transform(returns)).all()


def test_other_funds_of_the_same_periods_may_be_transformed(returns, factors):
    transformer = FactorAlphas(factors, moderate=False).fit(returns[:3])
    np.testing.assert_allclose(
        transformer.transform(returns[3:]),
        clone(transformer).fit_transform(returns)[3:],
        # The same arithmetic, in vectors of another length.
        rtol=1e-12,
    )


def test_a_masked_return_is_a_missing_one(returns, factors):
    masked = np.ma.masked_invalid(returns)
    masked.data[masked.mask] = 9.0
    np.testing.assert_array_equal(
        FactorAlphas(factors).fit_transform(masked),
        FactorAlphas(factors).fit_transform(returns),
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_estimates_have_the_precision_of_the_returns(returns, factors, dtype):
    estimates = FactorAlphas(factors).fit_transform(returns.astype(dtype))
    assert estimates.dtype == dtype
    # A return in single precision is rounded by 2^-24 of itself, up to .2.
    np.testing.assert_allclose(
        estimates, FactorAlphas(factors).fit_transform(returns), atol=1e-7
    )


def test_nothing_that_was_passed_is_changed(returns, factors):
    rate = np.full(N_PERIODS, 0.002)
    transformer = FactorAlphas(factors, risk_free=rate)
    given = deepcopy((returns, factors, rate))
    transformer.fit(returns).transform(returns)
    for before, after in zip(given, (returns, factors, rate), strict=True):
        np.testing.assert_array_equal(before, after)
    assert transformer.factors is factors


def test_factors_changed_after_the_fit_do_not_change_it(returns, factors):
    mine = factors.copy()
    transformer = FactorAlphas(mine).fit(returns)
    before = transformer.transform(returns)
    mine[:] = 7.0
    np.testing.assert_array_equal(transformer.transform(returns), before)


# Funds without an estimate


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [None, np.linspace(0.001, 0.004, N_PERIODS)])
def test_a_fund_without_residual_is_warned_of_and_left_out(returns, factors, dtype, rate):
    returns = np.vstack([returns, factors @ [0.5, 0.5]])
    returns = (returns + (0 if rate is None else rate)).astype(dtype)
    transformer = FactorAlphas(factors, risk_free=rate).fit(returns)
    with pytest.warns(
        UserWarning, match=r"Of the 31 funds of X, .* for 1 the regression leaves .*\(30\)"
    ):
        estimates = transformer.transform(returns)
    without = np.isin(np.arange(N_FUNDS + 1), [5, N_FUNDS])  # fund 5 is short
    np.testing.assert_array_equal(np.isnan(estimates[:, 1]), without)


def test_a_close_tracker_has_an_estimate_in_single_precision(returns, factors):
    error = 1e-5 * np.random.default_rng(3).standard_normal(N_PERIODS)
    tracker = (factors @ [0.5, 0.5] + error)[None]
    single = FactorAlphas(factors).fit_transform(tracker.astype(np.float32))
    # Rounding adds 1e-9 to residuals of 1e-5.
    np.testing.assert_allclose(
        single, FactorAlphas(factors).fit_transform(tracker), rtol=1e-3
    )


def test_funds_whose_factors_depend_on_each_other_are_warned_of_once(returns, factors):
    early = np.column_stack([factors, np.arange(N_PERIODS) < 5])
    transformer = FactorAlphas(early).fit(returns)
    # Nine of the ten that start in period 12; the tenth is short.
    message = r"for 9 the factors are .* \(0, 1, 2, \.\.\.\)"
    with pytest.warns(UserWarning, match=message) as caught:
        estimates = transformer.transform(returns)
    assert len(caught) == 1
    np.testing.assert_array_equal(np.isnan(estimates[:, 0]), np.arange(N_FUNDS) < 10)


def test_returns_that_lie_on_their_side_are_warned_of(returns):
    mean = FactorAlphas(min_observations=40).fit(returns.T)
    with pytest.warns(UserWarning, match="None of the 60 funds .* transpose X"):
        assert np.isnan(mean.transform(returns.T)).all()


@pytest.mark.parametrize("call", ["transform", "fit_transform"])
@pytest.mark.parametrize("wrap", [lambda mean: mean, make_pipeline])
def test_a_warning_points_at_the_call(returns, call, wrap):
    mean = wrap(FactorAlphas(min_observations=61)).fit(returns)
    with pytest.warns(UserWarning, match="None of") as caught:
        getattr(mean, call)(returns)
    assert caught[0].filename == __file__


# Bad input


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"factors": "market"}, "'factors' parameter"),
        ({"factors": [["a"] * 2] * N_PERIODS}, "factors: .*Pass finite numbers of shape"),
        ({"factors": np.ones((59, 1))}, "factors has 59 rows, and X has 60 periods"),
        ({"factors": np.full((60, 1), np.nan)}, "factors contains NaN in row 0, column 0"),
        ({"factors": np.full((60, 1), np.inf)}, "factors contains inf in row 0, column 0"),
        ({"factors": np.full((60, 1), -99.99)}, "factors contains -99.99 .a code for a mi"),
        (
            {"factors": np.ones((60, 1))},
            r"column 0 .* is constant, or .*Leave the col",
        ),
        ({"factors": np.eye(60, 3), "min_observations": 4}, "min_observations=4 leaves no"),
        ({"factors": np.eye(60, 30)}, "min_observations=24 .* 30 .* at least 32 periods"),
        ({"risk_free": np.ones(59)}, "risk_free has 59 rows, and X has 60 periods"),
        ({"risk_free": np.ones((60, 1))}, r"risk_free has shape \(60, 1\).*\.squeeze\(\)"),
        ({"risk_free": "cash"}, "'risk_free' parameter"),
        ({"risk_free": [None] * 60}, r"risk_free contains NaN in row 0 \(60 in all\)"),
        ({"min_observations": 1}, "'min_observations' parameter"),
        ({"min_observations": 24.5}, "'min_observations' parameter"),
        ({"covariance": "white"}, "'covariance' parameter"),
    ],
)
def test_a_parameter_that_does_not_fit_is_refused(returns, parameters, message):
    transformer = FactorAlphas(**parameters)
    with pytest.raises(ValueError, match=message):
        transformer.fit(returns)
    assert not vars(transformer).keys() - transformer.get_params().keys()


def test_a_dependent_factor_is_named(frame, factor_frame):
    factor_frame["cash"] = 0.003
    with pytest.raises(ValueError, match=r"column 2 \('cash'\) is constant"):
        FactorAlphas(factor_frame).fit(frame)


@pytest.mark.parametrize("call", ["fit", "transform"])
def test_an_infinite_return_is_refused(returns, factors, call):
    transformer = FactorAlphas(factors).fit(returns)
    returns = returns.copy()
    returns[2, 40] = -np.inf
    with pytest.raises(ValueError, match="infinite return: -inf in row 2, column 40"):
        getattr(transformer, call)(returns)


def test_text_is_refused_with_what_is_needed(returns, factors):
    with pytest.raises(ValueError, match=r"X: .*a row per fund, a column per period"):
        FactorAlphas(factors).fit([["0.01"] * N_PERIODS, ["?"] * N_PERIODS])


def test_another_number_of_periods_is_refused(returns, factors):
    transformer = FactorAlphas(factors).fit(returns)
    message = "X has 59 features, but FactorAlphas is expecting 60 features"
    with pytest.raises(ValueError, match=message):
        transformer.transform(returns[:, 1:])


def test_a_refused_fit_leaves_the_fit_before(returns, factors):
    transformer = FactorAlphas(factors).fit(returns)
    before = transformer.transform(returns)
    with pytest.raises(ValueError, match="factors has 59 rows"):
        transformer.set_params(factors=factors[1:]).fit(returns)
    np.testing.assert_array_equal(transformer.transform(returns), before)


def test_it_must_be_fitted_before_it_transforms(returns, factors):
    with pytest.raises(NotFittedError):
        FactorAlphas(factors).transform(returns)


@pytest.mark.parametrize("unnamed", ["X", "factors"])
def test_what_has_no_names_is_taken_in_its_order(frame, factor_frame, unnamed):
    X = frame.to_numpy() if unnamed == "X" else frame
    factors = factor_frame.reset_index(drop=True) if unnamed == "factors" else factor_frame
    estimates = FactorAlphas(factors).fit_transform(X)
    expected = FactorAlphas(factor_frame.to_numpy()).fit_transform(frame.to_numpy())
    # As above.
    np.testing.assert_allclose(estimates, expected, rtol=1e-12)


# Inside scikit-learn's tools


def test_columns_are_named():
    transformer = FactorAlphas().fit(np.ones((2, 3)))
    assert transformer.get_feature_names_out().tolist() == ["alpha", "standard_error", "df"]


def test_pandas_output_keeps_the_index_of_funds(frame, factor_frame):
    transformer = FactorAlphas(factor_frame).set_output(transform="pandas")
    estimates = transformer.fit_transform(frame)
    pd.testing.assert_index_equal(estimates.index, frame.index)
    assert estimates.columns.tolist() == ["alpha", "standard_error", "df"]


def test_polars_returns_give_polars_estimates(returns, factors):
    X = pl.DataFrame(returns, schema=[f"m{t}" for t in range(N_PERIODS)])
    estimates = FactorAlphas(factors).set_output(transform="polars").fit_transform(X)
    assert isinstance(estimates, pl.DataFrame)
    assert estimates.columns == ["alpha", "standard_error", "df"]


def test_a_clone_has_the_factors_and_no_fit(returns, factors):
    copied = clone(FactorAlphas(factors, risk_free=factors[:, 0]).fit(returns))
    np.testing.assert_array_equal(copied.factors, factors)
    assert not hasattr(copied, "factors_")


def test_a_pickled_transformer_gives_the_same_estimates(frame, factor_frame):
    transformer = FactorAlphas(factor_frame).fit(frame)
    restored = pickle.loads(pickle.dumps(transformer))
    np.testing.assert_array_equal(restored.transform(frame), transformer.transform(frame))


@pytest.fixture
def skilled(dates):
    """Returns of 300 funds whose alphas spread as widely as their errors."""
    rng = np.random.default_rng(2)
    alphas = rng.normal(0, 0.02 / np.sqrt(N_PERIODS), (300, 1))
    returns = alphas + rng.normal(0, 0.02, (300, N_PERIODS))
    funds = [f"Fund {i}" for i in range(300)]
    return pd.DataFrame(returns, index=funds, columns=dates)


def test_a_pipeline_leads_from_returns_to_noise_reduced_alphas(skilled, factor_frame):
    piped = make_pipeline(FactorAlphas(factor_frame), DeconvolvedGaussianMixture(1))
    reduced = piped.set_output(transform="pandas").fit_transform(skilled)
    pd.testing.assert_index_equal(reduced.index, skilled.index)
    assert piped[-1].feature_names_in_.tolist() == ["alpha", "standard_error", "df"]
    assert reduced.columns[0] == "posterior_mean"


def test_a_fund_of_too_few_periods_gets_the_answer_of_the_population(skilled):
    piped = make_pipeline(FactorAlphas(), DeconvolvedGaussianMixture(1)).fit(skilled)
    skilled.iloc[0, 3:] = np.nan
    mean, sd, *_ = piped.transform(skilled)[0]
    # With one group, the parameters are the mean and the spread.
    assert mean == pytest.approx(piped[-1].means_[0], rel=1e-12)
    assert sd == pytest.approx(np.sqrt(piped[-1].variances_[0]), rel=1e-12)


def test_residuals_are_what_least_squares_leaves(skilled, factor_frame):
    skilled.iloc[0, :20] = np.nan
    model = FactorAlphas(factor_frame).fit(skilled)
    found = model.residuals(skilled)
    design = np.column_stack([np.ones(N_PERIODS), factor_frame])
    for row, own in zip(found[:3], skilled.to_numpy()[:3], strict=True):
        there = ~np.isnan(own)
        fitted = design[there] @ np.linalg.lstsq(design[there], own[there], rcond=None)[0]
        # Returns of .02, and their rounding.
        np.testing.assert_allclose(row[there], (own[there] - fitted), atol=1e-15)
        assert np.isnan(row[~there]).all()


def test_a_fund_without_an_estimate_has_no_residuals(skilled):
    skilled.iloc[0, 3:] = np.nan
    found = FactorAlphas().fit(skilled).residuals(skilled)
    assert np.isnan(found[0]).all()
    assert not np.isnan(found[1:]).any()


@pytest.mark.filterwarnings("ignore:None of the 300 funds")
def test_a_pipeline_of_short_funds_points_at_the_observations_asked_for(skilled):
    piped = make_pipeline(FactorAlphas(min_observations=61), DeconvolvedGaussianMixture(1))
    with pytest.raises(ValueError, match=r"no observed estimate: .*min_observations"):
        piped.fit(skilled)


def test_a_search_tries_factors_and_observations(skilled, factor_frame):
    piped = make_pipeline(FactorAlphas(), DeconvolvedGaussianMixture(1))
    grid = {
        "factoralphas__factors": [None, factor_frame, factor_frame[["market"]]],
        "factoralphas__min_observations": [12, 24],
    }
    search = GridSearchCV(piped, grid, cv=3, error_score="raise").fit(skilled)
    by_hand = piped.set_params(**search.best_params_).fit(skilled)
    assert len(search.cv_results_["params"]) == 6
    np.testing.assert_array_equal(search.transform(skilled), by_hand.transform(skilled))
