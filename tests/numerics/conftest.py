"""Cells in standard units, as the numerics take them."""

import pytest

from skem.numerics.blocks import measure, standard_cells


@pytest.fixture(scope="session")
def cells_of():
    def cells_of(alphas, manager_mass=None):
        return standard_cells(alphas, manager_mass, measure(alphas, manager_mass))

    return cells_of
