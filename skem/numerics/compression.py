"""The grid in a few thousand weighted points, for whatever need not be exact."""

from typing import NamedTuple

import numpy as np

# Grids of at most this many cells are kept value by value; larger ones are
# binned into as many bins.
MAX_POINTS = 2**15


class Points(NamedTuple):
    """Ascending values of shape (K,) and their positive masses, in standard units."""

    values: np.ndarray
    masses: np.ndarray

    def quantile(self, level):
        """The quantiles of `level` in (0, 1), interpolated between the points.

        Each point's mass is centred on it, so the quantiles are continuous in
        the masses, and k copies of a cell count like one cell of mass k.
        """
        above = np.cumsum(self.masses)
        return np.interp(
            np.asarray(level) * above[-1], above - self.masses / 2, self.values
        )


def compress(cells):
    """Weighted points that stand for `cells`: equal values merged, or binned."""
    if cells.n_cells <= MAX_POINTS:
        return _merge_equal(cells)
    return _bin(cells)


def _merge_equal(cells):
    parts = [
        (z.copy(), np.ones_like(z) if mass is None else mass.copy())
        for z, mass in cells.blocks()
    ]
    z, mass = (np.concatenate(part) for part in zip(*parts, strict=True))
    values, index = np.unique(z, return_inverse=True)
    return Points(values, np.bincount(index, weights=mass))


def _bin(cells):
    """Per bin the mean and the mass of its cells.

    Bins are equal on the scale ``z / (1 + |z|)``: fine where the cells are, and
    wide enough far out that outliers do not spoil them.
    """
    masses, sums = np.zeros(MAX_POINTS), np.zeros(MAX_POINTS)
    for z, mass in cells.blocks():
        stretched = z / (1.0 + np.abs(z))
        index = ((stretched + 1.0) * (MAX_POINTS / 2)).astype(np.intp)
        masses += np.bincount(index, weights=mass, minlength=MAX_POINTS)
        sums += np.bincount(
            index, weights=z if mass is None else mass * z, minlength=MAX_POINTS
        )
    filled = masses > 0
    # A bin's mean can stray from the bin by rounding, and past its neighbour's.
    values = np.maximum.accumulate(sums[filled] / masses[filled])
    return Points(values, masses[filled])
