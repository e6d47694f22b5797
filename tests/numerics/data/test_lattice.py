"""Windows of bins on dyadic lattices."""

import numpy as np
import pytest

from skem.numerics.data.counting import Part, count_in
from skem.numerics.data.lattice import (
    MOST_BINS,
    Window,
    are_alike,
    bulk_of,
    common_level,
    frame_of,
    unite,
)


@pytest.fixture
def values():
    return np.random.default_rng(0).normal(0.3, 1.7, 5000)


def window_of(values, n_bins=500):
    bins = frame_of(values.min(), values.max(), n_bins)
    return count_in(bins, Part(values))[0].trimmed()


def moments_of(window):
    """Mass, and moments about 0 of degree 1 to 3, from those of the bins."""
    numbers, mass, mean, variance, third = window.filled
    mean = window.starts(numbers + mean, 0.0, 1.0)
    variance, third = variance * window.width**2, third * window.width**3
    second = mass * (variance + mean**2)
    third = mass * (third + 3 * mean * variance + mean**3)
    return np.array([mass.sum(), mass @ mean, second.sum(), third.sum()])


def power_sums(values):
    return np.array([(values**k).sum() for k in range(4)])


def test_bins_keep_mass_mean_square_and_cube(values):
    size = power_sums(np.abs(values))
    error = moments_of(window_of(values)) - power_sums(values)
    assert np.all(np.abs(error) < 1e-14 * size)  # of sums of 5,000


@pytest.mark.parametrize("levels", [1, 3, 8])
def test_wider_bins_keep_them_too(values, levels):
    window = window_of(values)
    wider = window.at_level(window.level + levels)
    assert wider.sums.shape[1] <= window.sums.shape[1] / 2**levels + 2
    size = power_sums(np.abs(values))
    error = moments_of(wider) - power_sums(values)
    assert np.all(np.abs(error) < 1e-14 * size)


@pytest.mark.parametrize("n_bins", [100, 500, 4000])
def test_windows_of_different_bins_become_those_of_all_cells(values, n_bins):
    one, other = window_of(values[:2000]), window_of(values[2000:], n_bins)
    both = unite(one, other)
    whole = window_of(values).at_level(both.level)
    assert both.level == max(one.level, other.level)
    # In sums of cubes a cell leaves 32 bits.
    atol = np.array([[1e-12], [1e-12], [1e-12], [1e-6]])
    assert np.all(np.abs(both.trimmed().sums - whole.trimmed().sums) < atol)


def test_a_union_of_far_windows_has_wider_bins():
    one, other = (Window(-10, first, np.ones((4, 100))) for first in (0, 10**9))
    both = unite(one, other)
    assert both.level == common_level(one, other)
    assert both.sums.shape[1] <= MOST_BINS + 1
    assert both.sums[0].sum() == 200


def test_windows_are_alike_if_they_touch_and_their_bins_are_similar():
    window = Window(0, 0, np.ones((4, 100)))
    assert are_alike(window, Window(0, 100, np.ones((4, 5))))
    assert are_alike(Window(2, 25, np.ones((4, 20))), window)
    assert not are_alike(window, Window(0, 101, np.ones((4, 5))))
    assert not are_alike(window, Window(3, 0, np.ones((4, 20))))


def test_narrow_bins_with_nearly_all_cells_are_not_made_wider():
    window = Window(0, 0, np.ones((4, 100)))
    assert not are_alike(window, Window(1, 0, np.ones((4, 5))))


def test_the_order_of_windows_changes_nothing(values):
    one, other = window_of(values[:100]), window_of(values[100:], 64)
    np.testing.assert_array_equal(unite(one, other).sums, unite(other, one).sums)


@pytest.mark.parametrize("scale", [1e-280, 1e-150, 1.0, 1e150, 1e299])
@pytest.mark.parametrize("offset", [0.0, 1.0, -1e8])
def test_a_frame_holds_its_range_at_every_scale(scale, offset):
    low, high = scale * (offset - 1), scale * (offset + 2)
    bins = frame_of(low, high, 100)
    assert 50 <= bins.n_bins <= 101
    window, others = count_in(bins, Part(np.array([low, high])))
    assert window.sums[0, 0] == 1
    assert window.sums[0, -1] == 1
    assert not others.values.size


def test_no_bin_is_finer_than_doubles_are():
    low, high = 1.0, np.nextafter(1.0, 2)
    bins = frame_of(low, high, 2**14)
    assert bins.n_bins == 2
    assert count_in(bins, Part(np.array([low, high])))[0].sums[0].tolist() == [1, 1]


def test_the_bulk_leaves_out_few_cells_at_either_end():
    ordered = np.append(np.linspace(-1, 1, 1000), 1e6)
    low, high = bulk_of(ordered)
    assert -2.1 < low < -1.9
    assert 1.9 < high < 2.1
