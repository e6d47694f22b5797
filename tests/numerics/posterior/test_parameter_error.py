"""Mixtures beside a fit, at the distance of its parameters' errors."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture
from skem.datasets import make_fund_estimates
from skem.inference import parameter_covariance
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
