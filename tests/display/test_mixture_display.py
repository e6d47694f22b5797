"""The histogram of a grid with the fitted density."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.display import MixtureDisplay
from skem.display.canvas import PALETTE

YEAR = (1200, "% a year")


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture().fit(separated)


def show(fitted, X, **options):
    return MixtureDisplay.from_estimator(fitted, X, ax=Figure().subplots(), **options)


def texts(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


# The counts


def test_bins_hold_what_numpy_counts(fitted, separated):
    display = show(fitted, separated)
    # No cell of this grid lies at an edge.
    np.testing.assert_array_equal(display.masses, np.histogram(separated, display.edges)[0])


def test_bins_hold_all_cells_of_a_grid_without_outliers(fitted, separated):
    assert show(fitted, separated).masses.sum() == separated.size


def test_bins_are_as_many_as_asked_for(fitted, separated):
    assert show(fitted, separated, bins=17).masses.size == 17


def test_missing_cells_are_not_counted(fitted, separated):
    grid = separated.copy()
    grid[3] = np.nan
    grid[4, :10] = np.nan
    assert show(fitted, grid).masses.sum() == separated.size - 60


def test_a_manager_of_weight_3_counts_three_times(fitted, separated):
    weights = np.ones(len(separated))
    weights[5] = 3
    once = show(fitted, separated, bins=20)
    thrice = show(fitted, separated, bins=20, sample_weight=weights)
    more = np.histogram(separated[5], once.edges)[0]
    np.testing.assert_array_equal(thrice.masses, once.masses + 2 * more)


def test_a_far_outlier_leaves_the_range_to_the_bulk(fitted, separated):
    grid = separated.copy()
    grid[0, 0] = 1e6
    # Half the range between quantiles is added at both ends, then a tenth in total.
    assert np.ptp(show(fitted, grid).edges) < 2.2 * np.ptp(separated)


def test_cells_outside_are_counted_and_told(fitted, separated):
    grid = separated.copy()
    grid[0, :2] = 1e6
    grid[0, 2] = -1e6
    display = show(fitted, grid)
    assert (display.n_below, display.n_above) == (1, 2)
    assert texts(display)[0] == "3,000 alphas\n(1 below and 2 above this range)"


def test_one_of_ten_cells_can_be_an_outlier():
    grid = np.append(np.linspace(0, 1, 9), 1e6)[None]
    fitted = PanelGaussianMixture(1).fit(grid)
    assert show(fitted, grid).edges[-1] < 3


def test_a_single_value_is_shown_in_the_middle_of_the_groups(fitted):
    edges = show(fitted, np.full((2, 50), 1e-3)).edges
    assert edges.mean() == pytest.approx(1e-3, rel=1e-9)  # of sums of a few edges


def test_layout_and_precision_do_not_matter(fitted, separated):
    once = show(fitted, separated, bins=10)
    again = show(fitted, np.asfortranarray(separated), bins=10)
    np.testing.assert_array_equal(once.masses, again.masses)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("decimals", [3, 4])
def test_bins_of_rounded_cells_end_half_way_between_values(separated, decimals, dtype):
    grid = separated.round(decimals).astype(dtype)
    edges = show(PanelGaussianMixture().fit(grid), grid).edges * 10**decimals
    # Rounding errors of single precision at some 100 values, and of their sums.
    np.testing.assert_allclose(np.abs(edges - np.trunc(edges)), 0.5, atol=1e-3)


@pytest.mark.parametrize("decimals", [3, 4])
def test_bins_of_rounded_cells_hold_equally_many_values(separated, decimals):
    grid = separated.round(decimals)
    widths = np.diff(show(PanelGaussianMixture().fit(grid), grid).edges) * 10**decimals
    np.testing.assert_allclose(widths, widths[0], rtol=1e-9)  # differences of edges
    assert widths[0] == pytest.approx(round(widths[0]), rel=1e-9)


def test_an_outlier_does_not_hide_that_cells_are_rounded(separated):
    grid = separated.round(3)
    grid[0, 0] = 1e6
    fitted = PanelGaussianMixture().fit(separated)
    assert np.diff(show(fitted, grid).edges)[0] == pytest.approx(1e-3, rel=1e-9)


def test_cells_that_are_not_rounded_keep_equal_parts_of_the_range(fitted, separated):
    display = show(fitted, separated)
    asked = show(fitted, separated, bins=display.masses.size)
    np.testing.assert_array_equal(display.edges, asked.edges)


# The picture


def test_the_bars_have_area_1(fitted, separated):
    heights, edges, _ = show(fitted, separated, unit=YEAR).histogram_.get_data()
    assert heights @ np.diff(edges) == pytest.approx(1, rel=1e-12)  # a sum of 50 terms


def test_outliers_count_in_the_height_of_the_bars(ax):
    display = MixtureDisplay([0, 1], [3], [1.0], [0.5], [1.0], n_above=1).plot(ax)
    assert display.histogram_.get_data()[0] == 0.75


def test_the_line_is_the_density_of_the_mixture(fitted, separated):
    at, density = show(fitted, separated).line_.get_data()
    # Logarithms of different sums, exponentiated.
    np.testing.assert_allclose(density, fitted.to_scipy().pdf(at), rtol=1e-10)


def test_densities_are_those_of_the_scaled_alphas(fitted, separated):
    at, density = show(fitted, separated, unit=YEAR).line_.get_data()
    expected = fitted.to_scipy().pdf(at / 1200) / 1200
    np.testing.assert_allclose(density, expected, rtol=1e-10)  # as above


def test_the_groups_add_up_to_the_line(fitted, separated):
    display = show(fitted, separated)
    total = sum(line.get_ydata() for line in display.components_)
    np.testing.assert_allclose(total, display.line_.get_ydata(), rtol=1e-15)


@pytest.fixture(scope="module")
def pictures(three_groups):
    """The picture of each number of groups."""
    return {
        number: show(PanelGaussianMixture(number, tol=1e-2).fit(three_groups), three_groups)
        for number in (1, 2, 5)
    }


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.parametrize("n_components", [1, 2, 5])
def test_every_group_has_a_line_of_its_colour(pictures, n_components):
    lines = pictures[n_components].components_
    assert [line.get_color() for line in lines] == PALETTE[:n_components]


def test_the_axis_names_the_unit(fitted, separated):
    assert show(fitted, separated, unit=YEAR).ax_.get_xlabel() == "alpha, % a year"


def test_the_unit_is_decimals_per_period_unless_said(fitted, separated):
    assert show(fitted, separated).ax_.get_xlabel() == "alpha, decimals per period"


def test_the_legend_describes_groups_in_the_unit(ax):
    display = MixtureDisplay([0.15, 0.35], [4], [1.0], [0.25], [0.01])
    display.plot(ax, unit=(100, "%"))
    assert texts(display)[1] == "group 0, 100 %: mean 25, sd 10"


def test_a_sliver_does_not_flatten_the_rest(ax):
    edges = np.linspace(-3, 3, 61)
    bell = np.exp(-((edges[1:] + edges[:-1]) ** 2) / 8)
    display = MixtureDisplay(edges, bell, [0.9, 0.1], [0, 0], [1, 1e-16]).plot(ax)
    # The peak of the sliver is at 4e6, that of the other at .36.
    assert ax.get_ylim()[1] < 4
    assert texts(display)[2].endswith("peak cut")


def test_a_narrow_group_is_not_missed_between_the_places_of_a_curve(ax):
    edges = np.linspace(-3, 3, 61)
    display = MixtureDisplay(edges, np.ones(60), [0.5, 0.5], [0, 0.1234], [1, 1e-12])
    peak = display.plot(ax).components_[1].get_ydata().max()
    # The mean itself is one of the places.
    assert peak == pytest.approx(0.5 / np.sqrt(2 * np.pi * 1e-12), rel=1e-9)


def test_a_group_outside_the_range_is_told(ax):
    display = MixtureDisplay([-1, 1], [4], [0.9, 0.1], [0, 50], [1, 1]).plot(ax)
    assert texts(display)[2].endswith("outside this range")


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.parametrize("n_components", [1, 5])
def test_the_legend_is_above_all_bars_and_lines(pictures, n_components):
    display = pictures[n_components]
    top = max(display.histogram_.get_data()[0].max(), display.line_.get_ydata().max())
    legend = display.ax_.get_legend().get_window_extent()
    assert legend.y0 > display.ax_.transData.transform((0, top))[1]


# Estimates


@pytest.fixture(scope="module")
def funds():
    """300 estimates with unequal errors, of true alphas in two groups and at 0."""
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.2, 1.0, 300)
    true = np.repeat([-2.0, 0.0, 2.0], 100) + np.repeat([0.3, 0.0, 0.3], 100)
    return np.column_stack([true + errors * rng.standard_normal(300), errors])


@pytest.fixture(scope="module")
def deconvolved(funds):
    held = [np.nan, 0.0, np.nan]
    model = DeconvolvedGaussianMixture(3, fixed_means=held, fixed_variances=held)
    return model.fit(funds)


def test_estimates_have_the_density_of_true_alphas_with_the_noise(deconvolved, funds):
    display = show(deconvolved, funds)
    at, density = display.seen_line_.get_data()
    spread = deconvolved.variances_[:, None] + funds[:, 1] ** 2  # of each group and fund
    each = norm.pdf(at[:, None, None], deconvolved.means_[:, None], np.sqrt(spread))
    expected = (deconvolved.weights_[:, None] * each).sum(axis=1).mean(axis=-1)
    np.testing.assert_allclose(density, expected, rtol=1e-9)  # logarithms of other sums


def test_some_funds_stand_for_many(deconvolved, funds):
    few, many = (show(deconvolved, X, bins=20) for X in (funds, np.tile(funds, (20, 1))))
    np.testing.assert_allclose(many.seen[1], few.seen[1], rtol=1e-2)  # 400 for 6,000


def test_t_noise_widens_the_density_of_the_estimates(funds):
    table = np.column_stack([funds, np.full(len(funds), 4.0)])
    display = show(DeconvolvedGaussianMixture(1).fit(table), table)
    step = display.seen[0][1] - display.seen[0][0]
    # A trapezium rule, and what lies outside the range of the picture.
    assert display.seen[1].sum() * step == pytest.approx(1, abs=0.03)


def test_a_point_mass_is_an_arrow_at_its_place(deconvolved, funds):
    display = show(deconvolved, funds, group_names=["bad", "zero", "good"])
    arrow = display.components_[1]
    np.testing.assert_array_equal(arrow.get_xdata(), [0, 0])
    assert arrow.get_marker() == "^"
    assert ": all at 0" in arrow.get_label()
    assert arrow.get_label().startswith("zero, ")


def test_the_legend_counts_estimates(deconvolved, funds):
    found = texts(show(deconvolved, funds))
    assert found[0].startswith("300 estimates")
    assert "true alphas with the noise of the estimates" in found


def test_a_fund_without_an_estimate_is_not_counted(deconvolved, funds):
    X = np.vstack([funds, [[np.nan, 0.5], [0.3, np.nan]]])
    assert show(deconvolved, X).masses.sum() == show(deconvolved, funds).masses.sum()


def test_a_grid_has_no_point_masses():
    with pytest.raises(ValueError, match="variances"):
        MixtureDisplay([0, 1], [1], [1.0], [0.5], [0.0])


# Bad input


@pytest.mark.parametrize("bins", [0, -1, 2.5, True, "auto"])
def test_a_number_of_bins_is_a_positive_integer(fitted, separated, bins):
    error = ValueError if type(bins) is int else TypeError
    with pytest.raises(error, match=f"bins={bins!r} must be .*at least 1"):
        show(fitted, separated, bins=bins)


def test_a_unit_without_a_factor_is_refused(fitted, separated):
    with pytest.raises(TypeError, match=r"unit='% a year' must be a pair"):
        show(fitted, separated, unit="% a year")


def test_masses_fit_the_edges():
    with pytest.raises(ValueError, match=r"masses has shape \(3,\), needs \(2,\)"):
        MixtureDisplay([0, 1, 2], [1, 2, 3], [1.0], [0.0], [1.0])


@pytest.mark.parametrize(
    ("edges", "received"),
    [
        ([], "edges is empty"),
        ([1], r"edges=\[1.0\] must be at least two"),
        ([0, 2, 1], r"edges=\[0.0, 2.0, 1.0\] must be .* ascending"),
        ([0, 1, 1], r"edges=\[0.0, 1.0, 1.0\] must be .* ascending"),
        ([0, np.nan, 1], r"edges\[1\] is nan"),
        ([0, 1, np.inf], r"edges\[2\] is inf"),
    ],
)
def test_edges_are_finite_and_ascend(edges, received):
    with pytest.raises(ValueError, match=received):
        MixtureDisplay(edges, np.ones(max(len(edges) - 1, 0)), [1.0], [0.0], [1.0])


@pytest.mark.parametrize("mass", [-1, np.nan, np.inf])
def test_a_bin_holds_a_number_of_cells(mass):
    with pytest.raises(ValueError, match=rf"masses\[1\] is {float(mass)}"):
        MixtureDisplay([0, 1, 2], [3, mass], [1.0], [0.0], [1.0])


def test_a_tiny_weight_is_below_the_digits_of_the_label():
    groups = [1 - 1e-5, 1e-5], [0, 0.5], [1, 1]
    display = MixtureDisplay([-1, 0, 1], [5, 5], *groups).plot(Figure().subplots())
    assert any("group 1, below 0.01 %: mean 0.5" in text for text in texts(display))


def test_the_density_is_shown_whole_where_all_cells_are_outside():
    display = MixtureDisplay([-1, 0, 1], [0, 0], [1], [0], [1], n_below=3)
    top = display.plot(Figure().subplots()).ax_.get_ylim()[1]
    assert top == pytest.approx(1.04 * norm.pdf(0))  # a margin of 4 %
