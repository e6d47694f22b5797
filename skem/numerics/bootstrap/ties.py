"""The distance between values that cells share, read off their ties.

Draws from normal groups that are all at least s wide hold at distance s at least
``exp(-1/4)`` times as many pairs of cells as at distance 0; and beside any value, s below
and s above it, there are together at least ``2 exp(-1/2)`` times as many cells. A distance
explains ties if both are true of it. The second is asked of each value of a dozen cells or
more by itself, since values of two steps are explained by different distances.
"""

from typing import NamedTuple

import numpy as np
from scipy.fft import irfft, rfft
from scipy.stats import binom

from .grouping import N_TICKS, Rounding, Ruler, Ticks

# The number of ticks below which a gap does not matter: an eighth of the narrowest bin at
# most.
CLEAR = 4

# The number of pairs of cells one sd apart, as a share of those at distance 0.
ALIKE = np.exp(-0.25)

# The largest share that a value has of its own cells and those one sd below and above it.
# An excess is no accident if it is as unlikely as a dozen cells with none beside them.
OWN = 1 / (1 + 2 * np.exp(-0.5))
DOZEN = 12
ACCIDENT = 1.001 * OWN**DOZEN


class Heap(NamedTuple):
    """The number of cells of one value that no neighbour explains."""

    value: float
    height: int


def find_rounding(ruler: Ruler, ticks: Ticks, sample: np.ndarray) -> Rounding | Heap | None:
    """The Rounding that explains all ties, a Heap if none does, None if there are none.

    The `sample` (n,) of the cells tells ties from cells that are close.
    """
    counts = ticks.counts
    alike = np.where(_differing(ruler, sample), 0, counts)
    tied, left = np.flatnonzero(alike > 1), np.flatnonzero(alike >= DOZEN)
    gap = distance = _distance_of_few(np.where(alike < DOZEN, alike, 0), counts)
    anchor = int(counts.argmax())
    most = min(round(1 / ruler.tick), N_TICKS)  # no group is wider than all cells
    while (left := left[~_explained(counts[left], _beside(counts, left, distance))]).size:
        highest = int(left[counts[left].argmax()])
        found = _distance_of_value(counts, tied, highest, most)
        if found is None:
            return Heap(ticks.value(highest), int(counts[highest]))
        distance = found
        if distance > gap:
            gap, anchor = distance, highest
    return rounding_to(_exact(ticks, gap), ticks.value(anchor), ruler, ticks)


def rounding_to(gap: float, anchor: float, ruler: Ruler, ticks: Ticks) -> Rounding | None:
    """The Rounding to values a `gap` apart; None if that is too small to matter.

    The `anchor` is one of them.
    """
    if gap < (CLEAR - 0.5) * ruler.tick:
        return None
    counts = ticks.counts
    lattice = anchor + gap * np.arange(
        np.ceil((ruler.low - anchor) / gap), np.floor((ruler.high - anchor) / gap) + 1
    )
    finer = _finer_distance(
        counts, ruler.nearest(lattice).astype(np.intp), gap / ruler.tick
    )
    at = np.flatnonzero(counts)
    values = ticks.values(at)
    coarse = values[~_explained(counts[at], _beside(counts, at, finer or 1))]
    apart = np.diff(coarse)
    near = (apart > gap / 2) & (apart < gap + ruler.tick)
    middles = ((coarse[1:] + coarse[:-1]) / 2)[near]
    step = finer * ruler.tick if finer else gap
    return Rounding(gap, anchor, middles, step, values, ruler.tick)


def _differing(ruler: Ruler, sample: np.ndarray) -> np.ndarray:
    """Whether all cells of the sample at each tick (N_TICKS,) differ."""
    inside = ruler.read(sample).counts
    return (inside > 1) & (ruler.read(np.unique(sample)).counts == inside)


def _distance_of_few(few: np.ndarray, counts: np.ndarray) -> int:
    """The smallest distance, in ticks, that explains the ties of few cells, if any are."""
    ties = few @ few - few.sum()
    if not ties:
        return 1
    near = _near(_pairs(few, counts))
    return _first(near >= ALIKE * ties, near, 1) or 1


def _finer_distance(counts: np.ndarray, lattice: np.ndarray, gap: float) -> int | None:
    """The smallest distance that explains ties off a lattice; None if only its gap does.

    No pair is asked for where a partner would be on the lattice.
    """
    off = np.ones(N_TICKS)
    for beside in (-1, 0, 1):
        off[np.clip(lattice + beside, 0, N_TICKS - 1)] = 0.0
    others = counts * off
    near = _near(_pairs(others, others))
    ties = _pairs(others * (others - 1), off)
    found = _first(near >= ALIKE * ties, near, 1)
    return found if found and found < gap - 1 else None


def _pairs(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Half the number of pairs of some and others at each distance from 1 tick on."""
    one = rfft(1.0 * some, 2 * N_TICKS)
    other = one if others is some else rfft(1.0 * others, 2 * N_TICKS)
    return np.rint(2 * irfft((one * np.conj(other)).real)[1:N_TICKS]) / 2


def _near(pairs: np.ndarray) -> np.ndarray:
    """The number of pairs at each distance to within a tick; the first by itself."""
    near = pairs.copy()
    near[1:-1] += pairs[:-2] + pairs[2:]
    return near


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


def _distance_of_value(
    counts: np.ndarray, tied: np.ndarray, at: int, most: int
) -> int | None:
    """The smallest distance, 2 to `most`, that explains a value's cells; None if none.

    It must also explain the pairs of the `tied` values that it explains, as far as these
    or their partners have a dozen cells.
    """
    padded = np.pad(counts, N_TICKS)
    near = padded[:-2] + padded[1:-1] + padded[2:]  # from the second one on
    place = at + N_TICKS - 1
    both = near[place - 2 : place - most : -1] + near[place + 2 : place + most]
    for first in np.flatnonzero(_explained(counts[at], both)):
        distance = 2 + int(first + both[first : first + 3].argmax())
        beside = _beside(counts, tied, distance)
        alike = _explained(counts[tied], beside)
        alike &= (counts[tied] >= DOZEN) | (_beside(counts >= DOZEN, tied, distance) > 0)
        own = counts[tied[alike]]
        if own @ beside[alike] >= 2 * ALIKE * (own @ own - own.sum()):
            return distance
    return None


def _exact(ticks: Ticks, distance: int) -> float:
    """The mean distance between values whose ticks are about a `distance` apart."""
    at = np.flatnonzero(ticks.counts)
    total = weight = 0.0
    for apart in (distance - 1, distance, distance + 1):
        low = at[at + apart < N_TICKS]
        low = low[ticks.counts[low + apart] > 0]
        pairs = 1.0 * ticks.counts[low] * ticks.counts[low + apart]
        total += pairs @ (ticks.values(low + apart) - ticks.values(low))
        weight += pairs.sum()
    return float(total / weight)
