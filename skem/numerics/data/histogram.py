"""The masses of a grid's cells in equal bins, and below and above them."""

import operator
from functools import partial
from typing import NamedTuple

import numpy as np

from .grid import Grid
from .tiles import observed, read, spread

# Distance outside an end, in bin widths, at which rounding may place a cell.
SLACK = 1e-6


class Histogram(NamedTuple):
    """Masses (B,) of the cells in B bins, and of those below and above them."""

    masses: np.ndarray
    below: float
    above: float

    def __add__(self, other: "Histogram") -> "Histogram":  # type: ignore[override]
        return Histogram(*map(operator.add, self, other))


def histogram(grid: Grid, low: float, high: float, n_bins: int) -> Histogram:
    """Masses of the observed cells, in raw units, in equal bins of [low, high]."""
    return grid.total(partial(_count_tile, low, (high - low) / n_bins, n_bins))


def _count_tile(
    low: float, width: float, n_bins: int, tile: np.ndarray, row_mass: np.ndarray | None
) -> Histogram:
    mass = None if row_mass is None else spread(row_mass, tile)
    at, mass = observed(read(tile, low, width), mass)
    inside = (at >= -SLACK) & (at <= n_bins + SLACK)
    index = np.where(inside, np.clip(at, 0, n_bins - 1), np.where(at < 0, -1, n_bins))
    counts = np.bincount(
        1 + np.floor(index).astype(np.intp), weights=mass, minlength=n_bins + 2
    )
    return Histogram(counts[1:-1].astype(float), float(counts[0]), float(counts[-1]))
