"""Pictures of estimates without their noise."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_fund_estimates
from skem.display import CaterpillarDisplay, FalseDiscoveryDisplay, ShrinkageDisplay

OF_ESTIMATES = [CaterpillarDisplay, FalseDiscoveryDisplay, ShrinkageDisplay]


@pytest.fixture(scope="module")
def table():
    X, _, _ = make_fund_estimates(40, random_state=0)
    X[3] = np.nan
    return pd.DataFrame(
        X, index=[f"fund {i}" for i in range(40)], columns=["alpha", "standard_error"]
    )


@pytest.fixture(scope="module")
def model(table):
    return DeconvolvedGaussianMixture().set_output(transform="pandas").fit(table)


def test_every_fund_has_a_dot_at_its_two_alphas(model, table, ax):
    display = ShrinkageDisplay.from_estimator(model, table, scale=100, unit="%", ax=ax)
    there = table.dropna()
    means = model.transform(there)["posterior_mean"]
    expected = 100 * np.column_stack([there["alpha"], means])
    np.testing.assert_allclose(display.dots_.get_offsets(), expected, rtol=1e-12)


def test_the_dashed_line_is_where_nothing_is_shrunk(model, table, ax):
    line = ShrinkageDisplay.from_estimator(model, table, ax=ax).line_
    np.testing.assert_array_equal(*line.get_data())


def test_intervals_are_those_of_the_model_from_the_highest_down(model, table, ax):
    display = CaterpillarDisplay.from_estimator(model, table, coverage=0.8, ax=ax)
    there = table.dropna()
    lower, upper = model.posterior_interval(there, 0.8).T
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


def test_many_names_are_thinned(ax):
    values = np.linspace(-1, 1, 500)
    display = CaterpillarDisplay(values, values - 1, values + 1).plot(ax)
    assert len(ax.get_yticks()) < 60
    assert display.names.size == 500
    assert "of 500 named" in ax.get_ylabel()


def test_rates_ascend_with_the_funds_called(model, table, ax):
    display = FalseDiscoveryDisplay.from_estimator(model, table, ax=ax)
    called, q_values = display.line_.get_data()
    np.testing.assert_array_equal(called, np.arange(1, 40))
    expected = np.cumsum(display.local_rates) / called
    # The mean of the local rates so far; equal ones share the last of theirs.
    np.testing.assert_allclose(q_values, expected, rtol=1e-9)


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
def test_another_scale_needs_a_unit(Display, model, table, ax):
    with pytest.raises(ValueError, match="scale=1200 needs a unit"):
        Display.from_estimator(model, table, scale=1200, ax=ax)


def test_vectors_of_other_lengths_are_refused():
    with pytest.raises(ValueError, match=r"posterior_means has shape \(1,\), needs \(2,\)"):
        ShrinkageDisplay([1, 2], [1], [1, 1])
    with pytest.raises(ValueError, match="names has length 1, needs 2"):
        CaterpillarDisplay([1, 2], [0, 1], [2, 3], names=["one"])
    with pytest.raises(ValueError, match="posterior_means is empty"):
        CaterpillarDisplay([], [], [])
