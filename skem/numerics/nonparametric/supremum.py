"""The highest point of the gradient function over all locations, with a bound.

The gradient function is a sum of normal densities, so its Taylor series about a location
converges fast, and Cramer's inequality for Hermite polynomials bounds what is left of it.
On an interval, a polynomial is at most the maximum of its quadratic part and the sizes of
its other terms. Intervals where this is not close are halved, until it is.
"""

from collections.abc import Callable
from functools import partial
from math import factorial, sqrt
from typing import NamedTuple

import numpy as np
from scipy.special import comb

from .kernels import NOTHING, Kernels

# The number of terms of a series, and half of a first interval in sds of kernels.
N_TERMS, HALF = 22, 0.75

# The level of the quantile of the kernels' sds that makes grids fine enough.
TYPICAL = 0.1

# Cramer's constant: |He_n(t)| exp(-t^2 / 4) is at most this times the root of n!.
CRAMER = 1.0865

# A polynomial of x as one of u, where x = (u - 1) / 2 or (u + 1) / 2: [side, new, old].
_ORDERS = np.arange(N_TERMS)
_HALVES = np.array(
    [
        comb(_ORDERS, _ORDERS[:, None])
        * side ** np.maximum(_ORDERS - _ORDERS[:, None], 0)
        / 2.0**_ORDERS
        for side in (-1.0, 1.0)
    ]
)

# The most rounds of halving, which end earlier unless rounding hides the maximum.
MOST_ROUNDS = 60

# The number of densities that are computed together.
TOGETHER = 2**15


class Supremum(NamedTuple):
    """A location, the function's value there, and what it is at most anywhere."""

    location: float
    value: float
    bound: float


class Series(NamedTuple):
    """Taylor series on intervals [c - h, c + h]: centres, halves (J,), terms and rests.

    The terms (J, N_TERMS) are in units of h, and the rest (J,) bounds what they leave out.
    """

    centres: np.ndarray
    halves: np.ndarray
    terms: np.ndarray
    rests: np.ndarray

    def at_most(self) -> np.ndarray:
        """Bounds (J,) on the function on each interval."""
        a, b, c = self.terms[:, :3].T
        ends = a + np.abs(b) + c
        inside = (c < 0) & (np.abs(b) < -2 * c)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            tops = np.where(inside, a - 0.25 * b * b / c, ends)
        return tops + np.abs(self.terms[:, 3:]).sum(axis=1) + self.rests

    def take(self, rows: np.ndarray) -> "Series":
        """Those of some intervals."""
        return Series(*(part[rows] for part in self))

    def halved(self) -> "Series":
        """The same series on the two halves of each interval."""
        halves = self.halves / 2
        centres = np.concatenate([self.centres - halves, self.centres + halves])
        terms = np.concatenate([self.terms @ side.T for side in _HALVES])
        return Series(centres, np.tile(halves, 2), terms, np.tile(self.rests, 2))


def expand(
    kernels: Kernels,
    multiples: np.ndarray,
    centres: np.ndarray,
    halves: np.ndarray,
) -> Series:
    """The Series of the kernels' sum, in which each has a multiple (n,)."""
    parts = []
    step = max(1, TOGETHER // kernels.values.size)
    for begin in range(0, centres.size, step):
        some = slice(begin, begin + step)
        parts.append(_expand(kernels, multiples, centres[some], halves[some]))
    terms, rests = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Series(centres, halves, terms, rests)


def _expand(
    kernels: Kernels,
    multiples: np.ndarray,
    centres: np.ndarray,
    halves: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    terms, rests = np.zeros((centres.size, N_TERMS)), np.zeros(centres.size)
    for precision, share in zip(kernels.precisions, kernels.shares, strict=True):
        root = np.sqrt(precision)
        reach = halves[:, None] * root
        t = (kernels.values - centres[:, None]) * root
        beyond = np.maximum(np.abs(t) - reach, 0.0)
        beyond *= beyond
        weight = multiples * share
        most = np.exp(np.maximum(-0.25 * beyond, NOTHING)) * reach**N_TERMS
        rests += most @ weight * (CRAMER / sqrt(factorial(N_TERMS)))
        square = -0.5 * t * t
        last = np.exp(np.maximum(square, NOTHING))
        last[square < NOTHING] = 0.0  # powers of t would make much of it
        t *= reach
        reach *= reach
        before, product = np.zeros_like(last), np.empty_like(last)
        for n in range(N_TERMS):
            terms[:, n] += last @ weight
            # Hermite's recurrence, of polynomials over factorials.
            np.multiply(t, last, out=product)
            before *= -reach
            product += before
            product *= 1 / (n + 1)
            before, last, product = last, product, before
    return terms, rests


def supremum(
    kernels: Kernels, multiples: np.ndarray, tol: float, offset: float = 0.0
) -> Supremum:
    """The Supremum over all locations of the kernels' sum less the `offset`.

    The bound exceeds the value by at most `tol`, unless rounding does.
    """
    centres, halves = cover(kernels.values, kernels.sds)
    of_kernels = partial(expand, kernels, multiples)
    return refine(of_kernels(centres, halves), of_kernels, tol, offset)


def refine(
    series: Series,
    expansion: Callable[[np.ndarray, np.ndarray], Series],
    tol: float,
    offset: float,
) -> Supremum:
    """The Supremum of a sum less the `offset`. The series of the sum are known.

    The `expansion` gives the Series of the sum at other centres, with other halves.
    """
    series.terms[:, 0] -= offset
    best = int(series.terms[:, 0].argmax())
    location, value = series.centres[best], series.terms[best, 0]
    bound = -np.inf
    for _ in range(MOST_ROUNDS):
        most = series.at_most()
        done = most <= value + tol
        bound = max(bound, most[done].max(initial=-np.inf))
        series = series.take(~done)
        if not series.centres.size:
            break
        loose = ~(series.rests <= 0.5 * tol) | ~np.isfinite(most[~done])
        new = series.take(~loose).halved()
        if loose.any():
            wide = series.take(loose).halved()
            again = expansion(wide.centres, wide.halves)
            again.terms[:, 0] -= offset
            new = Series(*(np.concatenate(pair) for pair in zip(new, again, strict=True)))
        series = new
        best = int(series.terms[:, 0].argmax())
        if series.terms[best, 0] > value:
            location, value = series.centres[best], series.terms[best, 0]
    else:
        bound = max(bound, series.at_most().max())
    return Supremum(float(location), float(value), float(max(bound, value)))


def cover(values: np.ndarray, sds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Intervals from the lowest to the highest value; beyond, the sum only falls.

    They are as wide as kernels where there are observations, and wider in between.
    """
    low, high = values.min(), values.max()
    width = 2 * HALF * float(np.quantile(sds, TYPICAL))
    n = max(np.ceil((high - low) / width), 1.0)
    places = np.unique(np.floor((values - low) / (high - low or 1.0) * n))
    near = np.unique(np.concatenate([places - 1, places, places + 1]))
    near = near[(near >= 0) & (near < n)]
    edges = np.unique(np.concatenate([near, near + 1])) / n
    halves = np.diff(edges) / 2 * (high - low)
    return low + edges[:-1] * (high - low) + halves, halves
