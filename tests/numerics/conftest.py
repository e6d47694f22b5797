"""Cells in standard units, as the numerics take them."""

import pytest

from skem.numerics.blocks import Grid
from skem.numerics.extent import measure, standard_cells


@pytest.fixture(scope="session")
def cells_of():
    def cells_of(alphas, manager_mass=None):
        grid = Grid(alphas, manager_mass)
        return standard_cells(grid, measure(grid))

    return cells_of
