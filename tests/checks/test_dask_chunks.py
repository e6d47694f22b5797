"""Chunks that are not what their Dask array says."""

import numpy as np
import pytest

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

N_ROWS, N_DRAWS = 60, 50
LAZY = ["predict_proba", "predict", "score_samples", "transform"]


@pytest.fixture(scope="module")
def alphas():
    return make_alpha_panel(4 * N_ROWS, N_DRAWS, means=[-2e-3, 3e-3], random_state=0)[0]


@pytest.fixture(scope="module")
def fitted(alphas):
    return PanelGaussianMixture().fit(alphas)


def delayed_chunks(alphas, change, dtype=float):
    """Four chunks of rows, changed by ``change(chunk, number)`` when they are read."""
    load = dask.delayed(lambda i: change(alphas[i * N_ROWS : (i + 1) * N_ROWS], i))
    chunks = [da.from_delayed(load(i), (N_ROWS, N_DRAWS), dtype=dtype) for i in range(4)]
    return da.concatenate(chunks)


@pytest.mark.parametrize("filled", [False, True], ids=["plain", "of 1e20"])
def test_chunks_with_a_mask_that_dask_does_not_know_of_keep_it(alphas, filled):
    def mask(chunk, number):
        masked = np.ma.masked_greater(chunk, 4e-3)
        masked.data[masked.mask] = 1e20 if filled else 0.0  # as netCDF4 reads
        return masked

    masked = np.ma.masked_greater(alphas, 4e-3)
    expected = PanelGaussianMixture(tol=1e-20).fit(masked)
    fitted = PanelGaussianMixture(tol=1e-20).fit(delayed_chunks(alphas, mask))
    assert fitted.n_cells_ == masked.count() < alphas.size
    # Sums of some thousand terms, in another order.
    np.testing.assert_allclose(fitted.means_, expected.means_, rtol=1e-10)


@pytest.mark.parametrize("method", LAZY)
def test_answers_about_such_chunks_are_those_of_the_masked_array(fitted, alphas, method):
    masked = np.ma.masked_greater(alphas, 4e-3)
    chunks = delayed_chunks(alphas, lambda chunk, number: np.ma.masked_greater(chunk, 4e-3))
    answer = getattr(fitted, method)(chunks).compute()
    # A manager's sum, in another order.
    np.testing.assert_allclose(answer, getattr(fitted, method)(masked), rtol=1e-13)
