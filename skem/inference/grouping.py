"""The grids of a test, counted in bins whose edges no rounding crosses."""

from copy import copy
from dataclasses import replace

import numpy as np

from ..numerics.bootstrap.grouping import Ruler
from ..numerics.bootstrap.replicates import count, count_draws, count_values
from ..numerics.bootstrap.ties import Heap, find_rounding, rounding_to
from ..numerics.data.compression import bulk
from ..numerics.model.mixture import Mixture
from .checks import check_finest, check_heap

# The most draws per manager that are tested, one at a time, where draws are dependent.
MOST_DRAWS = 100


def skewed_to_the_right(cells, points):
    """The cells and points, or both mirrored: X and -X have one test."""
    if points.masses @ points.values**3 >= 0:
        return cells, points
    mirrored = cells._replace(
        scale=-cells.scale, low=-cells.high, high=-cells.low, sample=-cells.sample
    )
    return mirrored, mirror_points(points)


def mirror_points(points):
    """The points, mirrored at 0."""
    widths = None if points.widths is None else points.widths[::-1]
    return replace(
        points, values=-points.values[::-1], masses=points.masses[::-1], widths=widths
    )


def mirror_mixture(mixture):
    """The mixture, mirrored at 0."""
    weights, means, variances = (part[::-1] for part in mixture)
    return Mixture(weights, -means, variances)


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
    found, unit = find_rounding(ruler, ticks, cells.sample), abs(cells.scale)
    if isinstance(found, Heap):
        decimals = int(np.floor(-np.log10(unit * ruler.tick)))
        value = np.round(cells.centre + cells.scale * found.value, decimals) + 0.0  # no -0
        check_heap(found.height, value, draws)
    if resolution is None:
        return found
    shown = found.gap * unit if found else 0.0
    if abs(resolution - shown) <= ruler.tick * unit:
        return found
    check_finest(resolution, shown, unit)
    nearest = resolution * np.round(cells.centre / resolution)
    anchor = (nearest - cells.centre) / cells.scale
    return rounding_to(resolution / unit, anchor, ruler, ticks)


def count_grids(cells, draws, bins):
    """Masses (J, K) of the grids of a test: of all cells, or a draw of every manager."""
    if draws == "independent":
        return count(cells, bins)[None]
    return count_draws(cells, bins, MOST_DRAWS)
