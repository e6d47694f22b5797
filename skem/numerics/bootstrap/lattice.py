"""The lattice that rounded cells stand on, read off their values; and heaps on none.

On a lattice a value has neighbours that are as frequent. Where a coarser rounding is mixed
with a finer one, some values stand out of those of the finer, at equal distances. Heaps of
equal cells stand out alone.
"""

from typing import NamedTuple

import numpy as np

from .rounding import N_TICKS, hiding_blur

# So many equal cells may stand on a lattice, if so many such values do. Fewer equal ones
# than a dozen are no heap.
FEW, FEWEST_VALUES, DOZEN = 4, 3, 12

# A value is as frequent as one of h cells if it has SHARE h - ERRORS sqrt(h) cells, and
# SMALLER h at least. It is sought up to so many ticks away.
SHARE, ERRORS, SMALLER = 0.8, 2.0, 0.25
REACH_TICKS = N_TICKS // 4

# Coarser ones are sought among the multiples of a lattice with at most so many values, up
# to so many ticks, if the largest multiple that has three values is as large.
MOST_VALUES, FARTHEST_TICKS, LEAST_MULTIPLE = 2**12, N_TICKS // 12, 5

# What a value is by the polynomial through three on either side.
SMOOTH = np.array([1, -6, 15, 0, 15, -6, 1]) / 20

# By accident a height gains g nats with a probability of some exp(-ACCIDENT g). Any of all
# heights shall with one of exp(-SELDOM) at most.
ACCIDENT, SELDOM = 1.25, 7.0

# A sum over multiples is that of a coarser lattice if it is so many sds above the highest
# that normal accidents give. Counts are no normals, and some lattices are taken for coarser
# ones: that costs power, and to miss one costs the test its size.
ABOVE = 2.0


class Heaps(NamedTuple):
    """Ticks with more cells than others near them, of which no lattice is the reason."""

    at: np.ndarray
    heights: np.ndarray


def read_lattice(ruler, counts, n_cells):
    """The step of the lattice that `counts` (N_TICKS,) show, or 0; and Heaps on none.

    It is in standard units, the distance from frequent values to the nearest that is as
    frequent, for most cells. Where values stand out of that lattice, they may be a coarser
    one, whose step counts.
    """
    at = np.flatnonzero(counts >= FEW)
    heights = counts[at]
    distances = _nearest_alike(counts, at)
    if np.count_nonzero(distances) < FEWEST_VALUES:
        distances[:] = 0
    alone = distances == 0
    spacing = _middle(distances, heights)
    if spacing:
        spacing = _exact(at, spacing)
        blur = hiding_blur(spacing * ruler.tick, n_cells)
        gain = _gains(ruler, counts, at, spacing, blur)
        risen = gain > np.log(at.size) / ACCIDENT  # one or two by accident
        seldom = gain > (np.log(at.size) + SELDOM) / ACCIDENT
        coarser, on_it = _lattice_of_risen(counts, at, risen)
        if not coarser:
            coarser, on_it = _lattice_of_multiples(counts, at, spacing, seldom)
        spacing = max(spacing, coarser)
        alone |= seldom & ~on_it
    alone &= heights >= DOZEN
    return spacing * ruler.tick, Heaps(at[alone], heights[alone])


def _middle(distances, heights):
    """The distance that at least half of the cells do not exceed, if they are a dozen."""
    order = np.argsort(distances)
    below = np.cumsum(heights[order])
    if not below.size or below[-1] < DOZEN:
        return 0
    return int(distances[order[np.searchsorted(below, below[-1] / 2)]])


def _exact(at, spacing):
    """The mean of all distances between values that are within a tick of the spacing."""
    beyond = np.searchsorted(at, at + max(spacing - 1, 1))
    distances = at[beyond[beyond < at.size]] - at[beyond < at.size]
    distances = distances[distances <= spacing + 1]
    return distances.mean() if distances.size else float(spacing)


def _lattice_of_risen(counts, at, risen):
    """The spacing of `risen` values between two others; and which have one near (n,)."""
    high = np.zeros_like(counts)
    high[at[risen]] = counts[at[risen]]
    distances = np.zeros_like(at)
    distances[risen] = _nearest_alike(high, at[risen])
    between = _values_beside(high, at, distances, (1,))[0].min(axis=0) > 0
    between &= distances > 0
    spacing = _middle(distances[between], counts[at[between]])
    return spacing, (distances > 0) & (spacing > 0)


def _lattice_of_multiples(counts, at, spacing, seldom):
    """The multiple of the spacing at which values stand out together most; who are there.

    Each may be no higher than accidents are. Their sum must be higher than that of any
    others of the lattice by accident, without heights that are `seldom` accidents.
    """
    nothing = 0, np.zeros(at.size, dtype=bool)
    number, spacing = _numbered(at, spacing)
    n = number[-1] + 1
    most = int(min(n // 3, FARTHEST_TICKS // spacing))
    if n > MOST_VALUES or most < LEAST_MULTIPLE:
        return nothing
    places = at[0] + np.rint(spacing * np.arange(n)).astype(np.intp)
    heights = np.pad(counts, 1)[places + np.array([[0], [1], [2]])].max(axis=0)
    heights[number[seldom]] = np.convolve(heights, [0.5, 0, 0.5], "same")[number[seldom]]
    smooth = np.convolve(heights, SMOOTH, "same")
    variance = (1 + SMOOTH @ SMOOTH) * np.maximum(smooth, 1.0)  # of a count less that
    enough, best = np.sqrt(2 * np.log(most**2 / 2)) + ABOVE, (0, 0)
    for multiple in range(2, most + 1):
        excess = np.sort(_fold(heights - smooth, multiple), axis=0)
        excess[-1] = excess[-2]  # one that stands out alone is no lattice
        z = excess.sum(axis=0) / np.sqrt(_fold(variance, multiple).sum(axis=0))
        if z.max() > enough:
            enough, best = z.max(), (multiple, z.argmax())
    multiple, first = best
    if not multiple:
        return nothing
    return multiple * spacing, number % multiple == first


def _numbered(at, spacing):
    """The number of each value on a lattice of about this spacing, and its exact one."""
    number = np.cumsum(np.rint(np.diff(at, prepend=at[0]) / spacing)).astype(np.intp)
    return number, (at[-1] - at[0]) / max(number[-1], 1)


def _fold(values, n):
    """`values` in rows of n, the last one filled up with zeros."""
    return np.pad(values, (0, -values.size % n)).reshape(-1, n)


def _values_beside(counts, at, distances, multiples):
    """Counts (2, n) at multiples of the distances below and above, to within a tick."""
    margin = int(np.ceil(max(multiples) * np.max(distances, initial=0))) + 1
    padded = np.pad(counts, margin)
    places = at + margin + np.array([[[0]], [[-1]], [[1]]])
    sides = np.array([[-1], [1]]) * distances
    nearest = (np.rint(k * sides).astype(np.intp) for k in multiples)
    return [padded[places + one].max(axis=0) for one in nearest]


def _nearest_alike(counts, at):
    """The distances, in ticks, to the nearest value as frequent; 0 where none is near."""
    heights, values = counts[at], np.flatnonzero(counts)
    enough = np.maximum(SHARE * heights - ERRORS * np.sqrt(heights), SMALLER * heights)
    nearest = np.full(at.size, REACH_TICKS + 1)
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
    return np.where(nearest <= REACH_TICKS, nearest, 0)


def _gains(ruler, counts, at, spacing, blur):
    """What a group at each place could gain once the counts are blurred, in nats.

    A bump of e cells more than a smooth density, of b cells per unit, is like e more than
    ``2 sqrt(pi) b h`` Poisson counts. Smooth is the polynomial through the values up to
    three `spacing` away, or the higher neighbour.
    """
    near = _values_beside(counts, at, spacing, (1, 2, 3))
    smooth = SMOOTH[4:] @ [both.sum(axis=0) for both in near]
    smooth = np.maximum(smooth, near[0].max(axis=0))
    excess = np.maximum(counts[at] - smooth, 0)
    below = np.append(0, np.cumsum(counts))
    half = int(2.5 * spacing)
    low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, counts.size)
    density = (below[high] - below[low] - excess) / ((high - low) * ruler.tick)
    others = 2 * np.sqrt(np.pi) * blur * np.maximum(density, 1.0)
    return (others + excess) * np.log1p(excess / others) - excess
