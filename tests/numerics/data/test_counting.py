"""Cells counted in the bins of a frame."""

import numpy as np
import pytest

from skem.numerics.data import counting
from skem.numerics.data.counting import PIECE, Part, count_in, split
from skem.numerics.data.lattice import Frame

BINS = Frame(-2, -40, 100)  # from -10 to 15


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(0, 5, PIECE + 5000)


def within(values):
    return (values >= -10) & (values < 15)


@pytest.mark.parametrize("weighted", [False, True])
def test_sums_are_the_same_without_the_private_function_of_scipy(
    monkeypatch, values, weighted
):
    masses = np.random.default_rng(1).uniform(size=values.size) if weighted else None
    fast, _ = count_in(BINS, Part(values, masses))
    monkeypatch.setattr(counting, "csc_matvec", None)
    slow, _ = count_in(BINS, Part(values, masses))
    # Sums of thousands; in those of cubes a cell leaves 32 bits.
    np.testing.assert_allclose(fast.sums[:3], slow.sums[:3], atol=1e-10)
    np.testing.assert_allclose(fast.sums[3], slow.sums[3], atol=1e-6)
    mass = np.ones(values.size) if masses is None else masses
    assert fast.sums[0].sum() == pytest.approx(mass[within(values)].sum(), rel=1e-13)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_places_are_counted_from_the_starts_of_bins(values, dtype):
    values = values.astype(dtype)
    window, _ = count_in(BINS, Part(values))
    inside = values[within(values)].astype(np.float64)
    numbers = np.floor(4 * inside).astype(int) + 40
    for k, sums in enumerate(window.sums):
        powers = (4 * inside - np.floor(4 * inside)) ** k
        expected = np.bincount(numbers, powers, 100)
        # Sums of a thousand; in those of cubes a cell leaves 32 bits.
        np.testing.assert_allclose(sums, expected, atol=1e-6 if k == 3 else 1e-10)


def cast_to_zero(integers, x, casting):
    integers[...] = np.nan_to_num(x).clip(-(2.0**31), 2.0**31 - 1)


@pytest.mark.parametrize("casts_to_zero", [False, True])
def test_cells_outside_and_missing_ones_are_given_back(monkeypatch, values, casts_to_zero):
    values[::50] = np.nan
    values[7], values[8] = np.inf, -1e300
    if casts_to_zero:  # as processors of other makers do
        monkeypatch.setattr(counting.np, "copyto", cast_to_zero)
    masses = np.arange(values.size, dtype=float)
    window, others = count_in(BINS, Part(values, masses))
    outside = ~within(values)
    assert window.sums[0].sum() == masses[~outside].sum()
    assert np.isfinite(window.sums).all()
    order = np.argsort(others.masses)
    np.testing.assert_array_equal(others.values[order], values[outside])
    np.testing.assert_array_equal(others.masses[order], masses[outside])


def test_cells_are_split_as_they_are_counted(values):
    inside, others = split(BINS, 10, 30, Part(values))
    window, _ = count_in(BINS, Part(values))
    assert inside.values.size == window.sums[0, 10:30].sum()
    assert inside.values.size + others.values.size == values.size
    assert inside.values.min() >= -10 + 10 / 4
    assert inside.values.max() < -10 + 30 / 4
