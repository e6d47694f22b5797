"""Bins that keep moments: joined where their cells are evenly spread, and made points.

Bins are joined two by two, as long as their cells look like evenly spread ones. A bin
becomes the two Gauss nodes that have its mass, mean, square and cube: sums of smooth
functions over the nodes equal those over its cells up to fourth derivatives.
"""

from typing import NamedTuple

import numpy as np

# The numbers of bins of a search, as powers of 2: the most, and the fewest.
MOST, FEWEST = 12, 7

# The nats that two halves of a bin may gain over even density. The best of some thousand
# bins gains as much by accident.
EVEN = 5.0

# The share of a mean below which a spread about it is rounding.
ROUNDING = 1e-15


class Moments(NamedTuple):
    """Masses and means of bins, and the sums of squares and cubes about their means."""

    mass: np.ndarray
    mean: np.ndarray
    square: np.ndarray
    cube: np.ndarray

    def halved(self) -> "Moments":
        """The moments of bins twice as wide: of neighbours joined two by two."""
        left, right = (Moments(*(part[k::2] for part in self)) for k in (0, 1))
        mass = left.mass + right.mass
        share = right.mass / np.where(mass > 0, mass, 1.0)
        apart = right.mean - left.mean
        product = mass * share * (1 - share) * apart
        return Moments(
            mass,
            left.mean + share * apart,
            left.square + right.square + product * apart,
            left.cube
            + right.cube
            + product * apart**2 * (1 - 2 * share)
            + 3 * apart * ((1 - share) * right.square - share * left.square),
        )


def nodes(
    moments: Moments, least: float | np.ndarray = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """Two values (K, 2) for each bin, and their masses, with the bin's four moments.

    Where a bin's sd is at most the `least`, or rounding, the second has no mass.
    """
    mass, mean, square, cube = moments
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.maximum(square, 0.0) / mass
        sd = np.sqrt(variance)
        spread = sd > np.maximum(least, ROUNDING * np.abs(mean))
        skew = np.where(spread, 0.5 * cube / (square * sd), 0.0)
    root = np.sqrt(1 + skew * skew)
    far = np.abs(skew) + root  # the other is 1 / far: their product is 1
    rare = 0.5 / (root * far)
    left = skew < 0
    right = np.where(left, 1 / far, far)
    sd = np.where(spread, sd, 0.0)
    values = np.empty((mass.size, 2))
    values[:, 0], values[:, 1] = mean - sd / right, mean + sd * right
    masses = np.empty((mass.size, 2))
    share = np.where(left, 1 - rare, rare)
    np.multiply(mass, np.where(spread, share, 0.0), out=masses[:, 1])
    masses[:, 0] = np.where(spread, mass * (1 - share), mass)
    return values, masses


def join_even(
    moments: Moments, edges: np.ndarray, n_halvings: int, unit: float
) -> tuple[np.ndarray, np.ndarray, Moments]:
    """The first and the last of the bins that are joined (K,), and the joint moments.

    Their number is halved at most `n_halvings` times, and is a multiple of 2 to this power.
    `edges` are the ends of all bins, and `unit` is the mass of one observation.
    """
    whole = np.ones(moments.mass.size, dtype=bool)
    step, found = 1, []
    for left in range(n_halvings, -1, -1):
        joint = np.zeros(whole.size // 2, dtype=bool)
        if left:
            joint = whole[::2] & whole[1::2]
            joint &= _unevenness(moments.mass, edges[::step]) <= EVEN * unit
        alone = whole & (moments.mass > 0)
        if left:
            alone &= ~np.repeat(joint, 2)
        ends = np.flatnonzero(alone)
        found.append((ends * step, Moments(*(part[ends] for part in moments)), step))
        if not joint.any():
            break
        moments, whole, step = moments.halved(), joint, 2 * step
    first = np.concatenate([at for at, _, _ in found])
    last = np.concatenate([at + step - 1 for at, _, step in found])
    order = np.argsort(first)
    parts = zip(*(part for _, part, _ in found), strict=True)
    return first[order], last[order], Moments(*(np.concatenate(p)[order] for p in parts))


def coarsen(
    values: np.ndarray, masses: np.ndarray, places: np.ndarray, unit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nodes of joined bins, (K, 2) values and masses, and where each bin begins (K,).

    The `places` of the ascending values are in [0, 1).
    """
    bins = (places * 2**MOST).astype(np.intp)
    starts = np.flatnonzero(np.diff(bins, prepend=-1))
    begin = np.searchsorted(bins, np.arange(2**MOST + 1))
    before, after = np.maximum(begin - 1, 0), np.minimum(begin, values.size - 1)
    edges = (values[before] + values[after]) / 2
    moments = _moments(values, masses, starts, bins[starts])
    first, _, joined = join_even(moments, edges, MOST - FEWEST, unit)
    return *nodes(joined), begin[first]


def _moments(
    values: np.ndarray, masses: np.ndarray, starts: np.ndarray, at: np.ndarray
) -> Moments:
    """The Moments of all bins: of the values from each start, in the bins `at`."""
    mass = np.add.reduceat(masses, starts)
    mean = np.add.reduceat(masses * values, starts) / mass
    off = values - np.repeat(mean, np.diff(starts, append=values.size))
    square = masses * off * off
    moments = Moments(*np.zeros((4, 2**MOST)))
    parts = (
        mass,
        mean,
        np.add.reduceat(square, starts),
        np.add.reduceat(square * off, starts),
    )
    for whole, part in zip(moments, parts, strict=True):
        whole[at] = part
    return moments


def _unevenness(masses: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The log likelihood ratio of two halves' masses to masses in proportion to widths."""
    left, right = masses[::2], masses[1::2]
    low, middle, high = edges[:-2:2], edges[1::2], edges[2::2]
    ratio = np.zeros(left.size)
    with np.errstate(divide="ignore", invalid="ignore"):  # of bins without mass or width
        even = (left + right) / (high - low)
        for mass, width in ((left, middle - low), (right, high - middle)):
            ratio = ratio + mass * np.log(np.where(mass > 0, mass / (width * even), 1.0))
    return ratio
