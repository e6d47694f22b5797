"""Counts of managers' cells, refits from them, and groups matched."""

import numpy as np
import pytest

from skem import PanelGaussianMixture
from skem.estimator.parts import mixture_of
from skem.numerics.bootstrap.managers import (
    BINS,
    bootstrap_fits,
    count_managers_cells,
    match,
    refit,
    resample,
)
from skem.numerics.bootstrap.replicates import bins_for, count
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, standardise, take


@pytest.fixture(scope="module", params=["separated", "three_groups"])
def panel(request, cells_of):
    """A grid, its cells, its mixture in standard units, and the bins for that."""
    alphas = request.getfixturevalue(request.param)
    n_components = 2 if request.param == "separated" else 3
    cells = cells_of(alphas)
    fitted = PanelGaussianMixture(n_components).fit(alphas)
    mixture = standardise(mixture_of(fitted), cells.centre, cells.scale)
    return alphas, cells, mixture, bins_for(mixture, **BINS)


def test_managers_counts_add_up_to_the_grid_s(panel):
    alphas, cells, _, bins = panel
    counts = count_managers_cells(cells, bins)
    assert counts.shape == (len(alphas), bins.values.size)
    np.testing.assert_array_equal(counts.sum(axis=0), count(cells, bins))
    np.testing.assert_array_equal(counts.sum(axis=1), alphas.shape[1])


def test_a_refit_finds_no_group_in_what_was_rounded(cells_of):
    cells = cells_of(np.round(np.random.default_rng(0).normal(size=(255, 100)), 1))
    narrow = Mixture(np.array([0.96, 0.04]), np.zeros(2), np.array([1.0, 1e-5]))
    bins = bins_for(narrow, **BINS)
    masses = count(cells, bins)[None]
    found = refit(bins.values, masses, narrow, unconstrained(2, 1e-6), 1e-6).mixtures
    assert np.sqrt(found.variances.min()) > 0.1


def test_a_refit_to_counts_is_the_weighted_fit_to_the_cells(panel):
    alphas, cells, mixture, bins = panel
    limits = unconstrained(mixture.weights.size, 1e-6)
    rng = np.random.RandomState(0)
    samples, _ = bootstrap_fits(cells, mixture, limits, n_resamples=100, tol=1e-6, rng=rng)
    errors = [part.std(axis=0) for part in match(samples, mixture)]
    counts = count_managers_cells(cells, bins)
    times = resample(counts, 4, rng)
    refitted = refit(bins.values, times @ counts, mixture, limits, 1e-6).mixtures
    refitted = match(refitted, mixture)
    for k in range(4):
        model = PanelGaussianMixture(mixture.weights.size)
        model.fit(alphas, sample_weight=times[k])
        exact = standardise(mixture_of(model), cells.centre, cells.scale)
        for compressed, of_cells, error in zip(
            take(refitted, k), exact, errors, strict=True
        ):
            # What bins of a hundredth standard deviation lose, in standard errors.
            assert (np.abs(compressed - of_cells) < 0.05 * error).all()


def test_resamples_have_as_many_managers_as_there_are(panel):
    counts = count_managers_cells(panel[1], panel[3])
    times = resample(counts, 7, np.random.RandomState(0))
    np.testing.assert_array_equal(times.sum(axis=1), counts.shape[0])


def test_groups_in_another_order_are_matched():
    reference = Mixture(
        np.array([0.2, 0.5, 0.3]), np.array([-1.0, 0.0, 0.0]), np.array([0.1, 0.1, 2.0])
    )
    orders = np.array([[0, 1, 2], [2, 0, 1], [1, 2, 0]])
    shuffled = Mixture(*(part[orders] for part in reference))
    for part, expected in zip(match(shuffled, reference), reference, strict=True):
        np.testing.assert_array_equal(part, np.tile(expected, (3, 1)))
