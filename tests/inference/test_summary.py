"""The table of estimates, standard errors and intervals."""

import dataclasses
import re

import numpy as np
import pytest
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import parameter_covariance, summarize


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture(2).fit(separated)


@pytest.fixture(scope="module")
def summary(fitted, separated):
    return summarize(fitted, separated, draws="fixed")


def test_every_parameter_and_the_share_of_positive_alphas_have_a_row(summary):
    assert summary.names == (
        "weight 0",
        "weight 1",
        "mean 0",
        "mean 1",
        "sd 0",
        "sd 1",
        "share with alpha > 0",
    )


def test_estimates_are_the_models(summary, fitted):
    share = fitted.weights_ @ norm.sf(0, fitted.means_, np.sqrt(fitted.variances_))
    expected = [*fitted.weights_, *fitted.means_, *np.sqrt(fitted.variances_), share]
    np.testing.assert_allclose(summary.estimates, expected, rtol=1e-14)


def share_of(parameters):
    weights, means, variances = np.reshape(parameters, (3, -1))
    return weights @ norm.cdf(means / np.sqrt(variances))


def test_standard_errors_follow_from_the_covariance(summary, fitted, separated):
    covariance = parameter_covariance(fitted, separated, draws="fixed")
    errors = np.sqrt(covariance.diagonal())
    errors[4:] /= 2 * np.sqrt(fitted.variances_)
    at = np.concatenate([fitted.weights_, fitted.means_, fitted.variances_])
    steps = 1e-5 * np.abs(at)[:, None] * np.eye(6)
    gradient = [
        (share_of(at + step) - share_of(at - step)) / (2 * step.sum()) for step in steps
    ]
    errors = np.append(errors, np.sqrt(gradient @ covariance @ gradient))
    # Differences of a function to second order in steps of 1e-5.
    np.testing.assert_allclose(summary.standard_errors, errors, rtol=1e-7)


def test_the_interval_of_a_mean_is_symmetric_and_those_of_the_rest_on_their_scales(summary):
    reach = norm.ppf(0.975) * summary.standard_errors
    low, high, at = summary.lower, summary.upper, summary.estimates
    np.testing.assert_allclose([at[2] - low[2], high[2] - at[2]], reach[2], rtol=1e-9)
    np.testing.assert_allclose(high[4] / at[4], at[4] / low[4], rtol=1e-9)
    np.testing.assert_allclose(np.log(high[4] / at[4]), reach[4] / at[4], rtol=1e-9)
    odds = [p / (1 - p) for p in (low[0], at[0], high[0])]
    np.testing.assert_allclose(odds[2] / odds[1], odds[1] / odds[0], rtol=1e-9)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.filterwarnings("ignore:.*hardly identified")
def test_no_interval_has_impossible_values(textbook):
    fitted = PanelGaussianMixture(2).fit(textbook)
    summary = summarize(fitted, textbook, draws="independent", level=0.999)
    shares = [0, 1, 6]
    assert np.all(summary.lower[shares] > 0)
    assert np.all(summary.upper[shares] < 1)
    assert np.all(summary.lower[4:6] > 0)


def test_a_higher_level_is_a_wider_interval(fitted, separated, summary):
    wider = summarize(fitted, separated, draws="fixed", level=0.99)
    assert np.all(wider.lower < summary.lower)
    assert np.all(wider.upper > summary.upper)


def test_only_means_and_sds_are_shown_in_another_unit(fitted, separated, summary):
    unit = (1200, "percent per year")
    yearly = summarize(fitted, separated, draws="fixed", unit=unit)
    factor = np.array([1, 1, 1200, 1200, 1200, 1200, 1])
    for name in ("estimates", "standard_errors", "lower", "upper"):
        expected = factor * getattr(summary, name)
        np.testing.assert_allclose(getattr(yearly, name), expected, rtol=1e-12)
    assert yearly.unit == unit
    assert "Means and sds in percent per year." in str(yearly)


def test_summaries_can_be_told_apart(summary):
    assert {summary: 1}[summary] == 1
    assert summary != dataclasses.replace(summary)


def test_what_is_fixed_has_an_interval_of_one_point(three_groups):
    model = PanelGaussianMixture(3, fixed_means=[np.nan, 0, np.nan]).fit(three_groups)
    summary = summarize(model, three_groups, draws="independent")
    at = summary.names.index("mean 1")
    assert summary.standard_errors[at] == 0
    assert summary.lower[at] == summary.upper[at] == 0


def test_a_variance_that_ends_at_zero_has_no_interval():
    X = [[1.0, 0.2], [1.0, 0.3], [1.0, 0.5]]
    model = DeconvolvedGaussianMixture(1).fit(X)
    with pytest.warns(UserWarning, match=r"X has no information on variances_\[0\]"):
        summary = summarize(model, X, draws="independent")
    at = summary.names.index("sd 0")
    assert summary.estimates[at] == 0
    assert np.isnan([summary.standard_errors[at], summary.lower[at]]).all()


def test_a_point_mass_that_is_fixed_has_an_interval_of_one_point():
    X = [[0.5, 0.2], [1.0, 0.3], [1.2, 0.5]]
    model = DeconvolvedGaussianMixture(1, fixed_variances=[0.0]).fit(X)
    summary = summarize(model, X, draws="independent")
    at = summary.names.index("sd 0")
    assert (summary.standard_errors[at], summary.upper[at]) == (0, 0)


def test_standard_errors_do_not_vanish_in_tiny_units(separated):
    tiny = 1e-140 * separated
    model = PanelGaussianMixture(2).fit(tiny)
    summary = summarize(model, tiny, draws="fixed")
    assert np.all(summary.standard_errors > 0)


def test_a_summary_prints_and_becomes_a_frame(summary):
    lines = str(summary).splitlines()
    assert lines[0] == "Estimates of a mixture with 95 % intervals"
    assert lines[-2].endswith(" in the units of X. Standard errors: clustered by manager.")
    assert "<table>" in summary._repr_html_()
    frame = summary.to_frame()
    assert frame.loc["mean 1", "estimate"] == summary.estimates[3]


@pytest.mark.parametrize(
    ("draws", "how"), [("independent", "the inverse of"), ("fixed", "the sandwich")]
)
def test_a_summary_of_estimates_counts_funds(draws, how):
    X = np.column_stack([np.linspace(-9.0, 9.0, 40), np.ones(40)])
    fitted = DeconvolvedGaussianMixture(1).fit(X)
    text = str(summarize(fitted, X, draws=draws))
    assert re.search(r"^funds +40 ", text, re.MULTILINE)
    assert f"Standard errors: {how}" in text


@pytest.mark.parametrize("level", [0, 1, 95, -0.5])
def test_a_level_outside_0_and_1_is_refused(fitted, separated, level):
    with pytest.raises(ValueError, match=f"level={level} must lie between 0 and 1"):
        summarize(fitted, separated, draws="fixed", level=level)


@pytest.mark.parametrize("level", [True, "95 %", None])
def test_a_level_that_is_no_number_is_refused(fitted, separated, level):
    with pytest.raises(TypeError, match=r"level=.*must be a number"):
        summarize(fitted, separated, draws="fixed", level=level)


def test_a_unit_without_a_factor_is_refused(fitted, separated):
    with pytest.raises(TypeError, match=r"unit='% a year' must be a pair"):
        summarize(fitted, separated, draws="fixed", unit="% a year")


@pytest.mark.parametrize("distance", [1.0, 7.0, 12.0])
def test_negating_the_alphas_turns_the_share_around(separated, distance):
    """Also where nearly all alphas have one sign, so that 1 less the share is tiny."""
    alphas = separated + 1e-3 * distance
    above, below = (
        summarize(PanelGaussianMixture(2, tol=1e-18).fit(X), X, draws="fixed")
        for X in (alphas, -alphas)
    )
    assert above.standard_errors[-1] > 0
    assert above.standard_errors[-1] == pytest.approx(below.standard_errors[-1], rel=1e-6)
    assert above.lower[-1] == pytest.approx(1 - below.upper[-1], rel=1e-6)
    assert 0 < above.lower[-1] <= above.estimates[-1] <= above.upper[-1] <= 1


@pytest.mark.parametrize("draws", ["independent", "fixed"])
def test_the_head_has_the_likelihood_and_the_criteria_of_the_model(
    fitted, separated, draws
):
    facts = summarize(fitted, separated, draws=draws).facts
    total = fitted.score(separated) * separated.size
    assert facts.log_likelihood == pytest.approx(total, rel=1e-12)  # sums in another order
    assert facts.aic == pytest.approx(fitted.aic(separated, draws), rel=1e-12)
    assert facts.bic == pytest.approx(fitted.bic(separated, draws), rel=1e-12)
    assert (facts.n_rows, facts.n_observations) == (60, 3000)


@pytest.mark.parametrize("prior_count", [0, 1])
def test_the_head_of_estimates_has_their_likelihood_without_the_prior(funds, prior_count):
    fitted = DeconvolvedGaussianMixture(1, prior_count=prior_count).fit(funds)
    facts = summarize(fitted, funds).facts
    assert facts.log_likelihood == pytest.approx(fitted.score(funds) * 80, rel=1e-12)
    assert facts.bic == pytest.approx(fitted.bic(funds), rel=1e-12)


def test_the_head_prints_what_a_reader_looks_for(summary):
    head = str(summary).split("---")[0]
    for name in ("model", "managers", "observed cells", "free parameters", "draws"):
        assert re.search(rf"^{name} ", head, re.MULTILINE)
    for name in ("log-likelihood", "AIC", "BIC", "converged", "remaining gain"):
        assert f"  {name} " in head


def test_a_given_mixture_is_said_to_be_not_fitted(separated, fitted):
    given = PanelGaussianMixture.from_parameters(
        fitted.weights_, fitted.means_, fitted.variances_
    )
    text = str(summarize(given, separated, draws="fixed"))
    assert "not fitted" in text
    assert "remaining gain" not in text


@pytest.fixture(scope="module")
def funds():
    """80 funds, estimates of one normal group with noise as large as its spread."""
    rng = np.random.default_rng(0)
    return np.column_stack([rng.normal(0, 2**0.5, 80), np.ones(80)])


def test_estimates_need_no_draws(funds):
    fitted = DeconvolvedGaussianMixture(1).fit(funds)
    summary = summarize(fitted, funds)
    expected = summarize(fitted, funds, draws="independent")
    np.testing.assert_array_equal(summary.standard_errors, expected.standard_errors)


def test_a_grid_needs_draws_and_is_told_which(fitted, separated):
    with pytest.raises(ValueError, match='draws=None must be "independent"'):
        summarize(fitted, separated)


def test_groups_are_called_as_the_caller_calls_them(fitted, separated):
    names = ["unskilled", "skilled"]
    summary = summarize(fitted, separated, draws="fixed", group_names=names)
    assert summary.names[:3] == ("weight unskilled", "weight skilled", "mean unskilled")


@pytest.mark.parametrize(
    ("names", "error"),
    [
        (["one"], ValueError),
        (["a", "a"], ValueError),
        ("ab", TypeError),
        ([0, 1], TypeError),
    ],
)
def test_other_than_a_name_for_each_group_is_refused(fitted, separated, names, error):
    with pytest.raises(error, match=r"group_names=.*\"unskilled\", \"skilled\""):
        summarize(fitted, separated, draws="fixed", group_names=names)


def test_intervals_at_another_level_are_those_of_a_summary_at_it(
    fitted, separated, summary
):
    other = summarize(fitted, separated, draws="fixed", level=0.5)
    np.testing.assert_array_equal(summary.conf_int(0.5).T, [other.lower, other.upper])
    np.testing.assert_array_equal(summary.conf_int().T, [summary.lower, summary.upper])


def test_what_is_fixed_is_marked(three_groups):
    model = PanelGaussianMixture(3, fixed_means=[np.nan, 0, np.nan]).fit(three_groups)
    text = str(summarize(model, three_groups, draws="independent"))
    assert re.search(r"^mean 1 +0\.0+ +\(fixed\)$", text, re.MULTILINE)
