"""Equal cells: how far apart their values are, and counts that do not show it.

Rounded cells stand on a lattice, and simulated ones do not. Blurred by normal noise of
standard deviation h, a lattice of some step keeps ``exp(-(2 pi h / step)^2 / 2)`` of its
contrast. So where many cells are equal, the step is read off the distances between values
that are as frequent, and counts are blurred by as much as leaves nothing of it; not by
drawing noise, but by what any noise would give on average.
"""

from typing import NamedTuple

import numpy as np

from .replicates import Bins, count, count_draws, single_draws

# Values on a ruler are told apart where they differ by a tick.
N_TICKS = 2**17

# So many equal cells may stand on a lattice. Fewer than a dozen never make a group.
FEW, DOZEN = 4, 12

# A value is as frequent as another if it has this share of its cells, less some standard
# errors: so many where the step is sought, and where a heap is in doubt.
SHARE, OF_STEP, OF_HEAP = 0.8, 2.0, 1.5

# By accident a height gains g nats with a probability of some exp(-ACCIDENT g); of all
# heights together none shall with a probability above exp(-SELDOM).
ACCIDENT, SELDOM = 1.25, 7.0

# Of a lattice's contrast may be left this many standard errors of the cells' transform.
LEFT = 0.1


class Ruler(NamedTuple):
    """Ticks at equal distances from `low` to `high`, in standard units."""

    low: float
    high: float

    @property
    def values(self):
        """Of the ticks."""
        return np.linspace(self.low, self.high, N_TICKS)

    @property
    def tick(self):
        """The distance between ticks."""
        return (self.high - self.low) / (N_TICKS - 1)

    def count(self, z, mass=None):
        """How many of the cells z are nearest to each tick (K,); each counts once."""
        return np.bincount(self._nearest(z[self.covers(z)]), minlength=N_TICKS)

    def covers(self, z):
        """Whether each cell lies between the ends."""
        return (z >= self.low) & (z <= self.high)

    def _nearest(self, z):
        return np.rint((z - self.low) / self.tick).astype(np.intp)


class Heaps(NamedTuple):
    """Ticks with so many more cells than others near them that rounding is no reason."""

    at: np.ndarray
    heights: np.ndarray


def count_values(cells, ruler, most):
    """How many managers have each value on the ruler (K,), among `most` of their draws."""
    counts = 0
    for z in single_draws(cells, most):
        z = np.sort(z, axis=1)
        again = np.diff(z, axis=1, prepend=np.nan) == 0
        counts = counts + ruler.count(z[~again & ~np.isnan(z)])
    return counts


def read_lattice(ruler, counts, n_cells):
    """The largest step between values that many cells have, and the Heaps on no lattice.

    The step is the distance from such a value to the nearest that is as frequent. A dozen
    cells must be as far from theirs, and on heaps.
    """
    at = np.flatnonzero(counts >= FEW)
    heights, reach = counts[at], int(1 / ruler.tick)
    distances = _nearest_alike(counts, at, reach, OF_STEP)
    alone = _nearest_alike(counts, at, reach, OF_HEAP) == 0
    steps = _of_a_dozen(distances, heights)
    if steps > 1:
        blur = hiding_blur(steps * ruler.tick, n_cells)
        gain = _gains(ruler, counts, at, distances, blur)
        alone |= gain > (np.log(at.size) + SELDOM) / ACCIDENT
    alone &= heights[alone].sum() >= DOZEN
    return steps * ruler.tick, Heaps(at[alone], heights[alone])


def _nearest_alike(counts, at, reach, errors):
    """The distances, in ticks, to the nearest value as frequent; 0 beyond `reach`."""
    heights = counts[at]
    enough = np.maximum(SHARE * heights - errors * np.sqrt(heights), 1.0)
    padded = np.pad(counts, reach)
    distances, left = np.zeros(at.size, dtype=np.intp), np.arange(at.size)
    for distance in range(1, reach + 1):
        if not left.size:
            break
        near = padded[at[left] + reach + np.array([[-distance], [distance]])]
        found = (near >= enough[left]).any(axis=0)
        distances[left[found]] = distance
        left = left[~found]
    return distances


def _of_a_dozen(distances, heights):
    """The largest distance that a dozen cells have, or more."""
    order = np.argsort(-distances)
    far = np.searchsorted(np.cumsum(heights[order]), DOZEN)
    return int(distances[order[far]]) if far < order.size else 0


def hiding_blur(step, n_cells):
    """The sd of noise that hides a lattice of this step from a fit to `n_cells` (B9)."""
    return step / (2 * np.pi) * np.sqrt(2 * np.log(np.sqrt(n_cells) / LEFT))


def _gains(ruler, counts, at, distances, blur):
    """What a group at each place could gain once the counts are blurred, in nats.

    A bump of e cells more than a smooth density, of b cells per unit, has a gain of about
    ``e^2 / (4 sqrt(pi) b h)``. Smooth is what the values up to two `distances` away tell.
    """
    padded = np.pad(counts, margin := 2 * distances.max() + 1)
    places = at + margin + np.array([[[0]], [[-1]], [[1]]])
    sides = np.array([[-1], [1]]) * distances
    one, two = (padded[places + k * sides].max(axis=0) for k in (1, 2))
    curved = (4 * one.sum(axis=0) - two.sum(axis=0)) / 6
    excess = np.maximum(counts[at] - np.maximum(curved, one.max(axis=0)), 0)
    below = np.append(0, np.cumsum(counts))
    low = np.maximum(at - 2 * distances, 0)
    high = np.minimum(at + 2 * distances + 1, counts.size)
    density = (below[high] - below[low] - excess) / ((high - low) * ruler.tick)
    return excess**2 / (4 * np.sqrt(np.pi) * np.maximum(density, 1.0) * blur)


def count_blurred(cells, ruler, bins, blur):
    """Masses (1, K) of the cells in each bin, blurred between the ends of the ruler."""
    if not blur:
        return count(cells, bins)[None]
    counts = cells.total(_Split(ruler, bins))
    return _join(ruler, bins, counts[None], blur)


def count_draws_blurred(cells, ruler, bins, blur, most):
    """Masses (J, K) of single draws of every manager, blurred (see `count_draws`)."""
    if not blur:
        return count_draws(cells, bins, most)
    split, counts = _Split(ruler, bins), 0
    for z in single_draws(cells, most):
        counts = counts + np.array([split(draw[~np.isnan(draw)]) for draw in z.T])
    return _join(ruler, bins, counts, blur)


class _Split(NamedTuple):
    """Counts of cells at the ticks of a ruler, and of those beyond its ends in bins."""

    ruler: Ruler
    bins: Bins

    def __call__(self, z, mass=None):
        beyond = self.bins.index(z[~self.ruler.covers(z)])
        outside = np.bincount(beyond, minlength=self.bins.values.size)
        return np.append(self.ruler.count(z), outside)


def _join(ruler, bins, counts, blur):
    """Masses in bins of counts at ticks, which are blurred, and in bins, which are not."""
    inside, outside = counts[:, :N_TICKS], counts[:, N_TICKS:]
    t = 2 * np.pi * np.fft.rfftfreq(2 * N_TICKS, ruler.tick)
    margin = N_TICKS // 2  # what leaves at one end shall not enter at the other
    edges = ruler.low + ruler.tick * (np.arange(2 * N_TICKS) - margin + 0.5)
    masses = np.empty(outside.shape)
    for row, ticks in zip(masses, inside, strict=True):
        transform = np.fft.rfft(np.pad(ticks, margin)) * np.exp(-0.5 * (blur * t) ** 2)
        below = np.cumsum(np.maximum(np.fft.irfft(transform), 0.0))
        below *= ticks.sum() / below[-1]
        row[:] = np.diff(np.interp(bins.edges, edges, below), prepend=0, append=below[-1])
    return masses + outside
