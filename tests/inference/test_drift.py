"""Alphas that move with the standard errors of their estimates."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture
from skem.estimator.parts import (
    constraints_of,
    estimates_of,
    fixed_of,
    mixture_of,
    noisy_cells,
)
from skem.inference import summarize
from skem.numerics.likelihood.drift import measure_drift
from skem.numerics.model.mixture import standardise


def drift_of(X, n_components=1, sample_weight=None, **options):
    """The Drift of a fit to estimates X."""
    model = DeconvolvedGaussianMixture(n_components, tol=1e-12, **options)
    model.fit(X, sample_weight=sample_weight)
    cells = noisy_cells(model, estimates_of(model, X, sample_weight))
    units = cells.centre, cells.scale
    mixture = standardise(mixture_of(model), *units)
    constraints = constraints_of(model, cells, fixed_of(model))
    return measure_drift(cells.grid, mixture, constraints, *units)


def estimates(n, slope, rng):
    """Alphas whose mean moves with the log of the standard error."""
    logs = 0.3 * rng.standard_normal(n)
    errors = np.exp(logs)
    return np.column_stack([rng.normal(1 + slope * logs, np.hypot(1, errors)), errors])


def test_the_slope_is_about_that_of_a_regression():
    X = estimates(4000, 0.3, np.random.default_rng(0))
    found = drift_of(X)
    # One step from 0 is near the slope where this is small; its own error is .08.
    assert found.slope == pytest.approx(0.3, abs=0.25)
    assert found.z_value > 3


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_z_values_of_independent_errors_are_standard_normal():
    rng, found = np.random.default_rng(0), []
    for _ in range(60):
        true = rng.normal(np.where(rng.random(200) < 0.3, 3.0, -1.0), 1.0)
        errors = np.exp(0.3 * rng.standard_normal(200))
        table = np.column_stack([rng.normal(true, errors), errors])
        found.append(drift_of(table, 2, init_params="quantile").z_value)
    # Three standard errors of a mean and of a standard deviation of 60.
    assert np.mean(found) == pytest.approx(0, abs=0.39)
    assert np.std(found) == pytest.approx(1, abs=0.28)


def test_the_units_of_estimates_do_not_change_the_z_value():
    X = estimates(200, 1.0, np.random.default_rng(0))
    monthly, yearly = drift_of(X), drift_of(12 * X)
    assert yearly.z_value == pytest.approx(monthly.z_value, rel=1e-6)
    assert yearly.slope == pytest.approx(12 * monthly.slope, rel=1e-6)


def test_a_weight_of_k_is_k_funds():
    X, times = estimates(100, 1.0, np.random.default_rng(0)), np.arange(100) % 3
    weighted = drift_of(X, sample_weight=1.0 * times)
    repeated = drift_of(np.repeat(X, times, axis=0))
    np.testing.assert_allclose(weighted, repeated, rtol=1e-6)


def test_equal_errors_or_known_alphas_do_not_move_with_anything():
    alphas = np.random.default_rng(0).standard_normal(50)
    for error in (1.0, 0.0):
        assert drift_of(np.column_stack([alphas, np.full(50, error)])).z_value == 0


def test_a_summary_warns_where_alphas_move_with_their_errors():
    X = estimates(400, 2.0, np.random.default_rng(0))
    model = DeconvolvedGaussianMixture(1).fit(X)
    with pytest.warns(UserWarning, match=r"Alphas move .* means are about \+\d.* apart\."):
        summarize(model, X, draws="independent")
