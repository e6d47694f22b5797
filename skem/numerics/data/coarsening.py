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
    masses: np.ndarray, edges: np.ndarray, n_halvings: int, unit: float
) -> np.ndarray:
    """The first of the bins that are joined (K,), ascending, for those with any mass.

    Their number is halved at most `n_halvings` times, and is a multiple of 2 to this power.
    `edges` are the ends of all bins, and `unit` is the mass of one observation.
    """
    whole = np.ones(masses.size, dtype=bool)
    step, found = 1, []
    for left in range(n_halvings, -1, -1):
        alone = whole & (masses > 0)
        joint = whole[:0]
        if left:
            joint = _unevenness(masses, edges[::step]) <= EVEN * unit
            joint &= whole[::2]
            joint &= whole[1::2]
            alone.reshape(-1, 2)[joint] = False
        found.append(np.flatnonzero(alone) * step)
        if not joint.any():
            break
        masses, whole, step = masses[::2] + masses[1::2], joint, 2 * step
    return np.sort(np.concatenate(found))


def coarsen(
    values: np.ndarray, masses: np.ndarray, places: np.ndarray, unit: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The nodes of joined bins, (K, 2) values and masses, and where each bin begins (K,).

    The `places` of the ascending values are in [0, 1).
    """
    bins = (places * 2**MOST).astype(np.intp)
    begin = np.zeros(2**MOST + 1, dtype=np.intp)
    np.cumsum(np.bincount(bins, minlength=2**MOST), out=begin[1:])
    before, after = np.maximum(begin - 1, 0), np.minimum(begin, values.size - 1)
    edges = (values[before] + values[after]) / 2
    by_bin = np.bincount(bins, masses, minlength=2**MOST)
    starts = begin[join_even(by_bin, edges, MOST - FEWEST, unit)]
    return *nodes(_moments(values, masses, starts)), starts


def _moments(values: np.ndarray, masses: np.ndarray, starts: np.ndarray) -> Moments:
    """The Moments of the values from each start to the next."""
    mass = np.add.reduceat(masses, starts)
    mean = np.add.reduceat(masses * values, starts) / mass
    off = values - np.repeat(mean, np.diff(starts, append=values.size))
    square = masses * off * off
    return Moments(
        mass, mean, np.add.reduceat(square, starts), np.add.reduceat(square * off, starts)
    )


def _unevenness(masses: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The log likelihood ratio of two halves' masses to masses in proportion to widths."""
    left, right = masses[::2], masses[1::2]
    low, middle, high = edges[:-2:2], edges[1::2], edges[2::2]
    with np.errstate(divide="ignore", invalid="ignore"):  # of bins without mass or width
        even = (left + right) / (high - low)
        halves = (
            mass * np.log(np.where(mass > 0, mass / (width * even), 1.0))
            for mass, width in ((left, middle - low), (right, high - middle))
        )
        return np.add(*halves)
