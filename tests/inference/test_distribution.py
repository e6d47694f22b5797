"""The distribution of skill with its errors."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_fund_estimates
from skem.display import DistributionDisplay
from skem.inference import estimate_distribution, parameter_covariance, summarize

ALPHAS = np.array([-3.0, -1.0, 0.0, 0.5])


@pytest.fixture(scope="module")
def table():
    X, true, _ = make_fund_estimates(1000, random_state=0)
    X[:, 0] = true + 0.3 * (X[:, 0] - true)  # more noise hides that no group is at 0
    X[:, 1] *= 0.3
    return X


@pytest.fixture(scope="module")
def model(table):
    return DeconvolvedGaussianMixture(2).fit(table)


@pytest.fixture(scope="module")
def skill(model, table):
    return estimate_distribution(model, table, draws="independent")


@pytest.fixture(scope="module")
def zeros():
    """Three kinds of funds without spread, and a fit that holds the middle one at 0."""
    rng = np.random.default_rng(0)
    true = np.repeat([-3.2, 0.0, 3.8], [120, 350, 60])
    errors = rng.uniform(0.8, 1.2, true.size)
    X = np.column_stack([rng.normal(true, errors), errors])
    zero = {"fixed_means": [np.nan, 0, np.nan], "fixed_variances": [0.0, 0.0, 0.0]}
    fitted = DeconvolvedGaussianMixture(3, **zero).fit(X)
    return estimate_distribution(fitted, X, draws="independent")


def test_the_share_above_0_is_that_of_the_summary(model, table, skill):
    summary, share = summarize(model, table, draws="independent"), skill.share_above(0.0)
    for part in ("estimates", "standard_errors", "lower", "upper"):
        expected = getattr(summary, part)[-1]
        # The same sums in another order.
        assert getattr(share, part)[0] == pytest.approx(expected, rel=1e-12)


def test_errors_are_those_of_the_parameters_by_the_delta_method(model, table, skill):
    """With numerical derivatives of SciPy's distribution by the free parameters."""
    covariance = parameter_covariance(model, table, draws="independent")
    given = np.concatenate([model.weights_, model.means_, model.variances_])

    def values(parameters):
        kind = DeconvolvedGaussianMixture.from_parameters(*np.split(parameters, 3))
        known = kind.to_scipy()
        return np.concatenate(
            [known.pdf(ALPHAS), known.cdf(ALPHAS), known.icdf([0.1, 0.9])]
        )

    jacobian = []
    steps = 1e-5 * np.eye(6)
    steps[0, 1] = -1e-5  # weight moves from one group to the other
    for step in np.delete(steps, 1, axis=0):
        jacobian.append((values(given + step) - values(given - step)) / 2e-5)
    kept = np.delete(np.delete(covariance, 1, axis=0), 1, axis=1)
    expected = np.sqrt(np.einsum("kn,kj,jn->n", jacobian, kept, jacobian))
    bands = skill.density(ALPHAS), skill.cumulative(ALPHAS), skill.quantiles([0.1, 0.9])
    found = np.concatenate([band.standard_errors for band in bands])
    # SciPy finds quantiles to 1e-8 or so, which the step of 1e-5 magnifies.
    np.testing.assert_allclose(found, expected, rtol=1e-2)


def test_shares_stay_between_0_and_1_and_densities_above_0(skill):
    alphas = np.linspace(-20, 20, 81)
    for band in (skill.cumulative(alphas), skill.share_above(alphas)):
        assert np.all((band.lower >= 0) & (band.lower <= band.estimates))
        assert np.all((band.upper <= 1) & (band.upper >= band.estimates))
    assert np.all(skill.density(alphas).lower >= 0)


def test_bands_do_not_widen_where_nothing_is_left(skill):
    """Intervals on the scale of log odds would reach from 0 to 1 there."""
    assert skill.share_above(40.0).upper[0] < 1e-3
    assert skill.density(40.0).upper[0] < 1e-3


def test_alphas_and_answers_are_in_the_unit(model, table, skill):
    unit = (12, "% a year")
    yearly = estimate_distribution(model, table, draws="independent", unit=unit)
    for name, factor in (("density", 1 / 12), ("cumulative", 1.0), ("share_above", 1.0)):
        found, expected = getattr(yearly, name)(12 * ALPHAS), getattr(skill, name)(ALPHAS)
        for part in ("estimates", "standard_errors", "lower", "upper"):
            values = factor * getattr(expected, part)
            np.testing.assert_allclose(getattr(found, part), values, rtol=1e-9, atol=1e-12)
    median = 12 * skill.quantiles(0.5).estimates
    np.testing.assert_allclose(yearly.quantiles(0.5).estimates, median, rtol=1e-12)
    np.testing.assert_allclose(yearly.sds, 12 * np.sqrt(model.variances_), rtol=1e-12)


def test_a_grid_has_a_distribution_with_errors_by_its_draws(separated):
    fitted = PanelGaussianMixture().fit(separated)
    narrow, wide = (
        estimate_distribution(fitted, separated, draws=draws).quantiles([0.1, 0.9])
        for draws in ("independent", "fixed")
    )
    np.testing.assert_array_equal(narrow.estimates, wide.estimates)
    assert np.all(narrow.standard_errors != wide.standard_errors)


def test_tiny_units_have_errors_too(separated):
    fitted = PanelGaussianMixture().fit(1e-140 * separated)
    skill = estimate_distribution(fitted, 1e-140 * separated, draws="independent")
    assert skill.quantiles(0.5).standard_errors[0] > 0
    assert np.isfinite(skill.density(0.0).upper[0])


def test_a_point_mass_that_is_held_has_shares_with_errors(zeros):
    below, at = zeros.cumulative([-1e-9, 0.0]).estimates
    assert at - below == pytest.approx(zeros.weights[1], rel=1e-12)
    assert np.all(zeros.share_above([-1.0, 0.0, 1.0]).standard_errors > 0)


def test_a_quantile_at_a_point_mass_that_is_held_is_known(zeros):
    median = zeros.quantiles(0.5)
    assert median.estimates[0] == median.standard_errors[0] == median.upper[0] == 0


def test_a_quantile_where_a_jump_may_end_has_no_error(zeros):
    edge = zeros.cumulative(-1e-9).estimates + 1e-3  # just inside the jump at 0
    quantile = zeros.quantiles(edge)
    assert np.isnan(quantile.standard_errors[0])
    assert quantile.lower[0] < zeros.means[0] + 1.0  # it may be in the jump below
    assert quantile.upper[0] == 0


@pytest.mark.parametrize("share", [0.02, 0.3, 0.95])
def test_the_interval_of_a_quantile_ends_where_the_share_is_rejected(skill, share):
    quantile = skill.quantiles(share)
    # At the ends the share is an end of the interval of the distribution function.
    assert skill.cumulative(quantile.lower).upper[0] == pytest.approx(share, rel=1e-6)
    assert skill.cumulative(quantile.upper).lower[0] == pytest.approx(share, rel=1e-6)


def test_a_share_where_a_point_mass_may_be_has_no_error(zeros):
    lowest = zeros.means[0]
    assert np.isnan(zeros.cumulative(lowest).standard_errors[0])
    assert np.isnan(zeros.density(lowest).upper[0])


def test_it_prints_and_becomes_a_frame(skill):
    lines = str(skill).splitlines()
    assert lines[0] == "Distribution of alphas with 95 % intervals"
    assert lines[-1] == "Alphas in the units of X."
    assert isinstance(skill.to_frame(), pd.DataFrame)
    frame = skill.share_above([0.0, 1.0]).to_frame()
    assert frame.columns[0] == "share above"
    assert frame.index.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("share", [0.0, 1.0, 95, np.nan])
def test_a_quantile_of_no_share_is_refused(skill, share):
    with pytest.raises(
        ValueError, match=r"probabilities holds .* must lie between 0 and 1"
    ):
        skill.quantiles([0.5, share])


@pytest.mark.parametrize("alphas", ["0", [[0.0]], [], True, None])
def test_what_is_no_alpha_is_refused(skill, alphas):
    with pytest.raises(TypeError, match=r"thresholds=.* must be a number, or a sequence"):
        skill.share_above(alphas)


def test_an_infinite_alpha_is_refused(skill):
    with pytest.raises(ValueError, match="alphas holds inf at 1"):
        skill.density([0.0, np.inf])


# The picture


def test_the_picture_shows_the_band_and_the_threshold(skill, ax):
    display = DistributionDisplay.from_distribution(skill, above=0.5, ax=ax)
    alphas, drawn = display.line_.get_data()
    np.testing.assert_array_equal(drawn, skill.density(alphas).estimates)
    outline = display.band_.get_paths()[0].vertices
    assert outline[:, 1].max() == skill.density(alphas).upper.max()
    share = 100 * skill.share_above(0.5).estimates[0]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert any(text.startswith(f"{share:.3g} % above 0.5 (") for text in labels)


def test_the_distribution_function_is_drawn_if_asked_for(skill, ax):
    display = skill.plot(ax, kind="cumulative")
    alphas, drawn = display.line_.get_data()
    np.testing.assert_array_equal(drawn, skill.cumulative(alphas).estimates)
    assert ax.get_ylabel() == "share of the population at most"


def test_point_masses_are_marked_in_a_density(zeros, ax):
    display = DistributionDisplay.from_distribution(zeros, above=None, ax=ax)
    np.testing.assert_array_equal(display.point_masses[:, 1], zeros.means)
    assert len(ax.lines) == 1 + 3  # the curve, and a line for each


def test_another_kind_is_refused(skill):
    with pytest.raises(ValueError, match='kind=\'cdf\' must be "density" or "cumulative"'):
        DistributionDisplay.from_distribution(skill, kind="cdf", ax=Figure().subplots())


def test_rows_of_different_lengths_are_no_alphas(skill):
    with pytest.raises(TypeError, match="is no vector of alphas"):
        skill.density([[0.1], [0.1, 0.2]])


# Funds around -1 that differ no more than their noise, and funds around 10 that do.
NO_SPREAD = [[-1.2, 0.3], [-0.8, 0.3], [-1.0, 0.3], [-1.1, 0.4]]
BESIDE = [*NO_SPREAD, [9, 0.3], [10, 0.3], [11, 0.3]]


def without_spread(X, n_components):
    model = DeconvolvedGaussianMixture(n_components).fit(X)
    assert model.variances_[0] == 0
    with pytest.warns(UserWarning, match="no information on variances_"):
        return estimate_distribution(model, X)


@pytest.fixture(scope="module")
def alone():
    return without_spread(NO_SPREAD, 1)


@pytest.fixture(scope="module")
def beside():
    return without_spread(BESIDE, 2)


@pytest.mark.parametrize(
    ("kind", "at"),
    [("share_above", -0.5), ("cumulative", -0.5), ("density", -0.5), ("quantiles", 0.9)],
)
def test_there_is_no_interval_where_a_group_may_have_spread(alone, kind, at):
    # Half a unit is less than two standard errors of an estimate away.
    band = getattr(alone, kind)(at)
    ends = [band.standard_errors, band.lower, band.upper]
    np.testing.assert_array_equal(ends, np.full((3, 1), np.nan))


@pytest.mark.parametrize(
    ("kind", "at"),
    [("share_above", 5), ("cumulative", 5), ("density", 10), ("quantiles", 0.9)],
)
def test_there_is_one_where_that_spread_makes_no_difference(beside, kind, at):
    assert not np.isnan(getattr(beside, kind)(at).lower).any()


def test_a_group_that_is_held_without_spread_has_none():
    held = DeconvolvedGaussianMixture(
        2, fixed_means=[-1, np.nan], fixed_variances=[0, np.nan]
    ).fit(BESIDE)
    skill = estimate_distribution(held, BESIDE)
    assert not np.isnan(skill.share_above(-0.3).lower).any()
