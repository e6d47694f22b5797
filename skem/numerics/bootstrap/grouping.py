"""Bins whose edges lie midway between values, so that rounding moves no cell to another.

A cell that was rounded to the nearest of some values lies between the middles of its value
and the neighbours, and so did the cell before it was rounded. Where every edge of a bin is
such a middle, the counts are the same as without rounding. Of two mixed steps that holds
where the middles of the coarser one are middles of the finer one too. Elsewhere the edges
are middles of the coarser one only: no cell that was rounded to it crossed an edge. A cell
that was rounded to the finer one may have, and both bins share it.
"""

from typing import NamedTuple

import numpy as np

# The number of ticks in the range.
N_TICKS = 2**17


class Ticks(NamedTuple):
    """The number of cells at each tick of a ruler, and their sum."""

    counts: np.ndarray
    sums: np.ndarray

    @classmethod
    def none(cls) -> "Ticks":
        """The Ticks of no cells."""
        return cls(np.zeros(N_TICKS, dtype=np.intp), np.zeros(N_TICKS))

    def __add__(self, other: "Ticks") -> "Ticks":  # type: ignore[override]
        return Ticks(self.counts + other.counts, self.sums + other.sums)

    def values(self, at: np.ndarray) -> np.ndarray:
        """The means of the cells at some ticks, which are their value if they are tied."""
        return self.sums[at] / self.counts[at]

    def value(self, at: int) -> float:
        """The mean of the cells at a tick."""
        return float(self.sums[at] / self.counts[at])


class Ruler(NamedTuple):
    """Ticks at equal distances from `low` to `high`, in standard units."""

    low: float
    high: float

    @property
    def tick(self) -> float:
        """The distance between ticks."""
        return (self.high - self.low) / (N_TICKS - 1)

    def nearest(self, z: np.ndarray) -> np.ndarray:
        """The tick nearest to each of the cells z, as a float."""
        return np.rint((z - self.low) / self.tick)

    def read(self, z: np.ndarray, mass: np.ndarray | None = None) -> Ticks:
        """The Ticks of the cells z between the ends; each counts once."""
        inside = z[(z >= self.low) & (z <= self.high)]
        at = self.nearest(inside).astype(np.intp)
        sums = np.bincount(at, weights=inside, minlength=N_TICKS)
        return Ticks(np.bincount(at, minlength=N_TICKS), sums)


class Rounding(NamedTuple):
    """The `gap` between values, one of these, and `middles` of neighbouring ones.

    Cells elsewhere were rounded to a finer `step`. The `values` of all cells are known to
    within a `tick`.
    """

    gap: float
    anchor: float
    middles: np.ndarray
    step: float
    values: np.ndarray
    tick: float

    def edges(self, low: float, high: float, width: float) -> tuple[np.ndarray, float]:
        """Edges from about `low` to `high`, and the distance at which they are sought.

        It is an odd number of gaps, and `width` or more. At this distance from the last
        edge the next one is the nearest middle, if one is nearer than half a gap.
        """
        width = self.gap * (2 * np.ceil((width / self.gap - 1) / 2) + 1)
        shift = (np.clip(self.anchor, low, high) - self.anchor) / width
        anchor = self.anchor + width * np.round(shift)
        up = self._walk(anchor + width / 2, high, width)
        down = self._walk(anchor - width / 2, low, -width)
        return np.array([*down[::-1], *up]), width

    def _walk(self, begin: float, end: float, step: float) -> list[float]:
        found = [self._nearest(begin)]
        while (end - found[-1]) * step > 0:
            found.append(self._nearest(found[-1] + step))
        return found

    def _nearest(self, place: float) -> float:
        above = int(np.searchsorted(self.middles, place))
        both = self.middles[max(above - 1, 0) : above + 1]
        ticks = np.rint(np.abs(both - place) / self.tick)
        near = both[ticks == ticks.min(initial=np.floor(self.gap / 2 / self.tick))]
        # Of two that are as near, the order of the cells must not choose.
        return float(min(near, key=lambda one: abs(one - self.anchor), default=place))

    def reach(self, edges: np.ndarray) -> np.ndarray:
        """How near to each edge are the cells that rounding may have moved across it.

        That is half a step, or 0 where the edge is midway between the values beside it.
        """
        above = np.clip(np.searchsorted(self.values, edges), 1, self.values.size - 1)
        middles = (self.values[above - 1] + self.values[above]) / 2
        return np.where(np.abs(middles - edges) < self.tick, 0.0, self.step / 2)
