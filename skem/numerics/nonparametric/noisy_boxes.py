"""Series of a sum of many normal densities of different widths, by the moments of boxes.

As for densities of one width, but there are classes of variances. A density of another
variance than that of its class is a series in derivatives by the location, because normal
densities solve the heat equation. So its moments are Hermite polynomials.
"""

from math import log
from typing import NamedTuple, Self

import numpy as np

from .boxes import CHOICES, HALF, ORDERS
from .kernels import NOTHING
from .supremum import CRAMER, N_TERMS, Series

# The width of a class of log variances, and a number of boxes that is too large to count.
CLASS, LARGEST = 0.16, 2.0**52

# Half of what a variance differs by from that of its class at most, in units of this.
SPREAD = float(np.expm1(CLASS / 2) / 2)

# The distance in sds from which densities are not in a series.
FAR = 14.0

# The number of terms of a rest that are summed one by one.
LAST = 64

# The number of densities that are computed together.
TOGETHER = 2**16


class Placed(NamedTuple):
    """The boxes of rows, their distances from the centres in sds, and their variances.

    A variance is half of what it exceeds that of the class by, in units of this.
    """

    boxes: np.ndarray
    off: np.ndarray
    wider: np.ndarray


class Layout(NamedTuple):
    """Classes of variances from `lowest` on, with boxes from `low` on.

    The `first` (K + 1,) numbers of the classes' boxes are followed by the others. Only
    boxes with the numbers `used` (B,) are there; all if this is None.
    """

    low: float
    lowest: float
    first: np.ndarray
    used: np.ndarray | None = None

    @classmethod
    def of(cls, low: float, high: float, lowest: float, highest: float) -> Self | None:
        """The Layout for values and variances in some range; None if it is too large."""
        n = int(log(highest / lowest) / CLASS) + 1
        layout = cls(low, lowest, np.zeros(n + 1, dtype=np.intp))
        sizes = np.floor((high - low) / layout.widths) + 1
        if not sizes.sum() < LARGEST:
            return None
        return layout._replace(first=np.append(0, np.cumsum(sizes)).astype(np.intp))

    @property
    def n_boxes(self) -> int:
        """The number of boxes."""
        return int(self.first[-1]) if self.used is None else self.used.size

    @property
    def variances(self) -> np.ndarray:
        """The variance (K,) of each class."""
        return self.lowest * np.exp(CLASS * (np.arange(self.first.size - 1) + 0.5))

    @property
    def widths(self) -> np.ndarray:
        """The width (K,) of the boxes of each class."""
        return 2 * HALF * np.sqrt(self.variances)

    def place(self, z: np.ndarray, variances: np.ndarray) -> Placed:
        """Where some rows are. Their boxes must be there."""
        classes = np.log(variances / self.lowest)
        classes *= 1 / CLASS
        at = np.clip(classes.astype(np.intp), 0, self.first.size - 2)
        off = (z - self.low) / self.widths[at]
        places = off.astype(np.intp)
        off -= places
        off -= 0.5
        off *= 2 * HALF
        wider = variances / self.variances[at]
        wider -= 1.0
        wider *= 0.5
        places += self.first[at]
        if self.used is not None:
            places = np.searchsorted(self.used, places)
        return Placed(places, off, wider)

    def centres(self, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The centres of some boxes, and the sds of their classes."""
        numbers = boxes if self.used is None else self.used[boxes]
        at = np.searchsorted(self.first, numbers, side="right") - 1
        place = numbers - self.first[at] + 0.5
        return self.low + place * self.widths[at], np.sqrt(self.variances[at])


def moments_of(n_boxes: int, placed: Placed, multiples: np.ndarray) -> np.ndarray:
    """The moments (N_TERMS, B) in all boxes of densities with multiples."""
    places, off, wider = placed
    moments = np.empty((N_TERMS, n_boxes))
    last = multiples * np.sqrt(1 + 2 * wider)
    before, product = np.zeros_like(last), np.empty_like(last)
    off, wider = -off, 2 * wider
    for k in range(N_TERMS):
        moments[k] = np.bincount(places, last, minlength=n_boxes)
        np.multiply(off, last, out=product)
        before *= wider
        before *= k
        product += before
        before, last, product = last, product, before
    return moments


class NoisyBoxes(NamedTuple):
    """Boxes that hold densities: centres and sds (B,), and their moments (B, N_TERMS)."""

    centres: np.ndarray
    sds: np.ndarray
    moments: np.ndarray

    @classmethod
    def of(cls, layout: Layout, moments: np.ndarray) -> Self:
        """Those boxes of a layout that have a moment."""
        there = np.flatnonzero(moments[0])
        return cls(*layout.centres(there), np.ascontiguousarray(moments[:, there].T))

    def expand(self, centres: np.ndarray, halves: np.ndarray) -> Series:
        """The Series of the sum on the intervals."""
        unit = self.sds[0]
        # Those for order n: moment k goes with power n - k of an interval's half.
        inverse = (unit / self.sds)[:, None] ** ORDERS
        scaled = [
            self.moments[:, : n + 1] * CHOICES[n, : n + 1] * inverse[:, n::-1]
            for n in range(N_TERMS)
        ]
        terms = np.zeros((centres.size, N_TERMS))
        rests = np.zeros(centres.size)
        step = max(1, TOGETHER // self.sds.size)
        for begin in range(0, centres.size, step):
            some = slice(begin, begin + step)
            x = (self.centres - centres[some, None]) / self.sds
            rests[some] = self._rests(np.abs(x), halves[some])
            near = np.flatnonzero(np.abs(x).min(axis=0) <= FAR)
            x = x[:, near]
            last = np.exp(-0.5 * x * x)
            last[np.abs(x) > FAR] = 0.0
            before = np.zeros_like(x)
            powers = (halves[some, None] / unit) ** ORDERS
            for n in range(N_TERMS):
                terms[some, n::-1] += (last @ scaled[n][near]) * powers[:, n::-1]
                before *= -1.0
                before += x * last
                before *= 1 / (n + 1)
                last, before = before, last
        return Series(centres, halves, terms, rests)

    def _rests(self, distances: np.ndarray, halves: np.ndarray) -> np.ndarray:
        """What the series leave out: parts of near densities, and all others.

        A density is at most its moment, but for half a class, and falls with the distance.
        """
        starts = np.flatnonzero(np.diff(self.sds, prepend=0.0))
        reach = halves[:, None] / self.sds[starts] + HALF
        near = distances <= FAR
        parts = np.where(near, np.exp(-0.25 * np.square(np.minimum(distances, FAR))), 0.0)
        parts = np.add.reduceat(parts * self.moments[:, 0], starts, axis=1)
        parts *= np.where(parts > 0, remaining(reach), 0.0)
        sizes = np.diff(starts, append=self.sds.size)
        apart = np.maximum(distances - np.repeat(reach, sizes, axis=1), 0.0)
        apart = np.maximum(-np.square(apart) / (2 * np.exp(CLASS / 2)), NOTHING)
        whole = np.where(near, 0.0, np.exp(apart)) @ self.moments[:, 0]
        return parts.sum(axis=1) + np.exp(CLASS / 4) * whole


def remaining(shifts: np.ndarray) -> np.ndarray:
    """What the terms of a density from N_TERMS on are at most, over exp(-x^2 / 4).

    They are the coefficients of exp(shift t + SPREAD t^2), times Hermite functions. The
    coefficients, over the roots of factorials, follow from the two before. From the LAST
    on they fall at least by a ratio each, if shifts are below the root of LAST + 1.
    """
    shifts = np.minimum(shifts, np.sqrt(LAST + 1))
    last, before = np.ones_like(shifts), np.zeros_like(shifts)
    total = np.zeros_like(shifts)
    for n in range(LAST):
        new = (shifts * last + 2 * SPREAD * np.sqrt(n) * before) / np.sqrt(n + 1)
        last, before = new, last
        if n + 1 >= N_TERMS and n + 1 < LAST:
            total += last
    slope = shifts / np.sqrt(LAST + 1)
    ratio = (slope + np.sqrt(slope * slope + 8 * SPREAD)) / 2
    falls = ratio < 1
    rest = np.maximum(last, ratio * before) / np.where(falls, 1 - ratio, 1.0)
    return CRAMER * np.where(falls, total + rest, np.inf)
