"""Lattices that cells stand on, read off their values, and heaps that are on none."""

import numpy as np
import pytest

from skem.numerics.bootstrap.lattice import read_lattice
from skem.numerics.bootstrap.rounding import N_TICKS, Ruler

RULER = Ruler(-5.5, 5.5)


def lattice_of(z):
    return read_lattice(RULER, RULER.count(z), z.size)


def normal(n, seed=0):
    return np.random.default_rng(seed).normal(size=n)


def rounded(z, step):
    return step * np.round(z / step)


def some(n, share, spoil, others=lambda z: z, seed=0):
    """Cells of which a share is spoilt in one way, and the rest in another."""
    z = normal(n, seed)
    chosen = np.random.default_rng(seed + 1).random(n) < share
    return np.where(chosen, spoil(z), others(z))


@pytest.mark.parametrize("n", [60, 5000, 300_000])
@pytest.mark.parametrize("narrow", [1.0, 0.01, 0.001])
def test_cells_that_are_not_rounded_stand_on_no_lattice(n, narrow):
    z = normal(n)
    z[: n // 3] *= narrow
    step, heaps = lattice_of(z)
    # So many cells that some share a tick by chance find others a few ticks away.
    assert step < 0.01
    assert not heaps.at.size


@pytest.mark.parametrize(
    ("n", "step"), [(40, 0.5), (60, 0.3), (500, 0.1), (2000, 0.6), (25_500, 0.45)]
)
@pytest.mark.parametrize("seed", range(5))
def test_a_lattice_has_the_step_of_the_rounding(n, step, seed):
    found, heaps = lattice_of(rounded(normal(n, seed), step))
    # The nearest value as frequent may be the second or, of few cells, third by chance.
    multiple = found / step
    assert round(multiple) in ((1, 2, 3) if n < 100 else (1, 2))
    assert multiple == pytest.approx(round(multiple), abs=RULER.tick / step)
    assert not heaps.at.size


@pytest.mark.parametrize("step", [0.005, 0.01, 0.03])
def test_a_fine_lattice_is_not_taken_for_a_much_coarser_one(step):
    found, heaps = lattice_of(rounded(normal(25_500), step))
    assert step - RULER.tick < found < 6 * step
    assert not heaps.at.size


@pytest.mark.parametrize(("n", "step"), [(500, 0.02), (2000, 0.01), (500, 0.05)])
def test_few_lattices_are_taken_for_coarser_ones_by_accident(n, step):
    found = [lattice_of(rounded(normal(n, seed), step))[0] for seed in range(100)]
    assert np.sum(np.array(found) > 0.15) <= 8


def test_a_value_that_stands_out_alone_is_no_lattice():
    for seed in range(10):
        z = normal(2000, seed)
        z[: 10 + 2 * seed] = 0.25
        assert lattice_of(rounded(z, 0.05))[0] < 0.3


@pytest.mark.parametrize(
    ("n", "share", "step", "others"),
    [
        (120, 0.5, 0.5, None),
        (2000, 0.1, 0.5, 0.01),
        (2000, 0.8, 0.4, 0.001),
        (2000, 0.15, 0.5, 0.05),
        (25_500, 0.03, 0.4, 0.01),
        (25_500, 0.03, 0.5, 0.1),
        (25_500, 0.015, 0.4, 0.01),
        (1_000_000, 0.005, 0.3, 0.001),
    ],
)
def test_the_coarsest_of_several_roundings_counts(n, share, step, others):
    rest = (lambda z: rounded(z, others)) if others else (lambda z: z)
    found, heaps = lattice_of(some(n, share, lambda z: rounded(z, step), rest))
    assert found in (pytest.approx(step, abs=1e-4), pytest.approx(2 * step, abs=1e-4))
    assert not heaps.at.size


@pytest.mark.parametrize("seed", range(20))
def test_a_lattice_is_found_inside_a_narrow_group(seed):
    """Its values stand out of those further away, and are like each other."""
    z = normal(2000, seed)
    z[:200] = 1 + 0.1 * z[:200]
    found, heaps = lattice_of(rounded(z, 0.04))
    assert found < 0.1
    assert not heaps.at.size


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("distance", [500, 500.2])
def test_a_lattice_is_the_same_however_far_apart_groups_are(seed, distance):
    z = rounded(normal(1000, seed), 0.5)
    z[500:] += distance  # on the lattice of the others, or on one of their own
    ruler = Ruler(-5.0, 505.0)
    step, heaps = read_lattice(ruler, ruler.count(z), z.size)
    assert step in (pytest.approx(0.5, abs=0.004), pytest.approx(1, abs=0.004))
    assert not heaps.at.size


@pytest.mark.parametrize("step", [None, 0.01, 0.03])
@pytest.mark.parametrize("n", [1000, 2000, 25_500])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda z: np.clip(z, *np.quantile(z, [0.04, 0.96])),
        lambda z: np.where(np.arange(z.size) % 20, z, 0.0),
    ],
    ids=["winsorised", "a twentieth zero"],
)
def test_cells_of_one_value_are_a_heap_whether_the_others_are_rounded_or_not(
    spoil, n, step
):
    z = rounded(normal(n), step) if step else normal(n)
    spoilt = spoil(z)
    _, heaps = lattice_of(spoilt)
    assert heaps.at.size
    values, counts = np.unique(spoilt, return_counts=True)
    highest = RULER.values(heaps.at[heaps.heights.argmax()])
    assert np.abs(values[counts > 0.9 * counts.max()] - highest).min() < RULER.tick


def test_the_most_frequent_value_is_a_heap_where_the_rounding_is_as_wide_as_the_group():
    _, heaps = lattice_of(rounded(normal(2000), 1.0))
    assert np.abs(RULER.values(heaps.at)).min() < RULER.tick


def test_a_few_equal_cells_are_no_heap():
    z = normal(500)
    z[:11], z[11:22] = 0.3, 4.0
    assert not lattice_of(z)[1].at.size
    z[22] = 0.3
    assert lattice_of(z)[1].heights.tolist() == [12]


def test_two_heaps_on_a_lattice_are_no_coarser_one():
    z = rounded(normal(2000), 0.05)
    z[:150], z[150:300] = -0.5, 0.75
    step, heaps = lattice_of(z)
    assert step < 0.3
    assert heaps.at.size == 2


def test_a_heap_does_not_hide_a_coarser_lattice():
    z = some(2000, 0.1, lambda z: rounded(z, 0.5), lambda z: rounded(z, 0.01))
    z[:300] = 0.12
    step, heaps = lattice_of(z)
    assert step in (pytest.approx(0.5, abs=1e-4), pytest.approx(1, abs=1e-4))
    assert RULER.values(heaps.at) == pytest.approx([0.12], abs=RULER.tick)


@pytest.mark.parametrize("distance", [0.1, 0.4, 1.0])
def test_two_heaps_are_no_lattice(distance):
    z = normal(500)
    z[:30], z[30:60] = 0.0, distance
    step, heaps = lattice_of(z)
    assert step == 0
    assert heaps.heights.tolist() == [30, 30]


def test_cells_beyond_the_ends_have_no_part():
    z = np.append(normal(500), np.full(20, 50.0))
    assert not lattice_of(z)[1].at.size
    assert RULER.count(z).sum() == 500


def test_a_lattice_may_have_few_cells_at_every_second_value():
    counts = np.zeros(N_TICKS, dtype=int)
    counts[50_000:80_000:1000], counts[50_500:80_000:1000] = 4, 1
    step, heaps = read_lattice(RULER, counts, 150)
    assert step == pytest.approx(1000 * RULER.tick)  # that of the frequent ones
    assert not heaps.at.size


@pytest.mark.parametrize("exact", [999.4, 999.6, 1000.0])
def test_a_lattice_may_reach_to_the_last_tick(exact):
    at = np.rint(N_TICKS - 1 - exact * np.arange(9)).astype(int)
    counts = np.zeros(N_TICKS, dtype=int)
    counts[at] = counts[N_TICKS - 1 - at] = 50
    step, heaps = read_lattice(RULER, counts, 900)
    assert step == pytest.approx(exact * RULER.tick, abs=RULER.tick / 5)
    assert not heaps.at.size


def test_many_cells_on_a_lattice_between_ticks_are_no_heaps():
    """Three steps are not three times the nearest whole number of ticks."""
    for step in 2000.3, 3999.6, 4000.4, 4000.5:
        z = rounded(normal(300_000), step * RULER.tick)
        found, heaps = lattice_of(z)
        assert found == pytest.approx(step * RULER.tick, abs=RULER.tick / 5)
        assert not heaps.at.size


@pytest.mark.parametrize("seed", range(10))
def test_accidents_of_a_lattice_are_no_heaps(seed):
    for n, step in ((500, 0.05), (2000, 0.01), (25_500, 0.001), (25_500, 0.3)):
        assert not lattice_of(rounded(normal(n, seed), step))[1].at.size
