"""Pictures of summaries, bootstraps and selections."""

import numpy as np
import pytest

from skem import PanelGaussianMixture
from skem.display import IntervalsDisplay, SelectionDisplay
from skem.inference import bootstrap_managers, select_n_components, summarize


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture().fit(separated)


def test_a_summary_draws_its_means_and_sds_in_its_unit(fitted, separated, ax):
    unit = (1200, "% a year")
    summary = summarize(
        fitted, separated, draws="fixed", unit=unit, group_names=["low", "high"]
    )
    display = summary.plot(ax)
    assert ax.get_xlabel() == "% a year"
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names == ["mean low", "mean high", "sd low", "sd high"]
    np.testing.assert_array_equal(display.dots_.get_xdata(), summary.estimates[2:6])
    ends = np.array([line[:, 0] for line in display.intervals_.get_segments()])
    np.testing.assert_array_equal(ends, summary.conf_int()[2:6])


def test_a_bootstrap_draws_its_weights_if_asked(fitted, separated, ax):
    found = bootstrap_managers(fitted, separated, n_resamples=9, random_state=0)
    display = found.plot(ax, kinds=["weight"])
    np.testing.assert_array_equal(display.dots_.get_xdata(), fitted.weights_)
    assert ax.get_xlabel() == "share"


def test_a_selection_draws_its_criterion(separated, ax):
    display = select_n_components(separated, [1, 2]).plot(ax)
    assert isinstance(display, SelectionDisplay)
    assert display.ax_ is ax


def test_kinds_without_a_row_are_refused(ax):
    display = IntervalsDisplay(["mean 0"], [1.0], [0.0], [2.0])
    with pytest.raises(ValueError, match=r"kinds=\('share',\) has none of the rows mean 0"):
        display.plot(ax, kinds="share")


def test_another_result_is_refused():
    with pytest.raises(TypeError, match="result is a list, which has no names"):
        IntervalsDisplay.from_result([1, 2])


def test_each_estimate_needs_a_name():
    with pytest.raises(ValueError, match="names has length 1, needs 2: a name for each"):
        IntervalsDisplay(["mean 0"], [1, 2], [0, 1], [2, 3])
