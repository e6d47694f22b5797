"""Pieces of a grid as flat arrays, in memory order."""

import operator
import threading
from functools import reduce

import numpy as np

# Four megabytes of doubles. Blocks that stay in a core's cache would be faster on one
# thread; but two would wait for the interpreter's lock more often than they work.
BLOCK = 2**19


# So many cells at once where several values are held for each.
PIECE = 2**17


def in_pieces(function, *block, size=PIECE):
    """Sum of a function of a block's arrays over pieces of at most so many cells.

    The first array is there; others, as masses, may be None.
    """
    n = max(block[0].size, 1)
    at = [slice(start, start + size) for start in range(0, n, size)]
    pieces = (
        [None if part is None else part[..., piece] for part in block] for piece in at
    )
    return reduce(operator.add, (function(*piece) for piece in pieces))


def tiles(alphas, size=None):
    """Slices (rows, columns) that cut the grid, each of at most `size` cells, or BLOCK.

    They follow the memory: whole rows of a C-ordered grid, whole columns of a
    Fortran-ordered one (as a DataFrame's values often are).
    """
    size = size or BLOCK
    if is_column_major(alphas):
        for columns, rows in _rectangles(*alphas.shape[::-1], size):
            yield rows, columns
    else:
        yield from _rectangles(*alphas.shape, size)


def bands(alphas, size=None):
    """Slices (rows, columns) of whole rows, of at most `size` cells or of one row."""
    n_rows, n_columns = alphas.shape
    step = max(1, (size or BLOCK) // max(1, n_columns))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows)), slice(0, n_columns)


def is_column_major(alphas):
    """Whether the columns, not the rows, of `alphas` are contiguous in memory."""
    return abs(alphas.strides[0]) < abs(alphas.strides[1])


def _rectangles(n_outer, n_inner, size):
    step_inner = max(1, min(n_inner, size))
    step_outer = size // step_inner
    for outer in range(0, n_outer, step_outer):
        for inner in range(0, n_inner, step_inner):
            yield (
                slice(outer, min(outer + step_outer, n_outer)),
                slice(inner, min(inner + step_inner, n_inner)),
            )


def _as_tile(flat, tile):
    """A flat array in the shape of `tile` and in its memory order."""
    order = "F" if is_column_major(tile) else "C"
    return flat.reshape(tile.shape, order=order)


_scratch = threading.local()


def scratch(name, shape, dtype=np.float64):
    """An array of this thread's own, for values that last until the name is used again.

    New memory for every block would be given back and fetched again each time.
    """
    size = int(np.prod(shape))
    kept = _scratch.__dict__.get(name)
    if kept is None or kept.size < size:
        kept = _scratch.__dict__[name] = np.empty(size, dtype)
    return kept[:size].reshape(shape)


def read(tile, centre, scale):
    """``(tile - centre) / scale`` as float64, flat, in memory order; scratch "z"."""
    z = scratch("z", tile.size)
    with np.errstate(over="ignore"):  # farther than double precision reaches
        np.subtract(tile, centre, out=_as_tile(z, tile), dtype=np.float64)
        z *= 1.0 / scale
    return z


def unflatten(values, tile):
    """Values (..., n) of a flat tile as (..., rows, columns): undoes :func:`read`."""
    if is_column_major(tile):
        shape = values.shape[:-1] + tile.shape[::-1]
        return values.reshape(shape).swapaxes(-1, -2)
    return values.reshape(values.shape[:-1] + tile.shape)


def spread(row_mass, tile):
    """Each cell's mass, its manager's, in the order of :func:`read`; scratch "mass"."""
    masses = scratch("mass", tile.size)
    _as_tile(masses, tile)[...] = row_mass[:, None]
    return masses


def observed(z, mass):
    """The cells that are there: not NaN, and of positive mass."""
    if mass is None:
        return z[~np.isnan(z)], None
    there = mass > 0
    there &= ~np.isnan(z)
    return z[there], mass[there]


def dot(*arrays):
    """Sums of products along the last axis, in this thread and in one fixed order.

    BLAS would split vectors as long as a block among its own threads, which
    is slower here and makes the last bits depend on the machine.
    """
    return np.einsum(",".join(["...i"] * len(arrays)) + "->...", *arrays)
