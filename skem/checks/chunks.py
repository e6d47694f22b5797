"""Chunks of a Dask array as they arrive, which may not be what the array says of them."""

from functools import partial

import numpy as np


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
