"""The facts behind scikit-learn's checks, for two and three groups.

Those checks often fit one group only, or noise; these grids have groups to find.
"""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.numerics.search.starts import NAMES

ANSWERS = ["predict_proba", "predict", "transform", "score_samples"]
STARTS = NAMES


def ragged_panel(n_components, n_managers=40, n_draws=12):
    """Groups five standard deviations apart; a tenth of the draws are missing."""
    alphas, _ = make_alpha_panel(
        n_managers,
        n_draws,
        weights=np.full(n_components, 1 / n_components),
        means=5e-3 * np.arange(n_components),
        variances=np.full(n_components, 1e-6),
        random_state=0,
    )
    alphas[np.random.default_rng(0).random(alphas.shape) < 0.1] = np.nan
    return alphas


@pytest.fixture(params=[2, 3], scope="module")
def n_components(request):
    return request.param


@pytest.fixture
def alphas(n_components):
    return ragged_panel(n_components)


@pytest.fixture(scope="module")
def fitted(n_components):
    return PanelGaussianMixture(n_components).fit(ragged_panel(n_components))


def assert_same_fit(one, other, rtol):
    for name in ("weights_", "means_", "variances_", "log_likelihood_"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=rtol)


# Two fits that differ in the order of their sums alone take the same steps up
# to rounding, which the steps do not magnify by more than this.
SAME_STEPS = 1e-8


@pytest.mark.parametrize("init_params", STARTS)
def test_a_manager_of_weight_k_is_k_managers(alphas, n_components, init_params):
    estimator = PanelGaussianMixture(
        n_components, init_params=init_params, n_init=2, random_state=0
    )
    weight = np.arange(len(alphas)) % 4
    weighted = clone(estimator).fit(alphas, sample_weight=weight)
    repeated = clone(estimator).fit(np.repeat(alphas, weight, axis=0))
    assert_same_fit(weighted, repeated, SAME_STEPS)


@pytest.mark.parametrize("init_params", STARTS)
def test_a_manager_of_weight_zero_is_no_manager(alphas, n_components, init_params):
    estimator = PanelGaussianMixture(
        n_components, init_params=init_params, n_init=2, random_state=0
    )
    there = np.arange(len(alphas)) % 3 > 0
    alphas[~there] = 1e6
    weighted = clone(estimator).fit(alphas, sample_weight=there)
    assert_same_fit(weighted, clone(estimator).fit(alphas[there]), SAME_STEPS)


@pytest.mark.parametrize("method", ANSWERS)
def test_an_answer_for_one_manager_does_not_depend_on_the_others(fitted, alphas, method):
    answer = getattr(fitted, method)
    alone = np.concatenate([answer(alphas[[i]]) for i in range(len(alphas))])
    # The arithmetic is the same, cell by cell; vector instructions may round
    # the exponential of a cell's last bits differently at the end of an array.
    np.testing.assert_allclose(alone, answer(alphas), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("method", ANSWERS)
def test_answers_follow_the_order_of_the_managers(fitted, alphas, method):
    order = np.random.default_rng(1).permutation(len(alphas))
    answer = getattr(fitted, method)
    # As above: only where a cell lies in a vector register differs.
    np.testing.assert_allclose(
        answer(alphas[order]), answer(alphas)[order], rtol=1e-12, atol=1e-14
    )


@pytest.mark.parametrize("init_params", STARTS)
def test_fitting_twice_is_fitting_once(alphas, n_components, init_params):
    estimator = PanelGaussianMixture(n_components, init_params=init_params, random_state=0)
    once = estimator.fit(alphas).means_.copy()
    np.testing.assert_array_equal(estimator.fit(alphas).means_, once)


def test_a_fit_forgets_the_fit_before(fitted, alphas, n_components):
    elsewhere = PanelGaussianMixture(n_components).fit(7 * alphas[:, :5] - 1)
    elsewhere.fit(alphas)
    published = [name for name in vars(fitted) if not name.startswith("_")]
    for name in [*published, "optima_"]:
        np.testing.assert_array_equal(getattr(elsewhere, name), getattr(fitted, name))


def test_a_clone_has_the_parameters_and_no_fit(fitted):
    assert vars(clone(fitted)) == fitted.get_params()


@pytest.mark.parametrize("dump", ["pickle", "joblib"])
def test_a_pickled_fit_gives_the_same_answers(fitted, alphas, dump, tmp_path):
    if dump == "pickle":
        restored = pickle.loads(pickle.dumps(fitted))
    else:
        joblib.dump(fitted, tmp_path / "fitted.joblib")
        restored = joblib.load(tmp_path / "fitted.joblib")
    np.testing.assert_array_equal(
        restored.predict_proba(alphas), fitted.predict_proba(alphas)
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", ["predict_proba", "transform"])
def test_probabilities_have_the_precision_of_the_grid(alphas, n_components, method, dtype):
    fitted = PanelGaussianMixture(n_components).fit(alphas.astype(dtype))
    assert getattr(fitted, method)(alphas.astype(dtype)).dtype == dtype


def test_single_precision_costs_only_its_rounding(fitted, alphas, n_components):
    single = PanelGaussianMixture(n_components).fit(alphas.astype(np.float32))
    # A cell is rounded by 2^-24 of itself, up to 1e-2, that is 6e-10: 1e-6 of a
    # group's standard deviation. The sums are in double precision.
    np.testing.assert_allclose(single.means_, fitted.means_, atol=1e-9)


def test_it_fits_a_read_only_memory_map(fitted, alphas, n_components, tmp_path):
    np.save(tmp_path / "alphas.npy", alphas)
    mapped = np.load(tmp_path / "alphas.npy", mmap_mode="r")
    again = PanelGaussianMixture(n_components).fit(mapped)
    np.testing.assert_array_equal(again.means_, fitted.means_)


def test_it_fits_a_fortran_ordered_grid(fitted, alphas, n_components):
    by_column = PanelGaussianMixture(n_components).fit(np.asfortranarray(alphas))
    assert_same_fit(by_column, fitted, SAME_STEPS)


@pytest.mark.parametrize("container", [list, pd.DataFrame])
def test_it_fits_lists_and_data_frames(fitted, alphas, n_components, container):
    rows = alphas.tolist() if container is list else pd.DataFrame(alphas)
    # A DataFrame's values are Fortran-ordered: another order of the sums.
    assert_same_fit(PanelGaussianMixture(n_components).fit(rows), fitted, SAME_STEPS)


@pytest.fixture(scope="module")
def frame(n_components):
    alphas = ragged_panel(n_components)
    return pd.DataFrame(alphas, columns=[f"draw{j}" for j in range(alphas.shape[1])])


@pytest.fixture(scope="module")
def fitted_to_frame(frame, n_components):
    return PanelGaussianMixture(n_components).fit(frame)


def test_names_of_draws_are_remembered(frame, fitted_to_frame):
    assert fitted_to_frame.feature_names_in_.tolist() == frame.columns.tolist()


def test_a_fit_without_names_forgets_those_of_the_fit_before(frame, n_components):
    fitted = PanelGaussianMixture(n_components).fit(frame).fit(frame.to_numpy())
    assert not hasattr(fitted, "feature_names_in_")


@pytest.mark.parametrize("method", [*ANSWERS, "score", "aic", "bic", "icl"])
def test_other_names_of_draws_are_refused(frame, fitted_to_frame, method):
    renamed = frame.rename(columns={"draw0": "draw99"})
    with pytest.raises(ValueError, match="feature names should match"):
        getattr(fitted_to_frame, method)(renamed)


@pytest.mark.parametrize("method", [*ANSWERS, "score", "aic", "bic", "icl"])
def test_another_number_of_draws_is_refused(fitted, alphas, method):
    message = "^X has 1 features, but PanelGaussianMixture is expecting 12 features"
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(alphas[:, :1])
