"""The grid in a few thousand weighted points, for approximate computations."""

from functools import partial
from typing import NamedTuple

import numpy as np

from .bins import BinSums, Path, in_bin, outer_edges, sum_block, sum_opened
from .coarsening import Moments, join_even, nodes
from .grid import Cells
from .points import HEAVY, OPENED, Points

# The largest number of cells that are kept value by value.
MAX_EXACT = 2**12

# Number of inner bins, between the ends of the bulk of a grid, and the number of them for
# 50,000 cells if all are joined.
INNER, FEWEST = 2**13, 2**10

EPSILON = np.finfo(float).eps

# Largest depth to which a bin, and then bins inside it, are opened.
MOST_OPENINGS = 4

# Share of a bin's width below which the spread of its cells is rounding.
ONE = 1e-6

# Distance below which values differ by rounding errors, or too little to matter.
SAME = 1e-4


def compress(cells: Cells) -> Points:
    """Weighted points that stand for `cells`: equal values merged, or counted in bins."""
    if cells.n_cells <= MAX_EXACT:
        return _merge_equal(cells)
    return _bin(cells, *bulk(cells.sample, cells.low, cells.high))


def _merge_equal(cells: Cells) -> Points:
    z, mass = (np.concatenate(part) for part in zip(*cells.total(_keep), strict=True))
    values, index = np.unique(z, return_inverse=True)
    return Points(values, np.bincount(index, weights=mass))


def _keep(z: np.ndarray, mass: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(z.copy(), np.ones_like(z) if mass is None else mass.copy())]


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


def count_bins(n_cells: int) -> int:
    """The number of bins that are left where all are joined.

    Sums over the nodes of bins of width h err by about h^4 per cell, so the number of bins
    grows with the fourth root of that of the cells.
    """
    return min(INNER, 2 ** round(np.log2(FEWEST * max(1.0, n_cells / 5e4) ** 0.25)))


class Nodes(NamedTuple):
    """Values (K,), their masses, the widths of their bins, and a bin's smallest mass."""

    values: np.ndarray
    masses: np.ndarray
    widths: np.ndarray
    finest: float


def _bin(cells: Cells, low: float, high: float) -> Points:
    """Points for the cells in equal bins of [low, high], and in stretched ones outside.

    A bin that holds much of the mass is counted again in bins of its own. Inner bins whose
    cells are evenly spread are joined.
    """
    width = (high - low) / INNER
    rounding = EPSILON * abs(cells.centre) / (cells.scale * width)
    everything = bool(low <= cells.low and cells.high <= high and rounding < 0.1)
    in_bins = cells._replace(
        centre=cells.centre + cells.scale * low,
        scale=cells.scale * width,
        low=(cells.low - low) / width,
        high=(cells.high - low) / width,
        sample=(cells.sample - low) / width,
        mean=-low / width,
        variance=cells.variance / width**2,
    )
    edges = None if everything else outer_edges(in_bins.low, in_bins.high, INNER)
    sums = in_bins.total(partial(sum_block, INNER, edges))
    found = _open(in_bins, sums, edges, [], in_bins.sample, count_bins(cells.n_cells))
    values = low + width * found.values
    order = np.argsort(values, kind="stable")
    return Points(
        values[order], found.masses[order], width * found.widths[order], found.finest
    )


def _open(
    cells: Cells,
    sums: BinSums,
    edges: np.ndarray | None,
    path: Path,
    sample: np.ndarray,
    fewest: int,
) -> Nodes:
    """Nodes of the bins that hold cells; heavy bins are opened, and even ones joined.

    `path` leads to the bin whose cells are counted and sampled here. All are in units of
    the bins inside it.
    """
    masses = sums.inner[0]
    heavy = masses > HEAVY * cells.mass
    heavy &= _differ(sample, heavy) if heavy.any() and len(path) < MOST_OPENINGS else False
    everywhere = np.arange(masses.size + 1.0)
    light = np.where(heavy, 0.0, sums.inner)
    unit = masses[masses > 0].min(initial=np.inf)
    first, last, joined = join_even(_central(light, everywhere), everywhere, fewest, unit)
    parts = [_nodes_of(joined, last - first + 1.0)]
    if edges is not None and sums.outer[0].any():
        there = sums.outer[0] > 0
        parts.append(_nodes_of(_central(sums.outer, edges, there), np.diff(edges)[there]))
        unit = min(unit, sums.outer[0][there].min())
    for number in map(int, np.flatnonzero(heavy)):
        inside = sample[in_bin(sample, number, masses.size)] - number
        low, high = bulk(inside, 0.0, 1.0)
        width = (high - low) / OPENED
        way = [*path, (number, masses.size, low, width)]
        ends = outer_edges(-low / width, (1 - low) / width, OPENED)
        opened = cells.total(partial(sum_opened, way, ends))
        own = _open(cells, opened, ends, way, (inside - low) / width, OPENED)
        values = number + low + width * own.values
        parts.append((values, own.masses, width * own.widths))
        unit = min(unit, own.finest)
    values, weights, widths = map(np.concatenate, zip(*parts, strict=True))
    return Nodes(values, weights, widths, float(unit))


def _central(
    sums: np.ndarray, edges: np.ndarray, there: np.ndarray | slice = slice(None)
) -> Moments:
    """The Moments of bins, from sums (4, B) of places within them."""
    mass, *powers = sums[:, there]
    mean, square, cube = (power / np.where(mass > 0, mass, 1.0) for power in powers)
    width = np.diff(edges)[there]
    middle = (0.5 * (edges[1:] + edges[:-1]))[there]
    return Moments(
        mass,
        middle + width * mean,
        mass * width**2 * (square - mean**2),
        mass * width**3 * (cube - mean * (3 * square - 2 * mean**2)),
    )


def _nodes_of(
    moments: Moments, widths: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    values, masses = nodes(moments, ONE * widths)
    there = masses > 0
    return values[there], masses[there], np.repeat(widths[:, None], 2, axis=1)[there]


def _differ(sample: np.ndarray, heavy: np.ndarray) -> np.ndarray:
    """Which of the heavy bins have much mass besides their most frequent value."""
    differ = np.zeros(heavy.size, dtype=bool)
    for number in map(int, np.flatnonzero(heavy)):
        inside = sample[in_bin(sample, number, heavy.size)]
        _, counts = np.unique(np.round(inside, 6), return_counts=True)
        differ[number] = counts.sum() - counts.max(initial=0) > HEAVY / 4 * sample.size
    return differ


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
