"""Bars of memberships, sorted and named."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.display import MembershipDisplay
from skem.display.canvas import LONGEST, PALETTE

THREE = [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.2, 0.6, 0.2]]


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture().fit(separated)


def show(fitted, X, **options):
    return MembershipDisplay.from_estimator(fitted, X, ax=Figure().subplots(), **options)


def labels(display):
    return [label.get_text() for label in display.ax_.get_yticklabels()]


def test_bars_show_what_transform_gives(fitted, separated):
    np.testing.assert_array_equal(
        show(fitted, separated).memberships, fitted.transform(separated)
    )


def test_transform_may_give_a_data_frame(separated):
    fitted = PanelGaussianMixture().set_output(transform="pandas").fit(separated)
    assert isinstance(show(fitted, separated).memberships, np.ndarray)


def test_the_last_group_sorts_the_managers(ax):
    assert MembershipDisplay(THREE).plot(ax).order_.tolist() == [1, 3, 0, 2]


def test_another_group_can_sort_them(ax):
    assert MembershipDisplay(THREE).plot(ax, group=0).order_.tolist() == [2, 0, 3, 1]


def test_differences_that_cannot_be_seen_do_not_sort_them(ax):
    rows = [[0.7, 0.3 - 4e-4, 4e-4], [0.2, 0.8, 0.0], [0.9, 0.1 - 2e-4, 2e-4]]
    assert MembershipDisplay(rows).plot(ax).order_.tolist() == [1, 0, 2]


def test_bars_are_as_long_as_the_probabilities(ax):
    display = MembershipDisplay(THREE).plot(ax)
    for group, bars in enumerate(display.bars_):
        ends, _, starts = bars.get_data()
        expected = np.array(THREE)[display.order_, group]
        # A difference of sums of probabilities.
        np.testing.assert_allclose(ends - starts, expected, atol=1e-15)


def test_bars_begin_where_others_end(ax):
    bars = MembershipDisplay(THREE).plot(ax).bars_
    np.testing.assert_array_equal(bars[1].get_data().baseline, bars[0].get_data().values)


def test_names_stand_beside_their_bars(ax):
    display = MembershipDisplay(THREE, names=["a", "b", "c", "d"]).plot(ax)
    assert labels(display) == ["b", "d", "a", "c"]
    assert display.ax_.get_yticks().tolist() == [0, 1, 2, 3]


def test_the_first_manager_is_on_top(ax):
    MembershipDisplay(THREE).plot(ax)
    assert ax.yaxis_inverted()


def test_a_data_frame_names_its_managers(fitted, separated):
    frame = pd.DataFrame(separated, index=[f"fund {i}" for i in range(len(separated))])
    assert show(fitted, frame).names[3] == "fund 3"


def test_given_names_come_before_those_of_a_data_frame(fitted, separated):
    frame = pd.DataFrame(separated)
    names = [f"fund {i}" for i in range(len(separated))]
    assert show(fitted, frame, names=names).names[3] == "fund 3"


def test_the_managers_of_an_array_are_numbered(fitted, separated):
    assert show(fitted, separated).names[3] == "3"


def test_the_levels_of_an_index_are_joined(fitted, separated):
    index = pd.MultiIndex.from_product([["a", "b"], range(len(separated) // 2)])
    assert show(fitted, pd.DataFrame(separated, index=index)).names[1] == "a, 1"


def test_ranks_stand_where_there_is_no_room_for_names(ax):
    share = np.linspace(0, 1, 500)
    display = MembershipDisplay(np.column_stack([share, 1 - share])).plot(ax)
    assert ax.get_ylabel() == "rank among 500 managers"
    assert labels(display)[0] == "1"
    assert len(labels(display)) < 12


def test_the_top_managers_are_the_first_of_all(ax):
    display = MembershipDisplay(THREE, names=list("abcd")).plot(ax, top=2)
    assert labels(display) == ["b", "d"]
    assert len(display.memberships) == 4


def test_rows_are_managers_or_funds():
    with pytest.raises(ValueError, match="rows='investors' must be"):
        MembershipDisplay(THREE, rows="investors")


def test_funds_are_drawn_by_the_probabilities_of_their_estimates():
    X = [[-1.2, 0.3], [-0.8, 0.3], [np.nan, 0.3], [0.9, 0.3], [1.1, 0.4]]
    fitted = DeconvolvedGaussianMixture().fit(X)
    display = show(fitted, X, group_names=["low", "high"])
    expected = fitted.predict_proba(np.delete(X, 2, axis=0))
    np.testing.assert_array_equal(display.memberships, expected)
    assert display.ax_.get_ylabel() == "fund (1 without an estimate left out)"
    assert [bars.get_label() for bars in display.bars_] == ["low", "high"]


@pytest.mark.parametrize("n_managers", [3, 40, 500])
def test_names_do_not_overlap(n_managers):
    share = np.linspace(0, 1, n_managers)
    display = MembershipDisplay(np.column_stack([share, 1 - share])).plot()
    display.figure_.draw_without_rendering()
    boxes = [label.get_window_extent() for label in display.ax_.get_yticklabels()]
    assert all(upper.y0 >= lower.y1 for upper, lower in pairwise(boxes))
    _close(display)


def test_a_new_figure_names_forty_managers(fitted):
    share = np.linspace(0, 1, 40)
    display = MembershipDisplay(np.column_stack([share, 1 - share])).plot()
    assert len(labels(display)) == 40
    _close(display)


def _close(display):
    import matplotlib.pyplot as plt

    plt.close(display.figure_)


def test_a_long_name_keeps_its_ends(ax):
    name = "The " + "very " * 30 + "long name"
    display = MembershipDisplay([[1.0]], names=[name]).plot(ax)
    (shown,) = labels(display)
    assert len(shown) <= LONGEST
    assert shown.startswith("The very")
    assert shown.endswith("long name")
    assert display.names[0] == name


def test_managers_without_draws_are_left_out_and_the_label_tells(fitted, separated):
    grid = separated.copy()
    grid[[3, 8]] = np.nan
    display = show(fitted, grid)
    assert display.memberships.shape == (len(separated) - 2, 2)
    assert "3" not in display.names
    assert "2 without draws left out" in display.ax_.get_ylabel()


@pytest.mark.parametrize("n_groups", [1, 2, 5])
def test_every_group_has_bars_of_its_colour(ax, n_groups):
    from matplotlib.colors import to_hex

    bars = MembershipDisplay(np.full((3, n_groups), 1 / n_groups)).plot(ax).bars_
    shown = [to_hex(patch.get_facecolor()).upper() for patch in bars]
    assert shown == PALETTE[:n_groups]


def test_twelve_groups_differ_in_colour():
    assert len(set(PALETTE)) >= 12


@pytest.mark.parametrize("n_groups", [1, 2, 5])
def test_the_legend_covers_no_bar(ax, n_groups):
    MembershipDisplay(np.full((3, n_groups), 1 / n_groups)).plot(ax)
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1


@pytest.mark.parametrize("names", [["a"], ["a"] * 5, []])
def test_there_is_a_name_per_manager(names):
    with pytest.raises(ValueError, match=f"names has length {len(names)}, needs 4"):
        MembershipDisplay(THREE, names=names)


@pytest.mark.parametrize("names", ["abcd", 4, set("abcd"), frozenset("abcd")])
def test_names_are_in_an_order(names):
    with pytest.raises(TypeError, match=r"names=.* must be a sequence of 4"):
        MembershipDisplay(THREE, names=names)


@pytest.mark.parametrize("group", [3, -4, 1.0, True, "skilled", None])
def test_a_group_that_is_not_there_cannot_sort(ax, group):
    with pytest.raises(ValueError, match=f"group={group!r} must be one of the 3"):
        MembershipDisplay(THREE).plot(ax, group=group)
    assert not ax.patches


def test_a_refused_plot_leaves_the_order_of_the_last(ax):
    display = MembershipDisplay(THREE).plot(ax)
    before = display.order_.tolist()
    with pytest.raises(TypeError, match="ax="):
        display.plot("x", group=0)
    assert display.order_.tolist() == before


@pytest.mark.parametrize("memberships", [[0.5, 0.5], [], [[[1.0]]]])
def test_memberships_are_a_table(memberships):
    with pytest.raises(ValueError, match=r"memberships has shape .* needs \(N, L\)"):
        MembershipDisplay(memberships)


@pytest.mark.parametrize("row", [[0.5, 0.6], [-0.5, 1.5], [np.nan, 1.0]])
def test_memberships_are_probabilities(row):
    with pytest.raises(ValueError, match=r"memberships\[1\] is"):
        MembershipDisplay([[0.5, 0.5], row])
