"""The highest point of a sum of densities, with a bound."""

import numpy as np
import pytest

from skem.numerics.model.scales import EXACT, Scales
from skem.numerics.nonparametric.kernels import Kernels
from skem.numerics.nonparametric.supremum import supremum


def sums(seed):
    rng = np.random.default_rng(seed)
    values = rng.choice([0.0, 5.0, 300.0], 40) + rng.normal(size=40)
    noise = np.exp(rng.normal(size=40))
    if seed % 2:
        noise = Scales.of(noise, np.full(40, 5.0), EXACT)
    return Kernels.of(values, 0.01, noise), rng.exponential(size=40)


@pytest.mark.parametrize("seed", range(4))
def test_nowhere_is_a_sum_of_densities_above_the_bound(seed):
    kernels, multiples = sums(seed)
    top = supremum(kernels, multiples, 1e-9)
    near = kernels.values[:, None] + np.linspace(-1, 1, 101)
    assert (kernels.at(near.ravel()) @ multiples).max() <= top.bound


@pytest.mark.parametrize("seed", range(4))
def test_the_bound_is_as_close_as_was_asked_for(seed):
    kernels, multiples = sums(seed)
    top = supremum(kernels, multiples, 1e-9)
    at = kernels.at(np.array([top.location])) @ multiples
    assert top.value == pytest.approx(at[0], abs=1e-12)  # rounding
    assert top.bound - top.value <= 1e-9


def test_equal_observations_have_their_supremum_there():
    kernels = Kernels.of(np.full(3, 7.0), 1.0, None)
    top = supremum(kernels, np.ones(3), 1e-9, offset=1.0)
    assert (top.location, top.value) == (7.0, pytest.approx(2.0, abs=1e-14))


def test_a_gap_of_a_billion_sds_hides_nothing_and_adds_nothing():
    kernels = Kernels.of(np.array([0.0, 1e9]), 1.0, None)
    assert supremum(kernels, np.ones(2), 1e-9).bound == pytest.approx(1.0, abs=1e-9)
