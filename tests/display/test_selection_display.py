"""A criterion against the number of groups."""

from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest

from skem.display import SelectionDisplay


def annotations(ax):
    return sorted(text.get_text() for text in ax.texts)


def lowest(ax):
    return ax.get_legend().get_texts()[0].get_text()


def test_the_line_shows_the_criterion_above_its_lowest_value(ax):
    display = SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    np.testing.assert_array_equal(display.line_.get_xydata(), [[1, 20], [2, 0], [4, 5]])


def test_the_lowest_value_is_marked(ax):
    display = SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    np.testing.assert_array_equal(display.best_.get_xydata(), [[2, 0]])


def test_the_lowest_value_and_the_distances_are_written(ax):
    SelectionDisplay([1, 2, 4], [-1000.0, -3000.0, -2999.5], "bic").plot(ax)
    assert annotations(ax) == ["+0.5", "+2,000.0"]
    assert lowest(ax) == "lowest: -3,000.0"


def test_the_axis_ticks_at_numbers_of_groups(ax):
    SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    assert ax.get_xticks().tolist() == [1, 2, 4]


@pytest.mark.parametrize("draws", ["independent", "fixed", "posterior"])
def test_the_label_tells_the_criterion_and_the_draws(ax, draws):
    SelectionDisplay([1, 2], [3.0, 1.0], "icl", draws).plot(ax)
    assert ax.get_ylabel() == f"ICL above the lowest, {draws} draws"


def test_without_draws_the_label_is_shorter(ax):
    SelectionDisplay([1, 2], [3.0, 1.0], "aic").plot(ax)
    assert ax.get_ylabel() == "AIC above the lowest"


def test_a_missing_value_is_passed_over(ax):
    display = SelectionDisplay([1, 2, 3], [3.0, np.nan, 1.0], "bic").plot(ax)
    assert display.best_n_components_ == 3
    assert len(annotations(ax)) == 1


def test_one_number_of_groups_can_be_shown(ax):
    SelectionDisplay([2], [3.0], "bic").plot(ax)
    assert lowest(ax) == "lowest: 3.0"


@pytest.mark.parametrize("best", [1, 5, 12])
def test_what_is_written_does_not_overlap(ax, best):
    numbers = np.arange(1, 13)
    SelectionDisplay(numbers, 5e4 + 20 * (numbers - best) ** 2, "bic").plot(ax)
    ax.figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert len(boxes) > 3
    assert not any(one.overlaps(other) for one, other in combinations(boxes, 2))


def test_the_axis_of_differences_begins_just_below_0(ax):
    SelectionDisplay([1, 2, 4], [30.0, 10.0, 15.0], "bic").plot(ax)
    bottom, top = ax.get_ylim()
    assert -0.1 * top < bottom < 0


def test_numbers_of_groups_are_drawn_in_ascending_order(ax):
    display = SelectionDisplay([3, 1, 2], [15.0, 30.0, 10.0], "bic").plot(ax)
    np.testing.assert_array_equal(display.line_.get_xydata(), [[1, 20], [2, 0], [3, 5]])


def test_a_selection_has_what_is_needed(ax):
    selection = SimpleNamespace(
        n_components=np.array([1, 2]),
        values=np.array([3.0, 1.0]),
        criterion="bic",
        draws="fixed",
    )
    display = SelectionDisplay.from_selection(selection, ax)
    assert (display.criterion, display.draws) == ("bic", "fixed")
    np.testing.assert_array_equal(display.values, [3, 1])


@pytest.mark.parametrize("selection", [3, None])
def test_what_is_no_selection_is_refused(ax, selection):
    received = f"a {type(selection).__name__}, which has no n_components, values"
    with pytest.raises(TypeError, match=received):
        SelectionDisplay.from_selection(selection, ax)


def test_what_a_selection_lacks_is_named(ax):
    selection = SimpleNamespace(n_components=[1, 2], values=[3.0, 1.0], criterion="bic")
    with pytest.raises(TypeError, match=r"which has no draws\."):
        SelectionDisplay.from_selection(selection, ax)


@pytest.mark.parametrize("criterion", [None, 3])
def test_a_criterion_without_a_name_is_refused(criterion):
    with pytest.raises(TypeError, match=f"criterion={criterion} must be the name"):
        SelectionDisplay([1, 2], [3.0, 1.0], criterion)


def test_another_word_for_draws_is_refused():
    with pytest.raises(ValueError, match="draws='managers' must be"):
        SelectionDisplay([1, 2], [3.0, 1.0], "bic", "managers")


def test_there_is_a_value_per_number_of_groups():
    with pytest.raises(ValueError, match=r"n_components has shape \(3,\), needs \(2,\)"):
        SelectionDisplay([1, 2, 3], [3.0, 1.0], "bic")


def test_a_selection_without_values_is_refused():
    with pytest.raises(ValueError, match="at least one a number"):
        SelectionDisplay([1, 2], [np.nan, np.nan], "bic")


@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_an_infinite_value_is_refused(value):
    with pytest.raises(ValueError, match=rf"values=\[1.0, {value}\] must be finite"):
        SelectionDisplay([1, 2], [1.0, value], "bic")


@pytest.mark.parametrize("number", [np.inf, np.nan])
def test_a_number_of_groups_is_finite(number):
    with pytest.raises(ValueError, match=rf"n_components\[1\] is {number}: only finite"):
        SelectionDisplay([1, number], [1.0, 2.0], "bic")
