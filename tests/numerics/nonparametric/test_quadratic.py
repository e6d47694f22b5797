"""The highest point of a concave quadratic function without negative coordinates."""

import numpy as np
import pytest
from scipy.optimize import nnls

from skem.numerics.nonparametric.quadratic import nonnegative


def problem(seed, k=30):
    """Neighbouring columns that are nearly the same, as those of a fine grid."""
    rng = np.random.default_rng(seed)
    places = np.sort(rng.uniform(-4, 4, k))
    x = np.linspace(-5, 5, 60)[:, None]
    columns = np.exp(-np.square(x - places) / 2)
    target = columns @ rng.exponential(size=k) + 0.3 * rng.normal(size=60)
    return columns, target


def height(columns, target, x):
    return target @ columns @ x - np.square(columns @ x).sum() / 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("first", ["none", "all", "some"])
def test_it_is_as_high_as_least_squares(seed, first):
    columns, target = problem(seed)
    k = columns.shape[1]
    start = np.zeros(k)
    start[:: {"none": k + 1, "all": 1, "some": 3}[first]] = 1.0
    start[0] *= first != "none"
    found = nonnegative(columns.T @ columns, columns.T @ target, start, 1e-9)
    best, _ = nnls(columns, target)
    assert (found >= 0).all()
    # Slopes of up to 1e-9, times coordinates that sum to less than 100.
    assert height(columns, target, found) >= height(columns, target, best) - 1e-7


def test_no_slope_is_steeper_than_the_least_at_the_end():
    columns, target = problem(7)
    k = columns.shape[1]
    found = nonnegative(columns.T @ columns, columns.T @ target, np.zeros(k), 1e-3)
    assert (columns.T @ (target - columns @ found)).max() <= 1e-3 + 1e-9  # the ridge


def test_a_start_at_the_highest_point_stays():
    columns, target = problem(8)
    best, _ = nnls(columns, target)
    found = nonnegative(columns.T @ columns, columns.T @ target, best, 1e-3)
    assert height(columns, target, found) >= height(columns, target, best) - 1e-9
