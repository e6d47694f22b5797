"""Few estimates, sums over which are nearly those over many.

Estimates are counted in boxes by their variances and their values. A box becomes up to four
nodes, of the same third moments of either, and of the same correlation.
"""

from typing import NamedTuple

import numpy as np

from ..data.coarsening import Moments, nodes
from .noisy_boxes import Layout, Placed


class Nodes(NamedTuple):
    """Values, variances and masses (P,) of nodes, and the boxes that they stand for."""

    values: np.ndarray
    variances: np.ndarray
    masses: np.ndarray
    placed: Placed


def sums_of(n_boxes: int, placed: Placed, masses: np.ndarray | None) -> np.ndarray:
    """Sums (9, B) in all boxes: of mass, of moments times mass, and of rows."""
    places, x, y = placed
    mass = np.ones_like(x) if masses is None else masses
    mx, my = mass * x, mass * y
    mxx, myy = mx * x, my * y
    parts = mass, mx, mxx, mxx * x, my, myy, myy * y, mx * y
    sums = [np.bincount(places, part, minlength=n_boxes) for part in parts]
    return np.array([*sums, np.bincount(places, minlength=n_boxes)])


def nodes_in(layout: Layout, sums: np.ndarray) -> Nodes:
    """The Nodes of all boxes that have a mass."""
    there = np.flatnonzero(sums[0])
    mass, *moments = sums[:-1, there]
    x, xx, xxx, y, yy, yyy, xy = (moment / mass for moment in moments)
    x_square, x_cube = xx - x * x, xxx - 3 * x * xx + 2 * x**3
    y_square, y_cube = yy - y * y, yyy - 3 * y * yy + 2 * y**3
    spread = y_square > 1e-12
    slope = np.where(spread, (xy - x * y) / np.where(spread, y_square, 1.0), 0.0)
    # What is left of the values has their skewness.
    left = np.maximum(
        1 - slope * slope * y_square / np.where(x_square > 0, x_square, 1.0), 0.0
    )
    x_square, x_cube = left * x_square, left**1.5 * x_cube
    places, shares = nodes(Moments(mass, x, mass * x_square, mass * x_cube), 1e-7)
    wider, parts = nodes(Moments(mass, y, mass * y_square, mass * y_cube), 1e-7)
    off = places[:, :, None] + slope[:, None, None] * (wider - y[:, None])[:, None, :]
    masses = shares[:, :, None] * parts[:, None, :] / mass[:, None, None]
    found = np.flatnonzero(masses > 0)
    boxes = np.repeat(there, 4)[found]
    wider = np.broadcast_to(wider[:, None, :], off.shape)
    placed = Placed(boxes, off.ravel()[found], wider.ravel()[found])
    return nodes_at(layout, placed, masses.ravel()[found])


def nodes_at(layout: Layout, placed: Placed, masses: np.ndarray) -> Nodes:
    """The Nodes of some masses in some places."""
    centres, sds = layout.centres(placed.boxes)
    values = centres + sds * placed.off
    return Nodes(values, np.square(sds) * (1 + 2 * placed.wider), masses, placed)
