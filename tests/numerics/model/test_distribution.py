"""Densities, shares and quantiles of a mixture, and their derivatives."""

import numpy as np
import pytest
from scipy import stats

from skem.numerics.model.distribution import densities, quantiles, tails
from skem.numerics.model.mixture import Mixture

MIXTURE = Mixture(np.array([0.3, 0.7]), np.array([-1.0, 0.5]), np.array([1.5, 0.2]))
JUMPS = Mixture(
    np.array([0.2, 0.7, 0.1]), np.array([-1.0, 0.0, 2.0]), np.array([1, 0, 0.5])
)
ALPHAS = np.array([-4.0, -0.9, 0.0, 0.6, 3.0])
SHARES = np.array([0.01, 0.3, 0.6, 0.99])


def moved(mixture, coordinate, step):
    """The mixture after a step in one coordinate; weights still sum to 1."""
    weights, means, logs = mixture.weights, mixture.means, np.log(mixture.variances)
    by = np.zeros((3, weights.size))
    by.flat[coordinate] = step
    weights = weights * np.exp(by[0])
    return Mixture(weights / weights.sum(), means + by[1], np.exp(logs + by[2]))


def of_scipy():
    groups = zip(MIXTURE.means, np.sqrt(MIXTURE.variances), strict=True)
    normals = [stats.Normal(mu=mean, sigma=sd) for mean, sd in groups]
    return stats.Mixture(normals, weights=MIXTURE.weights)


def test_values_are_those_of_scipy():
    known, found = of_scipy(), tails(MIXTURE, ALPHAS)
    np.testing.assert_allclose(densities(MIXTURE, ALPHAS)[0], known.pdf(ALPHAS), rtol=1e-12)
    np.testing.assert_allclose(found.below, known.cdf(ALPHAS), rtol=1e-12)
    np.testing.assert_allclose(found.above, known.ccdf(ALPHAS), rtol=1e-12)


@pytest.mark.parametrize("share", [1e-30, 0.2, 0.5, 0.999999])
def test_quantiles_have_the_share_below_them(share):
    values, _ = quantiles(MIXTURE, np.array([share]))
    assert tails(MIXTURE, values).below[0] == pytest.approx(share, rel=1e-9)


@pytest.mark.parametrize("coordinate", range(6))
def test_gradients_are_the_numerical_derivatives(coordinate):
    """By weights up to a multiple of the weights, along which no fit can move."""
    step = 1e-6
    low, high = (moved(MIXTURE, coordinate, sign * step) for sign in (-1, 1))
    for function, at in (
        (lambda m, a: densities(m, a), ALPHAS),
        (lambda m, a: tails(m, a)[1:], ALPHAS),
        (quantiles, SHARES),
    ):
        gradients = function(MIXTURE, at)[1]
        if coordinate < 2:
            along = gradients[:2].sum(axis=0)
            gradients[:2] -= MIXTURE.weights[:, None] * along
        numerical = (function(high, at)[0] - function(low, at)[0]) / (2 * step)
        # The error of a central difference is of the order step^2, that of rounding 1e-10.
        np.testing.assert_allclose(gradients[coordinate], numerical, atol=1e-8)


def test_a_point_mass_is_a_jump_and_has_no_density():
    found = tails(JUMPS, np.array([-1e-12, 0.0]))
    np.testing.assert_allclose(np.diff(found.below), 0.7, rtol=1e-9)
    normal = 0.2 * stats.norm.pdf(1) + 0.1 * stats.norm.pdf(-2 / np.sqrt(0.5)) / np.sqrt(
        0.5
    )
    assert densities(JUMPS, np.zeros(1))[0][0] == pytest.approx(normal, rel=1e-12)


def test_a_quantile_in_a_jump_is_the_point():
    values, gradients = quantiles(JUMPS, np.array([0.2, 0.5, 0.83]))
    assert values.tolist() == [0.0, 0.0, 0.0]
    # It moves with the mean of that group, and its variance is a reason to doubt it.
    np.testing.assert_array_equal(np.flatnonzero(gradients[:, 1]), [4, 7])


def test_shares_far_from_all_groups_are_finite():
    far = np.array([-1e200, 1e200])
    assert tails(MIXTURE, far).below.tolist() == [0.0, 1.0]
    assert not densities(MIXTURE, far)[0].any()
    assert np.isfinite(densities(MIXTURE, far)[1]).all()
