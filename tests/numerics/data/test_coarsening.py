"""Bins that keep moments, and their nodes."""

import numpy as np
import pytest
from compressed import compress

from skem.numerics.data.coarsening import Moments, join_even, nodes
from skem.numerics.data.points import Points


def power_sums(values, masses):
    return np.array([masses @ values**k for k in range(4)])


def even(rng):
    return rng.uniform(-2, 2, 20_000)


def clumped(rng):
    return np.append(rng.normal(size=20_000), 0.7 + 1e-3 * rng.normal(size=500))


def far_tails(rng):
    return rng.standard_t(1.5, 20_000)


def rounded(rng):
    return np.round(rng.normal(size=20_000), 2)


@pytest.mark.parametrize("draw", [even, clumped, far_tails, rounded])
@pytest.mark.parametrize("coarse", [False, True])
def test_points_keep_mass_mean_square_and_cube(cells_of, draw, coarse):
    cells = cells_of(draw(np.random.default_rng(0))[:, None])
    points = compress(cells)
    points = points.coarse if coarse else points
    z = cells.total(lambda z, mass: z.copy()) if cells.n_cells < 2**19 else None
    size = power_sums(np.abs(z), np.ones(z.size))
    error = power_sums(points.values, points.masses) - power_sums(z, np.ones(z.size))
    assert np.all(np.abs(error) < 1e-13 * size)  # of sums of 20,000
    assert np.all(np.diff(points.values) > 0)


def test_two_nodes_have_the_moments_of_a_skewed_bin():
    values, masses = np.array([0.0, 0.1, 1.0]), np.array([7.0, 2.0, 0.5])
    mean = masses @ values / masses.sum()
    bin_of_all = Moments(
        masses.sum(keepdims=True),
        np.array([mean]),
        np.array([masses @ (values - mean) ** 2]),
        np.array([masses @ (values - mean) ** 3]),
    )
    found, weights = nodes(bin_of_all)
    np.testing.assert_allclose(
        power_sums(found[0], weights[0]), power_sums(values, masses), rtol=1e-14
    )
    assert 0 <= found[0, 0] < found[0, 1] <= 1


def test_a_rare_far_node_keeps_its_digits():
    """The masses of the nodes are a million to one."""
    values, masses = np.array([0.0, 1.0]), np.array([1e6, 1.0])
    mean = 1 / (1e6 + 1)
    parts = [masses.sum(), mean, *(masses @ (values - mean) ** k for k in (2, 3))]
    found, weights = nodes(Moments(*(np.array([part]) for part in parts)))
    np.testing.assert_allclose(weights[0], masses, rtol=1e-12)
    np.testing.assert_allclose(found[0], values, atol=1e-12)


def test_even_bins_are_joined_and_uneven_ones_are_not():
    mass = np.full(64, 100.0)
    mass[20:24] = 5, 5, 400, 5
    first = join_even(mass, np.arange(65.0), 4, 1.0).tolist()
    assert first[0] == 0
    assert {22, 23, 32, 48} <= set(first)
    assert not set(range(33, 48)) & set(first)


def test_copies_of_all_cells_are_joined_as_the_cells_are():
    values = np.sort(np.random.default_rng(1).normal(size=3000))
    one = Points(values, np.ones(3000)).coarse
    many = Points(values, np.full(3000, 50.0)).coarse
    np.testing.assert_allclose(many.values, one.values, rtol=1e-9)
    np.testing.assert_allclose(many.masses, 50 * one.masses, rtol=1e-9)


def test_few_points_are_the_search_s_own():
    points = Points(np.arange(300.0), np.ones(300))
    assert points.coarse is points


def test_a_few_outliers_keep_most_of_their_places():
    """A tail of one bin in eight hid groups of outliers from the search."""
    rng = np.random.default_rng(3)
    values = np.append(rng.normal(size=1000), rng.uniform(-50, 50, size=30))
    coarse = Points(np.sort(values), np.ones(1030)).coarse
    far = np.abs(values) > 5
    assert np.count_nonzero(np.abs(coarse.values) > 5) > 0.8 * np.count_nonzero(far)
    assert coarse.values.size < 300
