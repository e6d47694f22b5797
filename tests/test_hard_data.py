"""Data on which mixture fits are known to go wrong."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.numerics.ascent.newton import climb
from skem.numerics.data.extent import measure, standard_cells
from skem.numerics.data.grid import Grid
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, stack, standardise


def population(n_managers, n_draws, seed=0, **parameters):
    return make_alpha_panel(n_managers, n_draws, random_state=seed, **parameters)[0]


def overlapping():
    return population(255, 100)


def with_outliers():
    alphas = population(200, 100, weights=[0.3, 0.7], means=[-2, 1], variances=[1, 0.6])
    alphas[3, 4], alphas[50, 60] = 1e6, -1e6
    return alphas


def narrow_group():
    return population(
        200, 100, weights=[0.3, 0.7], means=[0.2, 0.5], variances=[1e-6, 0.02]
    )


def heavy_ties():
    return np.round(
        population(200, 100, weights=[0.4, 0.6], means=[-1, 2], variances=[1, 0.6]), 2
    )


def large_offset():
    return 1e8 + population(200, 100, weights=[1.0], means=[0.0], variances=[1.0])


def separated(scale=1.0):
    return scale * population(
        200, 100, weights=[0.4, 0.6], means=[-1, 2], variances=[1, 0.6]
    )


def five_cells():
    return np.array([[0.1, 0.2, 1.0, 1.3, 1.1]])


GRIDS = {
    "overlapping groups": (overlapping, 2),
    "outliers": (with_outliers, 2),
    "outliers and a group for them": (with_outliers, 4),
    "narrow group": (narrow_group, 2),
    "heavy ties": (heavy_ties, 2),
    "heavy ties, three groups": (heavy_ties, 3),
    "large offset": (large_offset, 1),
    "large offset, two groups": (large_offset, 2),
    "scale 1e-150": (lambda: separated(1e-150), 2),
    "scale 1e150": (lambda: separated(1e150), 2),
    "float32": (lambda: separated().astype(np.float32), 2),
    "five groups where two are": (lambda: separated()[:40, :50], 5),
    "five cells": (five_cells, 2),
    "five cells, three groups": (five_cells, 3),
}


@pytest.fixture(params=GRIDS, scope="module")
def hard(request):
    make, n_components = GRIDS[request.param]
    return make(), n_components


@pytest.fixture(scope="module")
def hard_fit(hard):
    """The default fit, what it warned of, and the cells as they were before."""
    before = hard[0].copy()
    return *fit(*hard), before


@pytest.fixture(scope="module")
def quantile_fit(hard):
    return fit(*hard, init_params="quantile")


def fit(alphas, n_components, **options):
    """The fitted estimator, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = PanelGaussianMixture(n_components, **options).fit(alphas)
    assert all(issubclass(w.category, ConvergenceWarning) for w in caught), caught
    return fitted, [str(w.message) for w in caught]


def exact_gain(fitted, alphas):
    """The gain that remains, by the score and the information of every cell."""
    grid = Grid(alphas)
    cells = standard_cells(grid, measure(grid))
    mixture = Mixture(fitted.weights_, fitted.means_, fitted.variances_)
    mixture = standardise(mixture, cells.centre, cells.scale)
    limits = unconstrained(mixture.weights.size, fitted.variance_floor)
    there = climb(cells, stack([mixture]), limits, tol=0, max_iter=0)
    return there.remaining[0]


def test_the_fit_is_exact_on_all_cells_or_says_why_not(hard, hard_fit):
    assert_exact_or_said(hard[0], *hard_fit[:2])


def test_the_fit_from_quantiles_is_exact_on_all_cells_or_says_why_not(hard, quantile_fit):
    assert_exact_or_said(hard[0], *quantile_fit)


def assert_exact_or_said(alphas, fitted, said):
    if fitted.converged_:
        # The certificate uses the points' information, which may be some percent off.
        assert exact_gain(fitted, alphas) < 2 * fitted.tol
    else:
        assert any("can still gain" in message for message in said)


def test_parameters_are_finite_and_valid(hard_fit):
    fitted = hard_fit[0]
    assert np.isfinite([fitted.weights_, fitted.means_, fitted.variances_]).all()
    assert fitted.weights_.sum() == pytest.approx(1)
    assert fitted.variances_.min() > 0


def test_the_likelihood_is_that_of_the_published_parameters(hard, hard_fit):
    fitted = hard_fit[0]
    # At an offset of 1e8 a published mean is rounded to 1e-8 standard deviations.
    assert fitted.log_likelihood_ == pytest.approx(fitted.score(hard[0]), abs=1e-7)


def test_the_likelihood_is_never_below_that_of_em_from_the_same_start(hard, quantile_fit):
    newton = quantile_fit[0]
    em, _ = fit(*hard, init_params="quantile", solver="em", max_iter=500)
    # Newton stops within tol nats of the top.
    slack = newton.tol / hard[0].size + 1e-12
    assert newton.log_likelihood_ >= em.log_likelihood_ - slack


def test_nothing_of_the_callers_is_modified(hard, hard_fit):
    np.testing.assert_array_equal(hard[0], hard_fit[2])


def test_overlapping_groups_gain_on_the_plateau_where_em_rests():
    newton, _ = fit(overlapping(), 2)
    em, _ = fit(
        overlapping(),
        2,
        solver="em",
        weights_init=[0.5, 0.5],
        means_init=[-1, 1],
        variances_init=[0.2, 0.2],
    )
    assert newton.log_likelihood_ > em.log_likelihood_
    assert newton.remaining_gain_ < 1e-6
