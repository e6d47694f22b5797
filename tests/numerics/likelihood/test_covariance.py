"""Sums of scores, manager by manager."""

import numpy as np
import pytest

from skem.numerics.data.grid import Grid
from skem.numerics.likelihood.covariance import sum_by_manager
from skem.numerics.model.mixture import Mixture, responsibilities

MIXTURE = Mixture(np.array([0.3, 0.7]), np.array([-1.0, 0.8]), np.array([0.5, 0.9]))


@pytest.fixture(scope="module")
def grid():
    alphas = np.random.default_rng(0).standard_normal((40, 30))
    alphas[::7, ::3] = np.nan
    alphas[3] = np.nan
    return alphas


def by_hand(alphas, mass, pairs):
    """The outer products, manager by manager and pair by pair."""
    outer, n_managers = np.zeros((6, 6)), 0.0
    for row, weight in zip(alphas, mass, strict=True):
        z = row[~np.isnan(row)]
        if z.size:
            p, _ = responsibilities(z, MIXTURE)
            u = (z - MIXTURE.means[:, None]) / np.sqrt(MIXTURE.variances)[:, None]
            powers = np.concatenate([p * u**k for k in range(3)])
            if pairs:
                products = [
                    np.outer(one, other)
                    for i, one in enumerate(powers.T)
                    for j, other in enumerate(powers.T)
                    if i != j
                ]
                outer += weight * np.mean(products, axis=0)
            else:
                outer += weight * np.outer(powers.sum(axis=1), powers.sum(axis=1))
            n_managers += weight
    return outer, n_managers


@pytest.fixture(scope="module")
def expected(grid):
    """Those of managers, and of pairs of their draws."""
    return [by_hand(grid, np.linspace(0, 2, 40), pairs) for pairs in (False, True)]


@pytest.mark.parametrize("pairs", [False, True])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
@pytest.mark.parametrize("piece", [7, 100, 2**13])
def test_products_of_managers_sums_are_added_up(
    monkeypatch, grid, expected, pairs, layout, piece
):
    monkeypatch.setattr("skem.numerics.likelihood.covariance.PIECE", piece)
    monkeypatch.setattr("skem.numerics.data.tiles.BLOCK", 128)
    mass = np.linspace(0, 2, 40)
    managers = sum_by_manager(Grid(layout(grid), mass), MIXTURE, 0.0, 1.0, pairs)
    outer, n_managers = expected[pairs]
    # Sums of a thousand terms of order 1.
    np.testing.assert_allclose(managers.outer, outer, rtol=1e-12, atol=1e-11)
    assert managers.n_managers == pytest.approx(n_managers, rel=1e-14)


def test_a_manager_with_a_single_draw_has_no_pairs(grid):
    single = np.full((3, grid.shape[1]), np.nan)
    single[:, 5] = [0.1, 2.0, -1.0]
    without, with_singles = (
        sum_by_manager(Grid(rows), MIXTURE, 0.0, 1.0, True)
        for rows in (grid, np.vstack([grid, single]))
    )
    np.testing.assert_array_equal(with_singles.outer, without.outer)
    assert with_singles.n_managers == without.n_managers + 3


def test_the_sums_have_the_same_bits_on_any_number_of_threads(monkeypatch, grid):
    monkeypatch.setattr("skem.numerics.data.tiles.BLOCK", 128)
    one, two = (
        sum_by_manager(Grid(grid, None, n), MIXTURE, 0.1, 2.0, False) for n in (1, 2)
    )
    np.testing.assert_array_equal(one.outer, two.outer)
    np.testing.assert_array_equal(one.sums.products, two.sums.products)
