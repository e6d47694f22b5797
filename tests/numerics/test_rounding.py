"""The noise that hides rounding: how much, and that it does."""

import numpy as np
import pytest

from skem.numerics.blocks import BLOCK
from skem.numerics.rounding import LEFT, heaps, hiding_noise

ENDS = -5.0, 5.0


def noise_for(z, n_cells=None):
    return hiding_noise(heaps(*ENDS, z), *ENDS, n_cells or z.size)


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def rounded(z, step):
    return step * np.round(z / step)


def transform(z, t):
    """Of the cells' distribution, at the frequency t."""
    return abs(np.exp(1j * t * z).mean())


def left_of(step, noise, n):
    """What noise leaves of a lattice, in standard errors of the transform."""
    return np.sqrt(n) * np.exp(-0.5 * (2 * np.pi / step * noise) ** 2)


@pytest.mark.parametrize("n", [60, 500, 5_000])
@pytest.mark.parametrize("narrow", [1.0, 0.01, 0.001])
def test_cells_that_are_not_rounded_need_no_noise(n, narrow):
    z = normal(n)
    z[: n // 3] *= narrow
    assert noise_for(z) == 0


def test_a_dense_group_whose_cells_happen_to_be_equal_needs_next_to_none():
    assert 0 < noise_for(0.001 * normal(100_000)) < 0.0005


@pytest.mark.parametrize("n", [500, 25_500])
@pytest.mark.parametrize("step", [0.002, 0.03, 0.1, 0.5])
def test_noise_leaves_nothing_of_a_rounding(step, n):
    noise = noise_for(rounded(normal(n), step))
    # A peak's height is uncertain by what the counted cells are moved.
    assert left_of(step, noise, n) < 1.1 * LEFT
    assert noise < 0.8 * step


def test_noise_hides_the_peaks_of_rounded_cells():
    n, step = 20_000, 0.2
    z = rounded(normal(n), step)
    blurred = z + noise_for(z) * normal(n, seed=1)
    assert transform(z, 2 * np.pi / step) > 0.9
    # A transform of n cells reaches 4 standard errors with a probability of 1e-7.
    assert transform(blurred, 2 * np.pi / step) < 4 / np.sqrt(n)


def test_the_coarser_of_two_roundings_is_hidden():
    z = np.concatenate([rounded(normal(1000), 0.3), rounded(normal(1000, 1), 0.4)])
    assert left_of(0.4, noise_for(z), 2000) / 2 < LEFT


@pytest.mark.parametrize("others", [lambda z: z, lambda z: rounded(z, 0.001)])
def test_a_tenth_of_the_cells_can_be_what_is_rounded(others):
    n = 10_000
    z = np.concatenate([rounded(normal(n // 10), 0.3), others(normal(n - n // 10, 1))])
    assert left_of(0.3, noise_for(z), n) / 10 < LEFT


def test_differences_of_rounded_numbers_are_seen_through_rounding_errors():
    one, other = (rounded(normal(2000, seed), 0.1) for seed in (0, 1))
    single = (7 + one).astype(np.float32) - (7 + other).astype(np.float32)
    for z in (0.7 * (one - other), 0.7 * single.astype(float)):
        assert 0.07 / 3 < noise_for(z) < 0.07


def test_a_rounding_too_fine_to_be_seen_is_hidden_all_the_same():
    step = 1e-4
    assert step < noise_for(rounded(normal(100_000), step)) < 1e-3


def test_a_narrow_group_is_not_blurred_for_a_finer_rounding():
    z = normal(3000)
    z[:900] *= 0.02
    assert noise_for(rounded(z, 0.005)) < 0.005


def test_a_group_of_the_rounding_s_width_can_be_told_from_it():
    z = normal(4000)
    z[:1200] *= 0.1
    assert 0.03 < noise_for(rounded(z, 0.1)) < 0.08


@pytest.mark.parametrize("n", [300, 1000, 100_000])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda z: np.clip(z, *np.quantile(z, [0.05, 0.95])),
        lambda z: np.where(np.arange(z.size) % 10, z, 0.0),
        lambda z: rounded(z, 1.0),
    ],
    ids=["winsorised", "tenth zero", "rounded to whole sds"],
)
def test_no_noise_hides_cells_that_are_equal_for_another_reason(spoil, n):
    assert noise_for(spoil(normal(n))) == np.inf


def test_a_dozen_equal_cells_are_too_many_and_fewer_are_not():
    z = normal(500)
    z[:11] = 0.3
    assert 0 < noise_for(z) < 1e-3
    z[:12] = 0.3
    assert noise_for(z) == np.inf


def test_a_few_pairs_of_equal_cells_do_no_harm():
    z = normal(5000)
    z[:100] = z[100:200]
    assert 0 < noise_for(z) < 1e-3


def test_cells_beyond_the_ends_have_no_part():
    z = np.append(normal(500), np.full(20, 50.0))
    assert noise_for(z) == 0


def test_heaps_of_blocks_add_up():
    one, other = (heaps(*ENDS, rounded(normal(100, seed), 0.1)) for seed in (0, 1))
    both = one + other
    assert both.every.sum() == 200
    np.testing.assert_array_equal(both.equal, one.equal + other.equal)
    assert both.highest == max(one.highest, other.highest)


def test_more_cells_than_a_block_are_looked_at():
    assert heaps(*ENDS, normal(BLOCK + 5) / 2).every.sum() == BLOCK + 5
