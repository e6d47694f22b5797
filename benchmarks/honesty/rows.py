"""Rows of the table, one function each, and the shares that they measure.

A module adds a row with :func:`row`, and `__init__` imports the module. The function gets
a generator, and draws one sample. It returns a pair (numerator, denominator) for each way
of answering, "before" and "now". The share of a way is the sum of its numerators over that
of its denominators, over all replications: (false calls, calls) is a share of false calls,
and (1 or 0, 1) a coverage or a frequency of rejection.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np


class Row(NamedTuple):
    """An input, what is measured, its nominal value, and a function of a generator."""

    input: str
    measured: str
    nominal: str
    replicate: Callable

    @property
    def name(self):
        """The name of the function."""
        return self.replicate.__name__


ROWS = []


def row(name, measured, nominal):
    """Add the decorated function to the table."""

    def add(replicate):
        ROWS.append(Row(name, measured, nominal, replicate))
        return replicate

    return add


def measure(row, n_replications, seed):
    """The cells of a row."""
    seeds = np.random.SeedSequence([seed, *row.name.encode()]).spawn(n_replications)
    found = [row.replicate(np.random.default_rng(one)) for one in seeds]
    ways = ([pairs[way] for pairs in found if way in pairs] for way in ("before", "now"))
    return [row.input, row.measured, *map(share, ways), row.nominal]


def share(pairs):
    """A share with its Monte Carlo error, that of a ratio of means over replications.

    If denominators differ, their mean follows: the number of calls in a sample.
    """
    if not pairs:
        return "-"
    above, below = np.array(pairs, dtype=float).T
    if not below.sum():
        return "none called"
    value = above.sum() / below.sum()
    error = np.std(above - value * below) / below.mean() / np.sqrt(below.size)
    of = "" if np.ptp(below) == 0 else f" of {below.mean():.3g}"
    return f"{value:.3f} ({error:.3f}){of}"
