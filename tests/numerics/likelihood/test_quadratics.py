"""Sums over points by powers of their values equal those by deviations."""

import numpy as np
import pytest

from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import by_deviations, by_powers, e_step
from skem.numerics.likelihood.information import differentiate, sum_centred, sum_over
from skem.numerics.likelihood.quadratics import sum_over_points
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture

RNG = np.random.default_rng(0)
VALUES = np.sort(RNG.normal(size=400))
POINTS = Points(VALUES, RNG.uniform(0.5, 2, 400))


def mixtures(n_mixtures, n_components):
    rng = np.random.default_rng(n_components)
    return Mixture(
        rng.dirichlet(np.ones(n_components), n_mixtures),
        rng.normal(size=(n_mixtures, n_components)),
        rng.uniform(0.1, 1, (n_mixtures, n_components)),
    )


@pytest.mark.parametrize("n_components", [1, 2, 3, 5])
def test_derivatives_by_powers_are_those_by_deviations(n_components):
    some = mixtures(4, n_components)
    ours, theirs = sum_over_points(POINTS, some), sum_centred(POINTS, some)
    np.testing.assert_allclose(ours.log_likelihood, theirs.log_likelihood, rtol=1e-13)
    for one, other in zip(ours.derivatives(some), theirs.derivatives(some), strict=True):
        # Sums of 400, some of them of differences, times precisions of 10 at most.
        np.testing.assert_allclose(one, other, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("values", [[-1.0, 0.5, 100.0], [0.3]])
def test_sums_are_right_where_every_density_vanishes_and_over_a_single_point(values):
    """The log density at 100 is below -5,000, and its exponential is 0 in doubles."""
    few, some = Points(np.array(values), np.ones(len(values))), mixtures(3, 2)
    ours, theirs = sum_over_points(few, some), sum_centred(few, some)
    np.testing.assert_allclose(ours.log_likelihood, theirs.log_likelihood, rtol=1e-13)
    np.testing.assert_allclose(ours.mass, theirs.mass, rtol=1e-10)  # of powers of 100


def test_each_data_set_has_its_own_masses():
    some = mixtures(3, 2)
    masses = np.random.default_rng(1).uniform(size=(3, 400))
    ours = sum_over_points(Points(VALUES, masses), some)
    for k in range(3):
        one = Mixture(*(part[[k]] for part in some))
        alone = sum_over_points(Points(VALUES, masses[k]), one)
        for whole, part in zip(ours, alone, strict=True):
            np.testing.assert_allclose(whole[k], part[0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("narrow", [[True, False, True], [True, True, True]])
def test_narrow_groups_far_from_the_middle_keep_their_digits(narrow):
    """Powers about 0 lose ten digits of a variance of 1e-10 at 3."""
    some = mixtures(3, 2)
    some.means[narrow, 0], some.variances[narrow, 0] = 3.0, 1e-10
    near = Points(np.sort(np.append(VALUES, 3 + 1e-5 * VALUES[::20])), np.ones(420))
    sums, exact = sum_over(near, some), sum_centred(near, some)
    for one, other in zip(sums.derivatives(some), exact.derivatives(some), strict=True):
        scale = np.abs(other).max() + 1
        np.testing.assert_allclose(one / scale, other / scale, atol=1e-13)
    found, expected = e_step(near, some), by_deviations(near, some)
    np.testing.assert_allclose(found.mass, expected.mass, rtol=1e-9)
    np.testing.assert_allclose(found.log_likelihood, expected.log_likelihood, rtol=1e-12)
    wrong = np.abs(by_powers(near, some).log_likelihood / expected.log_likelihood - 1)
    assert wrong[narrow].max() > 1e-10


def test_a_group_without_weight_has_no_mass():
    some = mixtures(2, 2)
    some.weights[:] = [1, 0]
    sums = sum_over_points(POINTS, some)
    np.testing.assert_array_equal(sums.mass[:, 1], 0)
    assert np.isfinite(sums.information).all()


def test_derivatives_can_be_taken_twice_of_the_same_sums():
    some = mixtures(2, 3)
    sums, limits = sum_over_points(POINTS, some), unconstrained(3, 1e-9)
    first, second = (differentiate(sums, some, limits) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
