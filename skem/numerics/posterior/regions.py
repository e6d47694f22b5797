"""The likeliest group of a cell, from the intervals in which each group is the likeliest.

Two log densities differ by a quadratic, so a group is the likeliest in a few intervals.
They are found once. Where one ends, rounding decides: the few cells there are answered by
their log densities.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..model.mixture import Mixture, log_joint, log_peaks, reach, take
from .odds import Standard

# Relative distance of log densities within a region. Their rounding is 1/80 of it.
MARGIN = 2.0**-44

# What stands for a group where rounding decides, and where a cell is missing.
UNSURE, MISSING = -2, -1


class Regions(NamedTuple):
    """Where the likeliest group changes, and what the change adds to its number.

    It is MISSING below the first of the `starts`, and UNSURE where rounding decides.
    """

    starts: np.ndarray
    steps: np.ndarray


def groups_of(regions: Regions, known: Standard, tile: np.ndarray) -> np.ndarray:
    """The likeliest group of every cell of a raw tile; MISSING for a missing one.

    It is the first group with the highest weighted log density, as `log_joint` gives it.
    """
    groups = np.full_like(tile, MISSING, dtype=regions.steps.dtype, subok=False)
    with np.errstate(invalid="ignore"):  # a NaN may signal
        for start, step in zip(*regions, strict=True):
            groups += (tile >= start).view(np.int8) * step
    if groups.min() == UNSURE:
        unsure = groups == UNSURE
        z = known.read(tile[unsure][None])
        with np.errstate(over="ignore"):  # a cell is infinitely far from a narrow group
            groups[unsure] = log_joint(z, known.mixture).argmax(axis=0)
    return groups


def regions_of(known: Standard, dtype: DTypeLike) -> Regions:
    """The Regions of cells of the given precision, in their units."""
    low, high, groups = _intervals(known.mixture)
    with np.errstate(over="ignore"):
        low = _above(low * known.scale, dtype)
        high = -_above(-high * known.scale, dtype)
    kept = low <= high
    starts = np.column_stack([low, high])[kept].ravel()
    groups = np.column_stack([groups, np.full_like(groups, UNSURE)])[kept].ravel()
    everything = starts.dtype.type(-np.inf)
    starts, groups = np.append(everything, starts), np.append(UNSURE, groups)
    last = np.append(starts[:-1] < starts[1:], starts[-1] < np.inf)  # of equal starts
    steps = np.diff(groups[last], prepend=MISSING)
    kind = np.min_scalar_type(UNSURE - known.mixture.weights.size)
    return Regions(starts[last], steps.astype(kind))


def _above(ends: np.ndarray, dtype: DTypeLike) -> np.ndarray:
    """Numbers of a precision above `ends`, whose last bits may be rounded."""
    rounded = ends.astype(dtype)
    above = np.nextafter(rounded, rounded.dtype.type(np.inf))
    return np.where(np.isinf(ends), rounded, above)


def _intervals(mixture: Mixture) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From where to where which group is the likeliest by more than rounding.

    The ends are in the units of the mixture. They ascend, and belong to the intervals.
    """
    rows = np.column_stack(mixture).tolist()  # of equal groups the first is taken
    there = [k for k, row in enumerate(rows) if row[0] > 0 and rows.index(row) == k]
    groups, far = take(mixture, there), reach(mixture)
    cuts = _cuts(groups)
    if np.isnan(cuts).any():
        return np.empty(0), np.empty(0), np.empty(0, int)
    cuts = np.sort(cuts[np.abs(cuts) < far])
    low = np.concatenate([[-far], np.nextafter(cuts, np.inf)])
    high = np.concatenate([np.nextafter(cuts, -np.inf), [far]])
    tried = np.concatenate([low, low + (high - low) / 2, high])
    first, *others = _winner(groups, tried).reshape(3, -1)
    sure = (low <= high) & (first >= 0) & np.all(np.equal(first, others), axis=0)
    low[0], high[-1] = -np.inf, np.inf
    goes_on = sure[:-1] & sure[1:] & (first[:-1] == first[1:])
    begins = sure & ~np.append(False, goes_on)
    ends = sure & ~np.append(goes_on, False)
    return low[begins], high[ends], np.take(there, first[begins])


def _winner(groups: Mixture, z: np.ndarray) -> np.ndarray:
    """The group that is above all others at z by half the margin; -1 where none is."""
    peaks = log_peaks(groups)[:, None]
    with np.errstate(over="ignore", invalid="ignore"):  # infinitely far from narrow groups
        joint = log_joint(z, groups)
        room = MARGIN / 2 * (1 + np.abs(peaks) + np.abs(joint - peaks))
        first = joint.argmax(axis=0)
        at = first, np.arange(z.size)
        above = joint[at] - joint > room + room[at]
    above |= np.isinf(joint) & np.isfinite(joint[at])
    above[at] = True
    return np.where(above.all(axis=0), first, -1)


def _cuts(groups: Mixture) -> np.ndarray:
    """Where a group's log density is above another's by the margin, no more and no less.

    In ``u = (z - mu) / sigma`` of the narrower group these are the roots of a quadratic,
    whose terms are of the order of the two log densities. NaN if these overflow.
    """
    _, means, variances = groups
    peaks = log_peaks(groups)
    one, other = np.nonzero(~np.eye(means.size, dtype=bool))
    narrow = np.where(variances[one] < variances[other], one, other)
    unit = np.sqrt(variances[narrow])
    rise = -0.5 * (1 + MARGIN) * (variances[narrow] / variances[one])
    fall = -0.5 * (1 - MARGIN) * (variances[narrow] / variances[other])
    off_one, off_other = ((means[narrow] - means[k]) / unit for k in (one, other))
    a = rise - fall
    half_b = rise * off_one - fall * off_other
    c = rise * off_one * off_one - fall * off_other * off_other
    c += peaks[one] - peaks[other]
    c -= MARGIN * (2 + np.abs(peaks[one]) + np.abs(peaks[other]))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        square = half_b * half_b - a * c
        root = np.sqrt(square)
        larger = -(half_b + np.copysign(root, half_b))
        cuts = means[narrow] + unit * np.array([larger / a, c / larger])
    return cuts[np.isfinite(cuts)] if np.isfinite(square).all() else np.full(1, np.nan)
