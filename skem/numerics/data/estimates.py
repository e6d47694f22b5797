"""A table of estimates with standard errors, read block by block, as `grid` reads cells."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..model.scales import EXACT, NORMAL
from .protocol import T
from .threads import TreeSum, share

# Rows of a block.
ROWS = 2**16


class Estimates:
    """Raw estimates and standard errors (N, 2), and the rows' masses (N,) or None.

    A third column of the table has the degrees of freedom of noise that is Student's t;
    without it, noise is normal. A row that contains NaN is missing. `n_passes` counts how
    often `total` read all rows.
    """

    def __init__(
        self, table: np.ndarray, mass: np.ndarray | None = None, n_threads: int = 1
    ) -> None:
        if table.shape[1] == 3 and not (table[:, 2] < NORMAL).any():
            lost = np.isnan(table[:, 2:])
            table = np.where(lost, np.nan, table)[:, :2] if lost.any() else table[:, :2]
        self.table, self.mass, self.n_threads = table, mass, n_threads
        self.n_passes = 0

    def total(self, function: Callable[..., T]) -> T:
        """Sum over blocks of ``function(masses, estimates, errors)`` of observed rows.

        The degrees of freedom are the last argument if there are any.
        """
        self.n_passes += 1
        sums = TreeSum()
        self._share(lambda rows: function(*self.observed(rows)), sums.add)
        return sums.total()

    def map(
        self,
        function: Callable[..., np.ndarray],
        dtype: DTypeLike,
        shape: tuple[int, ...] = (),
    ) -> np.ndarray:
        """``function(estimates, errors)`` (N, *shape) of all rows, also of missing ones.

        The degrees of freedom are the last argument if there are any. A call gets rows that
        need the same number of nodes.
        """
        out = np.empty((self.table.shape[0], *shape), dtype)

        def fill(rows: slice) -> None:
            columns = self.table[rows].T.astype(np.float64)
            for some in alike(*columns[2:]):
                out[rows][some] = function(*columns[:, some])

        self._share(fill)
        return out

    def _share(
        self,
        function: Callable[[slice], Any],
        collect: Callable[[Any], Any] | None = None,
    ) -> None:
        n = self.table.shape[0]
        blocks = (slice(start, start + ROWS) for start in range(0, n, ROWS))
        share(function, blocks, self.n_threads, collect)

    def observed(self, rows: slice) -> tuple[Any, ...]:
        """Masses (or None) and columns of the observed rows of a slice."""
        columns = self.table[rows].T.astype(np.float64)
        mass = None if self.mass is None else self.mass[rows]
        there = ~np.isnan(columns).any(axis=0)
        if mass is not None:
            there &= mass > 0
        if there.all():
            return mass, *columns
        return None if mass is None else mass[there], *columns[:, there]


def alike(degrees: np.ndarray | None = None) -> Iterator[np.ndarray | slice]:
    """Some rows that need the same number of nodes, in turn; all if noise is normal."""
    if degrees is None:
        yield slice(None)
        return
    n_nodes = EXACT.n_nodes(np.where(np.isnan(degrees), NORMAL, degrees))
    for n in np.unique(n_nodes):
        rows, step = np.flatnonzero(n_nodes == n), ROWS // n
        yield from (rows[start : start + step] for start in range(0, rows.size, step))


def filled(
    centre: float, scale: float, estimates: np.ndarray, *noise: np.ndarray
) -> list[np.ndarray]:
    """Estimates, noise variances and degrees of freedom if there are any, as standardised.

    A missing row is an estimate of 0, with a variance of 1 and normal noise.
    """
    errors, *degrees = noise
    z = np.nan_to_num((estimates - centre) / scale)
    variances = np.where(np.isnan(errors), 1.0, np.square(errors / scale))
    return [z, variances, *(np.where(np.isnan(some), np.inf, some) for some in degrees)]


def merge_equal(rows: Estimates) -> Estimates:
    """The distinct observed rows in ascending order, with their total masses.

    k copies of a row, in any order, give the same bits as one row of mass k.
    """
    mass, *columns = rows.observed(slice(None))
    order = np.argsort(columns[0])  # many times faster than a sort by all columns
    if not np.diff(columns[0][order]).all():
        order = np.lexsort(columns[::-1])
    table = np.stack(columns, axis=1)[order]
    first = np.ones(len(table), dtype=bool)
    first[1:] = (table[1:] != table[:-1]).any(axis=1)
    index = np.cumsum(first) - 1
    masses = np.bincount(index, weights=None if mass is None else mass[order])
    return Estimates(table[first], masses, rows.n_threads)


class ErrorRange(NamedTuple):
    """The smallest positive standard error, infinite if none is, and the largest."""

    least: float
    largest: float

    def __add__(self, other: "ErrorRange") -> "ErrorRange":  # type: ignore[override]
        return ErrorRange(min(self.least, other.least), max(self.largest, other.largest))


def find_error_range(rows: Estimates) -> ErrorRange:
    """The range of the observed rows' standard errors."""
    return rows.total(_find_error_range)


def _find_error_range(
    mass: np.ndarray | None, estimates: np.ndarray, errors: np.ndarray, *_: np.ndarray
) -> ErrorRange:
    positive = errors > 0
    return ErrorRange(
        float(errors.min(where=positive, initial=np.inf)), float(errors.max(initial=0.0))
    )
