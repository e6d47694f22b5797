"""The bins of a grid in standard units, and the points that stand for their cells."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .census import ONE, Counts
from .coarsening import Moments, join_even, nodes
from .lattice import Window
from .points import Points

# The number of bins for 50,000 cells where all are joined.
FEWEST = 768

# The number of halvings of the number of bins in panels, as a power of 2.
PANEL = 3


class Panels(NamedTuple):
    """Neighbouring bins together: their middles, half their widths, and weights (P,).

    The sum of a function over the cells of a panel is that over the nodes, but for the
    weight times the function's fourth derivative somewhere in the panel.
    """

    middles: np.ndarray
    halves: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, eq=False)
class BinnedCells:
    """Counts of some cells, which are read as ``z = (alpha - centre) / scale``."""

    counts: Counts
    n_cells: int
    centre: float
    scale: float

    @property
    def exact(self) -> bool:
        """Whether every cell is kept by its value."""
        return not self.counts.windows

    @cached_property
    def finest(self) -> float:
        """The smallest mass of a bin or of a value."""
        parts = [window.sums[0] for window in self.counts.windows]
        parts.append(self.counts.masses)
        return min(float(part[part > 0].min(initial=np.inf)) for part in parts)

    @cached_property
    def points(self) -> Points:
        """The values, and the nodes of all bins."""
        found = [self._nodes_of(window, 0) for window in self.counts.windows]
        return self._points(found)

    @cached_property
    def joined(self) -> Points:
        """The values, and the nodes of the bins that are left where even ones are joined.

        Sums over the nodes of bins of width h err by about h^4 per cell, so the number of
        bins grows with the fourth root of that of the cells.
        """
        if self.exact:
            return self.points
        fewest = FEWEST * max(1.0, self.n_cells / 5e4) ** 0.25
        found = []
        for window in self.counts.windows:
            n_halvings = math.floor(math.log2(window.sums.shape[1] / fewest))
            found.append(self._nodes_of(window, max(n_halvings, 0)))
        return self._points(found)

    def _nodes_of(
        self, window: Window, n_halvings: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Values and masses of the nodes of a window, and the widths of their bins."""
        whole = 2**n_halvings
        first, stop = window.first // whole * whole, -(-window.stop // whole) * whole
        window = window.padded(first, stop)
        moments = window.moments(self.centre, self.scale)
        low, _ = window.ends()
        width = math.ldexp(1.0, window.level) / self.scale
        if n_halvings:
            edges = (low - self.centre) / self.scale + width * np.arange(stop - first + 1.0)
            begin, end, moments = join_even(moments, edges, n_halvings, self.finest)
            widths = width * (end - begin + 1.0)
        else:
            there = moments.mass > 0
            moments = Moments(*(part[there] for part in moments))
            widths = np.full(moments.mass.size, width)
        values, masses = nodes(moments, ONE * widths)
        there = masses > 0
        return values[there], masses[there], np.repeat(widths[:, None], 2, axis=1)[there]

    def _points(self, found: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Points:
        """The nodes of windows and the values as Points."""
        alone = (self.counts.values - self.centre) * (1 / self.scale)
        if self.exact:
            values, index = np.unique(alone, return_inverse=True)
            masses = np.bincount(index, weights=self.counts.masses)
            return Points(values, masses)
        if alone.size:
            found.append((alone, self.counts.masses, np.zeros(alone.size)))
        values, masses, widths = map(np.concatenate, zip(*found, strict=True))
        if len(found) > 1:
            order = np.argsort(values, kind="stable")
            values, masses, widths = values[order], masses[order], widths[order]
        return Points(values, masses, widths, self.finest)

    @cached_property
    def panels(self) -> Panels:
        """The Panels of the bins that hold more than one value."""
        found = [_panels_of(w, self.centre, self.scale) for w in self.counts.windows]
        return Panels(*map(np.concatenate, zip(*found, strict=True)))


def _panels_of(window: Window, centre: float, scale: float) -> Panels:
    n_bins = 2**PANEL
    first, stop = window.first >> PANEL, -(-window.stop >> PANEL)
    window = window.padded(first * n_bins, stop * n_bins)
    width = math.ldexp(1.0, window.level) / scale
    weights = window.sums[0] * left_out(*window.places()[1:]) * width**4 / 24
    weights = weights.reshape(-1, n_bins).sum(axis=1)
    there = np.flatnonzero(weights)
    start = (window.ends()[0] - centre) / scale
    half = width * n_bins / 2
    return Panels(start + half * (2 * there + 1), np.full(there.size, half), weights[there])


def left_out(mean: np.ndarray, variance: np.ndarray, third: np.ndarray) -> np.ndarray:
    """The most by which fourth moments in bins can exceed those of the nodes, per mass.

    They are of places in [0, 1] with a mean, a variance and a third central moment.
    """
    above = 1 - mean
    skew = (above - mean) * variance - third
    room = mean * above - variance
    with np.errstate(divide="ignore", invalid="ignore"):
        most = mean * above * variance + (above - mean) * third
        most -= np.where(room > 0, skew * skew / room, 0.0)
        least = variance * variance + third * third / variance
    return np.where(variance > ONE * ONE, np.maximum(most - least, 0.0), 0.0)
