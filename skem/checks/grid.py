"""Checks of grids of alphas and of their weights, and their error messages.

Every message states the parameter, the value received, what is needed and the remedy.
"""

import copy
from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from ..numerics.data.extent import distinct_values
from .arrays import check_array_api, place_of, to_numpy
from .chunks import check_dask, fill_masked, is_dask_array, is_dask_collection
from .plain import has_known_features, is_plain_grid, plain_vector, set_features
from .text import check_no_text

GRID = (
    "Pass a grid of real numbers: a row per manager, a column per draw, and NaN where "
    "there is no draw."
)

# The largest integer up to which double precision holds all.
WHOLE = 2**53


# Cells of a sample that are looked at first, as they usually differ.
FEW = 64


def check_grid(estimator, X, *, reset, need=GRID):
    """Raise if X is not a grid of real numbers; cells may be infinite.

    Returns the (N, M) grid as a float32 or float64 array, or as a Dask array if X is
    one. Nothing is set on `estimator`: :func:`remember_features` does that at the end
    of a successful fit.
    """
    if is_plain_grid(X) and (reset or has_known_features(estimator, X)):
        return X
    if is_dask_collection(X):
        alphas = X = check_dask(X, need)
    elif place := place_of(X):
        alphas = check_array_api(X, place, need)
    else:
        floats = [np.float64, np.float32]
        how = {"dtype": floats, "ensure_all_finite": False, "estimator": estimator}
        alphas = read_numbers("X", X, need, **how)
    # A mixture that was given, and not fitted, knows of no features.
    reset = reset or not hasattr(estimator, "n_features_in_")
    known = copy.copy(estimator) if reset else estimator
    try:
        validate_data(known, X, reset=reset, skip_check_array=True)
    except ValueError as error:
        n_draws = alphas.shape[1]
        if need is not GRID or n_draws == getattr(known, "n_features_in_", n_draws):
            raise
        raise ValueError(f"{error} {_how_to_ask(known, n_draws)}") from error
    return alphas


def _how_to_ask(fitted, n_draws):
    """What to do about a grid with another number of draws than that of the fit."""
    missing = fitted.n_features_in_ - n_draws
    given = "from_parameters(weights_, means_, variances_) makes an estimator that answers"
    if missing < 0:
        return f"{type(fitted).__name__}.{given} for any number of draws."
    pad = f"np.pad(X, ((0, 0), (0, {missing})), constant_values=np.nan)"
    return (
        f"Add columns of missing draws: {pad} for an array of floats. Or "
        f"{type(fitted).__name__}.{given} for any number of draws."
    )


def read_numbers(name, values, remedy, *, dtype=np.float64, **options):
    """Raise if `values` are not real numbers, or scikit-learn's `check_array` raises.

    Returns an array, NaN where `values` are masked. Messages begin with the parameter's
    `name` and end with the `remedy`.
    """
    try:
        values = fill_masked(to_numpy(values))
        check_no_text(name, values)
        return check_array(values, dtype=dtype, input_name=name, **options)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        refusal, *printed = str(error).split("\n")
        if printed:  # scikit-learn prints the whole array between its two sentences
            whole = np.asarray(values)
            refusal = f"{refusal.rstrip(':')}: shape {whole.shape}, dtype {whole.dtype}. "
            refusal += printed[-1]
        raise kind(f"{name}: {refusal.rstrip('. ')}. {remedy}") from error


def remember_features(estimator, X):
    """Set ``n_features_in_`` and, for a DataFrame, ``feature_names_in_``."""
    if is_plain_grid(X):
        set_features(estimator, X)
        return
    validate_data(estimator, X, skip_check_array=True, reset=True)


def check_no_infinity(grid):
    """Raise if a cell is infinite. Reads the grid once."""
    if (found := grid.find_infinity()) is not None:
        row, column, value = found
        raise ValueError(
            f"X has an infinite cell: {value} in row {row}, column {column}. Alphas must "
            "be finite; put NaN where a manager has no draw."
        )


def check_sample_weight(sample_weight, X):
    """Raise if `sample_weight` is not one finite number per row, at least 0, or all are 0.

    Returns a float64 array (N,), or None.
    """
    if sample_weight is None:
        return None
    n_rows = X.shape[0]
    remedy = f"Pass one finite number per row of X, {n_rows} in all."
    if is_dask_collection(sample_weight):
        sample_weight = sample_weight.compute()
    if (mass := plain_vector(sample_weight)) is None:
        mass = read_numbers("sample_weight", sample_weight, remedy, ensure_2d=False)
    if mass.shape != (n_rows,):
        raise ValueError(f"sample_weight has shape {mass.shape}. {remedy}")
    if mass.min() < 0:
        row = int(mass.argmin())
        raise ValueError(
            f"sample_weight[{row}] is {mass[row]}: weights must not be negative. Use 0 to "
            "leave a row out."
        )
    if not mass.any():
        raise ValueError(
            f"sample_weight is zero for all {n_rows} rows: at least one weight must be "
            "positive. Leave sample_weight out to count every row once."
        )
    if not 1e-100 < mass.max() < 1e100:
        raise ValueError(
            f"sample_weight is as large as {mass.max():.3g}: the largest weight must lie "
            "between 1e-100 and 1e100. Divide all weights by the largest."
        )
    return mass


def check_observed(mass, alphas):
    """Raise if no cell is observed."""
    if mass == 0:
        raise ValueError(
            f"X has no observed cell: all {int(alphas.size)} are NaN or of zero weight. At "
            "least one must be observed. Pass a grid with alphas."
        )


def check_extent(extent, grid):
    """Raise if no cell is observed, one is infinite, or double precision cannot hold X."""
    check_observed(extent.n_cells, grid.alphas)
    if np.isinf(extent.minimum) or np.isinf(extent.maximum):
        check_no_infinity(grid)
    width = extent.maximum - extent.minimum
    squares = np.finfo(np.float64)
    if width > 0 and not squares.tiny <= extent.sd**2 <= squares.max:
        raise ValueError(
            f"X spans {extent.minimum:.3g} to {extent.maximum:.3g}, and its variance is "
            "not a double precision number. Multiply X by a constant that brings its "
            "standard deviation between 1e-150 and 1e150."
        )


def check_integers(X, extent):
    """Raise if X has integers beyond 2**53: double precision does not hold all of them."""
    most = max(abs(extent.minimum), abs(extent.maximum))
    if most <= WHOLE:
        return
    if place := place_of(X):
        cells = np.empty(0, np.int64 if place.xp.isdtype(X.dtype, "integral") else float)
    else:
        cells = X if is_dask_array(X) else np.ravel(np.asarray(X))
    if cells.dtype.kind in "iu" or (
        cells.dtype == object
        and any(isinstance(cell, Integral) and abs(cell) > WHOLE for cell in cells)
    ):
        raise ValueError(
            f"X has integers as large as {most:.6g}, and double precision does not hold all"
            " beyond 2**53. Subtract a constant from X, or pass X.astype(float) if the "
            "last digits do not matter."
        )


def check_distinct(grid, sample, n_components, n_movable):
    """Raise if X has fewer different values than groups that need one (or than two).

    `n_movable` groups have a free mean or variance; only these can degenerate. A sample
    of the cells is enough to tell, unless the cells share a few values.
    """
    needed = max(n_movable, 2) if n_movable else 1
    found = count_distinct(grid, sample, needed)
    if found < needed:
        raise ValueError(
            f"X has {found} different observed value(s), n_components={n_components} "
            f"needs at least {needed}: a group without spread has no likelihood. Ask for "
            "fewer groups, fix the mean and the variance of some, or pass draws that "
            "differ."
        )


def check_outliers(n_values, n_components, n_movable, extent):
    """Raise if an outlier is so far away that too few of the other cells still differ."""
    if n_values < n_movable:
        raise ValueError(
            f"X spans {extent.minimum:.6g} to {extent.maximum:.6g}, and relative to that "
            f"distance only {n_values} of its values differ in double precision: "
            f"n_components={n_components} needs at least {n_movable}. Correct the outlying "
            "cells, or leave them out (NaN)."
        )


def count_distinct(grid, sample, enough):
    """The number of different values, counted up to `enough`."""
    found = len(set(sample[:: max(1, sample.size // FEW)].tolist()))
    if found < enough:
        found = np.unique(sample).size
    return found if found >= enough else distinct_values(grid, enough).size
