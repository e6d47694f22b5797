"""The lattice that rounded cells stand on, read off their values; and heaps on none.

On a lattice a value has neighbours that are as frequent. Where a coarser rounding is mixed
with a finer one, some values stand out of those of the finer, at equal distances. Heaps of
equal cells stand out alone.
"""

from typing import NamedTuple

import numpy as np

from .rounding import N_TICKS, hiding_blur

# So many equal cells may stand on a lattice. Fewer than a dozen in all are left alone.
FEW, DOZEN = 4, 12

# A value is as frequent as another if it has the larger share of its cells, less so many
# standard errors, and the smaller one at least. It is sought up to so many ticks away.
SHARE, ERRORS, SMALLER = 0.8, 2.0, 0.25
REACH = N_TICKS // 4

# Coarser ones are sought among the multiples of a lattice with at most so many values, up
# to so many ticks, and if there are so many multiples that three values may be on.
MOST_VALUES, FARTHEST, FEWEST_MULTIPLES = 2**12, N_TICKS // 12, 5

# Values are near if they are no more steps apart, and so many cells at most may not be
# where numbered values are.
NEAR, MOST_OFF = 4.5, 0.1

# What a value is by the polynomial through three on either side.
SMOOTH = np.array([1, -6, 15, 0, 15, -6, 1]) / 20

# By accident a height gains g nats with a probability of some exp(-ACCIDENT g). Any of all
# heights shall with one of exp(-SELDOM) at most.
ACCIDENT, SELDOM = 1.25, 7.0


class Heaps(NamedTuple):
    """Ticks with more cells than others near them, of which no lattice is the reason."""

    at: np.ndarray
    heights: np.ndarray


def read_lattice(ruler, counts, n_cells):
    """The largest step between values that many cells have, and the Heaps on no lattice.

    The step is the distance from such a value to the nearest that is as frequent, for most
    cells. Where values stand out of that lattice, they may be a coarser one.
    """
    at = np.flatnonzero(counts >= FEW)
    heights = counts[at]
    distances = _nearest_alike(counts, at)
    alone = distances == 0
    steps = _middle(distances, heights)
    if steps:
        gain = _gains(ruler, counts, at, steps, hiding_blur(steps * ruler.tick, n_cells))
        risen = gain > np.log(at.size) / ACCIDENT  # one or two by accident
        seldom = gain > (np.log(at.size) + SELDOM) / ACCIDENT
        coarser, on_it = _lattice_of_risen(counts, at, risen)
        if not coarser:
            coarser, on_it = _lattice_of_multiples(counts, at, steps, seldom)
        steps = max(steps, coarser)
        alone |= seldom & ~on_it
    alone &= heights[alone].sum() >= DOZEN
    return steps * ruler.tick, Heaps(at[alone], heights[alone])


def _middle(distances, heights):
    """The distance that at least half of the cells do not exceed, if they are a dozen."""
    order = np.argsort(distances)
    below = np.cumsum(heights[order])
    if not below.size or below[-1] < DOZEN:
        return 0
    return int(distances[order[np.searchsorted(below, below[-1] / 2)]])


def _lattice_of_risen(counts, at, risen):
    """The distance of most values to others on both sides, all `risen`; who has a like."""
    high = np.zeros_like(counts)
    high[at[risen]] = counts[at[risen]]
    distances = np.zeros_like(at)
    distances[risen] = _nearest_alike(high, at[risen])
    between = _values_beside(high, at, distances, (1,))[0].min(axis=0) > 0
    between &= distances > 0
    steps = _middle(distances[between], counts[at[between]])
    return steps, (distances > 0) & (steps > 0)


def _lattice_of_multiples(counts, at, steps, seldom):
    """The multiple of the steps at which values stand out together most; who are there.

    Each may be no higher than accidents are. Their sum must be higher than that of any
    others of the lattice by accident, without heights that are `seldom` accidents.
    """
    nothing = 0, np.zeros(at.size, dtype=bool)
    number, exact = _numbered(at, steps)
    n = number[-1] + 1
    most = min(n // 3, FARTHEST // steps)
    if n > MOST_VALUES or most < FEWEST_MULTIPLES:
        return nothing
    places = at[0] + np.rint(exact * np.arange(n)).astype(np.intp)
    off = np.abs(places[number] - at) > 1
    if counts[at[off]].sum() > MOST_OFF * counts[at].sum():
        return nothing
    heights = np.pad(counts, 1)[places + np.array([[0], [1], [2]])].max(axis=0)
    heights[number[seldom]] = np.convolve(heights, [0.5, 0, 0.5], "same")[number[seldom]]
    smooth = np.convolve(heights, SMOOTH, "same")
    variance = (1 + SMOOTH @ SMOOTH) * np.maximum(smooth, 1.0)  # of a count less that
    enough, best = np.sqrt(2 * np.log(most**2 / 2)) + 2, (0, 0)
    for multiple in range(2, most + 1):
        excess = np.sort(_fold(heights - smooth, multiple), axis=0)
        excess[-1] = excess[-2]  # one that stands out alone is no lattice
        z = excess.sum(axis=0) / np.sqrt(_fold(variance, multiple).sum(axis=0))
        if z.max() > enough:
            enough, best = z.max(), (multiple, z.argmax())
    multiple, first = best
    if not multiple:
        return nothing
    return round(multiple * exact), number % multiple == first


def _numbered(at, steps):
    """The number of each value on a lattice of about these steps, and its exact step.

    The steps are whole ticks, so that far values are numbered by what is between near ones.
    """
    distances = np.diff(at, prepend=at[0])
    near = distances[distances < NEAR * steps]
    between = np.rint(near / steps).sum()
    exact = near.sum() / between if between else float(steps)
    number = np.cumsum(np.rint(distances / exact)).astype(np.intp)
    return number, (at[-1] - at[0]) / max(number[-1], 1)


def _fold(values, n):
    """`values` in rows of n, the last one filled up with zeros."""
    return np.pad(values, (0, -values.size % n)).reshape(-1, n)


def _values_beside(counts, at, steps, multiples):
    """Counts (2, n) at some multiples of the steps below and above, to within a tick."""
    padded = np.pad(counts, margin := max(multiples) * int(np.max(steps, initial=0)) + 1)
    places = at + margin + np.array([[[0]], [[-1]], [[1]]])
    sides = np.array([[-1], [1]]) * steps
    return [padded[places + k * sides].max(axis=0) for k in multiples]


def _nearest_alike(counts, at):
    """The distances, in ticks, to the nearest value as frequent; 0 where none is near."""
    heights, values = counts[at], np.flatnonzero(counts)
    enough = np.maximum(SHARE * heights - ERRORS * np.sqrt(heights), SMALLER * heights)
    nearest = np.full(at.size, REACH + 1)
    for side in (-1, 1):
        left, place = np.arange(at.size), np.searchsorted(values, at)
        while left.size:
            place = place + side
            within = (place >= 0) & (place < values.size)
            left, place = left[within], place[within]
            distance = np.abs(values[place] - at[left])
            near = distance < nearest[left]
            left, place, distance = left[near], place[near], distance[near]
            found = counts[values[place]] >= enough[left]
            nearest[left[found]] = distance[found]
            left, place = left[~found], place[~found]
    return np.where(nearest <= REACH, nearest, 0)


def _gains(ruler, counts, at, steps, blur):
    """What a group at each place could gain once the counts are blurred, in nats.

    A bump of e cells more than a smooth density, of b cells per unit, is like e more than
    ``2 sqrt(pi) b h`` Poisson counts. Smooth is the polynomial through the values up to
    three `steps` away, or the higher neighbour.
    """
    near = _values_beside(counts, at, steps, (1, 2, 3))
    smooth = SMOOTH[4:] @ [both.sum(axis=0) for both in near]
    smooth = np.maximum(smooth, near[0].max(axis=0))
    excess = np.maximum(counts[at] - smooth, 0)
    below = np.append(0, np.cumsum(counts))
    low = np.maximum(at - 2 * steps, 0)
    high = np.minimum(at + 2 * steps + 1, counts.size)
    density = (below[high] - below[low] - excess) / ((high - low) * ruler.tick)
    others = 2 * np.sqrt(np.pi) * blur * np.maximum(density, 1.0)
    return (others + excess) * np.log1p(excess / others) - excess
