"""A criterion against the number of groups."""

from types import SimpleNamespace

import numpy as np
import pytest

from skem.display import SelectionDisplay


def annotations(ax):
    return [text.get_text() for text in ax.texts]


def test_the_line_shows_the_criterion_above_its_lowest_value(ax):
    display = SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    np.testing.assert_array_equal(display.line_.get_xydata(), [[1, 20], [2, 0], [4, 5]])


def test_the_lowest_value_is_marked(ax):
    display = SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    np.testing.assert_array_equal(display.best_.get_xydata(), [[2, 0]])


def test_the_lowest_value_and_the_distances_are_written(ax):
    SelectionDisplay([1, 2, 4], [-1000.0, -3000.0, -2999.5], "bic").plot(ax)
    assert annotations(ax) == ["+2,000.0", "lowest\n-3,000.0", "+0.5"]


def test_the_axis_ticks_at_numbers_of_groups(ax):
    SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    assert ax.get_xticks().tolist() == [1, 2, 4]


@pytest.mark.parametrize("count", ["cells", "managers"])
def test_the_label_tells_the_criterion_and_the_count(ax, count):
    SelectionDisplay([1, 2], [3.0, 1.0], "icl", count).plot(ax)
    assert ax.get_ylabel() == f"ICL above the lowest, counting {count}"


def test_a_criterion_that_counts_nothing_has_a_shorter_label(ax):
    SelectionDisplay([1, 2], [3.0, 1.0], "aic").plot(ax)
    assert ax.get_ylabel() == "AIC above the lowest"


def test_a_missing_value_is_passed_over(ax):
    display = SelectionDisplay([1, 2, 3], [3.0, np.nan, 1.0], "bic").plot(ax)
    assert display.best_n_components_ == 3
    assert len(annotations(ax)) == 2


def test_one_number_of_groups_can_be_shown(ax):
    SelectionDisplay([2], [3.0], "bic").plot(ax)
    assert annotations(ax) == ["lowest\n3.0"]


def test_a_selection_has_what_is_needed(ax):
    selection = SimpleNamespace(
        n_components=np.array([1, 2]),
        values=np.array([3.0, 1.0]),
        criterion="bic",
        count="managers",
    )
    display = SelectionDisplay.from_selection(selection, ax)
    assert (display.criterion, display.count) == ("bic", "managers")
    np.testing.assert_array_equal(display.values, [3, 1])


@pytest.mark.parametrize("selection", [3, None])
def test_what_is_no_selection_is_refused(ax, selection):
    received = f"a {type(selection).__name__}, which has no n_components, values"
    with pytest.raises(TypeError, match=received):
        SelectionDisplay.from_selection(selection, ax)


def test_what_a_selection_lacks_is_named(ax):
    selection = SimpleNamespace(n_components=[1, 2], values=[3.0, 1.0], criterion="bic")
    with pytest.raises(TypeError, match=r"which has no count\."):
        SelectionDisplay.from_selection(selection, ax)


@pytest.mark.parametrize("criterion", [None, 3])
def test_a_criterion_without_a_name_is_refused(criterion):
    with pytest.raises(TypeError, match=f"criterion={criterion} must be the name"):
        SelectionDisplay([1, 2], [3.0, 1.0], criterion)


def test_there_is_a_value_per_number_of_groups():
    with pytest.raises(ValueError, match=r"n_components has shape \(3,\), needs \(2,\)"):
        SelectionDisplay([1, 2, 3], [3.0, 1.0], "bic")


def test_a_selection_without_values_is_refused():
    with pytest.raises(ValueError, match="no finite number"):
        SelectionDisplay([1, 2], [np.nan, np.nan], "bic")
