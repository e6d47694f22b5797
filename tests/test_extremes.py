"""Extremes are fitted rightly or refused by name, with what to do."""

import numpy as np
import pandas as pd
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.inference import bootstrap_lrt, select_n_components


@pytest.fixture(scope="module")
def alphas():
    return make_alpha_panel(60, 50, means=[-2e-3, 3e-3], random_state=0)[0]


@pytest.fixture(scope="module")
def fitted(alphas):
    return PanelGaussianMixture().fit(alphas)


@pytest.mark.parametrize("name", ["X", "sample_weight", "means_init", "fixed_means"])
def test_an_integer_that_no_double_reaches_is_refused_by_name(alphas, name):
    huge = [10**400, 1]
    X, mass = alphas[:2], None
    model = PanelGaussianMixture()
    if name == "X":
        X = [huge, [2, 3]]
    elif name == "sample_weight":
        mass = huge
    else:
        model.set_params(**{name: huge})
    with pytest.raises(ValueError, match=f"{name}: int too large.*Pass"):
        model.fit(X, sample_weight=mass)


def test_an_answer_about_such_an_integer_is_refused_by_name(fitted):
    with pytest.raises(ValueError, match=r"X: int too large.*Pass a grid"):
        fitted.transform([[10**400] * 50])


CLOSE = 2**60 + np.arange(12).reshape(3, 4)


@pytest.mark.parametrize(
    "X",
    [
        CLOSE,
        CLOSE.tolist(),
        CLOSE.astype(np.uint64),
        pd.DataFrame(CLOSE),
        [[2**70 + 1, 2**70 + 3], [2**70 + 5, 2**70 + 7]],
    ],
    ids=["array", "list", "unsigned", "DataFrame", "Python's"],
)
def test_integers_that_doubles_skip_are_refused(X):
    with pytest.raises(ValueError, match=r"integers as large as 1.*Subtract a constant"):
        PanelGaussianMixture().fit(X)


def test_integers_in_chunks_that_doubles_skip_are_refused():
    da = pytest.importorskip("dask.array")
    with pytest.raises(ValueError, match=r"integers as large as 1.15292e\+18"):
        PanelGaussianMixture().fit(da.from_array(CLOSE, chunks=(2, 4)))


def test_estimates_in_integers_that_doubles_skip_are_refused():
    X = np.column_stack([CLOSE.ravel(), np.ones(12, int)])
    with pytest.raises(ValueError, match="integers as large as"):
        DeconvolvedGaussianMixture().fit(X)


@pytest.mark.parametrize("dtype", [float, object])
def test_large_numbers_that_are_no_integers_are_fitted(alphas, dtype):
    large = (1e20 * (1 + alphas)).astype(dtype)
    assert PanelGaussianMixture().fit(large).converged_


def test_integers_up_to_2_to_the_53rd_are_fitted():
    X = np.array([[2**53, 2**53 - 2**51], [2**52, 1]])
    fitted = PanelGaussianMixture(1).fit(X)
    assert fitted.means_[0] == pytest.approx(X.mean(), rel=1e-15)


SMALLEST = np.finfo(float).smallest_subnormal


@pytest.mark.parametrize("variance", [1e-120, 1e-154, 1e-200, 1e-300, SMALLEST])
@pytest.mark.parametrize("name", ["fixed_variances", "variances_init"])
@pytest.mark.parametrize("solver", ["newton", "em"])
def test_a_variance_whose_squares_no_double_holds_is_refused(
    alphas, name, variance, solver
):
    given = {name: [variance, np.nan if name == "fixed_variances" else 1e-6]}
    with pytest.raises(ValueError, match=rf"{name} has a standard .* at least 1e-50.*Give"):
        PanelGaussianMixture(solver=solver, **given).fit(alphas)


@pytest.mark.parametrize("solver", ["newton", "em"])
def test_a_variance_that_is_hardly_large_enough_is_fitted(alphas, solver):
    given = {"fixed_means": [1e-3, np.nan], "fixed_variances": [1e-103, np.nan]}
    fitted = PanelGaussianMixture(solver=solver, **given).fit(alphas)
    # The other group is that of all cells; EM stops when it has moved by tol=1e-6 sds.
    assert fitted.means_[1] == pytest.approx(alphas.mean(), abs=1e-5 * alphas.std())
    assert fitted.variances_[1] == pytest.approx(alphas.var(), rel=1e-5)


def test_a_mean_whose_squares_no_double_holds_is_refused(alphas):
    for mean in (1e60, 1e90, 1e300):
        with pytest.raises(ValueError, match=r"fixed_means lies .* within 1e\+50"):
            PanelGaussianMixture(fixed_means=[mean, np.nan]).fit(alphas)


def test_a_mean_that_is_too_far_for_its_variance_is_refused(alphas):
    given = {"fixed_means": [1e30, np.nan], "fixed_variances": [1e-60, np.nan]}
    with pytest.raises(ValueError, match="and that to the distance of the group's mean"):
        PanelGaussianMixture(**given).fit(alphas)


def test_a_tiny_variance_of_true_alphas_is_that_of_a_point_mass():
    X = np.column_stack([np.linspace(-1, 1, 50), np.full(50, 0.2)])
    one, other = (
        DeconvolvedGaussianMixture(fixed_variances=[v, np.nan]).fit(X)
        for v in (SMALLEST, 0.0)
    )
    # Two fits that are within tol=1e-6 nats of one optimum.
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, abs=1e-7)


TRUE = np.where(np.arange(200) % 3 == 0, -1.0, 1.0) + 0.2 * np.sin(np.arange(200.0))


def estimates(errors):
    return np.column_stack([TRUE, np.broadcast_to(errors, 200)])


@pytest.mark.parametrize("error", [1e72, 1e90, 1e100, 1e200, 1e300])
@pytest.mark.parametrize("which", ["all", "one"])
def test_errors_whose_squares_no_double_holds_are_refused(error, which):
    errors = np.where(
        np.arange(200) == (np.arange(200) if which == "all" else 7), error, 0.1
    )
    with pytest.raises(ValueError, match=r"standard error of 1e\+\d+.*Put NaN"):
        DeconvolvedGaussianMixture().fit(estimates(errors))


def test_such_errors_of_equal_estimates_are_refused():
    with pytest.raises(ValueError, match=r"standard error of 1e\+200.*at most 1e\+150"):
        DeconvolvedGaussianMixture(1).fit([[1.0, 1e200], [1.0, 1e200]])


@pytest.mark.parametrize("error", [1e-60, 1e-155, 1e-200, SMALLEST])
@pytest.mark.parametrize("others", [None, 0.1, 0.0])
def test_errors_too_small_to_be_told_from_0_are_refused(error, others):
    errors = np.where(np.arange(200) < 7, error, error if others is None else others)
    with pytest.raises(ValueError, match=r"standard error of .*e-\d+.*Put 0 for"):
        DeconvolvedGaussianMixture().fit(estimates(errors))


@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
@pytest.mark.parametrize("error", [1e-48, 1e-20])
def test_errors_that_are_hardly_large_enough_are_as_good_as_none(error, scale):
    one, other = (
        DeconvolvedGaussianMixture(tol=1e-12).fit(scale * estimates(e)) for e in (error, 0)
    )
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-6)
    np.testing.assert_allclose(one.variances_, other.variances_, rtol=1e-6)


@pytest.mark.parametrize("error", [1e10, 1e65])
def test_one_error_that_is_hardly_small_enough_is_as_good_as_a_missing_estimate(error):
    errors = np.where(np.arange(200) == 7, error, 0.1)
    one, other = (
        DeconvolvedGaussianMixture(tol=1e-12).fit(estimates(e))
        for e in (errors, np.where(errors > 1, np.nan, errors))
    )
    # The search bins neither, and the noisy estimate has no weight in the score.
    np.testing.assert_allclose(one.means_, other.means_, rtol=1e-6)


def test_errors_of_rows_without_an_estimate_do_not_matter():
    X = estimates(0.1)
    X[5] = np.nan, 1e300
    mass = np.ones(200)
    X[6, 1], mass[6] = 1e300, 0.0
    assert DeconvolvedGaussianMixture().fit(X, sample_weight=mass).n_cells_ == 198


@pytest.fixture(scope="module")
def deconvolved():
    return DeconvolvedGaussianMixture().fit(estimates(0.1))


ANSWERS = [
    "predict_proba",
    "predict",
    "score_samples",
    "transform",
    "posterior_interval",
    "false_discovery",
    "score",
    "bic",
]
FAR_ROWS = [[1e200, 1], [-1e100, 1], [1, 1e200], [1e300, 1e300], [1e-155, 1e-155]]


@pytest.mark.parametrize("row", FAR_ROWS, ids=str)
@pytest.mark.parametrize("method", ANSWERS)
def test_an_answer_about_estimates_beyond_reach_is_refused(deconvolved, method, row):
    with pytest.raises(
        ValueError, match=r"in row 1, and the fitted estimates .* Pass X in"
    ):
        getattr(deconvolved, method)([[0.5, 0.1], row])


@pytest.mark.parametrize(
    "row", [[1e45, 1], [-1e45, 0], [1, 1e65], [1, 1e-45], [0, 0]], ids=str
)
@pytest.mark.parametrize("method", ANSWERS)
def test_an_answer_about_estimates_within_reach_is_finite(deconvolved, method, row):
    assert np.isfinite(getattr(deconvolved, method)([[0.5, 0.1], row])).all()


@pytest.mark.parametrize("cell", [1e100, 1e200, -1e308])
@pytest.mark.parametrize(
    "method", ["predict_proba", "predict", "score_samples", "transform", "score", "bic"]
)
def test_an_answer_about_a_cell_beyond_reach_is_finite(fitted, method, cell):
    X = np.full((2, 50), 1e-3)
    X[1, 3] = cell
    assert np.isfinite(getattr(fitted, method)(X)).all()


def few_values(kind):
    if kind == "estimates":
        return np.column_stack([np.arange(12.0), np.ones(12)])
    if kind == "chunks":
        da = pytest.importorskip("dask.array")
        return da.from_array(np.arange(12.0).reshape(3, 4), chunks=(2, 4))
    return np.arange(12.0).reshape(3, 4)


@pytest.mark.parametrize("kind", ["grid", "chunks", "estimates"])
@pytest.mark.parametrize("n_components", [13, 10**9, 10**18])
def test_more_groups_than_cells_are_refused_before_memory_is_taken(kind, n_components):
    model = DeconvolvedGaussianMixture if kind == "estimates" else PanelGaussianMixture
    match = (
        rf"X has 12 values at most, n_components={n_components} needs.*Ask for fewer groups"
    )
    with pytest.raises(ValueError, match=match):
        model(n_components).fit(few_values(kind))


@pytest.mark.parametrize("name", ["fixed_weights", "fixed_means", "fixed_variances"])
def test_two_fixed_values_of_a_billion_groups_are_refused(alphas, name):
    given = {"fixed_means": [0.0, 1.0], "fixed_variances": [1.0, 1.0], name: [0.5, 0.4]}
    with pytest.raises(ValueError, match=r"fixed_\w+ has shape \(2,\), n_components=10000"):
        PanelGaussianMixture(10**9, **given).fit(alphas)


def test_numbers_of_groups_to_select_from_are_refused_before_memory_is_taken(alphas):
    with pytest.raises(
        ValueError, match="X has 250 values at most, n_components=1000000000"
    ):
        select_n_components(alphas[:5], [1, 10**9])
    with pytest.raises(
        ValueError, match="X has 250 values at most, n_components=1000000001"
    ):
        bootstrap_lrt(alphas[:5], 10**9, draws="independent", n_resamples=2)
