"""Counts of rounded cells that do not show it.

Rounded cells stand on a lattice, and simulated ones do not. Blurred by normal noise of
standard deviation h, a lattice of some step keeps ``exp(-(2 pi h / step)^2 / 2)`` of its
contrast. So counts are blurred by as much as leaves nothing of it; not by drawing noise,
but by what any noise would give on average.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.signal import oaconvolve

from .replicates import CUT, count, count_draws, single_draws
from .significant import Coarser

# Values on a ruler are told apart where they differ by a tick.
N_TICKS = 2**17

# Of a lattice's contrast may be left this many standard errors of the cells' transform.
LEFT = 0.1


class Ruler(NamedTuple):
    """Ticks at equal distances from `low` to `high`, in standard units.

    Where the cells' step changes, counts at the ticks are rounded to the `coarser` lattice
    before they are blurred.
    """

    low: float
    high: float
    coarser: Coarser | None = None

    @property
    def tick(self):
        """The distance between ticks."""
        return (self.high - self.low) / (N_TICKS - 1)

    def values(self, ticks):
        """The values of ticks, in standard units."""
        return self.low + self.tick * ticks

    def nearest(self, z):
        """The tick nearest to each of the cells z, as a float."""
        return np.rint((z - self.low) / self.tick)

    def count(self, z, mass=None):
        """How many of the cells z are nearest to each tick (N_TICKS,); each counts once."""
        at = self.nearest(z[self.covers(z)]).astype(np.intp)
        return np.bincount(at, minlength=N_TICKS)

    def covers(self, z):
        """Whether each cell lies between the ends."""
        return (z >= self.low) & (z <= self.high)


def count_values(cells, ruler, most):
    """How many managers have a draw at each tick (N_TICKS,), among `most` of theirs."""
    counts = 0
    for z in single_draws(cells, most):
        z = np.sort(z, axis=1)
        again = np.diff(ruler.nearest(z), axis=1, prepend=np.nan) == 0
        counts = counts + ruler.count(z[~again & ~np.isnan(z)])
    return counts


def hiding_blur(step, n_cells):
    """The sd of noise that hides a lattice of this step from a fit to `n_cells` (B9)."""
    return step / (2 * np.pi) * np.sqrt(2 * np.log(np.sqrt(n_cells) / LEFT))


def count_blurred(cells, ruler, bins, blur):
    """Masses (1, K) of the cells in each bin, blurred between the ends of the ruler."""
    if not blur:
        return count(cells, bins)[None]
    counts = cells.total(partial(_split, ruler, bins))
    return _join(ruler, bins, counts[None], blur)


def count_draws_blurred(cells, ruler, bins, blur, most):
    """Masses (J, K) of single draws of every manager, blurred (see `count_draws`)."""
    if not blur:
        return count_draws(cells, bins, most)
    n_draws = min(cells.grid.alphas.shape[1], most)
    counts = np.zeros((n_draws, N_TICKS + bins.values.size), dtype=np.int32)
    for z in single_draws(cells, most):
        for row, draw in zip(counts, z.T, strict=True):
            row += _split(ruler, bins, draw[~np.isnan(draw)]).astype(np.int32)
    return _join(ruler, bins, counts, blur)


def _split(ruler, bins, z, mass=None):
    """Counts of cells at the ticks of a ruler, and of those beyond its ends in bins."""
    beyond = bins.index(z[~ruler.covers(z)])
    return np.append(ruler.count(z), np.bincount(beyond, minlength=bins.values.size))


def _join(ruler, bins, counts, blur):
    """Masses in bins of counts at ticks, which are blurred, and in bins, which are not."""
    inside, outside = counts[:, :N_TICKS], counts[:, N_TICKS:]
    sd = blur / ruler.tick
    reach = int(np.ceil(CUT * sd))
    kernel = np.exp(-0.5 * np.square(np.arange(-reach, reach + 1) / sd))
    kernel /= kernel.sum()
    edges = ruler.values(np.arange(N_TICKS + 2 * reach) - reach + 0.5)
    masses = np.empty(outside.shape)
    for row, ticks in zip(masses, inside, strict=True):
        ticks = ruler.coarser.round(ticks) if ruler.coarser else ticks
        spread = oaconvolve(ticks, kernel)
        # A cell gives more or nothing. What rounding errors give between groups that are
        # far apart would be a group.
        spread[spread < kernel[0] / 2] = 0.0
        below = np.cumsum(spread)
        below_edges = np.interp(bins.edges, edges, below, left=0.0)
        row[:] = np.diff(below_edges, prepend=0, append=below[-1])
    return masses + outside
