"""Noise that estimates share."""

from itertools import permutations

import numpy as np
import pytest

from skem.numerics.data.estimates import Estimates
from skem.numerics.likelihood.noisy_information import sum_noisy_piece
from skem.numerics.likelihood.shared_noise import shared_products, slopes
from skem.numerics.model.mixture import Mixture, stack
from skem.numerics.model.scales import EXACT, Scales

WIDE = Mixture(np.array([0.3, 0.7]), np.array([-1.0, 2.0]), np.array([0.5, 1.5]))
POINT = WIDE._replace(variances=np.array([0.0, 1.5]))
Z, NOISE = np.array([-2.0, 0.1, 3.0]), np.array([1.0, 0.3, 2.0])


def score(mixture, z, noise, degrees):
    """The score (3L,) of one estimate."""
    if degrees is not None:
        noise = Scales.of(noise, degrees, EXACT)
    return sum_noisy_piece(stack([mixture]), z, None, noise).score[0]


@pytest.mark.parametrize("mixture", [WIDE, POINT], ids=["spread", "point mass"])
@pytest.mark.parametrize("degrees", [None, np.array([5.0, 9.0, np.inf])])
def test_slopes_are_the_derivatives_of_each_score(mixture, degrees):
    found, step = slopes(mixture, Z, NOISE, degrees), 1e-5
    for k in range(3):
        own = slice(k, k + 1)
        few = None if degrees is None else degrees[own]
        ends = [score(mixture, Z[own] + h, NOISE[own], few) for h in (step, -step)]
        # Central differences of numbers near 1 are right to about step^2.
        expected = (ends[0] - ends[1]) / (2 * step)
        np.testing.assert_allclose(found[:, k], expected, rtol=1e-5, atol=1e-8)


def test_products_are_those_of_all_pairs_of_different_funds():
    rng = np.random.default_rng(0)
    residuals = rng.standard_normal((4, 6))
    residuals[1, :2] = np.nan
    table = np.column_stack([[5.0, 6.0, np.nan, 9.0], [2.0, 1.0, 1.0, 4.0]])
    found = shared_products(Estimates(table), WIDE, 5.0, 2.0, residuals)
    z, errors = (table[:, 0] - 5.0) / 2.0, table[:, 1] / 2.0
    expected = np.zeros((6, 6))
    for i, j in permutations([0, 1, 3], 2):
        lengths = np.sqrt(np.nansum(residuals[[i, j]] ** 2, axis=1))
        correlation = np.nansum(residuals[i] * residuals[j]) / lengths.prod()
        D = [slopes(WIDE, z[[k]], errors[[k]] ** 2)[:, 0] for k in (i, j)]
        expected += correlation * errors[i] * errors[j] * np.outer(*D)
    np.testing.assert_allclose(found, expected, atol=1e-14)  # sums of a dozen numbers


def test_the_units_of_residuals_do_not_matter():
    rng = np.random.default_rng(0)
    residuals, table = rng.standard_normal((2, 5)), np.array([[1.0, 1.0], [2.0, 0.5]])
    given, scaled = (
        shared_products(Estimates(table), WIDE, 0.0, 1.0, c * residuals)
        for c in (1.0, 64.0)
    )
    np.testing.assert_allclose(scaled, given, rtol=1e-12)  # rounding
