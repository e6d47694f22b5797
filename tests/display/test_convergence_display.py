"""The picture of the distance below the optimum at each step."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.display import ConvergenceDisplay


def show(fitted):
    return ConvergenceDisplay.from_estimator(fitted, ax=Figure().subplots())


def end_label(display):
    return display.ax_.get_legend().get_texts()[0].get_text()


@pytest.fixture(scope="module")
def textbook_iteration(separated):
    return PanelGaussianMixture(solver="em", init_params="quantile").fit(separated)


def test_distances_are_to_the_end_and_what_remains(ax):
    display = ConvergenceDisplay([-3.0, -2.5, -2.0], 10, remaining_gain=0.5).plot(ax)
    np.testing.assert_array_equal(display.line_.get_ydata(), [10.5, 5.5, 0.5])


def test_steps_count_from_0(ax):
    display = ConvergenceDisplay([-3.0, -2.5, -2.0], 10, remaining_gain=0.5).plot(ax)
    assert display.line_.get_xdata().tolist() == [0, 1, 2]


def test_the_last_step_of_em_is_its_last_iteration(textbook_iteration):
    assert show(textbook_iteration).end_.get_xdata()[0] == textbook_iteration.n_iter_


def test_the_end_is_marked_at_the_remaining_gain(textbook_iteration):
    display = show(textbook_iteration)
    assert display.end_.get_ydata()[0] == textbook_iteration.remaining_gain_


def test_the_remaining_gain_is_told(ax):
    display = ConvergenceDisplay([-3.0, -2.0], 10, remaining_gain=0.5).plot(ax)
    assert end_label(display) == "end: 0.5 nats still to be gained"


@pytest.mark.parametrize("kind", [PanelGaussianMixture, DeconvolvedGaussianMixture])
def test_a_mixture_that_was_given_has_no_steps_to_draw(kind):
    given = kind.from_parameters([0.5, 0.5], [-1, 1], [1, 1])
    message = f"{kind.__name__} whose mixture was given: .* Fit it first: .*warm_start=True"
    with pytest.raises(ValueError, match=message):
        show(given)


def test_no_maximum_in_sight_is_told(ax):
    display = ConvergenceDisplay([-3.0, -2.0], 10, remaining_gain=np.inf).plot(ax)
    assert "no maximum in sight" in end_label(display)
    assert np.isfinite(display.distances_).all()


def test_what_is_less_than_rounding_is_drawn_as_rounding_and_told(ax):
    display = ConvergenceDisplay([-2.0, -2.0], 1000, remaining_gain=1e-30).plot(ax)
    # Sums of 1000 terms of size 2 in double precision.
    np.testing.assert_allclose(display.distances_, 2000 * np.finfo(float).eps)
    assert end_label(display).endswith("less than rounding")


def test_a_single_step_is_a_point_in_the_middle(ax):
    ConvergenceDisplay([-2.0], 1000, remaining_gain=1e-8).plot(ax)
    assert sum(ax.get_xlim()) == 0
    assert 0 in ax.get_xticks()
    low, high = ax.get_ylim()
    assert low < 1e-8 < high


def test_the_dot_of_the_legend_is_not_among_the_data(ax):
    ConvergenceDisplay([-2.0], 1000, remaining_gain=1e-8).plot(ax)
    ax.figure.draw_without_rendering()
    assert ax.get_legend().get_window_extent().y0 >= ax.get_window_extent().y1


@pytest.mark.parametrize(
    ("solver", "step"), [("em", "iteration of EM"), ("newton", "Newton step on all cells")]
)
def test_the_axis_names_the_step(separated, solver, step):
    fitted = PanelGaussianMixture(solver=solver, tol=1e-2).fit(separated)
    assert show(fitted).ax_.get_xlabel() == step


def test_the_axis_names_the_estimates_of_a_deconvolution():
    X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
    fitted = DeconvolvedGaussianMixture().fit(X)
    assert show(fitted).ax_.get_xlabel() == "Newton step on all estimates"


def test_the_axis_names_the_unit(ax):
    ConvergenceDisplay([-2.0], 10, 1.0).plot(ax)
    assert ax.get_ylabel().endswith("nats")


def test_a_fit_of_one_group_can_be_shown(separated):
    assert np.all(show(PanelGaussianMixture(1).fit(separated)).distances_ > 0)


def test_a_fit_without_steps_is_refused():
    with pytest.raises(ValueError, match="log_likelihoods is empty"):
        ConvergenceDisplay([], 10)


def test_a_step_without_a_log_likelihood_is_refused():
    with pytest.raises(
        ValueError, match=r"log_likelihoods\[1\] is nan: only finite numbers"
    ):
        ConvergenceDisplay([-2.0, np.nan], 10)
