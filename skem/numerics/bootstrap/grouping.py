"""Bins whose edges no rounding crosses, so that counts of rounded cells are multinomial.

A cell that was rounded to the nearest of some values lies between the middles of its value
and the neighbours, and so did the cell before it was rounded. Where every edge of a bin is
such a middle, the counts are the same as without rounding. Such edges exist for one step
and for steps that change (significant digits). Of two mixed steps they exist where the
middles of the coarser one are middles of the finer one too; elsewhere the counts are off.

The distance between values is read off the ties. Draws from normal groups that are all at
least s wide hold at distance s at least ``exp(-1/4)`` times as many pairs of cells as at
distance 0; and beside any value, s below and s above it, there are together at least ``2
exp(-1/2)`` times as many cells. Ties are due to a rounding if neither is true at a smaller
distance.
"""

from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, rfft
from scipy.stats import binom

# The number of ticks in the range, and the number below which a gap does not matter: an
# eighth of the narrowest bin at most.
N_TICKS, CLEAR = 2**17, 4

# The number of pairs of cells one sd apart, as a share of those at distance 0.
ALIKE = np.exp(-0.25)

# The largest share that a value has of its own cells and those one sd below and above it.
# An excess is no accident if it is as unlikely as a dozen cells with none beside them.
OWN = 1 / (1 + 2 * np.exp(-0.5))
DOZEN = 12
ACCIDENT = 1.001 * OWN**DOZEN


class Ticks(NamedTuple):
    """The number of cells at each tick of a ruler, and the value of one of them."""

    counts: np.ndarray
    values: np.ndarray

    @classmethod
    def none(cls) -> "Ticks":
        """The Ticks of no cells."""
        return cls(np.zeros(N_TICKS, dtype=np.intp), np.zeros(N_TICKS))

    def __add__(self, other: "Ticks") -> "Ticks":  # type: ignore[override]
        values = np.where(other.counts > 0, other.values, self.values)
        return Ticks(self.counts + other.counts, values)


class Ruler(NamedTuple):
    """Ticks at equal distances from `low` to `high`, in standard units."""

    low: float
    high: float

    @property
    def tick(self) -> float:
        """The distance between ticks."""
        return (self.high - self.low) / (N_TICKS - 1)

    def nearest(self, z: np.ndarray) -> np.ndarray:
        """The tick nearest to each of the cells z, as a float."""
        return np.rint((z - self.low) / self.tick)

    def read(self, z: np.ndarray, mass: np.ndarray | None = None) -> Ticks:
        """The Ticks of the cells z between the ends; each counts once."""
        inside = z[(z >= self.low) & (z <= self.high)]
        at = self.nearest(inside).astype(np.intp)
        found = Ticks.none()
        found.values[at] = inside
        return found._replace(counts=np.bincount(at, minlength=N_TICKS))


class Rounding(NamedTuple):
    """The `gap` between values, one of these, and `middles` of neighbouring values."""

    gap: float
    anchor: float
    middles: np.ndarray

    def edges(self, low: float, high: float, width: float) -> tuple[np.ndarray, float]:
        """Edges from about `low` to `high`, and the distance at which they are sought.

        It is a whole number of gaps, and `width` or more. At this distance from the last
        edge the next one is the nearest middle, if one is nearer than half a gap.
        """
        width = self.gap * np.ceil(width / self.gap)
        first = self.anchor + self.gap / 2
        first += width * np.round((np.clip(first, low, high) - first) / width)
        up = self._walk(first, high, width)
        down = self._walk(first - width, low, -width)
        return np.array([*down[::-1], *up]), width

    def _walk(self, begin: float, end: float, step: float) -> list[float]:
        found = [self._nearest(begin)]
        while (end - found[-1]) * step > 0:
            found.append(self._nearest(found[-1] + step))
        return found

    def _nearest(self, place: float) -> float:
        above = int(np.searchsorted(self.middles, place))
        both = self.middles[max(above - 1, 0) : above + 1]
        near = both[np.abs(both - place) < self.gap / 2]
        return float(min(near, key=lambda one: abs(one - place), default=place))


class Heap(NamedTuple):
    """The number of cells of one value that no neighbour explains."""

    value: float
    height: int


def _heap(ticks: Ticks, at: np.ndarray) -> Heap:
    """The Heap at the most frequent of some ticks."""
    highest = at[ticks.counts[at].argmax()]
    return Heap(float(ticks.values[highest]), int(ticks.counts[highest]))


def rounding_to(gap: float, anchor: float, ruler: Ruler, ticks: Ticks) -> Rounding:
    """The Rounding to values a `gap` apart; `anchor` is one of them."""
    values = ticks.values[ticks.counts > 0]
    near = np.diff(values) < gap + ruler.tick
    return Rounding(gap, anchor, ((values[1:] + values[:-1]) / 2)[near])


def find_rounding(ruler: Ruler, ticks: Ticks, sample: np.ndarray) -> Rounding | Heap | None:
    """The Rounding that explains all ties, a Heap if none does, None if there are none.

    The `sample` (n,) of the cells tells ties from cells that are close.
    """
    counts = ticks.counts
    at = np.flatnonzero((counts >= DOZEN) & ~_differing(ruler, sample))
    distance = _distance_of_pairs(counts)
    if distance is None and at.size:
        return _heap(ticks, at)
    distance = distance or 1
    while (left := at[~_explained(counts[at], _beside(counts, at, distance))]).size:
        highest = left[counts[left].argmax()]
        if _distance_of_value(counts, highest, range(2, distance)):
            at = at[at != highest]  # beside coarser values there are finer ones
            continue
        alike = np.zeros_like(counts)
        alike[left] = counts[left]
        farther = _distance_of_value(alike, highest, range(distance + 1, N_TICKS))
        if farther is None:
            return _heap(ticks, left)
        distance = farther
    if distance < CLEAR:
        return None
    most_frequent = float(ticks.values[counts.argmax()])
    return rounding_to(_exact(ticks, distance), most_frequent, ruler, ticks)


def _differing(ruler: Ruler, sample: np.ndarray) -> np.ndarray:
    """Whether all cells of the sample at each tick (N_TICKS,) differ."""
    inside = ruler.read(sample).counts
    return (inside > 1) & (ruler.read(np.unique(sample)).counts == inside)


def _distance_of_pairs(counts: np.ndarray) -> int | None:
    """The smallest distance, in ticks, that explains the number of tied pairs, or None."""
    transform = rfft(1.0 * counts, 2 * N_TICKS)
    pairs = np.rint(irfft(np.square(np.abs(transform)))[:N_TICKS])
    near = pairs[1:].copy()
    near[1:-1] += pairs[1:-2] + pairs[3:]
    return _first(near >= ALIKE * (pairs[0] - counts.sum()), near, 1)


def _first(enough: np.ndarray, near: np.ndarray, begin: int) -> int | None:
    """The first distance that is enough, or one or two ticks more if more cells are near.

    The distances start at `begin`. They are to within a tick, as multiples of a step are.
    """
    if not enough.any():
        return None
    first = int(enough.argmax())
    return begin + first + int(near[first : first + 3].argmax())


def _beside(counts: np.ndarray, at: np.ndarray, distance: int) -> np.ndarray:
    """The number of cells a distance below and above values, to within a tick."""
    padded = np.pad(counts, distance + 1)
    offsets = (-1, 0, 1) if distance > 1 else (0,)
    sides = (at + distance + 1 + side * distance for side in (-1, 1))
    return sum(padded[side + offset] for side in sides for offset in offsets)


def _explained(own: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """Whether values with `own` cells stand out of those beside them only by accident."""
    return binom.sf(own - 1, own + beside, OWN) > ACCIDENT


def _distance_of_value(counts: np.ndarray, at: int, distances: range) -> int | None:
    """The smallest of the distances that explains a value's cells; None if none does."""
    padded = np.pad(counts, N_TICKS)
    near = padded[:-2] + padded[1:-1] + padded[2:]  # from the second one on
    place = at + N_TICKS - 1
    below = near[place - distances.start : place - distances.stop : -1]
    above = near[place + distances.start : place + distances.stop]
    both = below + above
    return _first(_explained(counts[at], both), both, distances.start)


def _exact(ticks: Ticks, distance: int) -> float:
    """The mean distance between values whose ticks are about a `distance` apart."""
    at = np.flatnonzero(ticks.counts)
    total = weight = 0.0
    for apart in (distance - 1, distance, distance + 1):
        low = at[at + apart < N_TICKS]
        pairs = 1.0 * ticks.counts[low] * ticks.counts[low + apart]
        total += pairs @ (ticks.values[low + apart] - ticks.values[low])
        weight += pairs.sum()
    return float(total / weight)
