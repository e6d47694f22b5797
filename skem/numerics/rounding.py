"""How much noise hides that cells were rounded.

Rounded cells lie on a lattice. The Fourier transform of their distribution repeats itself
at multiples of ``2 pi / step``, where that of normal groups is gone. Normal noise of
standard deviation h takes a factor ``exp(-h^2 t^2 / 2)`` off a frequency t. So a look at
the transform tells how much noise leaves nothing of any lattice, be there one or several,
and be all cells rounded or some.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from .blocks import BLOCK

# Cells are counted in so many bins, each moved by a normal error of so many bins: the
# transform is then exact up to an eighth of its frequencies, and finer lattices gone.
N_BINS, SMEAR = 2**17, 2.0
N_FREQUENCIES = N_BINS // 8

# Noise, in bins, that hides every lattice too fine for these frequencies.
LEAST = 5.0

# A transform of independent cells has a power of 1 / n on average, exponentially
# distributed: of all frequencies none reaches so many times that, even if all cells come
# in pairs.
POWER = 40.0

# Below the lowest frequency of a lattice is nothing down to this fraction of it.
GAP = 0.45

# What may be left of a lattice, in standard errors of the transform.
LEFT = 0.1

# So many equal cells, if they are such a part of all that have equals, lie on no lattice.
HEAP, PART = 12, 0.25

# Cells closer than this, in standard units, are equal.
SAME = 1e-10


class Heaps(NamedTuple):
    """Counts (K,) of all cells in bins, and of those that equal another one.

    The `highest` heap is the number of cells that all are equal.
    """

    every: np.ndarray
    equal: np.ndarray
    highest: int

    def __add__(self, other):
        highest = max(self.highest, other.highest)
        return Heaps(self.every + other.every, self.equal + other.equal, highest)


def heaps(low, high, z, mass=None):
    """The Heaps of cells z between `low` and `high`; each counts once."""
    z = np.sort(z)
    z = z[(z >= low) & (z <= high)]
    begins = np.flatnonzero(np.diff(z, prepend=-np.inf) > SAME)
    sizes = np.diff(begins, append=z.size)
    equal = np.repeat(sizes > 1, sizes)
    counts = (_count(part, low, high) for part in (z, z[equal]))
    return Heaps(*counts, int(sizes.max(initial=0)))


def _count(z, low, high):
    at = (z - low) * (N_BINS / (high - low)) + SMEAR * np.resize(_errors(), z.size)
    at = at[(at >= 0) & (at < N_BINS)].astype(np.intp)
    return np.bincount(at, minlength=N_BINS)


@cache
def _errors():
    """Standard normal numbers, the same at every call."""
    return np.random.default_rng(0).standard_normal(BLOCK)


def hiding_noise(found, low, high, n_cells):
    """The sd of noise that hides the lattices in these Heaps from a fit to `n_cells`.

    It is 0 where no cells are equal, and infinite where they are so for another reason
    than rounding, or are rounded to more than the width of a group.
    """
    n_equal = found.equal.sum()
    if found.highest >= max(HEAP, PART * n_equal):
        return np.inf
    least = LEAST * (high - low) / N_BINS if n_equal else 0.0
    each = (_noise(counts, high - low, n_cells) for counts in (found.every, found.equal))
    noise = max(least, *each)
    return noise if noise < 1 else np.inf


def _noise(counts, width, n_cells):
    """The noise that leaves LEFT of every peak of the transform, down to the first gap."""
    total = counts.sum()
    if not total:
        return 0.0
    t = 2 * np.pi / width * np.arange(N_FREQUENCIES)
    transform = np.abs(np.fft.rfft(counts)[:N_FREQUENCIES])
    peaks = np.flatnonzero(transform**2 > POWER * total)[::-1]
    above = np.append(N_FREQUENCIES, peaks)
    gaps = np.flatnonzero(peaks < GAP * above[:-1])
    peaks = peaks[: gaps[0]] if gaps.size else peaks
    peaks = peaks[peaks > 0]
    smear = SMEAR * width / N_BINS
    strength = transform[peaks] * np.exp(0.5 * (smear * t[peaks]) ** 2) / np.sqrt(n_cells)
    needed = np.sqrt(2 * np.log(np.maximum(strength / LEFT, 1.0))) / t[peaks]
    return float(needed.max(initial=0.0))
