"""What points say of the cells that they stand for."""

import numpy as np
import pytest

from skem.numerics.data.compression import compress


@pytest.mark.parametrize("copies", [1.0, 3.0])
def test_no_node_has_less_mass_than_a_cell(cells_of, copies):
    """The mass of an outer Gauss node is at least that of the cells beyond it."""
    cells = np.random.default_rng(0).standard_t(1.2, 20_000)
    points = compress(cells_of(cells[:, None], np.full(20_000, copies)))
    for some in (points, points.coarse):
        # Sums of cubes leave 32 bits for a cell.
        assert some.masses.min() > copies * (1 - 1e-6)
        assert some.least_mass == some.unit == copies
