"""Pictures of estimates without their noise."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from sklearn.exceptions import NotFittedError

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_fund_estimates
from skem.display import CaterpillarDisplay, FalseDiscoveryDisplay, ShrinkageDisplay
from skem.display.canvas import PALETTE

# Few funds: most fits have groups that these hardly tell apart.
pytestmark = pytest.mark.filterwarnings("ignore:The data hardly tell")

OF_ESTIMATES = [CaterpillarDisplay, FalseDiscoveryDisplay, ShrinkageDisplay]


@pytest.fixture(scope="module")
def table():
    X, true, _ = make_fund_estimates(40, random_state=0)
    X[:, 0] = true + 0.4 * (X[:, 0] - true)  # more noise leaves a group no spread
    X[:, 1] *= 0.4
    X[3] = np.nan
    return pd.DataFrame(
        X, index=[f"fund {i}" for i in range(40)], columns=["alpha", "standard_error"]
    )


@pytest.fixture(scope="module")
def model(table):
    return DeconvolvedGaussianMixture().set_output(transform="pandas").fit(table)


def test_every_fund_has_a_dot_at_its_two_alphas(model, table, ax):
    display = ShrinkageDisplay.from_estimator(model, table, unit=(100, "%"), ax=ax)
    there = table.dropna()
    means = model.transform(there)["posterior_mean"]
    expected = 100 * np.column_stack([there["alpha"], means])
    np.testing.assert_allclose(display.dots_.get_offsets(), expected, rtol=1e-12)


def test_the_dashed_line_is_where_nothing_is_shrunk(model, table, ax):
    line = ShrinkageDisplay.from_estimator(model, table, ax=ax).line_
    np.testing.assert_array_equal(*line.get_data())


def test_intervals_are_those_of_the_model_from_the_highest_down(model, table, ax):
    display = CaterpillarDisplay.from_estimator(model, table, level=0.8, ax=ax)
    there = table.dropna()
    lower, upper = np.asarray(model.posterior_interval(there, 0.8)).T
    drawn = np.array(display.intervals_.get_segments())
    np.testing.assert_allclose(drawn[:, 0, 0], lower[display.order_])
    np.testing.assert_allclose(drawn[:, 1, 0], upper[display.order_])
    assert np.all(np.diff(display.posterior_means[display.order_]) <= 0)
    assert "80 % interval" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_funds_keep_their_names_and_those_without_estimate_are_left_out(model, table, ax):
    display = CaterpillarDisplay.from_estimator(model, table, ax=ax)
    assert "fund 3" not in display.names
    top = display.order_[0]
    best = model.transform(table.dropna())["posterior_mean"].idxmax()
    assert display.names[top] == best


def test_many_funds_are_a_band_with_ranks(ax):
    values = np.linspace(-1, 1, 500)
    display = CaterpillarDisplay(values, values - 1, values + 1).plot(ax)
    assert len(ax.get_yticks()) < 60
    assert display.names.size == 500
    assert ax.get_ylabel() == "rank among 500 funds"


def test_the_top_funds_have_their_names(model, table, ax):
    display = CaterpillarDisplay.from_estimator(model, table, top=3, ax=ax)
    best = model.transform(table.dropna())["posterior_mean"].nlargest(3)
    assert [label.get_text() for label in ax.get_yticklabels()] == list(best.index)
    assert display.posterior_means.size == 39
    assert ax.get_title() == "Noise-reduced alphas, 3 of 39 funds"


@pytest.mark.parametrize("top", [0, 2.5, "all"])
def test_other_than_a_number_of_funds_is_refused(model, table, ax, top):
    with pytest.raises((TypeError, ValueError), match=r"top=.*must be"):
        CaterpillarDisplay.from_estimator(model, table, top=top, ax=ax)


def test_groups_have_the_names_given(model, table, ax):
    ShrinkageDisplay.from_estimator(model, table, group_names=["low", "high"], ax=ax)
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts[-2:] == ["mean of low", "mean of high"]


@pytest.mark.filterwarnings("ignore:The estimates do not tell group 1")
def test_rates_ascend_with_the_funds_called(model, table, ax):
    display = FalseDiscoveryDisplay.from_estimator(model, table, ax=ax)
    called, q_values = display.line_.get_data()
    np.testing.assert_array_equal(called, np.arange(1, 40))
    last = np.searchsorted(display.local_rates, display.local_rates, side="right")
    expected = np.cumsum(display.local_rates)[last - 1] / last
    # The mean of the local rates so far; equal rates share the last of their means.
    np.testing.assert_allclose(q_values, expected, rtol=1e-9)


@pytest.mark.filterwarnings("ignore:The estimates do not tell group")
def test_calls_below_a_threshold_are_those_of_the_model(model, table, ax):
    calls = {"above": -0.5, "side": "less"}
    display = FalseDiscoveryDisplay.from_estimator(model, table, **calls, ax=ax)
    rates = model.false_discovery(table.dropna(), **calls)
    np.testing.assert_allclose(display.q_values, np.sort(rates.q_values), rtol=1e-9)
    assert ax.get_xlabel() == "funds called below -0.5, of 39"
    assert not any("skill" in text for text in legend_of(display))


@pytest.mark.parametrize("Display", OF_ESTIMATES)
def test_a_panel_mixture_is_refused(Display, separated, ax):
    fitted = PanelGaussianMixture().fit(separated[:, :2])
    with pytest.raises(TypeError, match="needs a fitted DeconvolvedGaussianMixture"):
        Display.from_estimator(fitted, separated[:, :2], ax=ax)


@pytest.mark.parametrize("Display", OF_ESTIMATES)
def test_an_unfitted_model_is_refused(Display, table, ax):
    with pytest.raises(NotFittedError):
        Display.from_estimator(DeconvolvedGaussianMixture(), table, ax=ax)


@pytest.mark.parametrize("Display", [CaterpillarDisplay, ShrinkageDisplay])
def test_a_unit_without_a_name_is_refused(Display, model, table, ax):
    with pytest.raises(TypeError, match="unit=1200 must be a pair"):
        Display.from_estimator(model, table, unit=1200, ax=ax)


def test_vectors_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match=r"posterior_means has shape \(1,\), needs \(2,\)"):
        ShrinkageDisplay([1, 2], [1], [1, 1])
    with pytest.raises(ValueError, match="names has length 1, needs 2"):
        CaterpillarDisplay([1, 2], [0, 1], [2, 3], names=["one"])
    with pytest.raises(ValueError, match="posterior_means is empty"):
        CaterpillarDisplay([], [], [])


# Funds outside the picture


def legend_of(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_the_legend_of_shrinkage_tells_funds_without_an_estimate(model, table, ax):
    display = ShrinkageDisplay.from_estimator(model, table, ax=ax)
    assert legend_of(display)[0] == "39 funds\n(1 without an estimate left out)"


def test_the_label_of_intervals_tells_funds_without_an_estimate(model, table, ax):
    CaterpillarDisplay.from_estimator(model, table, ax=ax)
    assert "1 without an estimate left out" in ax.get_ylabel()


def far(values):
    return np.append(values, 1e6)


def test_a_far_estimate_leaves_the_axes_of_shrinkage_to_the_others(ax):
    estimates = np.linspace(-1, 1, 40)
    display = ShrinkageDisplay(far(estimates), far(estimates / 2), np.ones(41)).plot(ax)
    # Half the range between quantiles is added at both ends, then a tenth in total.
    assert np.ptp(ax.get_xlim()) < 2.2 * 2
    # A tenth, and room for a legend of three lines in a figure of the default size.
    assert np.ptp(ax.get_ylim()) < 2 * 1.1
    assert legend_of(display)[0] == "41 funds\n(1 outside this range)"


def test_no_fund_between_the_ends_of_the_estimates_is_out_of_sight(ax):
    # All are shrunk to one value except one, whose estimate is not unusual.
    means = np.append(np.full(39, 0.5), -1.0)
    ShrinkageDisplay(np.linspace(1, -1, 40), means, np.ones(40)).plot(ax)
    assert ax.get_ylim()[0] < -1


def test_a_far_interval_leaves_the_axis_to_the_others(ax):
    means = np.linspace(-1, 1, 40)
    CaterpillarDisplay(far(means), far(means - 1), far(means + 1)).plot(ax)
    # Means and ends each span 2. Half of it is added at both ends, then a tenth in total.
    assert np.ptp(ax.get_xlim()) < 1.1 * (2 + 2 + 2)
    assert "1 outside this range" in ax.get_ylabel()


def test_a_far_standard_error_leaves_the_colours_to_the_others(ax):
    errors = far(np.linspace(1, 2, 40))
    dots = ShrinkageDisplay(np.arange(41), np.arange(41), errors).plot(ax).dots_
    assert dots.get_clim()[1] < 3


def test_nothing_is_told_where_all_is_seen(ax):
    values = np.linspace(-1, 1, 40)
    assert legend_of(ShrinkageDisplay(values, values, values + 2).plot(ax))[0] == "40 funds"
    CaterpillarDisplay(values, values - 1, values + 1).plot(ax)
    assert ax.get_ylabel().count("(") == ax.get_ylabel().count("named")


# Means of the groups


def test_the_means_of_the_groups_are_drawn_in_their_colours_and_unit(model, table, ax):
    display = ShrinkageDisplay.from_estimator(model, table, unit=(100, "%"), ax=ax)
    heights = [line.get_ydata()[0] for line in display.means_]
    np.testing.assert_allclose(heights, 100 * model.means_, rtol=1e-15)
    assert [line.get_color() for line in display.means_] == PALETTE[:2]


# Few funds, and bad ones


@pytest.mark.parametrize("value", [0.0, 0.02])
def test_a_single_fund_can_be_drawn(value):
    for display in (
        ShrinkageDisplay([value], [value], [0.01]),
        CaterpillarDisplay([value], [value], [value]),
        FalseDiscoveryDisplay([0.5], [0.5]),
    ):
        display.plot(Figure().subplots()).figure_.draw_without_rendering()


@pytest.mark.parametrize("Display", OF_ESTIMATES)
def test_a_table_without_any_estimate_is_refused(Display, model, table, ax):
    with pytest.raises(ValueError, match="X has no fund with an estimate: all 40 rows"):
        Display.from_estimator(model, table * np.nan, ax=ax)


def test_a_number_that_cannot_be_drawn_is_refused():
    with pytest.raises(
        ValueError, match=r"upper\[1\] is nan: only finite numbers can be drawn"
    ):
        CaterpillarDisplay([1, 2], [0, 1], [2, np.nan])


def test_a_level_in_percent_is_refused():
    with pytest.raises(ValueError, match="level=95 must lie between 0 and 1"):
        CaterpillarDisplay([1], [0], [2], level=95)


@pytest.mark.parametrize("rate", [-0.1, 2.0])
@pytest.mark.parametrize("name", ["local_rates", "q_values"])
def test_a_rate_that_is_no_probability_is_refused(name, rate):
    rates = {"local_rates": [0.5, 0.5], "q_values": [0.5, 0.5]} | {name: [0.5, rate]}
    with pytest.raises(ValueError, match=rf"{name}\[1\] is {rate}: a rate must lie"):
        FalseDiscoveryDisplay(**rates)


def test_rates_of_0_and_1_can_be_drawn():
    assert FalseDiscoveryDisplay([0, 1], [0, 1]).q_values.tolist() == [0, 1]
