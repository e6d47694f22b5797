"""Densities of observations by location."""

import numpy as np
import pytest

from skem.numerics.model.scales import EXACT, Scales
from skem.numerics.nonparametric.kernels import Kernels

VALUES = np.array([-1.0, 0.3, 2.0])
NOISE = np.array([0.5, 1.0, 2.0])
KINDS = {
    "plain": (0.4, None),
    "noisy": (0.0, NOISE),
    "t": (0.1, Scales.of(NOISE, np.full(3, 8.0), EXACT)),
}


@pytest.fixture(params=KINDS, ids=str)
def kernels(request):
    return Kernels.of(VALUES, *KINDS[request.param])


def test_densities_are_one_where_the_observation_is(kernels):
    assert np.diag(kernels.at(VALUES)) == pytest.approx(1.0, abs=1e-14)  # rounding


def test_densities_integrate_to_one(kernels):
    x = np.linspace(-80, 80, 20001)
    total = np.trapezoid(kernels.at(x), x, axis=0) * np.exp(kernels.log_peaks)
    assert total == pytest.approx(1.0, abs=1e-7)  # what t noise has beyond the ends


def test_derivatives_are_those_of_the_densities(kernels):
    x, h = np.array([-0.7, 0.4, 1.9]), 1e-4
    _, slope, bend = kernels.derivatives(x)
    low, here, high = (kernels.at(x + k * h) for k in (-1, 0, 1))
    # A central difference errs by h^2, and by rounding over h^2.
    assert slope == pytest.approx((high - low) / (2 * h), abs=1e-6)
    assert bend == pytest.approx((high - 2 * here + low) / h**2, abs=1e-6)
