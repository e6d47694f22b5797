"""Pieces of a grid as flat arrays, in memory order."""

import math
import operator
import threading
from collections.abc import Callable, Iterator
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

# The number of cells of a block: four megabytes of doubles. Blocks that fit in a core's
# cache would be faster on one thread, but two threads would mostly wait for the
# interpreter's lock.
BLOCK = 2**19

# The number of cells of a piece whose working arrays stay in a core's cache.
CACHED = 2**16

# The number of values of an array, if several arrays are to stay in the cache together.
SEVERAL = 2**15

# The number of cells of a piece of a block, if several values are held for each.
PIECE = 2**17


def in_pieces(
    function: Callable[..., Any],
    first: np.ndarray,
    *others: Any,
    size: int = PIECE,
) -> Any:
    """Sum of a function of a block's arrays over pieces of at most `size` cells.

    The `others`, such as the masses, may be None, or anything that is cut like an array.
    """
    n = max(first.size, 1)
    at = [slice(start, start + size) for start in range(0, n, size)]
    pieces = (
        [None if part is None else part[..., piece] for part in (first, *others)]
        for piece in at
    )
    return reduce(operator.add, (function(*piece) for piece in pieces))


def tiles(alphas: np.ndarray, size: int | None = None) -> Iterator[tuple[slice, slice]]:
    """Slices (rows, columns) that cut the grid, each of at most `size` cells, or BLOCK.

    They follow the memory: they are whole rows of a C-ordered grid, and whole columns of
    a Fortran-ordered one (as a DataFrame's values often are).
    """
    size = size or BLOCK
    n_rows, n_columns = alphas.shape
    if is_column_major(alphas):
        for columns, rows in _cut(n_columns, n_rows, size):
            yield rows, columns
    else:
        yield from rectangles(alphas, size)


def bands(alphas: np.ndarray, size: int | None = None) -> Iterator[tuple[slice, slice]]:
    """Slices (rows, columns) of whole rows: of at most `size` cells, or of one row."""
    n_rows, n_columns = alphas.shape
    step = max(1, (size or BLOCK) // max(1, n_columns))
    for start in range(0, n_rows, step):
        yield slice(start, min(start + step, n_rows)), slice(0, n_columns)


def rectangles(alphas: Any, size: int | None = None) -> Iterator[tuple[slice, slice]]:
    """Slices (rows, columns) of at most `size` cells: whole rows, or parts of one."""
    n_rows, n_columns = alphas.shape
    yield from _cut(n_rows, n_columns, size or BLOCK)


def is_column_major(alphas: np.ndarray) -> bool:
    """Whether the columns, not the rows, of `alphas` are contiguous in memory."""
    return abs(alphas.strides[0]) < abs(alphas.strides[1])


def _cut(n_outer: int, n_inner: int, size: int) -> Iterator[tuple[slice, slice]]:
    step_inner = max(1, min(n_inner, size))
    step_outer = size // step_inner
    for outer in range(0, n_outer, step_outer):
        for inner in range(0, n_inner, step_inner):
            yield (
                slice(outer, min(outer + step_outer, n_outer)),
                slice(inner, min(inner + step_inner, n_inner)),
            )


def _as_tile(flat: np.ndarray, tile: np.ndarray) -> np.ndarray:
    """A flat array in the shape of `tile` and in its memory order."""
    return flat.reshape(tile.shape, order="F" if is_column_major(tile) else "C")


_scratch = threading.local()


def scratch(
    name: str, shape: int | tuple[int, ...], dtype: DTypeLike = np.float64
) -> np.ndarray:
    """An array of this thread's own; its values last until the name is used again.

    The system would free and allocate new memory for every block.
    """
    size = shape if isinstance(shape, int) else math.prod(shape)
    kept = _scratch.__dict__.get(name)
    if kept is None or kept.size < size:
        kept = _scratch.__dict__[name] = np.empty(size, dtype)
    return kept[:size].reshape(shape)


def read(tile: np.ndarray, centre: float, scale: float) -> np.ndarray:
    """``(tile - centre) / scale`` as float64, flat, in memory order; scratch "z"."""
    z = scratch("z", tile.size)
    # A cell may be farther than doubles reach, or a NaN that signals, as R's NA does.
    with np.errstate(over="ignore", invalid="ignore"):
        np.subtract(tile, centre, out=_as_tile(z, tile), dtype=np.float64)
        z *= 1.0 / scale
    return z


def as_flat(tile: np.ndarray) -> np.ndarray:
    """The cells of a tile, flat, in memory order: a view, or a copy."""
    return tile.ravel(order="K") if tile.flags.forc else flat(tile)


def flat(tile: np.ndarray) -> np.ndarray:
    """The cells of a tile as float64, flat, in memory order: a view, or scratch "z"."""
    if tile.dtype == np.float64 and tile.flags.forc:
        return tile.ravel(order="K")
    z = scratch("z", tile.size)
    with np.errstate(invalid="ignore"):  # a NaN may signal
        np.copyto(_as_tile(z, tile), tile)
    return z


def unflatten(values: np.ndarray, tile: np.ndarray) -> np.ndarray:
    """Values (..., n) of a flat tile as (..., rows, columns): undoes :func:`read`."""
    if is_column_major(tile):
        shape = values.shape[:-1] + tile.shape[::-1]
        return values.reshape(shape).swapaxes(-1, -2)
    return values.reshape(values.shape[:-1] + tile.shape)


def spread(row_mass: np.ndarray, tile: np.ndarray) -> np.ndarray:
    """Each cell's mass, its manager's, in the order of :func:`read`; scratch "mass"."""
    masses = scratch("mass", tile.size)
    _as_tile(masses, tile)[...] = row_mass[:, None]
    return masses


def observed(
    z: np.ndarray, mass: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """The cells that are not NaN and have positive mass, and their masses."""
    if mass is None:
        return z[~np.isnan(z)], None
    there = mass > 0
    there &= ~np.isnan(z)
    return z[there], mass[there]


def dot(*arrays: np.ndarray) -> Any:
    """Sums of products along the last axis, in this thread and in one fixed order.

    BLAS would split vectors as long as a block among its own threads. That is slower here,
    and the last bits would depend on the machine.
    """
    return np.einsum(",".join(["...i"] * len(arrays)) + "->...", *arrays)
