"""The grids of a test, counted in bins whose edges no rounding crosses, or refused."""

from copy import copy
from dataclasses import replace

import numpy as np

from ..checks.scalars import check_number
from ..numerics.bootstrap.grouping import Ruler
from ..numerics.bootstrap.replicates import count, count_draws, count_values
from ..numerics.bootstrap.ties import Heap, find_rounding, rounding_to
from ..numerics.data.compression import bulk
from ..numerics.model.mixture import Mixture

# The most draws per manager that are tested, one at a time, where draws are dependent.
MOST_DRAWS = 100


def skewed_to_the_right(cells, points):
    """The cells and points, or both mirrored: X and -X have one test."""
    if points.masses @ points.values**3 >= 0:
        return cells, points
    mirrored = replace(
        cells, scale=-cells.scale, low=-cells.high, high=-cells.low, sample=-cells.sample
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
    cells = replace(cells, grid=copy(cells.grid))  # models count only their own readings
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


def check_resolution(resolution):
    """Raise unless `resolution` is None or a positive number."""
    if resolution is not None:
        remedy = "Pass the step that alphas were rounded to, such as 0.01, or None."
        needed = "be positive and finite"
        check_number("resolution", resolution, (0, np.inf), needed, remedy)


def check_finest(resolution, step, spread):
    """Raise unless `resolution` is at least the `step` of ties, and below the `spread`."""
    if resolution < step:
        raise ValueError(
            f"resolution={resolution!r} is finer than the step of {step:.3g} that equal "
            "alphas show: it must be the coarsest step, or a p-value is about the "
            "rounding. Pass None to take the one that they show."
        )
    if resolution >= spread:
        raise ValueError(
            f"resolution={resolution!r} must be below the standard deviation of X, "
            f"{spread:.3g}: groups must be wider than the step. Pass the step in the units "
            "of X, or None."
        )


def check_heap(height, value, draws):
    """Raise an error for cells that share a value without rounding."""
    what = "cells" if draws == "independent" else "managers with a draw"
    raise ValueError(
        f"X has {height} {what} of about {value:.6g}, and its draws must be of normal "
        "groups: rounding to one or two steps does not explain their number. They may be "
        "winsorised or filled in, or rounded to about the width of a group. Leave such "
        "cells out (NaN), or pass alphas as they were."
    )


def check_step(rounding, truth, unit):
    """Raise if one of the groups is no wider than the gap of a rounding, or None."""
    # A group on the floor, which is a gap or more, is wide only by a rounding error.
    if rounding is None or np.sqrt(truth.variances.min()) > 1.001 * rounding.gap:
        return
    raise ValueError(
        f"X is rounded to steps of {rounding.gap * unit:.2g}, and one of n_components="
        f"{truth.weights.size} groups has no larger standard deviation: groups must be "
        "wider than the step, or the test is of the rounding. Pass alphas that are rounded "
        "less, or test fewer groups."
    )
