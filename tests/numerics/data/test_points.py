"""What points say of the cells that they stand for."""

import numpy as np
import pytest
from compressed import compress

from skem.numerics.data.points import AROUND, Points


def distances(values, means):
    return Points(values, np.ones(values.size)).apart_at(means)


@pytest.mark.parametrize("copies", [1.0, 3.0])
def test_no_node_has_less_mass_than_a_cell(cells_of, copies):
    """The mass of an outer Gauss node is at least that of the cells beyond it."""
    cells = np.random.default_rng(0).standard_t(1.2, 20_000)
    points = compress(cells_of(cells[:, None], np.full(20_000, copies)))
    for some in (points, points.coarse):
        # Sums of cubes leave 32 bits for a cell.
        assert some.masses.min() > copies * (1 - 1e-6)
        assert some.least_mass == some.unit == copies


def test_distances_are_measured_on_the_denser_side():
    values = np.array([-8.0, -4.0, 0.0, 1.0, 2.0, 3.0])
    assert distances(values, np.array([0.1]))[0] == 1
    assert distances(values, np.array([-8.0]))[0] == 4 * 3 / AROUND - 1  # -8, -4, 0, 1


def test_distances_are_the_same_of_mirrored_values_and_do_not_jump():
    values = np.array([-3.0, -2.9, -2.8, 0.0, 2.0, 5.0, 9.0])
    means = np.concatenate([values, values + 1e-12, values - 1e-12, [-1.4, 1.0]])
    mirrored = distances(-values[::-1], -means)
    assert mirrored == pytest.approx(distances(values, means), rel=1e-9)
    at, above, below = distances(values, means)[:21].reshape(3, 7)
    assert above == pytest.approx(at, rel=1e-9)
    assert below == pytest.approx(at, rel=1e-9)
