"""Arrays of floats pass without scikit-learn's checks, and as if these had seen them."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skem import PanelGaussianMixture
from skem.checks import grid as checks

ALPHAS = np.array([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
NAMED = pd.DataFrame(ALPHAS, columns=["a", "b", "c"])


@pytest.fixture
def refuse_checks(monkeypatch):
    """Let any call of scikit-learn's checks fail."""

    def refuse(*arguments, **options):
        raise AssertionError("scikit-learn was asked")

    monkeypatch.setattr(checks, "check_array", refuse)
    monkeypatch.setattr(checks, "validate_data", refuse)


@pytest.mark.usefixtures("refuse_checks")
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_scikit_learn_is_not_asked_about_plain_arrays(dtype, order):
    X = np.array(ALPHAS, dtype=dtype, order=order)
    start = {"means_init": [0.2, 1.2], "fixed_weights": np.array([0.5, np.nan])}
    fitted = PanelGaussianMixture(2, **start).fit(X, sample_weight=np.array([1, 2]))
    assert fitted.n_features_in_ == 3
    assert fitted.predict(X).shape == X.shape


class Grid(np.ndarray):
    """Any class of arrays may mean something of its own."""


OTHERS = {
    "list": ALPHAS.tolist(),
    "frame": NAMED,
    "integers": (10 * ALPHAS).astype(int),
    "long doubles": ALPHAS.astype(np.longdouble),
    "the other byte order": ALPHAS.astype(">f8"),
    "masked": np.ma.masked_array(ALPHAS, False),
    "a class of its own": ALPHAS.view(Grid),
    "memory map": None,
    "one dimension": ALPHAS.ravel(),
    "no row": ALPHAS[:0],
    "no column": ALPHAS[:, :0],
}


@pytest.mark.usefixtures("refuse_checks")
@pytest.mark.parametrize("kind", OTHERS)
def test_scikit_learn_is_asked_about_all_else(kind, tmp_path):
    X = OTHERS[kind]
    if kind == "memory map":
        X = np.memmap(tmp_path / "alphas", np.float64, "w+", shape=ALPHAS.shape)
    with pytest.raises(AssertionError, match="scikit-learn was asked"):
        checks.check_grid(PanelGaussianMixture(), X, reset=True)


def test_names_of_an_earlier_fit_are_forgotten():
    fitted = PanelGaussianMixture().fit(NAMED).fit(ALPHAS[:, :2])
    assert not hasattr(fitted, "feature_names_in_")
    assert fitted.n_features_in_ == 2


def test_an_array_in_place_of_named_columns_is_warned_of():
    fitted = PanelGaussianMixture().fit(NAMED)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        fitted.predict(ALPHAS)


def test_an_array_of_other_columns_is_refused_in_scikit_learns_words():
    fitted = PanelGaussianMixture().fit(ALPHAS)
    with pytest.raises(ValueError, match="X has 2 features, but PanelGauss"):
        fitted.predict(ALPHAS[:, :2])


def test_an_array_is_answered_without_a_warning_after_a_fit_to_one():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        PanelGaussianMixture().fit(ALPHAS).predict(ALPHAS)


@pytest.mark.parametrize("start", [[0.2, 1.2], np.array([0.2, 1.2])], ids=["list", "array"])
def test_parameters_stay_as_they_were_given(start):
    held = np.array(start)
    model = PanelGaussianMixture(2, means_init=start, fixed_means=start).fit(ALPHAS)
    assert model.means_ is not start
    np.testing.assert_array_equal(start, held)
    assert model.fixed_means is start


@pytest.mark.parametrize(
    "vector",
    [
        [0.5, "half"],
        [0.5, None],
        [0.5, [0.5]],
        [0.5, np.inf],
        [0.5, np.nan],
        [0.5, 0.5j],
        [],
        np.array([0.5, np.nan]),
        np.array(0.5),
        np.array(["a", "b"]),
        np.empty(0),
    ],
    ids=str,
)
def test_a_vector_that_is_not_of_finite_numbers_is_refused_by_name(vector):
    with pytest.raises((TypeError, ValueError), match=r"^weights_init"):
        PanelGaussianMixture(2, weights_init=vector).fit(ALPHAS)
    with pytest.raises((TypeError, ValueError), match=r"^sample_weight"):
        PanelGaussianMixture(2).fit(ALPHAS, sample_weight=vector)
