"""Groups without spread, about which estimates say little, are not passed over."""

import re
import warnings

import numpy as np
import pytest
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture
from skem.estimator.point_masses import undecided
from skem.inference import summarize

NAN = np.nan
SCHOOLS = np.array(
    [[28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]], dtype=float
).T


def quantiles(n):
    """The middles of n equal parts of a standard normal distribution."""
    return norm.ppf((np.arange(n) + 0.5) / n)


@pytest.fixture(scope="module")
def unskilled():
    """Most true alphas are .02, which noise hides from 0; the others are far away."""
    true = np.repeat([-6.0, 0.02, 6.0], [60, 180, 15])
    noise = np.concatenate([quantiles(n) for n in (60, 180, 15)])
    return np.column_stack([true + noise, np.ones(true.size)])


@pytest.fixture(scope="module")
def free(unskilled):
    return DeconvolvedGaussianMixture(3).fit(unskilled)


def warned(call, *arguments, **parameters):
    """The texts of a call's warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call(*arguments, **parameters)
    return [str(one.message) for one in caught]


def test_rates_beside_a_point_mass_warn_with_both_remedies(unskilled, free):
    (text,) = warned(free.false_discovery, unskilled)
    assert re.match(r"The estimates do not tell group 1 .* from alphas of exactly 0:", text)
    assert "fixed_means, and fixed_variances" in text
    assert "false_discovery(X, above=...)" in text


def test_a_threshold_that_matters_is_no_longer_beside_it(unskilled, free):
    assert not warned(free.false_discovery, unskilled, above=1.0)
    (text,) = warned(free.false_discovery, unskilled, above=6.0, side="less")
    assert "do not tell group 2" in text


def test_the_remedies_leave_few_calls_false(unskilled):
    held = DeconvolvedGaussianMixture(
        3, fixed_means=[NAN, 0, NAN], fixed_variances=[NAN, 0, NAN]
    ).fit(unskilled)
    assert not warned(held.false_discovery, unskilled)
    assert (held.false_discovery(unskilled).q_values <= 0.1).sum() < 20  # 15 are skilled


def test_groups_that_the_estimates_place_warn_of_nothing(unskilled, free):
    wide = np.column_stack([4 * quantiles(200) + 1, np.ones(200)])
    fitted = DeconvolvedGaussianMixture(1).fit(wide)
    assert not warned(fitted.false_discovery, wide)


def test_a_group_of_known_mean_and_spread_warns_of_nothing():
    known = DeconvolvedGaussianMixture(
        1, fixed_weights=[1.0], fixed_means=[0.001], fixed_variances=[0.0]
    ).fit(SCHOOLS)
    assert not warned(known.false_discovery, SCHOOLS)


def test_intervals_of_funds_warn_where_a_variance_ended_at_0(unskilled, free):
    group = int(np.flatnonzero(free.variances_ == 0)[0])
    texts = warned(free.posterior_interval, unskilled)
    assert any(text.startswith(f"Group {group} ") for text in texts)


def test_the_share_has_no_error_where_all_may_be_on_either_side_of_0():
    """Eight schools: a point mass at 7.7, whose standard error is 4.1."""
    fitted = DeconvolvedGaussianMixture(1).fit(SCHOOLS)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        summary = summarize(fitted, SCHOOLS, draws="independent")
    texts = [str(one.message) for one in caught]
    assert any("So the share with alpha > 0 has no standard error" in t for t in texts)
    ends = summary.standard_errors[-1], summary.lower[-1], summary.upper[-1]
    assert np.isnan(ends).all()


def test_a_point_mass_far_from_0_leaves_the_share_the_error_of_the_weight():
    noise = np.concatenate([0.9 * quantiles(60), 0.9 * quantiles(40)])
    X = np.column_stack([np.repeat([-6.0, 6.0], [60, 40]) + noise, np.ones(100)])
    fitted = DeconvolvedGaussianMixture(2).fit(X)
    np.testing.assert_array_equal(fitted.variances_, 0)
    with pytest.warns(UserWarning, match="X has no information on variances_"):
        summary = summarize(fitted, X, draws="independent")
    # That of a share of 100 funds: noise of 1 mixes up no two of them.
    expected = np.sqrt(0.6 * 0.4 / 100)
    assert summary.standard_errors[-1] == pytest.approx(expected, rel=1e-4)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_undecided_groups_have_the_numbers_that_are_published():
    rng = np.random.default_rng(27)
    true = np.where(rng.random(400) < 0.7, 0, rng.normal(0.5, 2, 400))
    errors = np.exp(0.3 * rng.normal(size=400))
    X = np.column_stack([true + errors * rng.normal(size=400), errors])
    model = DeconvolvedGaussianMixture(3).fit(X)
    [point_mass] = np.flatnonzero(np.abs(model.means_) < 0.3)
    assert model.variances_[point_mass] == 0
    assert point_mass in undecided(model, 0.0)
    assert np.isnan(summarize(model, X, draws="independent").standard_errors[-1])


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_a_group_that_another_one_would_replace_is_decided():
    rng = np.random.default_rng(2)
    true = np.where(rng.random(1000) < 0.7, 0, rng.normal(1, 1, 1000))
    errors = np.exp(0.3 * rng.normal(size=1000))
    X = np.column_stack([true + errors * rng.normal(size=1000), errors])
    model = DeconvolvedGaussianMixture(2).fit(X)
    assert model.means_[1] > 1
    assert undecided(model, 0.0) == [0]
