"""Bins on dyadic lattices: they are as wide as a power of two, and begin at its multiples.

Two neighbours, the first of an even number, are one bin of the next level. So windows with
bins of different widths add up without loss.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

# The lowest and the highest level: 2 to these powers and their reciprocals are finite.
LOWEST, HIGHEST = -1000, 1000

# The share of cells at either end of a sample that does not set the range of bins.
OUTLYING = 0.002

# The most bins of a window, the levels by which windows may differ to become one, and the
# most mass of the narrower bins, as a multiple of that of the wider ones.
MOST_BINS, ALIKE, MUCH = 2**15, 2, 8


class Frame(NamedTuple):
    """Bins of width ``2**level``, `n_bins` from the number `first`."""

    level: int
    first: int
    n_bins: int

    @property
    def per_unit(self) -> float:
        """The number of bins in a unit."""
        return math.ldexp(1.0, -self.level)


def frame_of(low: float, high: float, most: int) -> Frame:
    """At most `most` bins (and one) that hold a range, none finer than doubles are."""
    largest = max(abs(low), abs(high))
    level = math.frexp((high / 2 - low / 2) / most)[1] + 1
    level = min(max(level, math.frexp(largest)[1] - 53, LOWEST), HIGHEST)
    first = math.floor(math.ldexp(low, -level))
    return Frame(level, first, math.floor(math.ldexp(high, -level)) - first + 1)


def bulk_of(ordered: np.ndarray) -> tuple[float, float]:
    """Ends of the range of all but the outliers, from an ascending sample.

    It extends beyond two extreme quantiles by half the distance between them.
    """
    skipped = max(1, int(OUTLYING * ordered.size)) if ordered.size > 3 else 0
    low, high = float(ordered[skipped]), float(ordered[-1 - skipped])
    reach = high / 2 - low / 2
    most = np.finfo(float).max
    return max(low - reach, -most), min(high + reach, most)


class Filled(NamedTuple):
    """The bins (K,) of a window that hold cells: numbers, masses, and moments of places.

    These are the mean, the variance and the third central moment.
    """

    numbers: np.ndarray
    mass: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    third: np.ndarray


@dataclass(frozen=True, eq=False)
class Window:
    """Sums (4, B) over the cells of neighbouring bins, of which `first` is the first.

    They are of mass, and of mass times the place in the bin to the powers 1 to 3. A place
    is counted from the start of the bin, in its widths.
    """

    level: int
    first: int
    sums: np.ndarray

    @property
    def stop(self) -> int:
        """The number after that of the last bin."""
        return self.first + self.sums.shape[1]

    @property
    def width(self) -> float:
        """The width of a bin."""
        return math.ldexp(1.0, self.level)

    @cached_property
    def filled(self) -> Filled:
        """The bins that hold cells, with numbers counted from the first."""
        there = np.flatnonzero(self.sums[0])
        return Filled(there, *central(self.sums.take(there, axis=1)))

    def starts(self, numbers: np.ndarray, centre: float, scale: float) -> np.ndarray:
        """The starts of bins in standard units, by their numbers from the first."""
        return numbers * (self.width / scale) + (self.first * self.width - centre) / scale

    def trimmed(self) -> "Window":
        """The window without the empty bins at its ends."""
        there = np.flatnonzero(self.sums[0])
        if not there.size:
            return Window(self.level, self.first, self.sums[:, :0])
        begin, end = int(there[0]), int(there[-1]) + 1
        return Window(self.level, self.first + begin, self.sums[:, begin:end])

    def padded(self, first: int, stop: int) -> "Window":
        """The window with empty bins from `first` to before `stop`."""
        if (first, stop) == (self.first, self.stop):
            return self
        sums = np.zeros((4, stop - first))
        sums[:, self.first - first : self.stop - first] = self.sums
        return Window(self.level, first, sums)

    def at_level(self, level: int) -> "Window":
        """The same cells in wider bins, of a higher level."""
        window = self
        while window.level < level:
            even = window.padded(window.first & ~1, (window.stop + 1) & ~1)
            left, right = even.sums[:, ::2], even.sums[:, 1::2]
            sums = left + right
            sums[1] += right[0]
            sums[2] += 2 * right[1] + right[0]
            sums[3] += 3 * (right[2] + right[1]) + right[0]
            sums *= [[1.0], [0.5], [0.25], [0.125]]
            window = Window(window.level + 1, even.first >> 1, sums)
        return window


def central(
    sums: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Masses, means, variances and third central moments, from sums (4, K) of powers."""
    mass = sums[0]
    first, second, third = sums[1:] / mass
    square = first * first
    variance = np.maximum(second - square, 0.0)
    return mass, first, variance, third - first * (3 * second - 2 * square)


def common_level(one: Window, other: Window) -> int:
    """The lowest level at which two windows are one of at most MOST_BINS bins."""
    level = max(one.level, other.level)
    first = min(w.first >> (level - w.level) for w in (one, other))
    last = max((w.stop - 1) >> (level - w.level) for w in (one, other))
    while last - first >= MOST_BINS:
        level, first, last = level + 1, first >> 1, last >> 1
    return level


def unite(one: Window, other: Window) -> Window:
    """Two windows as one, at their common level."""
    level = common_level(one, other)
    one, other = one.at_level(level), other.at_level(level)
    first, stop = min(one.first, other.first), max(one.stop, other.stop)
    joint = one.padded(first, stop)
    sums = joint.sums if joint is not one else joint.sums.copy()
    sums[:, other.first - first : other.stop - first] += other.sums
    return Window(level, first, sums)


def are_alike(one: Window, other: Window) -> bool:
    """Whether two windows overlap or touch, and bins of the wider width do for both.

    They do not where nearly all cells are in narrower bins.
    """
    fine, coarse = sorted((one, other), key=lambda window: window.level)
    apart = coarse.level - fine.level
    if apart > ALIKE:
        return False
    if fine.first >> apart > coarse.stop or coarse.first > (fine.stop >> apart):
        return False
    return not apart or fine.sums[0].sum() <= MUCH * coarse.sums[0].sum()
