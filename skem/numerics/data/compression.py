"""Cells and noisy estimates as weighted points: one for each value, or those of bins."""

from dataclasses import replace
from functools import partial

import numpy as np

from .bins import BinnedCells
from .cells import Cells
from .census import MAX_EXACT, Census
from .estimates import ErrorRange
from .extent import standard_cells
from .grid import Grid
from .noisy_bins import FINE, NoisyBins, count_noisy
from .noisy_cells import NoisyCells
from .points import Points

# Distance below which values differ by rounding errors, or too little to matter.
SAME = 1e-4


def counted_cells(grid: Grid, census: Census) -> Cells:
    """The grid's cells in standard units, with the bins that they were counted in."""
    cells = standard_cells(grid, census.extent())
    bins = BinnedCells(census.counts, census.n_cells, cells.centre, cells.scale)
    return replace(cells, bins=bins)


def compress_estimates(cells: NoisyCells) -> Points:
    """Points that stand for `cells`: one for each, or for each bin if there are many."""
    if cells.n_cells <= MAX_EXACT:
        parts = zip(*cells.total_by_degrees(_keep), strict=True)
        values, masses, noise, *rest = map(np.concatenate, parts)
        degrees = rest[0] if rest else None
        return Points(values, masses, None, None, noise, cells.noise_level, degrees)
    lowest, highest = cells.total_by_degrees(_noise_range)
    bins = NoisyBins.within(lowest, highest, FINE)
    counted = cells.total_by_degrees(partial(count_noisy, bins))
    return Points(**counted.points(), noise_level=cells.noise_level)


def _keep(z: np.ndarray, mass: np.ndarray | None, *noise: np.ndarray) -> list[tuple]:
    return [(z, np.ones_like(z) if mass is None else mass, *noise)]


def _noise_range(
    z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray, *_: np.ndarray
) -> ErrorRange:
    return ErrorRange(noise.min(initial=np.inf), noise.max(initial=0.0))


def bulk(sample: np.ndarray, lowest: float, highest: float) -> tuple[float, float]:
    """Ends of the interval that holds all but the outliers, from a sample of the cells.

    It extends beyond two extreme quantiles by half the distance between them, but not
    beyond the `lowest` and the `highest` cell. In a small sample the quantiles leave out
    at least one cell at each end.
    """
    level = min(max(0.002, 1 / max(sample.size - 1, 1)), 0.25)
    low, high = np.quantile(sample, [level, 1 - level])
    reach = 0.5 * (high - low)
    low, high = max(low - reach, lowest), min(high + reach, highest)
    return (low, high) if low < high else (lowest, highest)


def spacing(values: np.ndarray) -> float:
    """The rounding step of `values`, which are in standard units.

    It is the smallest gap between the most frequent values (90 % of the cells), so that a
    few unrounded cells do not hide it. A larger number of them, or a second rounding,
    hides it. If the values are not rounded, it is mostly too small to matter.
    """
    values, counts = np.unique(values, return_counts=True)
    starts = np.flatnonzero(np.diff(values, prepend=-np.inf) > SAME)
    values, counts = values[starts], np.add.reduceat(counts, starts)
    order = np.argsort(-counts, kind="stable")
    enough = 1 + np.searchsorted(np.cumsum(counts[order]), 0.9 * counts.sum())
    gaps = np.diff(np.sort(values[order[:enough]]))
    return float(gaps.min()) if gaps.size else 0.0
