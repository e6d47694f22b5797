"""Read a grid block by block, whatever its layout, and standardise what is read.

Nothing downstream sees the grid itself: a solver asks for blocks of observed
cells and their masses, a few thousand at a time, in an order that depends on
the grid's shape and layout alone.
"""

from typing import NamedTuple

import numpy as np

# Half a megabyte of doubles: the interpreter's share of a pass over so many is
# small, and a few such buffers still fit into a core's cache.
BLOCK = 2**16


class Cells(NamedTuple):
    """The observed cells of an (N, M) grid, read as ``z = (alpha - centre) / scale``.

    `low` and `high` are the smallest and the largest z. `mass` is the total
    mass: the number of cells, or the sum over cells of their manager's weight.
    """

    alphas: np.ndarray
    manager_mass: np.ndarray | None
    centre: float
    scale: float
    low: float
    high: float
    mass: float
    n_cells: int
    complete: bool

    def blocks(self):
        """Yield ``(z, mass)``: observed cells, and their masses or None for ones.

        The arrays are reused: they hold only until the next block.
        """
        buffer = np.empty(BLOCK)
        masses = None if self.manager_mass is None else np.empty(BLOCK)
        for rows, columns in tiles(self.alphas):
            z = read(self.alphas[rows, columns], self.centre, self.scale, buffer)
            mass = None
            if masses is not None:
                mass = spread(self.manager_mass[rows], self.alphas[rows, columns], masses)
            yield (z, mass) if self.complete else observed(z, mass)


def tiles(alphas):
    """Slices (rows, columns) that cut the grid, each of at most BLOCK cells.

    They follow the memory: whole rows of a C-ordered grid, whole columns of a
    Fortran-ordered one (as a DataFrame's values often are).
    """
    if is_column_major(alphas):
        for columns, rows in _rectangles(*alphas.shape[::-1]):
            yield rows, columns
    else:
        yield from _rectangles(*alphas.shape)


def is_column_major(alphas):
    """Whether the columns, not the rows, of `alphas` are contiguous in memory."""
    return abs(alphas.strides[0]) < abs(alphas.strides[1])


def _rectangles(n_outer, n_inner):
    step_inner = min(n_inner, BLOCK)
    step_outer = max(1, BLOCK // n_inner)
    for outer in range(0, n_outer, step_outer):
        for inner in range(0, n_inner, step_inner):
            yield (
                slice(outer, min(outer + step_outer, n_outer)),
                slice(inner, min(inner + step_inner, n_inner)),
            )


def _as_tile(buffer, tile):
    """The head of `buffer` in the shape of `tile` and in its memory order."""
    order = "F" if is_column_major(tile) else "C"
    return buffer[: tile.size].reshape(tile.shape, order=order)


def read(tile, centre, scale, buffer):
    """``(tile - centre) / scale`` as float64 in `buffer`, flat, in memory order."""
    out = _as_tile(buffer, tile)
    np.subtract(tile, centre, out=out, dtype=np.float64, casting="unsafe")
    out *= 1.0 / scale
    return buffer[: tile.size]


def unflatten(values, tile):
    """Values (..., n) of a flat tile as (..., rows, columns): undoes :func:`read`."""
    if is_column_major(tile):
        shape = values.shape[:-1] + tile.shape[::-1]
        return values.reshape(shape).swapaxes(-1, -2)
    return values.reshape(values.shape[:-1] + tile.shape)


def spread(manager_mass, tile, buffer):
    """Each cell's mass, its manager's, flat in the order of :func:`read`."""
    _as_tile(buffer, tile)[...] = manager_mass[:, None]
    return buffer[: tile.size]


def observed(z, mass):
    """The cells that are there: not NaN, and of positive mass."""
    if mass is None:
        return z[~np.isnan(z)], None
    there = mass > 0
    there &= ~np.isnan(z)
    return z[there], mass[there]


class Extent(NamedTuple):
    """What one pass over a raw grid tells: counts, mean, spread and range."""

    n_cells: int
    mass: float
    mean: float
    sd: float
    minimum: float
    maximum: float
    complete: bool


def measure(alphas, manager_mass=None):
    """Count, mean, standard deviation and range of the observed cells (one pass).

    Blocks are combined by the pairwise update of Chan, Golub and LeVeque
    (1983), in fractions of the mass so far, so that squares of 1e150 do not
    overflow in the sum. An infinite cell makes the range infinite.
    """
    n_cells, total, mean, variance = 0, 0.0, 0.0, 0.0
    minimum, maximum = np.inf, -np.inf
    complete = manager_mass is None or bool(np.all(manager_mass > 0))
    buffer, masses = np.empty(BLOCK), np.empty(BLOCK)
    for rows, columns in tiles(alphas):
        tile = alphas[rows, columns]
        z = read(tile, 0.0, 1.0, buffer)
        mass = None
        if manager_mass is not None:
            mass = spread(manager_mass[rows], tile, masses)
        if not complete or np.isnan(z.min()):
            z, mass = observed(z, mass)
            complete = False
            if z.size == 0:
                continue
        n_cells += z.size
        minimum, maximum = min(minimum, z.min()), max(maximum, z.max())
        if np.isinf(minimum) or np.isinf(maximum):
            break
        block_mass, block_mean, block_variance = _moments(z, mass)
        total += block_mass
        fraction = block_mass / total
        step = block_mean - mean
        mean += fraction * step
        variance += fraction * (block_variance - variance)
        variance += fraction * (1 - fraction) * step * step
    return Extent(
        n_cells,
        total,
        mean,
        np.sqrt(variance),
        float(minimum),
        float(maximum),
        complete,
    )


def standard_cells(alphas, manager_mass, extent):
    """The grid's cells in units in which they have mean 0 and variance 1."""
    return Cells(
        alphas,
        manager_mass,
        centre=extent.mean,
        scale=extent.sd,
        low=(extent.minimum - extent.mean) / extent.sd,
        high=(extent.maximum - extent.mean) / extent.sd,
        mass=extent.mass,
        n_cells=extent.n_cells,
        complete=extent.complete,
    )


def _moments(z, mass):
    if mass is None:
        mean = z.mean()
        return float(z.size), mean, np.square(z - mean).mean()
    total = mass.sum()
    fractions = mass / total
    mean = dot(fractions, z)
    return total, mean, dot(fractions, np.square(z - mean))


def dot(x, y):
    """Inner products along the last axis, in this thread and in one fixed order.

    BLAS would split vectors as long as a block among its own threads, which
    is slower here and makes the last bits depend on the machine.
    """
    return np.einsum("...i,...i->...", x, y)
