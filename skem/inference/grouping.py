"""The grids of a test, counted in bins whose edges no rounding crosses."""

from copy import copy

import numpy as np

from ..numerics.bootstrap.grouping import Heap, Ruler, find_rounding, rounding_to
from ..numerics.bootstrap.replicates import count, count_draws, count_values
from ..numerics.data.compression import bulk
from .checks import check_heap

# The most draws per manager that are tested, one at a time, where draws are dependent.
MOST_DRAWS = 100


def rounding_of(cells, draws, resolution):
    """The Rounding of the cells, given or found; None where they are not rounded."""
    cells = cells._replace(grid=copy(cells.grid))  # models count only their own readings
    low, high = bulk(cells.sample, cells.low, cells.high)
    margin = 0.01 * (high - low)  # a heap at an end lies inside
    ruler = Ruler(low - margin, high + margin)
    if draws == "independent":
        ticks = cells.total(ruler.read)
    else:
        ticks = count_values(cells, ruler, MOST_DRAWS)
    if resolution is not None:
        nearest = resolution * np.round(cells.centre / resolution)
        anchor = (nearest - cells.centre) / cells.scale
        return rounding_to(resolution / cells.scale, anchor, ruler, ticks)
    found = find_rounding(ruler, ticks, cells.sample)
    if isinstance(found, Heap):
        decimals = int(np.floor(-np.log10(cells.scale * ruler.tick)))
        value = np.round(cells.centre + cells.scale * found.value, decimals) + 0.0  # no -0
        check_heap(found.height, value, draws)
    return found


def count_grids(cells, draws, bins):
    """Masses (J, K) of the grids of a test: of all cells, or a draw of every manager."""
    if draws == "independent":
        return count(cells, bins)[None]
    return count_draws(cells, bins, MOST_DRAWS)
