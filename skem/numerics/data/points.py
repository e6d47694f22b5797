"""Weighted points that stand for cells, noisy estimates, or many data sets at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import noisy_bins
from .tiles import dot

# The share of the mass that makes a bin heavy, and the number of bins it is opened into.
HEAVY, OPENED = 1 / 16, 2**10

# The number of points that are enough to search on, and that in clumps.
COARSE, MORE_COARSE = 2**10, 2**12


class Points(NamedTuple):
    """Values (K,) and their masses, in standard units, that stand for cells.

    The numerics ask of them what they ask of cells: `mass`, `noisy`, `noise_level`, `only`
    and `total`. Masses of shape (C, K) stand for C data sets that share the values: many
    simulated or resampled grids, with one of C mixtures fitted to each.

    Parameters
    ----------
    values : ndarray of shape (K,)
        Ascending, unless there is `noise`.
    masses : ndarray of shape (K,) or (C, K)
        The number of cells that each value stands for, or the sum of their weights.
    widths : ndarray of shape (K,), optional
        The widths of the bins that the values stand for; None where a value is a cell's.
    finest : float, optional
        The smallest mass of the points that these were made of, if they were.
    noise : ndarray of shape (K,), optional
        The noise variance of each value: the squared standard error of an estimate.
    noise_level : float
        The noise variance of average precision, 0 where there is no noise.
    """

    values: np.ndarray
    masses: np.ndarray
    widths: np.ndarray | None = None
    finest: float | None = None
    noise: np.ndarray | None = None
    noise_level: float = 0.0

    @property
    def mass(self) -> float:
        """The mass of a data set, on average."""
        return self.masses.sum() / (self.masses.size // self.values.size)

    @property
    def noisy(self) -> bool:
        """Whether each value has a noise variance of its own."""
        return self.noise is not None

    def only(self, index: np.ndarray) -> Points:
        """The points that some of several mixtures are fitted to."""
        if self.masses.ndim == 1:
            return self
        return self._replace(masses=self.masses[index])

    def total(self, function: Callable) -> Any:
        """What ``function(values, masses)``, or with the noise as well, gives."""
        if self.noise is None:
            return function(self.values, self.masses)
        return function(self.values, self.masses, self.noise)

    @property
    def low(self) -> float:
        """The smallest value."""
        return self.values[0] if self.noise is None else self.values.min()

    @property
    def high(self) -> float:
        """The largest value."""
        return self.values[-1] if self.noise is None else self.values.max()

    @property
    def power_sums(self) -> tuple[float, float, float]:
        """Sums of 1, z and z^2 of one data set."""
        weighted = self.masses * self.values
        return self.mass, weighted.sum(), dot(weighted, self.values)

    @property
    def unit(self) -> np.ndarray:
        """The number of cells that any value stands for, at least 1, in each data set."""
        if self.finest is not None:
            return np.maximum(1.0, self.finest)
        there = np.where(self.masses > 0, self.masses, np.inf)
        return np.maximum(1.0, there.min(axis=-1))

    @property
    def width(self) -> float:
        """The width of the narrowest bin; the spread within a bin of estimates is noise."""
        return 0.0 if self.widths is None else float(self.widths.min())

    def width_at(self, means: np.ndarray) -> np.ndarray:
        """The widths of the bins that means are in, or nearest to."""
        if self.widths is None:
            return np.zeros(means.shape)
        middles = (self.values[1:] + self.values[:-1]) / 2
        return self.widths[np.searchsorted(middles, means)]

    def quantile(self, level: np.ndarray | list[float]) -> np.ndarray:
        """The quantiles of `level` in (0, 1), interpolated between the points.

        Each point's mass is centred on it, so the quantiles are continuous in
        the masses, and k copies of a cell count like one cell of mass k.
        """
        above = np.cumsum(self.masses)
        return np.interp(
            np.asarray(level) * above[-1], above - self.masses / 2, self.values
        )

    def trimmed(self) -> Points:
        """Those of several data sets without the values that have no mass in any."""
        there = self.masses.any(axis=0)
        return self._replace(values=self.values[there], masses=self.masses[:, there])

    def coarsen(self) -> Points:
        """Fewer points, enough to search on: more where much of the mass is in clumps."""
        if self.noise is not None:
            return _coarsen_noisy(self)
        if self.values.size <= COARSE:
            return self
        return coarsen(self, MORE_COARSE if clumped(self) else COARSE)


def _coarsen_noisy(points: Points) -> Points:
    """Fewer noisy points of the same mass and means."""
    values, masses, noise = points.values, points.masses, points.noise
    if noise is None or values.size <= noisy_bins.COARSE[0] * noisy_bins.COARSE[1]:
        return points
    bins = noisy_bins.NoisyBins.within(noise.min(), noise.max(), noisy_bins.COARSE)
    values, masses, noise = noisy_bins.count_noisy(bins, values, masses, noise).means()
    return Points(values, masses, None, float(points.unit), noise, points.noise_level)


def clumped(points: Points) -> bool:
    """Whether so much of the mass is close together that a bin is opened, or would be.

    Coarse points do not tell groups apart there that lie beside groups far away.
    """
    if points.widths is not None:
        return bool(points.widths.min() < 0.5 * points.widths.max())
    low, high = points.quantile([0.002, 0.998])
    if not low < high:
        return False
    inside = (points.values >= low) & (points.values <= high)
    place = ((points.values[inside] - low) / (high - low) * (OPENED - 1)).astype(np.intp)
    mass = np.bincount(place, weights=points.masses[inside])
    most_frequent = points.masses.max()
    return bool(mass.max() - most_frequent > HEAVY * points.mass)


def stretch(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """Map the reals to (-1, 1), gently around [low, high]."""
    x = np.clip((z - 0.5 * (low + high)) / (high - low), -1e300, 1e300)
    return x / (1 + np.abs(x))


def coarsen(points: Points, n_points: int = COARSE) -> Points:
    """At most some `n_points` points of the same mass and mean.

    Neighbours join where they are close in value or hold little mass.
    """
    values, masses, widths = points[:3]
    if values.size <= n_points:
        return points
    low, high = points.quantile([0.05, 0.95])
    rank = (np.cumsum(masses) - 0.5 * masses) / points.mass
    place = rank + 0.5 * stretch(values, low, high) if high > low else rank
    bins = ((place - place[0]) / (place[-1] - place[0]) * (n_points - 1)).astype(np.intp)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    joint = np.add.reduceat(masses, starts)
    middles = np.add.reduceat(masses * values, starts) / joint
    ends = np.append(starts[1:], values.size) - 1
    spans = values[ends] - values[starts]
    if widths is not None:
        spans += np.maximum(widths[ends], widths[starts])
    return Points(middles, joint, spans, float(points.unit))
