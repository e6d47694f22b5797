"""Dask arrays, and their chunks, which may not be what the array says of them."""

import sys
from functools import partial

import numpy as np


def is_dask_collection(X):
    """Whether X is a collection of Dask's own: an array, a DataFrame, a bag, ..."""
    return type(X).__module__.split(".")[0] in ("dask", "dask_expr")


def is_dask_array(X):
    """Whether X is a ``dask.array.Array``."""
    array = sys.modules.get("dask.array")
    return array is not None and isinstance(X, array.Array)


def check_dask(X, need):
    """Raise if X is not a Dask array of real numbers with rows and columns of known size.

    Returns it in float32 or float64. No chunk is read.
    """
    kind = f"{type(X).__module__.partition('.')[0]} {type(X).__name__}"
    if not is_dask_array(X):
        raise TypeError(
            f"X is a {kind}, which has no rows and columns of known size. Pass a "
            "dask.array: for a dask.dataframe, X.to_dask_array(lengths=True)."
        )
    if X.ndim != 2:
        raise ValueError(f"X: Expected 2D array, got {X.ndim}D dask.array instead. {need}")
    if X.dtype.kind not in "fiub":
        raise ValueError(
            f"X: a dask.array of {X.dtype} does not hold real numbers. {need} "
            "X.astype(float) converts what can be."
        )
    if np.isnan(X.shape).any():
        raise ValueError(
            f"X: a dask.array of unknown chunk sizes, shape {X.shape}. Call "
            "X.compute_chunk_sizes() first, or make it from a dask.dataframe by "
            ".to_dask_array(lengths=True)."
        )
    if not X.size:
        raise ValueError(
            f"X: Found array with no cell, shape {X.shape}; at least one row and one "
            f"column are required. {need}"
        )
    if not isinstance(X._meta, np.ndarray):
        raise TypeError(
            f"X: a dask.array of {type(X._meta).__name__}, not of NumPy arrays. {need} "
            "X.map_blocks(numpy.asarray) or the chunks' own method converts them."
        )
    return X if X.dtype in (np.float32, np.float64) else check_chunks(X, np.float64)


def fill_masked(X):
    """X itself, or for a masked array a copy with NaN in the masked cells."""
    if not np.ma.isMaskedArray(X):
        return X
    return np.ma.filled(X.astype(np.result_type(X.dtype, np.float32)), np.nan)


def check_chunks(X, dtype):
    """The Dask array X in `dtype`; :func:`check_chunk` is called when a chunk is read."""
    read = partial(_read, X.dtype, dtype)
    return X.map_blocks(read, dtype=dtype, meta=np.empty((0,) * X.ndim, dtype))


def _read(declared, dtype, chunk, block_info=None):
    return check_chunk(chunk, declared, dtype, block_info[0])


def check_chunk(chunk, declared, dtype, place):
    """Raise if a chunk has another shape than declared, or values `dtype` cannot hold.

    `place` is what Dask's ``block_info`` says of the chunk. Returns the chunk in `dtype`
    with NaN in its masked cells: Dask may not know that it has a mask.
    """
    shape = tuple(stop - start for start, stop in place["array-location"])
    cells = np.asanyarray(chunk)
    fits = cells.dtype == declared or np.can_cast(cells.dtype, dtype)
    if cells.shape != shape or not fits:
        raise ValueError(
            f"X: the chunk at {tuple(map(int, place['chunk-location']))} is {cells.dtype} "
            f"of shape {cells.shape}, and the array declares {declared} of shape {shape}. "
            "Make the chunks as they are declared, or tell from_delayed, from_map or "
            "map_blocks what they are."
        )
    return np.asarray(fill_masked(cells), dtype)
