"""Answers of a fitted mixture about a grid, against the formulas of the theory page."""

import copy

import numpy as np
import pytest
from scipy import stats

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

ANSWERS = ["predict_proba", "predict", "transform", "score_samples"]


@pytest.fixture(scope="module")
def alphas():
    """Two groups that overlap, in which draws and a whole manager are missing."""
    grid, _ = make_alpha_panel(
        50,
        12,
        weights=[0.4, 0.6],
        means=[-1e-3, 2e-3],
        variances=[1e-6, 0.64e-6],
        random_state=0,
    )
    grid[np.random.default_rng(0).random(grid.shape) < 0.2] = np.nan
    grid[7] = np.nan
    return grid


@pytest.fixture(scope="module")
def fitted(alphas):
    return PanelGaussianMixture(random_state=0).fit(alphas)


@pytest.fixture(scope="module")
def group_densities(alphas, fitted):
    """``pi_l N(a_ij; mu_l, sigma2_l)``, straight from SciPy, (N, M, L)."""
    sds = np.sqrt(fitted.variances_)
    return fitted.weights_ * stats.norm.pdf(alphas[..., None], fitted.means_, sds)


# SciPy's densities and ours are correct to a few units in the last place of
# terms up to about 20 in size.
ROUNDING = 1e-12


# One cell


def test_a_probability_is_a_groups_share_of_the_density(alphas, fitted, group_densities):
    np.testing.assert_allclose(
        fitted.predict_proba(alphas),
        group_densities / group_densities.sum(axis=-1, keepdims=True),
        rtol=1e-10,  # the exponential magnifies ROUNDING by its argument
    )


def test_probabilities_sum_to_1_over_the_groups(alphas, fitted):
    sums = fitted.predict_proba(alphas).sum(axis=-1)
    # L quotients, each rounded once.
    np.testing.assert_allclose(sums[~np.isnan(alphas)], 1, rtol=1e-15)


def test_the_log_density_is_that_of_all_groups(alphas, fitted, group_densities):
    np.testing.assert_allclose(
        fitted.score_samples(alphas),
        np.log(group_densities.sum(axis=-1)),
        atol=ROUNDING,
    )


def test_the_predicted_group_is_the_most_probable(alphas, fitted):
    there = ~np.isnan(alphas)
    np.testing.assert_array_equal(
        fitted.predict(alphas)[there], fitted.predict_proba(alphas)[there].argmax(axis=-1)
    )


def test_a_missing_cell_has_no_probabilities(alphas, fitted):
    missing = np.isnan(fitted.predict_proba(alphas))
    np.testing.assert_array_equal(missing.all(axis=-1), np.isnan(alphas))
    np.testing.assert_array_equal(missing.any(axis=-1), np.isnan(alphas))


def test_a_missing_cell_has_no_log_density(alphas, fitted):
    np.testing.assert_array_equal(np.isnan(fitted.score_samples(alphas)), np.isnan(alphas))


def test_a_missing_cell_is_in_group_minus_1(alphas, fitted):
    np.testing.assert_array_equal(fitted.predict(alphas) == -1, np.isnan(alphas))


def test_groups_are_integers(alphas, fitted):
    assert fitted.predict(alphas).dtype.kind == "i"


def test_fit_predict_is_predict_after_fit(alphas, fitted):
    np.testing.assert_array_equal(
        PanelGaussianMixture(random_state=0).fit_predict(alphas), fitted.predict(alphas)
    )


@pytest.fixture(scope="module")
def fits(alphas):
    """Fits of one, two and three groups."""
    return [PanelGaussianMixture(n, tol=1e-3).fit(alphas) for n in (1, 2, 3)]


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("far", [1e10, 1e200, 1e300])
@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_a_far_cell_is_certain_to_be_somewhere(fits, n_components, far, dtype):
    far = min(far, float(np.finfo(dtype).max))
    fitted = fits[n_components - 1]
    probabilities = fitted.predict_proba(np.full((1, 12), far, dtype=dtype))
    np.testing.assert_array_equal(probabilities.sum(axis=-1), 1)


@pytest.mark.parametrize("far", [-1e200, 1e200])
def test_a_far_cell_is_in_the_widest_group(alphas, fitted, far):
    groups = fitted.predict(np.full((1, 12), far))
    np.testing.assert_array_equal(groups, fitted.variances_.argmax())


def test_a_far_cell_has_a_low_but_finite_density(fitted):
    log_density = fitted.score_samples(np.full((1, 12), 1e140))
    assert np.all(np.isfinite(log_density) & (log_density < -1e280))


# One manager


def test_a_managers_membership_is_the_mean_over_its_draws(alphas, fitted):
    observed = np.delete(alphas, 7, axis=0)
    np.testing.assert_allclose(
        fitted.transform(observed),
        np.nanmean(fitted.predict_proba(observed), axis=1),
        rtol=1e-12,  # two orders of summing a dozen probabilities
    )


def test_a_manager_without_draws_has_the_weights_of_the_groups(alphas, fitted):
    np.testing.assert_array_equal(fitted.transform(alphas)[7], fitted.weights_)


def test_memberships_sum_to_1(alphas, fitted):
    # A mean of a dozen sums that are 1 up to rounding.
    np.testing.assert_allclose(fitted.transform(alphas).sum(axis=1), 1, rtol=1e-14)


def test_all_managers_memberships_average_to_the_weights(alphas):
    fitted = PanelGaussianMixture(tol=1e-10).fit(alphas)
    draws = (~np.isnan(alphas)).sum(axis=1)
    # The weights are stationary: the M-step would not change them, up to the distance from
    # the optimum at which the fit stops.
    np.testing.assert_allclose(
        np.average(fitted.transform(alphas), axis=0, weights=draws),
        fitted.weights_,
        atol=1e-6,
    )


# The whole grid


def test_the_score_is_the_mean_log_density_over_observed_cells(alphas, fitted):
    mean = np.nanmean(fitted.score_samples(alphas))
    assert fitted.score(alphas) == pytest.approx(mean, abs=ROUNDING)


def test_the_score_weights_managers(alphas, fitted):
    weight = np.arange(len(alphas)) % 4
    log_densities = fitted.score_samples(np.repeat(alphas, weight, axis=0))
    score = fitted.score(alphas, sample_weight=weight)
    assert score == pytest.approx(np.nanmean(log_densities), abs=ROUNDING)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_score_is_a_python_float(alphas, fitted, dtype):
    assert type(fitted.score(alphas.astype(dtype))) is float


def test_the_published_log_likelihood_is_the_score(alphas, fitted):
    assert fitted.log_likelihood_ == pytest.approx(fitted.score(alphas), abs=ROUNDING)


def test_the_published_log_likelihood_counts_weights(alphas):
    weight = np.arange(len(alphas)) % 4
    fitted = PanelGaussianMixture().fit(alphas, sample_weight=weight)
    score = fitted.score(alphas, sample_weight=weight)
    assert fitted.log_likelihood_ == pytest.approx(score, abs=ROUNDING)


# Criteria: sums over 500 cells, of order 1e4.
SUM_ROUNDING = 1e-8


def test_aic_is_twice_what_parameters_cost_in_nats(alphas, fitted):
    log_likelihood = np.nansum(fitted.score_samples(alphas))
    aic = -2 * log_likelihood + 2 * 5
    assert fitted.aic(alphas) == pytest.approx(aic, abs=SUM_ROUNDING)


def test_bic_counts_cells(alphas, fitted):
    log_likelihood = np.nansum(fitted.score_samples(alphas))
    n = np.count_nonzero(~np.isnan(alphas))
    bic = -2 * log_likelihood + 5 * np.log(n)
    assert fitted.bic(alphas) == pytest.approx(bic, abs=SUM_ROUNDING)


@pytest.mark.parametrize("kind", ["fixed", "posterior"])
def test_bic_of_dependent_draws_divides_by_the_draws_per_manager(alphas, fitted, kind):
    n_managers = len(alphas) - 1  # one has no draws
    draws = np.count_nonzero(~np.isnan(alphas)) / n_managers
    log_likelihood = np.nansum(fitted.score_samples(alphas)) / draws
    bic = -2 * log_likelihood + 5 * np.log(n_managers)
    assert fitted.bic(alphas, draws=kind) == pytest.approx(bic, abs=SUM_ROUNDING)


@pytest.fixture(scope="module")
def entropy(alphas, fitted):
    return np.nansum(stats.entropy(fitted.predict_proba(alphas), axis=-1))


def test_icl_adds_twice_the_entropy_of_the_cells(alphas, fitted, entropy):
    icl = fitted.bic(alphas) + 2 * entropy
    assert fitted.icl(alphas) == pytest.approx(icl, abs=SUM_ROUNDING)


def test_icl_of_dependent_draws_divides_the_entropy_too(alphas, fitted, entropy):
    draws = np.count_nonzero(~np.isnan(alphas)) / (len(alphas) - 1)
    icl = fitted.bic(alphas, draws="fixed") + 2 * entropy / draws
    assert fitted.icl(alphas, draws="fixed") == pytest.approx(icl, abs=SUM_ROUNDING)


@pytest.mark.parametrize("criterion", ["aic", "bic", "icl"])
def test_criteria_are_python_floats(alphas, fitted, criterion):
    assert type(getattr(fitted, criterion)(alphas)) is float


# One draw per manager: cells and managers are the same.
@pytest.mark.parametrize("criterion", ["bic", "icl"])
def test_with_one_draw_each_cells_are_managers(faithful, criterion):
    value = getattr(PanelGaussianMixture().fit(faithful), criterion)
    assert value(faithful, draws="independent") == value(faithful, draws="fixed")


# Layouts

LAYOUTS = {
    "Fortran": np.asfortranarray,
    "every second row": lambda X: np.repeat(X, 2, axis=0)[::2],
    "every third column": lambda X: np.repeat(X, 3, axis=1)[:, ::3],
    "both": lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3],
    "transposed": lambda X: np.ascontiguousarray(X.T).T,
    "backwards": lambda X: np.ascontiguousarray(X[::-1, ::-1])[::-1, ::-1],
}


@pytest.fixture(scope="module", params=[(50, 12), (3, 40_000), (40_000, 3)], ids=str)
def grid(request):
    """A small grid, and two that are read in several blocks."""
    grid = make_alpha_panel(
        *request.param,
        weights=[0.4, 0.6],
        means=[-1e-3, 2e-3],
        variances=[1e-6, 0.64e-6],
        random_state=0,
    )[0]
    grid[np.random.default_rng(0).random(grid.shape) < 0.05] = np.nan
    return grid


@pytest.fixture(scope="module")
def fitted_to_grid(grid):
    return PanelGaussianMixture(tol=1e-3).fit(grid)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.parametrize("method", ANSWERS)
def test_answers_do_not_depend_on_the_layout(fitted_to_grid, grid, method, layout):
    answer = getattr(fitted_to_grid, method)
    # Sums differ by their order, and vector instructions by neighbouring cells.
    np.testing.assert_allclose(answer(layout(grid)), answer(grid), rtol=1e-11, atol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_the_score_does_not_depend_on_the_layout(fitted_to_grid, grid, layout):
    score = fitted_to_grid.score(layout(grid))
    assert score == pytest.approx(fitted_to_grid.score(grid), abs=ROUNDING)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_fit_does_not_depend_on_the_layout(fitted_to_grid, grid, layout):
    again = PanelGaussianMixture(tol=1e-3).fit(layout(grid))
    # Sums of 120,000 cells in another order, magnified a little by the steps.
    np.testing.assert_allclose(again.means_, fitted_to_grid.means_, rtol=1e-9)


def test_blocks_do_not_show(fitted_to_grid, grid):
    some = slice(0, 5)
    # The arithmetic is the same, with other neighbouring cells.
    np.testing.assert_allclose(
        fitted_to_grid.predict_proba(grid)[some],
        fitted_to_grid.predict_proba(grid[some]),
        rtol=1e-11,
        atol=1e-14,
    )


@pytest.mark.parametrize("method", ["predict_proba", "transform", "score_samples"])
def test_single_precision_is_answered_from_double(fitted_to_grid, grid, method):
    single = grid.astype(np.float32)
    answer = getattr(fitted_to_grid, method)
    # The only loss is the last rounding, to 2^-24 of numbers of order 1; log densities are
    # not rounded.
    np.testing.assert_allclose(
        answer(single), answer(single.astype(np.float64)), rtol=1e-7, atol=1e-7
    )


@pytest.mark.parametrize(
    ("method", "dtype"),
    [
        ("predict_proba", np.float32),
        ("transform", np.float32),
        ("score_samples", np.float64),
    ],
)
def test_probabilities_alone_take_the_precision_of_the_grid(fitted, alphas, method, dtype):
    assert getattr(fitted, method)(alphas.astype(np.float32)).dtype == dtype


@pytest.mark.parametrize("method", [*ANSWERS, "score", "icl"])
def test_answers_have_the_same_bits_for_any_number_of_threads(fitted_to_grid, grid, method):
    one, two = (copy.copy(fitted_to_grid).set_params(n_jobs=n) for n in (1, 2))
    np.testing.assert_array_equal(getattr(two, method)(grid), getattr(one, method)(grid))


# Samples


@pytest.mark.parametrize("n_samples", [1, 5, np.int64(3)])
def test_a_sample_has_a_row_per_manager_and_a_column_per_draw(fitted, n_samples):
    drawn, groups = fitted.sample(n_samples)
    assert drawn.shape == groups.shape == (n_samples, 12)


def test_a_sample_is_of_one_manager_by_default(fitted):
    assert fitted.sample()[0].shape == (1, 12)


def test_a_sample_is_in_double_precision_and_its_groups_are_integers(fitted):
    drawn, groups = fitted.sample(2)
    assert drawn.dtype == np.float64
    assert groups.dtype.kind == "i"


def test_groups_are_drawn_as_often_as_their_weights_say(fitted):
    _, groups = fitted.sample(10_000)
    counts = np.bincount(groups.ravel(), minlength=2)
    # A right implementation fails one seed in 10,000, and the seed is fixed.
    assert stats.chisquare(counts, fitted.weights_ * groups.size).pvalue > 1e-4


@pytest.mark.parametrize("group", [0, 1])
def test_draws_of_a_group_are_normal(fitted, group):
    drawn, groups = fitted.sample(2_000)
    normal = stats.norm(fitted.means_[group], np.sqrt(fitted.variances_[group]))
    # As above.
    assert stats.kstest(drawn[groups == group], normal.cdf).pvalue > 1e-4


def test_a_seed_repeats_the_sample(fitted):
    np.testing.assert_array_equal(fitted.sample(3)[0], fitted.sample(3)[0])


def test_a_generator_goes_on(alphas):
    state = np.random.RandomState(0)
    fitted = PanelGaussianMixture(random_state=state).fit(alphas)
    assert not np.array_equal(fitted.sample(3)[0], fitted.sample(3)[0])


def test_without_a_seed_samples_differ(alphas):
    fitted = PanelGaussianMixture().fit(alphas)
    assert not np.array_equal(fitted.sample(3)[0], fitted.sample(3)[0])


# SciPy's view


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_the_scipy_density_is_the_exponential_of_the_log_density(alphas, n_components):
    fitted = PanelGaussianMixture(n_components, tol=1e-3).fit(alphas)
    cells = np.linspace(-5e-3, 5e-3, 12)
    np.testing.assert_allclose(
        fitted.to_scipy().pdf(cells),
        np.exp(fitted.score_samples(cells[None])[0]),
        rtol=1e-10,  # the exponential magnifies ROUNDING by its argument
    )


@pytest.mark.parametrize(("alpha", "probability"), [(-1.0, 0.0), (1.0, 1.0)])
def test_the_scipy_distribution_function_runs_from_0_to_1(fitted, alpha, probability):
    # A thousand standard deviations out; rounding of the sum of the weights.
    assert fitted.to_scipy().cdf(alpha) == pytest.approx(probability, abs=1e-15)


def test_the_scipy_mean_is_the_weighted_mean(fitted):
    mean = fitted.weights_ @ fitted.means_
    assert fitted.to_scipy().mean() == pytest.approx(mean, rel=1e-12)


def test_the_scipy_variance_is_that_within_and_between_groups(fitted):
    between = fitted.weights_ @ (fitted.means_ - fitted.weights_ @ fitted.means_) ** 2
    variance = fitted.weights_ @ fitted.variances_ + between
    assert fitted.to_scipy().variance() == pytest.approx(variance, rel=1e-12)
