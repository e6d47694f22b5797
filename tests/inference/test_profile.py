"""Intervals from profile likelihoods."""

import numpy as np
import pytest
from scipy.stats import chi2, norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import profile_interval, summarize

ALLOWED = 0.5 * chi2.ppf(0.95, 1)  # nats


@pytest.fixture(scope="module")
def table():
    """Estimates of 150 funds, of which a fifth has skill."""
    rng = np.random.default_rng(0)
    true = np.append(rng.normal(-1, 0.7, 120), rng.normal(2.5, 1, 30))
    errors = rng.uniform(0.2, 0.5, true.size)
    return np.column_stack([rng.normal(true, errors), errors])


@pytest.fixture(scope="module")
def model(table):
    return DeconvolvedGaussianMixture(2).fit(table)


@pytest.fixture(scope="module")
def alike():
    """Estimates that scatter less than their errors."""
    estimates = 0.3 + 0.5 * norm.ppf((np.arange(40) + 0.5) / 40)
    return np.column_stack([estimates, np.ones(40)])


@pytest.mark.parametrize(("name", "part"), [("weight 1", 0), ("mean 1", 1), ("sd 1", 2)])
def test_a_fit_that_holds_an_end_loses_what_is_allowed(model, table, name, part):
    interval = profile_interval(model, table, name)
    for end in (interval.lower, interval.upper):
        value = end**2 if part == 2 else end
        fixed = ["fixed_weights", "fixed_means", "fixed_variances"][part]
        held = DeconvolvedGaussianMixture(2, **{fixed: [np.nan, value]}).fit(table)
        lost = len(table) * (model.log_likelihood_ - held.log_likelihood_)
        # A fit holds its place to 1e-6 nats, and an end is found to 1e-7 of its scale.
        assert lost == pytest.approx(ALLOWED, abs=1e-4)


def test_a_mean_of_known_spread_has_the_normal_interval():
    X = np.linspace(-1.0, 2.0, 30)[:, None]
    model = PanelGaussianMixture(1, fixed_variances=[4.0]).fit(X)
    interval = profile_interval(model, X, "mean 0", draws="independent", level=0.9)
    reach = norm.ppf(0.95) * 2 / np.sqrt(30)
    ends = [interval.lower, interval.upper]
    np.testing.assert_allclose(ends, [0.5 - reach, 0.5 + reach], atol=1e-6)


def test_many_cells_have_nearly_the_interval_of_the_parabola(separated):
    model = PanelGaussianMixture().fit(separated)
    summary = summarize(model, separated, draws="independent")
    interval = profile_interval(model, separated, "weight 1", draws="independent")
    # With 3,000 cells the ends differ by a few percent of the standard error.
    near = 0.05 * summary.standard_errors[1]
    assert interval.lower == pytest.approx(summary.lower[1], abs=near)
    assert interval.upper == pytest.approx(summary.upper[1], abs=near)


def test_an_sd_of_0_has_an_interval_that_begins_there(alike):
    model = DeconvolvedGaussianMixture(1).fit(alike)
    assert model.variances_[0] == 0
    interval = profile_interval(model, alike, "sd 0")
    assert interval.estimate == interval.lower == 0
    # The log-likelihood of one group by its variance, errors being 1, is known.
    square = np.mean((alike[:, 0] - alike[:, 0].mean()) ** 2)
    total = 1 + interval.upper**2
    lost = 20 * (np.log(total) + square / total - square)
    assert lost == pytest.approx(ALLOWED, abs=1e-5)


def test_a_group_that_may_be_absent_may_be_anywhere(alike):
    X = alike + np.outer(np.arange(40) > 30, [1.45, 0.0])  # some funds are a little better
    model = DeconvolvedGaussianMixture(2, fixed_variances=[0.0, 0.01]).fit(X)
    assert model.weights_[1] > 0
    assert profile_interval(model, X, "weight 1").lower == 0
    mean = profile_interval(model, X, "mean 1")
    assert (mean.lower, mean.upper) == (-np.inf, np.inf)


def test_a_prior_fund_keeps_an_sd_above_0(alike):
    model = DeconvolvedGaussianMixture(1, prior_count=1).fit(alike)
    assert profile_interval(model, alike, "sd 0").lower > 0


def test_what_is_fixed_has_an_interval_of_one_point(table):
    model = DeconvolvedGaussianMixture(2, fixed_means=[-1.0, np.nan]).fit(table)
    interval = profile_interval(model, table, "mean 0")
    assert interval.lower == interval.estimate == interval.upper == -1


def test_dependence_changes_no_interval_of_what_is_fixed(separated):
    fitted = PanelGaussianMixture(2, fixed_means=[-1e-3, np.nan]).fit(separated)
    found = profile_interval(fitted, separated, "mean 0", draws="fixed")
    assert found.lower == found.upper == -1e-3
    assert found.inflation == 1


def test_tied_sds_have_one_interval(table):
    model = DeconvolvedGaussianMixture(2, tied_variances=True).fit(table)
    first, second = (profile_interval(model, table, f"sd {group}") for group in (0, 1))
    assert first.lower == pytest.approx(second.lower, rel=1e-5)
    assert first.upper == pytest.approx(second.upper, rel=1e-5)


def test_copies_of_a_draw_say_nothing_more():
    """The variance of a mean by the sandwich is n / (n - 1) times that by its draws."""
    X = np.linspace(-1.0, 2.0, 30)[:, None]
    once, often = X, np.repeat(X, 7, axis=1)
    intervals = [
        profile_interval(PanelGaussianMixture(1).fit(grid), grid, "mean 0", draws="fixed")
        for grid in (once, often)
    ]
    assert intervals[1].inflation == pytest.approx(7 * intervals[0].inflation, rel=1e-6)
    # The profile of a mean is a little wider than a parabola, less so with more cells.
    assert intervals[1].lower == pytest.approx(intervals[0].lower, abs=1e-2)


def test_units_and_weights_carry_through(model, table):
    plain = profile_interval(model, table, "sd 1")
    yearly = profile_interval(model, table, "sd 1", unit=(12, "% a year"))
    assert yearly.upper == pytest.approx(12 * plain.upper, rel=1e-12)
    twice = np.repeat(table, 2, axis=0)
    mass = np.full(len(table), 2.0)
    weighted = DeconvolvedGaussianMixture(2).fit(table, sample_weight=mass)
    found = profile_interval(weighted, table, "sd 1", sample_weight=mass)
    expected = profile_interval(DeconvolvedGaussianMixture(2).fit(twice), twice, "sd 1")
    assert found.upper == pytest.approx(expected.upper, rel=1e-5)


def test_groups_may_have_names(model, table):
    names = ["unskilled", "skilled"]
    interval = profile_interval(model, table, "weight skilled", group_names=names)
    assert str(interval).splitlines()[2].startswith("weight skilled")


def test_a_name_of_no_parameter_is_refused(model, table):
    with pytest.raises(ValueError, match=r"name='weights_\[1\]' is not that of a param"):
        profile_interval(model, table, "weights_[1]")


def test_draws_from_posteriors_are_refused(separated):
    model = PanelGaussianMixture().fit(separated)
    with pytest.raises(ValueError, match="posteriors have no likelihood of their own"):
        profile_interval(model, separated, "weight 0", draws="posterior")


@pytest.mark.filterwarnings("ignore:X has no information")
def test_dependence_needs_a_standard_error(alike):
    model = DeconvolvedGaussianMixture(1).fit(alike)
    with pytest.raises(ValueError, match="'sd 0' has no standard error"):
        profile_interval(model, alike, "sd 0", draws="fixed")
