"""The first reading of a grid on a device: sorted cells, counted in bins."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..data.census import MAX_EXACT, Census, gather
from ..data.extent import Sample, stride_of
from ..data.lattice import Frame, Window


def census_on_device(place: Any, most: int, tile: Any, row_mass: Any) -> Census:
    """The Census of a tile, as :func:`~skem.numerics.data.census.census_of_tile`'s."""
    xp = place.xp
    values, masses = flat_cells(place, tile, row_mass)
    there, finite = xp.isfinite(values), True
    if masses is not None:
        there = there & (masses > 0)
    if not bool(xp.all(there)):
        infinite = xp.isinf(values)
        finite = not bool(xp.any(infinite if masses is None else infinite & (masses > 0)))
        values = values[there]
        masses = None if masses is None else masses[there]
    size = values.shape[0]
    sample = place.fetch(values[:: stride_of(size)]).astype(np.float64)
    counts = gather(SortedCells.of(place, values, masses), MAX_EXACT, most)
    return Census(counts, size, size == math.prod(tile.shape), finite, Sample(sample))


def flat_cells(place: Any, tile: Any, row_mass: Any) -> tuple[Any, Any]:
    """The cells of a tile, and their masses or None, as flat arrays of the device."""
    xp = place.xp
    masses = None
    if row_mass is not None:
        each = xp.broadcast_to(place.send(row_mass)[:, None], tuple(tile.shape))
        masses = xp.reshape(each, (-1,))
    return xp.reshape(tile, (-1,)), masses


@dataclass(frozen=True, eq=False)
class SortedCells:
    """Runs of finite cells in ascending order, and their masses if these are not all 1.

    It has the methods of :class:`~skem.numerics.data.counting.Part` that a census calls. A
    run is the number of its first cell, and that after its last.
    """

    place: Any
    values: Any
    masses: Any
    runs: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, place: Any, values: Any, masses: Any) -> "SortedCells":
        """Sort flat arrays."""
        xp = place.xp
        if masses is None:
            values = xp.sort(values)
        else:
            order = xp.argsort(values)
            values, masses = xp.take(values, order), xp.take(masses, order)
        values = xp.astype(values, xp.float64, copy=False)
        return cls(place, values, masses, ((0, values.shape[0]),))

    @property
    def size(self) -> int:
        """The number of cells."""
        return sum(end - begin for begin, end in self.runs)

    def finite(self) -> "SortedCells":
        """All cells: they are finite."""
        return self

    def by_value(self) -> tuple[np.ndarray, np.ndarray]:
        """The cells' values and masses."""
        values = [self.place.fetch(self.values[i:j]) for i, j in self.runs]
        masses = [np.ones(j - i) for i, j in self.runs]
        if self.masses is not None:
            masses = [self.place.fetch(self.masses[i:j]) for i, j in self.runs]
        return np.concatenate([[], *values]), np.concatenate([[], *masses])

    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value."""
        first, last = self.runs[0][0], self.runs[-1][1] - 1
        return float(self.values[first]), float(self.values[last])

    def ordered_sample(self) -> np.ndarray:
        """Some values in ascending order."""
        at, done, every = [], 0, stride_of(self.size)
        for begin, end in self.runs:
            at.append(np.arange(begin + -done % every, end, every))
            done += end - begin
        return self._take(self.values, np.concatenate(at))

    def count_in(self, frame: Frame) -> tuple[Window, "SortedCells"]:
        """The Window of the cells that are in a frame, and the other cells."""
        ends = self._find(np.arange(frame.n_bins + 1) + float(frame.first), frame)
        first, last = int(ends[0]), int(ends[-1])
        sums = np.zeros((4, frame.n_bins))
        for begin, end in self._within(first, last).runs:
            sums += self._sums_between(np.clip(ends, begin, end), frame)
        return Window(frame.level, frame.first, sums), self._without(first, last)

    def split(self, frame: Frame, begin: int, end: int) -> tuple["SortedCells", ...]:
        """The cells in some bins of a frame, and the other cells."""
        ends = self._find(np.array([begin, end]) + float(frame.first), frame)
        return self._within(*ends), self._without(*ends)

    def apart_from(self, value: float) -> tuple[float, "SortedCells"]:
        """The mass of the cells of one value, and the others."""
        sought = self.place.send(np.array([value]))
        begin, end = (
            int(self.place.xp.searchsorted(self.values, sought, side=side)[0])
            for side in ("left", "right")
        )
        equal = self._within(begin, end)
        return float(equal.by_value()[1].sum()), self._without(begin, end)

    def _find(self, numbers: np.ndarray, frame: Frame) -> np.ndarray:
        """The numbers of the first cells at or above the starts of bins."""
        starts = self.place.send(np.ldexp(numbers, frame.level))
        return self.place.fetch(self.place.xp.searchsorted(self.values, starts))

    def _within(self, first: int, last: int) -> "SortedCells":
        """The cells from the number `first` to before `last`."""
        cut = [(max(begin, first), min(end, last)) for begin, end in self.runs]
        return replace(self, runs=tuple((i, j) for i, j in cut if i < j))

    def _without(self, first: int, last: int) -> "SortedCells":
        """All other cells."""
        below, above = self._within(0, first), self._within(last, self.values.shape[0])
        return replace(self, runs=below.runs + above.runs)

    def _take(self, values: Any, at: np.ndarray) -> np.ndarray:
        """The values at some indices, as a NumPy array."""
        return self.place.fetch(self.place.xp.take(values, self.place.send(at)))

    def _sums_between(self, ends: np.ndarray, frame: Frame) -> np.ndarray:
        """Sums (4, B) of mass and of its products with powers of places in the bins.

        They are differences of cumulative sums, of places about the bin's middle because
        these cancel. Cells of a bin that are all equal have the place of the first.
        """
        begin, end = int(ends[0]), int(ends[-1])
        there = np.flatnonzero(ends[:-1] < ends[1:])
        sums = np.zeros((4, ends.size - 1))
        mass, first, second, third = self._cumulated(slice(begin, end), frame, ends - begin)
        sums[0] = mass
        sums[1] = first + 0.5 * mass
        sums[2] = second + first + 0.25 * mass
        sums[3] = third + 1.5 * second + 0.75 * first + 0.125 * mass
        lowest = self._take(self.values, ends[there])
        same = lowest == self._take(self.values, ends[there + 1] - 1)
        places = lowest[same] * frame.per_unit
        places -= np.floor(places)
        sums[1:, there[same]] = mass[there[same]] * np.power.outer(places, [1, 2, 3]).T
        return sums

    def _cumulated(self, cells: slice, frame: Frame, ends: np.ndarray) -> Iterator[Any]:
        """Sums (B,) of masses, times places about the middles to the powers 0 to 3."""
        xp = self.place.xp
        place = self.values[cells] * frame.per_unit
        middles = xp.floor(place)
        middles += 0.5
        place -= middles
        del middles
        if self.masses is None:
            yield np.diff(ends).astype(np.float64)
            power = place
        else:
            power = self.masses[cells]
            yield self._sums_to(ends, power)
            power = power * place
        for k in range(1, 4):
            yield self._sums_to(ends, power)
            if k < 3:
                power = power * place

    def _sums_to(self, ends: np.ndarray, values: Any) -> np.ndarray:
        """Sums of the values between ascending `ends`."""
        sums = self._take(self.place.xp.cumulative_sum(values), np.maximum(ends - 1, 0))
        return np.diff(np.where(ends > 0, sums, 0.0))
