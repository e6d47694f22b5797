"""Weighted points that stand for a grid's cells."""

from typing import NamedTuple

import numpy as np

from .tiles import dot

# A bin of this share of the mass, and the number of bins that it is counted in again.
HEAVY, OPENED = 1 / 16, 2**10


# The number of points that are enough to search on, and that in clumps.
COARSE, MORE_COARSE = 2**10, 2**12


class Points(NamedTuple):
    """Ascending values of shape (K,) and their positive masses, in standard units.

    And the `widths` of the bins that they stand for, or None where every value is a cell's
    own; and the smallest mass of the `finest` points that they were made of, if not these.
    """

    values: np.ndarray
    masses: np.ndarray
    widths: np.ndarray | None = None
    finest: float | None = None

    @property
    def unit(self):
        """The number of cells that any value stands for, at least 1."""
        return max(1.0, self.masses.min() if self.finest is None else self.finest)

    @property
    def width(self):
        """The width of the narrowest bin."""
        return 0.0 if self.widths is None else float(self.widths.min())

    def width_at(self, means):
        """The widths of the bins that means are in, or nearest to."""
        if self.widths is None:
            return np.zeros(means.shape)
        middles = (self.values[1:] + self.values[:-1]) / 2
        return self.widths[np.searchsorted(middles, means)]

    @property
    def noisy(self):
        """Whether each value has a noise variance of its own."""
        return False

    @property
    def noise(self):
        """The noise variances, of which there are none."""
        return None

    @property
    def noise_level(self):
        """The noise variance of average precision."""
        return 0.0

    @property
    def low(self):
        """The smallest value."""
        return self.values[0]

    @property
    def high(self):
        """The largest value."""
        return self.values[-1]

    @property
    def mass(self):
        """The mass of all points."""
        return self.masses.sum()

    @property
    def power_sums(self):
        """Sums of 1, z and z^2."""
        weighted = self.masses * self.values
        return self.mass, weighted.sum(), dot(weighted, self.values)

    def only(self, index):
        """The points that some of several mixtures climb on: these."""
        return self

    def total(self, function):
        """What `function` gives for all points and their masses, as of cells."""
        return function(self.values, self.masses)

    def coarsen(self):
        """Fewer points, enough to search on: more where much of the mass is in clumps."""
        if self.values.size <= COARSE:
            return self
        return coarsen(self, MORE_COARSE if clumped(self) else COARSE)

    def quantile(self, level):
        """The quantiles of `level` in (0, 1), interpolated between the points.

        Each point's mass is centred on it, so the quantiles are continuous in
        the masses, and k copies of a cell count like one cell of mass k.
        """
        above = np.cumsum(self.masses)
        return np.interp(
            np.asarray(level) * above[-1], above - self.masses / 2, self.values
        )


def clumped(points):
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


def stretch(z, low, high):
    """Map the reals to (-1, 1), gently around [low, high]."""
    x = np.clip((z - 0.5 * (low + high)) / (high - low), -1e300, 1e300)
    return x / (1 + np.abs(x))


def coarsen(points, n_points=COARSE):
    """At most some `n_points` points of the same mass and mean.

    Neighbours join where they are close in value or hold little mass.
    """
    values, masses, widths, _ = points
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
    return Points(middles, joint, spans, points.unit)
