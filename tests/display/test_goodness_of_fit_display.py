"""How well data look like draws from the fitted mixture."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import norm, t

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.display import GoodnessOfFitDisplay
from skem.display.goodness_of_fit import EDGES


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture().fit(separated)


def show(fitted, X, **options):
    return GoodnessOfFitDisplay.from_estimator(fitted, X, ax=Figure().subplots(), **options)


def inside(display, x, y):
    """Whether the whole line of a quantile-quantile plot is in the band."""
    path = display.band_.get_paths()[0]
    points = np.column_stack([x, y])[np.abs(y) < 3]  # the ends of the band are cut off
    # Points on the edge are inside; the sign of the radius is that of the path.
    found = [path.contains_points(points, radius=r) for r in (1e-6, -1e-6)]
    return np.any(found, axis=0).all()


def test_transforms_of_cells_are_those_of_the_distribution_function(fitted, separated):
    below = fitted.to_scipy().cdf(separated)
    expected = np.histogram(below, EDGES)[0]
    found = show(fitted, separated, draws="independent").counts
    np.testing.assert_array_equal(found, expected)


def test_missing_cells_have_no_transform(fitted, separated):
    grid = separated.copy()
    grid[3] = np.nan
    assert show(fitted, grid, draws="fixed").counts.sum() == separated.size - 50


def test_transforms_of_estimates_have_the_noise_of_each_fund():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.5, 2, 50)
    X = np.column_stack([rng.standard_normal(50), errors])
    fitted = DeconvolvedGaussianMixture.from_parameters([1.0], [0.5], [2.0])
    below = norm.cdf(X[:, 0], 0.5, np.sqrt(2 + errors**2))
    expected = np.histogram(below, EDGES)[0]
    np.testing.assert_array_equal(show(fitted, X).counts, expected)


def test_transforms_of_t_noise_are_those_of_students_t():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal(50), np.full(50, 0.7), np.full(50, 6.0)])
    fitted = DeconvolvedGaussianMixture.from_parameters([1.0], [0.5], [0.0])
    expected = np.histogram(t.cdf((X[:, 0] - 0.5) / 0.7, 6), EDGES)[0]
    np.testing.assert_array_equal(show(fitted, X).counts, expected)


def test_draws_from_the_mixture_lie_in_the_band():
    """Samples of a known mixture leave the whole band in 5 % of all cases."""
    known = PanelGaussianMixture.from_parameters([0.4, 0.6], [-1, 2], [1.0, 0.5])
    known.set_params(random_state=np.random.RandomState(0))
    display = show(known, known.sample(300)[0], draws="independent")
    outside = 0
    for _ in range(40):
        counts = np.histogram(known.to_scipy().cdf(known.sample(300)[0]), EDGES)[0]
        below = np.cumsum(counts)[:-1] / 300
        x, y = norm.ppf(below), norm.ppf(EDGES[1:-1])
        outside += not inside(display, x[np.isfinite(x)], y[np.isfinite(x)])
    assert outside <= 8  # at a rate of 5 % the chance of more is 1e-4


def test_a_wrong_mixture_leaves_the_band():
    rng = np.random.default_rng(0)
    alphas = rng.standard_t(3, (500, 1))
    display = show(PanelGaussianMixture(1).fit(alphas), alphas, draws="independent")
    assert not inside(display, *display.line_.get_data())


def test_larger_alphas_than_the_mixture_has_lie_above_the_diagonal():
    known = PanelGaussianMixture.from_parameters([1.0], [0.0], [1.0])
    alphas = 0.5 + np.random.default_rng(0).standard_normal((400, 1))
    x, y = show(known, alphas, draws="independent").line_.get_data()
    assert np.mean(y - x) == pytest.approx(0.5, abs=0.2)  # of 400 alphas, tails included


def test_dependent_draws_have_the_band_of_as_many_managers(fitted, separated):
    assert show(fitted, separated, draws="fixed").n_independent == 60
    assert show(fitted, separated, draws="independent").n_independent == 3000


def test_the_histogram_has_area_1_and_equal_bars(fitted, separated):
    display = show(fitted, separated, draws="fixed", kind="pit")
    heights, edges, _ = display.line_.get_data()
    assert heights.size == 20
    assert heights @ np.diff(edges) == pytest.approx(1, rel=1e-12)  # a sum of 20 terms


def test_a_grid_needs_to_know_about_its_draws(fitted, separated):
    with pytest.raises(ValueError, match='draws=None must be "independent"'):
        show(fitted, separated)


def test_another_kind_is_refused(fitted, separated):
    with pytest.raises(ValueError, match="kind='cdf' must be \"qq\""):
        show(fitted, separated, draws="fixed", kind="cdf")


@pytest.mark.parametrize("edges", [[0, 0.5], [0.5, 1.0], [-1, 1]])
def test_bins_go_from_0_to_1(edges):
    with pytest.raises(ValueError, match="must go from 0 to 1"):
        GoodnessOfFitDisplay(edges, [3])
