"""Standard errors of funds whose residuals are correlated."""

import warnings

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture, FactorAlphas, PanelGaussianMixture
from skem.inference import parameter_covariance, summarize

ERRORS = np.full(50, 0.8)


@pytest.fixture(scope="module")
def estimates():
    rng = np.random.default_rng(0)
    return np.column_stack([rng.normal(rng.normal(0, 1, 50), ERRORS), ERRORS])


@pytest.fixture(scope="module")
def fitted(estimates):
    return DeconvolvedGaussianMixture(1, tol=1e-18).fit(estimates)


def mean_error(fitted, X, **options):
    """The standard error of the mean of one group."""
    return np.sqrt(parameter_covariance(fitted, X, **options)[1, 1])


@pytest.mark.parametrize("draws", ["independent", "fixed"])
def test_an_error_that_all_funds_share_does_not_average_out(estimates, fitted, draws):
    """The mean of N estimates has the variance of the rest over N, and what is shared."""
    residuals = np.tile(np.random.default_rng(1).standard_normal(60), (50, 1))
    alone = mean_error(fitted, estimates, draws=draws)
    shared = mean_error(fitted, estimates, draws=draws, residuals=residuals)
    expected = np.sqrt(alone**2 + 0.8**2 * 49 / 50)
    # The mean and the variance of one group are estimated independently at the maximum.
    assert shared == pytest.approx(expected, rel=1e-6)


def test_residuals_of_opposite_signs_lower_no_standard_error(estimates, fitted):
    shock = np.random.default_rng(1).standard_normal(60)
    residuals = np.outer(np.tile([1.0, -1.0], 25), shock)
    alone = mean_error(fitted, estimates, draws="independent")
    both = mean_error(fitted, estimates, draws="independent", residuals=residuals)
    assert both == pytest.approx(alone, rel=1e-6)


def test_a_summary_says_that_its_errors_are_clustered_by_month(estimates, fitted):
    residuals = np.random.default_rng(1).standard_normal((50, 24))
    summary = summarize(fitted, estimates, draws="fixed", residuals=residuals)
    assert summary.by_month
    assert str(summary).endswith("with a term clustered by month.")


def returns_with_a_shared_shock():
    """The market's and 80 funds' monthly returns, for 120 months."""
    rng = np.random.default_rng(0)
    market = rng.normal(0.005, 0.04, (120, 1))
    shared = 0.01 * rng.standard_normal(120)
    returns = rng.normal(0, 0.002, (80, 1)) + market.T + shared
    return market, returns + rng.normal(0, 0.02, (80, 120))


@pytest.mark.parametrize("moderate", [True, False])
def test_correlated_residuals_are_warned_of_once(moderate):
    market, returns = returns_with_a_shared_shock()
    model = FactorAlphas(market, moderate=moderate)
    with pytest.warns(UserWarning, match="Residuals are correlated across funds"):
        model.fit_transform(returns)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.transform(returns)
    with pytest.warns(UserWarning, match="Residuals are correlated across funds"):
        model.transform(returns[:60])  # others


def test_the_residuals_of_the_transformer_are_taken():
    market, returns = returns_with_a_shared_shock()
    model = FactorAlphas(market)
    with pytest.warns(UserWarning, match="Residuals are correlated across funds"):
        X = model.fit_transform(returns)
    fitted = DeconvolvedGaussianMixture(1).fit(X)
    alone = summarize(fitted, X, draws="independent")
    wider = summarize(fitted, X, draws="independent", residuals=model.residuals(returns))
    # The shock's mean over 120 months, which no fund escapes, has an error of .01 / 11.
    assert alone.standard_errors[1] < 5e-4
    assert wider.standard_errors[1] == pytest.approx(0.01 / np.sqrt(120), rel=0.25)


@pytest.mark.parametrize(
    ("residuals", "message"),
    [
        (np.ones((49, 12)), r"residuals has shape \(49, 12\), and X has 50 rows"),
        (np.zeros((50, 12)), "residuals has none in row 0"),
        (np.full((50, 12), np.inf), "residuals: .* infinity"),
        ([["a"] * 12] * 50, "residuals: .* is not a real number"),
    ],
)
def test_residuals_that_do_not_suit_the_funds_are_refused(
    estimates, fitted, residuals, message
):
    with pytest.raises(ValueError, match=message):
        summarize(fitted, estimates, draws="independent", residuals=residuals)


def test_a_grid_has_no_residuals(separated):
    fitted = PanelGaussianMixture().fit(separated)
    with pytest.raises(ValueError, match="the model was fitted to a grid"):
        summarize(fitted, separated, draws="fixed", residuals=separated)
