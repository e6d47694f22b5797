"""Extremes are fitted rightly or refused by name, with what to do."""

import numpy as np
import pandas as pd
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_alpha_panel


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
