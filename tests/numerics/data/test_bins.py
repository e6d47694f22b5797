"""Sums of cells in bins."""

import numpy as np
import pytest

from skem.numerics.data import bins
from skem.numerics.data.compression import compress


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_are_the_same_without_the_private_function_of_scipy(monkeypatch, weighted):
    rng = np.random.default_rng(0)
    at = rng.uniform(-20, 120, 5000)
    mass = rng.uniform(size=5000) if weighted else None
    edges = bins.outer_edges(-20.0, 120.0, 100)
    fast = bins.sum_block(100, edges, at, mass)
    monkeypatch.setattr(bins, "csc_matvec", None)
    slow = bins.sum_block(100, edges, at, mass)
    for one, other in zip(fast, slow, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)  # sums of some hundreds
    assert fast.inner[0].sum() + fast.outer[0].sum() == pytest.approx(
        5000 if mass is None else mass.sum()
    )


def test_a_cell_at_the_end_of_an_opened_bin_is_counted_once(cells_of):
    """Rounding places the smallest cell before the first bin, which is opened."""
    rng = np.random.RandomState(0)
    for _ in range(20):
        cells = np.exp(3 * rng.randn(6000, 1))
        mass = 3 * rng.rand(6000)
        points = compress(cells_of(cells, mass))
        # The sum of 6,000 masses, in another order.
        assert points.mass == pytest.approx(mass.sum(), rel=1e-12)
