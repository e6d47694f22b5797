"""Mixtures beside a fit, at the distance of its parameters' errors."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture
from skem.datasets import make_fund_estimates
from skem.inference import parameter_covariance
from skem.numerics.model.constraints import Constraints
from skem.numerics.model.mixture import Mixture
from skem.numerics.posterior import parameter_error
from skem.numerics.posterior.parameter_error import mixtures_beside


@pytest.fixture(scope="module")
def fitted():
    X, _, _ = make_fund_estimates(300, means=[-4, 4], median_error=0.5, random_state=0)
    return DeconvolvedGaussianMixture(2).fit(X), X


def test_half_the_differences_have_the_variances_of_the_means(fitted):
    model, X = fitted
    searched, scale = model._searched, model._units[1]
    sides = mixtures_beside(searched.points, searched.published, searched.constraints)
    higher, lower = (np.array([one.means for one in side]) for side in sides)
    variances = np.square(0.5 * (higher - lower) * scale).sum(axis=0)
    # The covariance is read from the rows, and that of the sides from points for them. The
    # groups of the search are in another order.
    expected = parameter_covariance(model, X).diagonal()[2:4]
    np.testing.assert_allclose(np.sort(variances), np.sort(expected), rtol=1e-6)


def test_fixed_parameters_do_not_move_by_rounding(monkeypatch):
    nan, two = np.nan, np.array([0.5, 0.5])
    fixed = Mixture(np.full(2, nan), np.array([nan, 0.0]), np.array([nan, 1.0]))
    limits = Constraints.of(fixed, False, 1e-6)
    rounding = np.full((6, 1), 1e-12)
    monkeypatch.setattr(parameter_error, "_root", lambda *_: rounding)
    for side in mixtures_beside(None, Mixture(two, np.array([1.0, 0.0]), 2 * two), limits):
        assert side[0].means[1] == 0
        assert side[0].variances[1] == 1
        assert side[0].means[0] != 1
