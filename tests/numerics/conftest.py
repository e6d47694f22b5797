"""Cells in standard units, as the numerics take them, and grids of cells in common bins."""

import numpy as np
import pytest

from skem.numerics.bootstrap.likelihood_ratio import BINS
from skem.numerics.bootstrap.replicates import bins_for, simulate
from skem.numerics.data.extent import measure, standard_cells
from skem.numerics.data.grid import Grid
from skem.numerics.data.points import Points
from skem.numerics.model.mixture import Mixture


@pytest.fixture(scope="session")
def cells_of():
    def cells_of(alphas, manager_mass=None):
        grid = Grid(alphas, manager_mass)
        return standard_cells(grid, measure(grid))

    return cells_of


@pytest.fixture(scope="session")
def truth():
    """Two groups that can be told apart."""
    return Mixture(np.array([0.3, 0.7]), np.array([-1.0, 0.5]), np.array([0.25, 0.16]))


@pytest.fixture(scope="session")
def bins(truth):
    return bins_for(truth, **BINS)


@pytest.fixture(scope="session")
def grids(truth, bins):
    """Six grids of 500 cells drawn from the truth."""
    return Points(bins.values, simulate(bins, truth, 500, 6, np.random.RandomState(0)))
