"""Series of a sum of many normal densities of one width, by the moments of few boxes.

A fast Gauss transform (Greengard and Strain 1991): the series of a density about a place
is also one in where it is centred. So its terms are sums over boxes of their moments, and
the number of densities matters for the moments only.
"""

from math import factorial, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import comb

from .kernels import NOTHING
from .supremum import CRAMER, N_TERMS, Series, Supremum, cover, refine

# Half the width of a box in sds.
HALF = 0.125

ORDERS = np.arange(N_TERMS)
CHOICES = comb(ORDERS[:, None], ORDERS)


class Boxes(NamedTuple):
    """Densities of an sd in boxes, with centres (B,) and moments (B, N_TERMS).

    The moments are sums of the densities' multiples and of powers of their distances from
    the centres, in sds and with their signs reversed.
    """

    sd: float
    centres: np.ndarray
    moments: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, multiples: np.ndarray, sd: float) -> "Boxes":
        """The Boxes of densities with multiples (n,) at ascending values."""
        width = 2 * HALF * sd
        places = np.floor((values - values[0]) / width)
        starts = np.flatnonzero(np.diff(places, prepend=-1.0))
        sizes = np.diff(starts, append=values.size)
        centres = values[0] + (places[starts] + 0.5) * width
        off = (np.repeat(centres, sizes) - values) / sd
        moments = np.empty((N_TERMS, starts.size))
        product = multiples.copy()
        for k in range(N_TERMS):
            moments[k] = np.add.reduceat(product, starts)
            product *= off
        return cls(sd, centres, moments.T.copy())

    def expand(self, centres: np.ndarray, halves: np.ndarray) -> Series:
        """The Series of the sum on the intervals."""
        x = (self.centres - centres[:, None]) / self.sd
        reach = halves[:, None] / self.sd
        square = -0.5 * x * x
        last = np.exp(np.maximum(square, NOTHING))
        last[square < NOTHING] = 0.0  # powers of x would make much of it
        before = np.zeros_like(x)
        terms = np.zeros((centres.size, N_TERMS))
        powers = reach**ORDERS
        for n in range(N_TERMS):
            some = last @ self.moments[:, : n + 1]
            some *= CHOICES[n, : n + 1]
            some *= powers[:, n::-1]
            terms[:, n::-1] += some
            last, before = (x * last - before) / (n + 1), last
        far = HALF + reach
        beyond = np.maximum(np.abs(x) - far, 0.0)
        most = np.exp(np.maximum(-0.25 * beyond * beyond, NOTHING)) @ self.moments[:, 0]
        rests = most * far[:, 0] ** N_TERMS * (CRAMER / sqrt(factorial(N_TERMS)))
        return Series(centres, halves, terms, rests)


def supremum_of_equal(
    values: np.ndarray, multiples: np.ndarray, sd: float, tol: float, offset: float
) -> Supremum:
    """The Supremum of the sum of densities of an sd at ascending values, less the `offset`.

    The densities are 1 at their values. The bound exceeds the value by at most `tol`.
    """
    boxes = Boxes.of(values, multiples, sd)
    centres, halves = cover(values, np.full(1, sd))
    return refine(boxes.expand(centres, halves), boxes.expand, tol, offset)
