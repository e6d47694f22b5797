"""Wald tests of restrictions on a summary."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import parameter_covariance, summarize


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture(2).fit(separated)


@pytest.fixture(scope="module")
def summary(fitted, separated):
    return summarize(fitted, separated, draws="fixed", unit=(100, "%"))


def test_the_difference_of_two_means_is_in_its_standard_errors(summary, fitted, separated):
    covariance = parameter_covariance(fitted, separated, draws="fixed")[2:4, 2:4]
    error = np.sqrt([1, -1] @ covariance @ [1, -1])
    statistic = (fitted.means_[0] - fitted.means_[1]) / error
    test = summary.wald_test("mean 0 = mean 1")
    assert test.distribution == "normal"
    assert test.statistic == pytest.approx(statistic, rel=1e-9)  # the delta method, twice
    assert test.p_value == pytest.approx(2 * norm.sf(abs(statistic)), rel=1e-6)


@pytest.mark.parametrize("name", ["weight 0", "mean 1", "sd 1", "share with alpha > 0"])
def test_the_end_of_an_interval_is_rejected_at_its_level(summary, name):
    end = summary.upper[summary.names.index(name)]
    # Newton-exact but for the rounding of logs and logits.
    assert summary.wald_test(f"{name} = {float(end)!r}").p_value == pytest.approx(
        0.05, rel=1e-9
    )


def test_one_sided_alternatives_share_the_two_sided_p_value(summary):
    restriction = "share with alpha > 0 = 0.65"
    less, greater, both = (
        summary.wald_test(restriction, alternative=word).p_value
        for word in ("less", "greater", "two-sided")
    )
    assert less + greater == pytest.approx(1)
    assert both == pytest.approx(2 * min(less, greater))


def test_sds_are_compared_by_their_logs(summary, fitted):
    test = summary.wald_test("sd 0 = sd 1")
    log_ratio = 0.5 * np.log(fitted.variances_[0] / fitted.variances_[1])
    assert test.differences[0] == pytest.approx(log_ratio, rel=1e-12)  # other logs


def test_several_restrictions_are_a_chi_squared_test(summary, fitted, separated):
    covariance = 1e4 * parameter_covariance(fitted, separated, draws="fixed")[2:4, 2:4]
    away = 100 * fitted.means_ - [-0.1, 0.2]
    statistic = away @ np.linalg.solve(covariance, away)
    test = summary.wald_test(["mean 0 = -0.1", "mean 1 = 0.2"])
    assert (test.distribution, test.df) == ("chi-squared", 2)
    assert test.statistic == pytest.approx(statistic, rel=1e-9)  # the delta method, twice
    assert test.p_value == pytest.approx(chi2.sf(statistic, 2), rel=1e-6)


def test_a_test_prints_the_restriction_and_names_the_distribution(summary):
    text = str(summary.wald_test("sd 0 = sd 1"))
    assert "sd 0 = sd 1" in text
    assert "log of the ratio" in text
    assert "standard normal, two-sided: p-value" in text


@pytest.mark.parametrize(
    ("restrictions", "message"),
    [
        ("mean 2 = 0", 'must begin with the name of a row.*"mean 1"'),
        ("mean 0", 'must begin with the name of a row and "="'),
        ("mean 0 = mean 2", "must end with a number or the name of a row"),
        ("weight 1 = 0", "at its ends a Wald test is not valid.*bootstrap_lrt"),
        ("sd 1 = -1", "not inside the range of a sd"),
        ("mean 0 = sd 0", "compares a mean with a sd"),
        (["mean 0 = 0", "mean 0 = 1"], "follow from each other"),
        ("mean 0 = mean 0", "has no standard error"),
    ],
)
def test_what_is_no_restriction_is_refused(summary, restrictions, message):
    with pytest.raises(ValueError, match=message):
        summary.wald_test(restrictions)


@pytest.mark.parametrize("restrictions", [3, [], [1.0]])
def test_other_than_text_is_refused(summary, restrictions):
    with pytest.raises(TypeError, match='Pass for instance "mean 0 = mean 1"'):
        summary.wald_test(restrictions)


def test_an_alternative_suits_one_restriction_only(summary):
    with pytest.raises(ValueError, match="alternative='more' must be"):
        summary.wald_test("mean 0 = 0", alternative="more")
    with pytest.raises(ValueError, match="is about one restriction, and there are 2"):
        summary.wald_test(["mean 0 = 0", "mean 1 = 0"], alternative="less")


@pytest.mark.filterwarnings("ignore:.*(no information|do not tell)")
def test_what_has_no_standard_error_is_not_tested():
    X = [[1.0, 0.2], [1.0, 0.3], [1.0, 0.5]]
    summary = summarize(DeconvolvedGaussianMixture(1).fit(X), X)
    with pytest.raises(ValueError, match="has no standard error"):
        summary.wald_test("sd 0 = 0.1")


def test_several_restrictions_print_their_degrees_of_freedom(summary):
    text = str(summary.wald_test(["mean 0 = mean 1", "sd 0 = sd 1"]))
    assert "chi-squared with 2 degrees of freedom: p-value" in text
