"""How many cells of a grid lie in each of some equal bins, and how many beyond."""

import operator
from functools import partial
from typing import NamedTuple

import numpy as np

from .tiles import observed, read, spread

# A cell at an end may be placed this part of a bin outside by rounding.
SLACK = 1e-6


class Histogram(NamedTuple):
    """Masses (B,) of the cells in B bins, and of those below and above them."""

    masses: np.ndarray
    below: float
    above: float

    def __add__(self, other):
        return Histogram(*map(operator.add, self, other))


def histogram(grid, low, high, n_bins):
    """Masses of the observed cells, in raw units, in equal bins of [low, high]."""
    return grid.total(partial(_count_tile, low, (high - low) / n_bins, n_bins))


def _count_tile(low, width, n_bins, tile, row_mass):
    mass = None if row_mass is None else spread(row_mass, tile)
    at, mass = observed(read(tile, low, width), mass)
    inside = (at >= -SLACK) & (at <= n_bins + SLACK)
    index = np.where(inside, np.clip(at, 0, n_bins - 1), np.where(at < 0, -1, n_bins))
    counts = np.bincount(
        1 + np.floor(index).astype(np.intp), weights=mass, minlength=n_bins + 2
    )
    return Histogram(counts[1:-1].astype(float), float(counts[0]), float(counts[-1]))
