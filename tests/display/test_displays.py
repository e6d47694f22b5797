"""Claims about all displays."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.cbook import is_math_text
from sklearn.exceptions import NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skem import PanelGaussianMixture
from skem.display import (
    CaterpillarDisplay,
    ConvergenceDisplay,
    DistributionDisplay,
    FalseDiscoveryDisplay,
    MembershipDisplay,
    MixtureDisplay,
    SelectionDisplay,
    ShrinkageDisplay,
)
from skem.inference import Band

HALF = np.array([0.5, 0.6])
BAND = Band(("alpha", "share"), HALF, HALF, HALF, HALF, HALF, 0.95, (1.0, "% a year"))
DISPLAYS = {
    "mixture": MixtureDisplay([-2, 0, 2], [5, 5], [0.5, 0.5], [-1, 1], [1, 1]),
    "membership": MembershipDisplay([[0.8, 0.2], [0.1, 0.9]]),
    "convergence": ConvergenceDisplay([-2.0, -1.0], 10, 0.1),
    "selection": SelectionDisplay([1, 2], [9.0, 8.0], "bic"),
    "shrinkage": ShrinkageDisplay([-2, 3], [-1, 2], [1, 1]),
    "caterpillar": CaterpillarDisplay([-1, 2], [-2, 0], [0, 4], estimates=[-2, 3]),
    "distribution": DistributionDisplay(BAND, BAND),
    "false discovery": FalseDiscoveryDisplay([0.1, 0.5], [0.1, 0.3]),
}
OF_A_GRID = [MixtureDisplay, MembershipDisplay]
OF_A_FIT = {
    "mixture": lambda model, X, ax: MixtureDisplay.from_estimator(model, X, ax=ax),
    "membership": lambda model, X, ax: MembershipDisplay.from_estimator(model, X, ax=ax),
    "convergence": lambda model, X, ax: ConvergenceDisplay.from_estimator(model, ax=ax),
}


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture().fit(separated)


@pytest.fixture(params=DISPLAYS.values(), ids=DISPLAYS.keys())
def display(request):
    return request.param


@pytest.fixture(params=OF_A_FIT.values(), ids=OF_A_FIT.keys())
def from_estimator(request):
    return request.param


@pytest.fixture
def no_matplotlib(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)


def test_plot_says_how_to_install_matplotlib(display, no_matplotlib):
    with pytest.raises(ImportError, match="pip install matplotlib"):
        display.plot()


def test_so_does_from_estimator_before_it_looks_at_the_data(from_estimator, no_matplotlib):
    with pytest.raises(ImportError, match="pip install matplotlib"):
        from_estimator(None, None, None)


def test_plot_draws_where_it_is_told(display, ax):
    display.plot(ax)
    assert display.ax_ is ax
    assert display.figure_ is ax.figure


def test_plot_returns_the_display(display, ax):
    assert display.plot(ax) is display


@pytest.mark.parametrize("place", ["a", 3, False])
def test_what_is_no_axes_is_refused(display, place):
    with pytest.raises(TypeError, match=f"ax={place!r} must be a matplotlib Axes"):
        display.plot(place)


def test_given_axes_are_not_shown_to_pyplot(display, ax):
    before = plt.get_fignums()
    display.plot(ax).figure_.draw_without_rendering()
    assert plt.get_fignums() == before


def test_without_axes_a_figure_of_pyplots_is_opened(display):
    figure = display.plot().figure_
    assert plt.fignum_exists(figure.number)
    plt.close(figure)


def test_axes_of_a_subfigure_lead_to_the_whole_figure(display):
    figure = plt.figure(layout="constrained")
    ax = figure.subfigures(1, 2)[1].subplots()
    assert display.plot(ax).figure_ is figure
    plt.close(figure)


def test_both_axes_are_labelled(display, ax):
    display.plot(ax)
    assert ax.get_xlabel()
    assert ax.get_ylabel()


def test_a_second_plot_leaves_the_first(display, ax):
    from matplotlib.figure import Figure

    other = Figure().subplots()
    drawn = len(display.plot(ax).ax_.get_children())
    display.plot(other)
    assert len(ax.get_children()) == drawn
    assert display.ax_ is other


def test_an_unfitted_estimator_is_refused(from_estimator, separated, ax):
    with pytest.raises(NotFittedError):
        from_estimator(PanelGaussianMixture(), separated, ax)


def test_a_refused_estimator_leaves_the_axes_empty(from_estimator, separated, ax):
    before = len(ax.get_children())
    with pytest.raises(NotFittedError):
        from_estimator(PanelGaussianMixture(), separated, ax)
    assert len(ax.get_children()) == before


def test_the_grid_and_the_estimator_stay_as_they_are(from_estimator, fitted, separated, ax):
    grid, attributes = separated.copy(), set(vars(fitted))
    from_estimator(fitted, grid, ax)
    np.testing.assert_array_equal(grid, separated)
    assert set(vars(fitted)) == attributes


def test_a_search_and_a_pipeline_are_drawn_as_the_mixture_in_them(
    from_estimator, fitted, separated, ax
):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [2]}, cv=2)
    search.fit(separated)
    pipeline = make_pipeline(FunctionTransformer(), fitted)
    for outer in (search, pipeline):
        expected = from_estimator(fitted, separated, ax)
        found = from_estimator(outer, separated, ax)
        assert found.ax_.get_xlabel() == expected.ax_.get_xlabel()


@pytest.mark.parametrize(
    "other",
    [3, GaussianMixture(), GridSearchCV(PanelGaussianMixture(), {"n_components": [1]})],
    ids=lambda other: type(other).__name__,
)
def test_other_estimators_are_refused(from_estimator, other, separated, ax):
    received = f"estimator is a {type(other).__name__}, needs a fitted PanelGaussianMix"
    with pytest.raises(TypeError, match=received):
        from_estimator(other, separated, ax)


@pytest.mark.parametrize(
    ("Display", "name", "values", "others"),
    [
        (MembershipDisplay, "memberships", [[0.8, 0.2]], []),
        (ConvergenceDisplay, "log_likelihoods", [-2.0, -1.0], [10]),
        (ShrinkageDisplay, "estimates", [-2.0, 3.0], [[-1, 2], [1, 1]]),
    ],
)
def test_data_stay_when_the_caller_changes_theirs(Display, name, values, others):
    given = np.array(values)
    display = Display(given, *others)
    given[:] = 0
    np.testing.assert_array_equal(getattr(display, name), values)


WORDS = "US$ 22 cost $5 _22"


def drawn(text):
    """The letters of a text that is no mathematics, in which dollars are escaped."""
    assert not is_math_text(text.get_text())
    return text.get_text().replace(r"\$", "$")


@pytest.mark.parametrize(
    "display",
    [
        MembershipDisplay([[1.0]], names=[WORDS]),
        CaterpillarDisplay([1], [0], [2], names=[WORDS]),
    ],
    ids=["membership", "caterpillar"],
)
def test_dollars_in_names_are_drawn_as_dollars(display, ax):
    display.plot(ax).figure_.draw_without_rendering()
    assert drawn(*ax.get_yticklabels()) == WORDS
    assert display.names[0] == WORDS


@pytest.mark.parametrize("kind", ["mixture", "shrinkage", "caterpillar"])
def test_dollars_in_units_are_drawn_as_dollars(kind, ax):
    DISPLAYS[kind].plot(ax, unit=(1, WORDS))
    assert drawn(ax.xaxis.label).endswith(f"alpha, {WORDS}")


def test_dollars_in_the_word_for_a_step_are_drawn_as_dollars(ax):
    ConvergenceDisplay([-2.0], 10, step=WORDS).plot(ax)
    assert drawn(ax.xaxis.label) == WORDS


def test_dollars_in_the_name_of_a_criterion_are_drawn_as_dollars(ax):
    SelectionDisplay([1, 2], [2.0, 1.0], WORDS).plot(ax)
    assert drawn(ax.yaxis.label) == f"{WORDS.upper()} above the lowest"


def test_a_name_of_two_lines_is_drawn_on_one(ax):
    MembershipDisplay([[1.0]], names=["Ashe\nand Birk"]).plot(ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Ashe and Birk"]


@pytest.mark.parametrize("Display", OF_A_GRID)
def test_a_grid_without_cells_is_refused(Display, fitted, separated, ax):
    with pytest.raises(ValueError, match="no observed cell"):
        Display.from_estimator(fitted, np.full_like(separated, np.nan), ax=ax)


@pytest.mark.parametrize("Display", OF_A_GRID)
def test_a_sparse_grid_is_refused(Display, fitted, separated, ax):
    from scipy.sparse import csr_array

    with pytest.raises(TypeError, match="X"):
        Display.from_estimator(fitted, csr_array(separated), ax=ax)


@pytest.mark.parametrize("Display", OF_A_GRID)
def test_an_infinite_cell_is_refused(Display, fitted, separated, ax):
    grid = separated.copy()
    grid[1, 2] = np.inf
    with pytest.raises(ValueError, match="infinite cell"):
        Display.from_estimator(fitted, grid, ax=ax)


@pytest.mark.parametrize("Display", OF_A_GRID)
def test_a_dask_array_gives_the_same_picture(Display, fitted, separated):
    from dask import array
    from matplotlib.figure import Figure

    lazy = array.from_array(separated, chunks=(7, 50))
    one, other = (
        Display.from_estimator(fitted, X, ax=Figure().subplots()) for X in (separated, lazy)
    )
    data = "masses" if Display is MixtureDisplay else "memberships"
    # Sums over the draws differ by their order.
    np.testing.assert_allclose(getattr(one, data), getattr(other, data), rtol=1e-12)
