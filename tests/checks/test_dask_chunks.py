"""Chunks that are not what their Dask array says."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
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


def only_second(change):
    return lambda chunk, number: change(chunk) if number == 1 else chunk


OTHERS = {
    "short": (lambda chunk: chunk[:40], r"float64 of shape \(40, 50\)"),
    "narrow": (lambda chunk: chunk[:, 1:], r"float64 of shape \(60, 49\)"),
    "transposed": (lambda chunk: chunk.T, r"float64 of shape \(50, 60\)"),
    "1-D": (lambda chunk: chunk[0], r"float64 of shape \(50,\)"),
    "3-D": (lambda chunk: chunk[None], r"float64 of shape \(1, 60, 50\)"),
    "scalar": (lambda chunk: 1.0, r"float64 of shape \(\)"),
    "nothing": (lambda chunk: None, r"object of shape \(\)"),
    "objects": (lambda chunk: chunk.astype(object), r"object of shape \(60, 50\)"),
    "text": (lambda chunk: chunk.astype("U8"), r"<U8 of shape \(60, 50\)"),
    "complex": (lambda chunk: chunk + 1j, r"complex128 of shape \(60, 50\)"),
    "dates": (lambda chunk: chunk.astype("M8[s]"), r"datetime64\[s\] of shape"),
}
every_other = pytest.mark.parametrize(("change", "found"), OTHERS.values(), ids=OTHERS)


@every_other
def test_a_chunk_unlike_its_declaration_is_refused_by_its_place(alphas, change, found):
    chunks = delayed_chunks(alphas, only_second(change))
    with pytest.raises(ValueError, match=rf"X: the chunk at \(1, 0\) is {found}") as caught:
        PanelGaussianMixture().fit(chunks)
    assert "declares float64 of shape (60, 50). Make the chunks as" in str(caught.value)


@pytest.mark.parametrize("method", LAZY)
def test_an_answer_about_a_short_chunk_is_refused_when_it_is_computed(
    fitted, alphas, method
):
    answer = getattr(fitted, method)(delayed_chunks(alphas, only_second(lambda c: c[:40])))
    with pytest.raises(ValueError, match=r"the chunk at \(1, 0\) is float64 of shape \(40"):
        answer.compute()


def test_a_short_chunk_of_weighted_managers_is_refused(alphas):
    chunks = delayed_chunks(alphas, only_second(lambda chunk: chunk[:40]))
    with pytest.raises(ValueError, match=r"the chunk at \(1, 0\)"):
        PanelGaussianMixture().fit(chunks, sample_weight=np.ones(len(alphas)))


def test_a_short_chunk_beside_others_is_refused_before_they_are_joined(fitted, alphas):
    chunks = delayed_chunks(alphas, only_second(lambda chunk: chunk[:40]))
    beside = da.concatenate([chunks[:, :20], chunks[:, 20:]], axis=1)
    with pytest.raises(ValueError, match=r"the chunk at \(1, \d\)"):
        fitted.bic(beside, draws="fixed")


def test_a_short_chunk_of_estimates_is_refused():
    table = np.column_stack([np.arange(40.0), np.ones(40)])
    short = dask.delayed(lambda: table[:15])()
    chunks = [da.from_delayed(short, (20, 2), dtype=float), da.from_array(table[20:])]
    with pytest.raises(ValueError, match=r"the chunk at \(0, 0\) is float64 of shape \(15"):
        DeconvolvedGaussianMixture().fit(da.concatenate(chunks))


def test_doubles_in_an_array_of_float32_are_refused(alphas):
    chunks = delayed_chunks(alphas, lambda chunk, number: chunk, dtype=np.float32)
    with pytest.raises(ValueError, match=r"\(\d, 0\) is float64 .* declares float32"):
        PanelGaussianMixture().fit(chunks)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float16, np.float32, ">f8"])
def test_chunks_that_fit_into_what_is_declared_are_converted(alphas, dtype):
    scaled = (1e4 * alphas).astype(dtype)
    chunks = delayed_chunks(scaled, lambda chunk, number: chunk)
    expected = PanelGaussianMixture().fit(scaled.astype(float))
    fitted = PanelGaussianMixture().fit(chunks)
    # Two ways to bin the same cells; the remaining gain is below tol=1e-6 in both.
    np.testing.assert_allclose(fitted.means_, expected.means_, rtol=1e-4)
