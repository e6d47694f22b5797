"""Grids that several tests fit."""

import gc
import os
from pathlib import Path

# Read when NumPy is imported. The matrices are small, and the processes of pytest-xdist
# share the cores already.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest

from skem.datasets import make_alpha_panel


def pytest_collection_finish():
    """Keep the collector of garbage from going through all modules and tests again."""
    gc.freeze()


@pytest.fixture(scope="session")
def textbook():
    """The textbook grid: 255 managers, 100 draws, two groups that overlap."""
    return make_alpha_panel(random_state=0)[0]


@pytest.fixture(scope="session")
def separated():
    """60 managers, 50 draws, two groups three standard deviations apart."""
    return make_alpha_panel(
        60,
        50,
        weights=[0.4, 0.6],
        means=[-1e-3, 2e-3],
        variances=[1e-6, 0.64e-6],
        random_state=1,
    )[0]


@pytest.fixture(scope="session")
def three_groups():
    """80 managers, 50 draws, three groups that overlap."""
    return make_alpha_panel(
        80,
        50,
        weights=[0.25, 0.5, 0.25],
        means=[-2e-3, 0.0, 2.5e-3],
        variances=[2.25e-6, 0.49e-6, 1.44e-6],
        random_state=2,
    )[0]


@pytest.fixture(scope="session")
def faithful():
    """Old Faithful's waiting times in minutes, 272 x 1."""
    path = Path(__file__).parent / "data" / "faithful_waiting.txt"
    return np.loadtxt(path).reshape(-1, 1)


@pytest.fixture
def ax():
    """Axes of a figure that pyplot does not know of."""
    from matplotlib.figure import Figure

    return Figure().subplots()
