"""Cells rounded to significant digits, and to the coarser lattice of theirs."""

import numpy as np
import pytest

from skem.numerics.bootstrap.rounding import Ruler
from skem.numerics.bootstrap.significant import Coarser, find_coarser


def normal(n, mean, sd, seed=0):
    return np.random.default_rng(seed).normal(mean, sd, n)


def to_digits(z, n_digits):
    return np.array([float(f"{value:.{n_digits - 1}e}") for value in z])


def counted(z):
    margin = 0.01 * np.ptp(z)
    ruler = Ruler(z.min() - margin, z.max() + margin)
    return ruler, ruler.count(z)


@pytest.mark.parametrize(
    ("n", "mean", "sd", "n_digits", "step"),
    [
        (300, 0.01, 0.003, 2, 0.001),
        (5000, 0.01, 0.005, 2, 0.001),
        (5000, -0.1, 0.003, 3, 0.001),
        (2000, 0.0, 0.02, 1, 0.01),
        (25_500, 0.003, 0.01, 3, 0.0001),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_a_step_changes_at_a_power_of_ten(n, mean, sd, n_digits, step, seed):
    ruler, counts = counted(to_digits(normal(n, mean, sd, seed), n_digits))
    found = find_coarser(counts)
    assert found.spacing * ruler.tick == pytest.approx(step, rel=0.01)
    assert found.finer * ruler.tick == pytest.approx(step / 10, abs=ruler.tick)
    distance = ruler.values(found.anchor) / step
    assert distance == pytest.approx(round(distance), abs=ruler.tick / step)


@pytest.mark.parametrize("n", [30, 300, 5000, 300_000])
@pytest.mark.parametrize("step", [None, 0.5, 0.1, 0.01])
def test_one_step_is_not_changed(n, step):
    z = normal(n, 0, 1)
    z = step * np.round(z / step) if step else z
    assert find_coarser(counted(z)[1]) is None


@pytest.mark.parametrize("seed", range(40))
def test_two_roundings_of_cells_side_by_side_change_no_step(seed):
    """Beside a frequent value there may be equal distances between rare ones."""
    z = normal(2000, 0, 1, seed)
    step = np.tile([0.5, 0.01], 1000)
    assert find_coarser(counted(step * np.round(z / step))[1]) is None


@pytest.mark.parametrize("seed", range(10))
def test_some_coarsely_rounded_cells_among_others_change_no_step(seed):
    z = normal(2000, 0, 1, seed)
    z[:400] = 0.5 * np.round(z[:400] / 0.5)
    assert find_coarser(counted(z)[1]) is None


def test_rounded_to_the_coarser_lattice_cells_are_as_if_rounded_to_it_at_once():
    z = normal(200_000, 0.01, 0.003)
    ruler, counts = counted(to_digits(z, 2))
    found = find_coarser(counts).round(counts)
    once = ruler.count(0.001 * np.round(z / 0.001))
    at, expected = np.flatnonzero(found), np.flatnonzero(once)
    assert found.sum() == pytest.approx(200_000)
    np.testing.assert_allclose(at, expected, atol=3)
    # Of the cells in the middle between two values, 2,700 at most, half go to either: to
    # within 26 cells, four times that, at both ends.
    np.testing.assert_allclose(found[at], once[expected], atol=4 * 26 * np.sqrt(2))


@pytest.mark.parametrize("anchor", range(40, 60))
def test_wherever_the_lattice_lies_no_cell_is_lost(anchor):
    counts = np.ones(100)
    found = Coarser(anchor, spacing=19.5, finer=10).round(counts)
    assert found.sum() == pytest.approx(100)
    # 19.5 in each but the outermost.
    assert np.all((found >= 0) & (found < 30))


def test_a_cell_between_two_values_goes_to_both_in_parts():
    counts = np.zeros(100)
    counts[[25, 27, 30, 75]] = 1
    found = Coarser(anchor=50, spacing=50.0, finer=10).round(counts)
    # The ends of the ticks are values, too, or nearest to one.
    assert np.flatnonzero(found).tolist() == [0, 50, 99]
    np.testing.assert_allclose(found[[0, 50, 99]], [0.8, 2.7, 0.5], atol=0.01)
