"""The grids of a test, counted so that they do not show how their cells are rounded."""

from copy import copy

import numpy as np

from ..numerics.bootstrap.lattice import read_lattice
from ..numerics.bootstrap.rounding import (
    Ruler,
    count_blurred,
    count_draws_blurred,
    count_values,
)
from ..numerics.bootstrap.significant import find_coarser
from ..numerics.data.compression import bulk
from .checks import check_heaps

# Of managers with many dependent draws, so many are tested, one per manager at a time.
MOST_DRAWS = 100


def look_for_rounding(cells, draws, n):
    """A ruler for the cells, and the step of a lattice that they stand on, or 0.

    Heaps that are on no lattice are refused.
    """
    cells = cells._replace(grid=copy(cells.grid))  # models count only their own readings
    low, high = bulk(cells.sample, cells.low, cells.high)
    margin = 0.01 * (high - low)  # a heap at an end has ticks on both sides
    ruler = Ruler(low - margin, high + margin)
    if draws == "independent":
        counts = cells.total(ruler.count)
    else:
        counts = count_values(cells, ruler, MOST_DRAWS)
    if coarser := find_coarser(counts):
        ruler, counts = ruler._replace(coarser=coarser), coarser.round(counts)
    step, heaps = read_lattice(ruler, counts, n)
    values = cells.centre + cells.scale * ruler.values(heaps.at)
    decimals = int(np.floor(-np.log10(cells.scale * ruler.tick)))
    check_heaps(heaps.heights, values.round(decimals) + 0.0, draws)  # no -0
    return ruler, max(step, coarser.spacing * ruler.tick if coarser else 0.0)


def count_grids(cells, draws, ruler, blur, bins):
    """Blurred masses (J, K) of a test's grids: of all cells, or a draw of every manager."""
    if draws == "independent":
        return count_blurred(cells, ruler, bins, blur)
    return count_draws_blurred(cells, ruler, bins, blur, MOST_DRAWS)
