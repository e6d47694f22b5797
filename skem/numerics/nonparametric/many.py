"""The bound from all rows of many estimates, by few nodes that stand for them.

The best mixture is found on the nodes. A reading of all rows gives its log-likelihood, and
moments in boxes, from which the gradient function of all rows follows. What it differs by
from that of the nodes is then added to theirs, and the best mixture is found again. The
nodes have the curvature of all rows but for some thousandths, so each round leaves some
thousandths of what was left before.
"""

from functools import partial

import numpy as np

from ..data.estimates import ErrorRange
from ..data.protocol import Data
from .kernels import Kernels
from .mixing import Mixing
from .noisy_boxes import Layout, NoisyBoxes, Placed, moments_of
from .noisy_nodes import Nodes, nodes_at, nodes_in, sums_of
from .rows import Certified
from .solve import search_grid, solve
from .supremum import N_TERMS, Series, Supremum, cover, refine

# The most readings, and the nats to which the best mixture of nodes is found. Readings end
# when NEARLY as much is left, or when one gains less than a share of what is left.
MOST, ON_NODES, NEARLY, GAINS = 6, 1e-3, 2e-3, 0.5

# The error of the supremum, as a share of it, and in nats.
SHARE, CLOSE = 0.02, 1e-3

# The number of boxes that is too large for all of them, and the most of those with rows.
LARGE, MOST_BOXES = 2**15, 2**16

# The most densities on the grid of locations.
MOST_DENSITIES = 2**25

# The rows of a box that are few enough to be kept.
RARE = 4

# The rows whose densities are computed together.
TOGETHER = 2**12

# The width of intervals, over that for few estimates.
NARROW = 0.5


def best_of_many(
    cells: Data, values: np.ndarray, sds: np.ndarray, sd: float, start: Mixing | None
) -> Certified | None:
    """The Certified bound of normals of an sd, from a mixing distribution on, if any.

    The values span all rows, and the sds are those of kernels near them. It is None if
    errors differ so much that boxes would be too many.
    """
    noise = cells.total(_range_of)
    lowest, highest = noise.least + sd * sd, noise.largest + sd * sd
    layout = _layout(cells, lowest, highest, sd)
    nodes = None if layout is None else _nodes(cells, layout, sd)
    if layout is None or nodes is None:
        return None
    kernels = Kernels.of(nodes.values, 0.0, nodes.variances)
    if search_grid(kernels)[0].size * nodes.values.size > MOST_DENSITIES:
        return None
    centres, halves = cover(values, NARROW * sds)
    found, tilt = None, None
    for _ in range(MOST):
        mixing = solve(kernels, nodes.masses, ON_NODES, start, _unproved, tilt).mixing
        height, boxes = _read(cells, layout, mixing, sd)
        series = boxes.expand(centres, halves)
        multiples = nodes.masses / (mixing.weights @ kernels.at(mixing.locations))
        moments = moments_of(layout.n_boxes, nodes.placed, multiples)
        on_nodes = NoisyBoxes.of(layout, moments).expand(centres, halves)
        tilt = partial(_polynomial, series._replace(terms=series.terms - on_nodes.terms))
        steepest = float(series.terms[:, 0].max()) - cells.mass
        top = refine(series, boxes.expand, max(CLOSE, SHARE * steepest), cells.mass)
        start, new = mixing, Certified(mixing, height, top.bound)
        gained = np.inf if found is None else found.bound - new.bound
        if gained > 0:
            found = new
        if top.bound < NEARLY or not gained > GAINS * top.bound:
            break
    return found


def _range_of(z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray) -> ErrorRange:
    return ErrorRange(noise.min(initial=np.inf), noise.max(initial=0.0))


def _unproved(mixing: Mixing) -> Supremum:
    """A supremum of 0: what the nodes say proves nothing."""
    return Supremum(float(mixing.locations[0]), 0.0, 0.0)


def _layout(cells: Data, lowest: float, highest: float, sd: float) -> Layout | None:
    """The Layout of the rows, or None. If it is large, it has only boxes with rows."""
    layout = Layout.of(cells.low, cells.high, lowest, highest)
    if layout is None or layout.n_boxes <= LARGE:
        return layout
    used = np.unique(np.concatenate(cells.total(partial(_used, layout, sd))))
    return layout._replace(used=used) if used.size <= MOST_BOXES else None


def _used(
    layout: Layout, sd: float, z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray
) -> list[np.ndarray]:
    return [np.unique(layout.place(z, noise + sd * sd).boxes)]


def _nodes(cells: Data, layout: Layout, sd: float) -> Nodes:
    """The Nodes of boxes with many rows, and the rows of the others."""
    sums = cells.total(partial(_sums, layout, sd))
    rare = sums[-1] <= RARE
    parts = cells.total(partial(_rare_rows, layout, sd, rare))
    nodes = nodes_in(layout, np.where(rare, 0.0, sums))
    *placed, masses = (np.concatenate(part) for part in zip(*parts, strict=True))
    both = Placed(*map(np.append, nodes.placed, placed))
    return nodes_at(layout, both, np.append(nodes.masses, masses))


def _sums(
    layout: Layout, sd: float, z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray
) -> np.ndarray:
    return sums_of(layout.n_boxes, layout.place(z, noise + sd * sd), mass)


def _rare_rows(
    layout: Layout,
    sd: float,
    rare: np.ndarray,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray,
) -> list[tuple[np.ndarray, ...]]:
    """The boxes, distances, variances and masses of the rows in some boxes."""
    placed = layout.place(z, noise + sd * sd)
    some = rare[placed.boxes]
    masses = np.ones(some.sum()) if mass is None else mass[some]
    return [(*(part[some] for part in placed), masses)]


def _read(
    cells: Data, layout: Layout, mixing: Mixing, sd: float
) -> tuple[float, NoisyBoxes]:
    """The log-likelihood of all rows, and the NoisyBoxes of their gradient function."""
    sums = cells.total(partial(_read_rows, layout, mixing, sd))
    moments = sums[:-1].reshape(N_TERMS, -1)
    return float(sums[-1]), NoisyBoxes.of(layout, moments)


def _read_rows(
    layout: Layout,
    mixing: Mixing,
    sd: float,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray,
) -> np.ndarray:
    kernels = Kernels.of(z, sd * sd, noise)
    density = np.empty_like(z)
    for begin in range(0, z.size, TOGETHER):
        some = slice(begin, begin + TOGETHER)
        density[some] = mixing.weights @ kernels.take(some).at(mixing.locations)
    logs = np.log(density)
    logs += kernels.log_peaks
    multiples = 1 / density if mass is None else mass / density
    height = logs.sum() if mass is None else mass @ logs
    moments = moments_of(layout.n_boxes, layout.place(z, noise + sd * sd), multiples)
    return np.append(moments.ravel(), height)


def _polynomial(series: Series, locations: np.ndarray) -> np.ndarray:
    """What a Series is at some locations (J,), with its first two derivatives (3, J)."""
    edges = series.centres + series.halves
    at = np.minimum(np.searchsorted(edges, locations), edges.size - 1)
    half = series.halves[at]
    x = (locations - series.centres[at]) / half
    found = np.zeros((3, locations.size))
    for terms in series.terms[at].T[::-1]:
        found[2] = found[2] * x + 2 * found[1]
        found[1] = found[1] * x + found[0]
        found[0] = found[0] * x + terms
    found[1:] /= half, half * half
    return found
