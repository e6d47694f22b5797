"""The bins of a grid in standard units, and the points that stand for their cells."""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from .census import ONE, Counts
from .coarsening import EVEN, Moments, nodes
from .lattice import Filled, Window, central
from .points import Points

# The number of bins for 50,000 cells where all are joined.
FEWEST = 768

# A mass that counts as 0.
TINY = 1e-300

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
        return self._points(0.0)

    @cached_property
    def joined(self) -> Points:
        """The values, and the nodes of the bins that are left where even ones are joined.

        Sums over the nodes of bins of width h err by about h^4 per cell, so the number of
        bins grows with the fourth root of that of the cells.
        """
        if self.exact:
            return self.points
        fewest = FEWEST * max(1.0, self.n_cells / 5e4) ** 0.25
        return self._points(fewest / len(self.counts.windows))

    def _points(self, fewest: float) -> Points:
        """The values, and the nodes of all bins, or of the `fewest` if all are even."""
        alone = (self.counts.values - self.centre) * (1 / self.scale)
        if self.exact:
            values, index = np.unique(alone, return_inverse=True)
            return Points(values, np.bincount(index, weights=self.counts.masses))
        found = [(alone, self.counts.masses, np.zeros(alone.size))] if alone.size else []
        for window in self.counts.windows:
            bins, wide = window.filled, np.ones(1)
            if fewest:
                n_halvings = int(np.log2(max(window.sums.shape[1] / fewest, 1.0)))
                bins, wide = even_bins(window, n_halvings, self.finest)
            starts = window.starts(bins.numbers, self.centre, self.scale)
            found.append(_nodes_of(bins, starts, window.width / self.scale * wide))
        values, masses, widths = map(np.concatenate, zip(*found, strict=True))
        if np.any(values[1:] <= values[:-1]):
            values, at, index = np.unique(values, return_index=True, return_inverse=True)
            masses, widths = np.bincount(index, masses), widths[at]
        return Points(values, masses, widths, self.finest)

    @cached_property
    def panels(self) -> Panels:
        """The Panels of the bins that hold more than one value."""
        found = [self._panels_of(window) for window in self.counts.windows]
        return Panels(*map(np.concatenate, zip(*found, strict=True)))

    def _panels_of(self, window: Window) -> Panels:
        numbers, mass, *moments = window.filled
        width = window.width / self.scale
        weights = np.bincount(numbers >> PANEL, mass * left_out(*moments) * (width**4 / 24))
        there = np.flatnonzero(weights)
        middles = window.starts((there + 0.5) * 2**PANEL, self.centre, self.scale)
        halves = np.full(there.size, width * 2 ** (PANEL - 1))
        return Panels(middles, halves, weights[there])


def _nodes_of(
    bins: Filled, starts: np.ndarray, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values and masses of the nodes of bins, and the widths of the bins."""
    _, mass, mean, variance, third = bins
    values, masses = nodes(Moments(mass, mean, mass * variance, mass * third), ONE)
    values = starts[:, None] + widths[:, None] * values
    there = np.flatnonzero(masses)
    widths = np.broadcast_to(widths[:, None], values.shape)
    return values.take(there), masses.take(there), widths.take(there)


def even_bins(window: Window, n_halvings: int, unit: float) -> tuple[Filled, np.ndarray]:
    """The bins that hold cells, with even neighbours joined, and their widths in bins.

    Their numbers are those of the first of the bins that they were. They are joined two by
    two up to a number of times. `unit` is the mass of one observation.
    """
    numbers, sums, widths = [], [], []
    whole, first, wide = np.ones(window.sums.shape[1], dtype=bool), window.first, 1
    for left in range(n_halvings, -1, -1):
        alone = whole & (window.sums[0] > 0)
        joint = whole[:0]
        if left:
            padded = window.padded(window.first & ~1, (window.stop + 1) & ~1)
            at = slice(window.first - padded.first, window.stop - padded.first)
            pairs = np.ones(padded.sums.shape[1], dtype=bool)
            pairs[at] = whole
            joint = pairs[::2] & pairs[1::2]
            joint &= unevenness(padded.sums[0]) <= EVEN * unit
            alone &= ~np.repeat(joint, 2)[at]
        found = np.flatnonzero(alone)
        numbers.append((window.first + found) * wide - first)
        sums.append(window.sums.take(found, axis=1))
        widths.append(np.full(found.size, wide))
        if not joint.any():
            break
        window, whole, wide = window.at_level(window.level + 1), joint, 2 * wide
    places = np.concatenate(numbers)
    order = np.argsort(places)
    every = central(np.concatenate(sums, axis=1).take(order, axis=1))
    return Filled(places[order], *every), np.concatenate(widths)[order]


def unevenness(masses: np.ndarray) -> np.ndarray:
    """The log likelihood ratios of the masses of pairs of neighbours to expected halves.

    The halves differ as they would if the pairs beside them were on one slope.
    """
    halves = masses.reshape(-1, 2).T
    both = halves[0] + halves[1]
    around = np.zeros(both.size + 2)
    around[1:-1] = both
    tilt = np.maximum(np.minimum((around[2:] - around[:-2]) / 16, both / 4), -both / 4)
    expected = 0.5 * both + np.array([-tilt, tilt])
    ratios = halves * np.log(np.maximum(halves, TINY) / np.maximum(expected, TINY))
    return ratios[0] + ratios[1]


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
