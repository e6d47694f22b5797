"""A memory map gives the same bits as an array, and little of it is in memory."""

import tracemalloc

import numpy as np
import pytest

from skem import PanelGaussianMixture

# 40 MB in a file of float64.
SHAPE = (50_000, 100)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    rng = np.random.default_rng(0)
    alphas = rng.standard_normal(SHAPE)
    alphas[:25_000] *= 0.7
    alphas[:25_000] += 3.0
    alphas[::50, ::7] = np.nan
    path = tmp_path_factory.mktemp("grids") / "alphas.npy"
    np.save(path, alphas)
    yield path
    path.unlink()


@pytest.fixture(scope="module")
def fitted(path):
    return PanelGaussianMixture(n_jobs=2).fit(np.load(path))


def peak_megabytes(function, X):
    tracemalloc.start()
    try:
        result = function(X)
        return tracemalloc.get_traced_memory()[1] / 1e6, result
    finally:
        tracemalloc.stop()


def test_a_fit_holds_little_of_a_file_and_gives_the_same_bits(path, fitted):
    alphas = np.load(path, mmap_mode="r")
    peak, other = peak_megabytes(PanelGaussianMixture(n_jobs=2).fit, alphas)
    assert peak < 32
    for name in ("weights_", "means_", "variances_", "log_likelihoods_"):
        np.testing.assert_array_equal(getattr(other, name), getattr(fitted, name))


@pytest.mark.parametrize("method", ["transform", "score", "bic"])
def test_answers_hold_little_of_a_file_and_give_the_same_bits(path, fitted, method):
    # The memberships of all cells would be 80 MB.
    peak, answer = peak_megabytes(getattr(fitted, method), np.load(path, mmap_mode="r"))
    assert peak < 32
    np.testing.assert_array_equal(answer, getattr(fitted, method)(np.load(path)))


@pytest.mark.parametrize("method", ["predict_proba", "predict", "score_samples"])
def test_answers_about_cells_hold_no_more_than_themselves(path, fitted, method):
    rows = np.load(path, mmap_mode="r")[:25_000]
    peak, answer = peak_megabytes(getattr(fitted, method), rows)
    assert peak < answer.nbytes / 1e6 + 32
    np.testing.assert_array_equal(answer, getattr(fitted, method)(np.array(rows)))
