"""Cells rounded to significant digits: more coarsely beyond some value than before it.

To two digits .0098, .0099, .010, .011 are neighbours. The value where the step changes
stands for an interval that it is not the middle of, and no blur brings its cells back. So
cells are all rounded to the coarser lattice, which that value is on: then they are as if
they had been rounded to it at once.
"""

from typing import NamedTuple

import numpy as np

# A step changes if it becomes so many times larger, and more than so many ticks, at a value
# of so many cells. The next value on the coarser side has more, or such a share at least.
LARGER, TICKS, FEWEST, SHARE = 1.5, 2, 12, 0.5


class Coarser(NamedTuple):
    """A lattice at `anchor` + k `spacing`, in ticks, next to one that is `finer`."""

    anchor: int
    spacing: float
    finer: int

    def round(self, counts):
        """Counts (K,) at ticks, moved to the lattice's nearest values.

        Each is even over a `finer` interval around its tick, and in parts where that lies
        across the middle between two values.
        """
        ticks = np.arange(counts.size)
        numbers = np.unique(np.rint((ticks - self.anchor) / self.spacing))
        values = self.anchor + self.spacing * numbers
        reached = np.cumsum(np.pad(counts, (0, self.finer)))
        area = np.append(0.0, np.cumsum(reached))
        ends = values[:-1] + self.spacing / 2 + self.finer * np.array([[-0.5], [0.5]])
        before, after = np.interp(ends, np.arange(area.size), area)
        below = (after - before) / self.finer
        shares = np.diff(below, prepend=0.0, append=counts.sum())
        at = np.rint(values).clip(0, ticks[-1]).astype(np.intp)
        return np.bincount(at, shares, counts.size)


def find_coarser(counts):
    """The Coarser lattice of counts at ticks, of which the step changes; None of others.

    It changes at a value with two equal distances on the one side, and two others on the
    other. If it does at several values, the coarsest lattice counts.
    """
    at = np.flatnonzero(counts)
    gaps = np.diff(at)
    if gaps.size < 4:
        return None
    left, right = gaps[1:-2], gaps[2:-1]
    equal = (np.abs(gaps[:-3] - left) <= 1) & (np.abs(gaps[3:] - right) <= 1)
    finer, coarser = np.minimum(left, right), np.maximum(left, right)
    changes = equal & (coarser > LARGER * finer) & (coarser > finer + TICKS)
    here, beside = counts[at[2:-2]], counts[np.where(right > left, at[3:-1], at[1:-3])]
    changes &= (here >= FEWEST) & (beside >= SHARE * here)
    if not changes.any():
        return None
    change = np.where(changes, coarser, 0).argmax()
    outward = gaps[change + 2 :] if right[change] > left[change] else gaps[change + 1 :: -1]
    other = np.abs(outward - coarser[change]) > 1
    run = outward[: other.argmax()] if other.any() else outward
    return Coarser(int(at[change + 2]), float(run.mean()), int(finer[change]))
