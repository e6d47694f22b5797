"""What callers may pass, and what they are told when it will not do.

Every message states the parameter, what was received, what is needed and the
remedy.
"""

import copy
from contextlib import contextmanager

import numpy as np
from sklearn.utils.validation import check_array, validate_data

from .dask_grid import is_dask_array, is_dask_collection
from .numerics.density import Mixture
from .numerics.extent import distinct_values

GRID = (
    "Pass a grid of real numbers: a row per manager, a column per draw, and NaN where "
    "there is no draw."
)
ESTIMATES = (
    "Pass two columns of real numbers, a fund's estimated alpha and its standard error: "
    "np.column_stack([alphas, standard_errors])."
)

# How many standard deviations (or variances) of X a parameter may be away.
FARTHEST = 1e100


def check_grid(estimator, X, *, reset, need=GRID):
    """The (N, M) grid X as a float32 or float64 array, infinite cells not yet refused.

    Of a Dask array a Dask array. Nothing is set on `estimator`:
    :func:`remember_features` does that at the end of a fit that worked.
    """
    X = fill_masked(X)
    if is_dask_collection(X):
        alphas = X = check_dask(X, need)
    else:
        with explaining("X", need):
            alphas = check_array(
                X,
                dtype=[np.float64, np.float32],
                ensure_all_finite=False,
                estimator=estimator,
                input_name="X",
            )
    known = copy.copy(estimator) if reset else estimator
    validate_data(known, X, reset=reset, skip_check_array=True)
    return alphas


def check_dask(X, need=GRID):
    """The Dask array X in float32 or float64; nothing of it is read."""
    kind = f"{type(X).__module__.partition('.')[0]} {type(X).__name__}"
    if not is_dask_array(X):
        raise TypeError(
            f"X is a {kind}, which has no rows and columns of known size. Pass a "
            "dask.array: of a dask.dataframe X.to_dask_array(lengths=True)."
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
    if isinstance(X._meta, np.ma.MaskedArray):
        dtype = np.result_type(X.dtype, np.float32)
        X = X.map_blocks(fill_masked, dtype=dtype, meta=np.empty((0, 0), dtype))
    elif not isinstance(X._meta, np.ndarray):
        raise TypeError(
            f"X: a dask.array of {type(X._meta).__name__}, not of NumPy arrays. {need} "
            "X.map_blocks(numpy.asarray) or the chunks' own method converts them."
        )
    return X if X.dtype in (np.float32, np.float64) else X.astype(np.float64)


@contextmanager
def explaining(name, remedy):
    """Add the parameter and the remedy to what scikit-learn and NumPy refuse."""
    try:
        yield
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        refusal = str(error).rstrip(".")
        raise kind(f"{name}: {refusal}. {remedy}") from error


def fill_masked(X):
    """X itself, or a copy with NaN for what a masked array masks."""
    if not np.ma.isMaskedArray(X):
        return X
    return np.ma.filled(X.astype(np.result_type(X.dtype, np.float32)), np.nan)


def remember_features(estimator, X):
    """Set ``n_features_in_`` and, for a DataFrame, ``feature_names_in_``."""
    validate_data(estimator, X, skip_check_array=True, reset=True)


def check_no_infinity(grid):
    """Refuse infinite cells; reads the grid once."""
    if (found := grid.find_infinity()) is not None:
        row, column, value = found
        raise ValueError(
            f"X has an infinite cell: {value} in row {row}, column {column}. Alphas must "
            "be finite; put NaN where a manager has no draw."
        )


def check_estimates(estimator, X, *, reset):
    """The (N, 2) array X of estimates and standard errors, float32 or float64."""
    table = check_grid(estimator, X, reset=reset, need=ESTIMATES)
    if table.shape[1] != 2:
        raise ValueError(
            f"X has n_features={table.shape[1]} column(s), 2 are needed. {ESTIMATES}"
        )
    if list(getattr(X, "columns", ())) == ["standard_error", "alpha"]:
        raise ValueError(
            'X has the columns "standard_error" and "alpha", in this order: the estimate '
            'must come first. Pass X[["alpha", "standard_error"]].'
        )
    if is_dask_array(table):
        table = table.compute()
    if np.isinf(table).any():
        row, column = map(int, np.argwhere(np.isinf(table))[0])
        raise ValueError(
            f"X has an infinite {('estimate', 'standard error')[column]}: "
            f"{float(table[row, column])} in row {row}, column {column}. Both must be "
            "finite; put NaN where a fund has no estimate."
        )
    if (table[:, 1] < 0).any():
        row = int(np.argmax(table[:, 1] < 0))
        raise ValueError(
            f"X has the standard error {float(table[row, 1])} in row {row}: it must not be "
            "negative. The columns are the estimate and its standard error, in this order; "
            "put NaN where a fund has no estimate."
        )
    return table


def check_estimated(mass, n_rows):
    """Refuse a table without any estimate."""
    if mass == 0:
        raise ValueError(
            f"X has no observed estimate: all {n_rows} funds are NaN or of zero weight. At "
            "least one must be there; where FactorAlphas makes X, see whether its "
            "min_observations is more than funds have."
        )


def check_funds(n_funds):
    """Refuse a single fund."""
    if n_funds == 1:
        raise ValueError(
            "X has an estimate for one fund only (n_samples=1), at least 2 are needed: one "
            "says nothing of how true alphas are spread. Add funds."
        )


def check_noise(noise, fixed):
    """Refuse errors beyond reckoning, and point masses among estimates without noise.

    `noise` is in units of the estimates' standard deviation.
    """
    if noise.largest > FARTHEST:
        raise ValueError(
            f"X has a standard error {noise.largest:.3g} times as large as the standard "
            f"deviation of its estimates: up to {FARTHEST:g} will do. Put NaN where an "
            "estimate says nothing."
        )
    if not noise.precision < np.inf and np.any(fixed.variances == 0):
        raise ValueError(
            f"fixed_variances={fixed.variances.tolist()} has a group without variance, and "
            "X an estimate without standard error: its likelihood would be infinite. Fix "
            "a small variance, or give every fund a positive standard error."
        )


def check_sample_weight(sample_weight, X):
    """One finite non-negative float64 per row, not all of them zero; or None."""
    if sample_weight is None:
        return None
    n_rows = X.shape[0]
    remedy = f"Pass one finite number per row of X, {n_rows} in all."
    if is_dask_collection(sample_weight):
        sample_weight = sample_weight.compute()
    with explaining("sample_weight", remedy):
        mass = check_array(
            fill_masked(sample_weight),
            dtype=np.float64,
            ensure_2d=False,
            input_name="sample_weight",
        )
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
            "between 1e-100 and 1e100. A weight is how often a row counts; divide all by "
            "the largest."
        )
    return mass


def check_reach(given, names):
    """Refuse starting or fixed values that are beyond comparison with the cells.

    `given` is a Mixture in the cells' standard units, NaN where nothing is.
    """
    for name, distance in ((names[1], given.means), (names[2], given.variances)):
        if np.any(np.abs(distance) > FARTHEST):
            raise ValueError(
                f"{name} lies {np.nanmax(np.abs(distance)):.3g} standard units from the "
                f"values of X: it must be within {FARTHEST:g}. Give it in the units of X."
            )


def check_observed(mass, alphas):
    """Refuse a grid of which nothing was observed."""
    if mass == 0:
        raise ValueError(
            f"X has no observed cell: all {int(alphas.size)} are NaN or of zero weight. At "
            "least one must be there; leave such a grid out."
        )


def check_extent(extent, grid):
    """Refuse a grid without cells, with infinite ones, or beyond double precision."""
    check_observed(extent.n_cells, grid.alphas)
    if np.isinf(extent.minimum) or np.isinf(extent.maximum):
        check_no_infinity(grid)
    width = extent.maximum - extent.minimum
    squares = np.finfo(np.float64)
    if width > 0 and not squares.tiny <= extent.sd**2 <= squares.max:
        raise ValueError(
            f"X spans {extent.minimum:.3g} to {extent.maximum:.3g}, and the variance of "
            "that is not a double precision number. Multiply X by a constant that brings "
            "its standard deviation between 1e-150 and 1e150."
        )


def check_distinct(grid, sample, n_components):
    """Refuse a grid with fewer different values than groups (or than two).

    The sample of the cells settles it, unless they share a few values.
    """
    needed = max(n_components, 2)
    found = _count_distinct(grid, sample, needed)
    if found < needed:
        raise ValueError(
            f"X has {found} different observed value(s), n_components={n_components} "
            f"needs at least {needed}: a group without spread has no likelihood. Ask for "
            "fewer groups, or pass draws that differ."
        )


def check_different(grid, sample, n_components, noise):
    """The same of estimates, which may all be equal if every one has noise."""
    needed = max(n_components, 1 if noise.smallest > 0 else 2)
    found = _count_distinct(grid, sample, needed)
    if found < needed:
        raise ValueError(
            f"X has {found} different estimate(s), n_components={n_components} needs at "
            f"least {needed}: one for each group, and two where a standard error is 0. Ask "
            "for fewer groups, or add funds whose estimates differ."
        )


def _count_distinct(grid, sample, enough):
    """How many values differ, up to `enough`."""
    found = np.unique(sample).size
    return found if found >= enough else distinct_values(grid, enough).size


def check_mixture(weights, means, variances, length, *, suffix="", source="weights"):
    """Weights, means and variances of `length` groups as a Mixture of float64 arrays.

    None becomes NaN throughout: free. For the messages, `suffix` ends the
    parameters' names and `source` says what fixes their length.
    """
    needed = f"{source} needs ({length},): one value per group"
    given = Mixture(
        _vector(f"weights{suffix}", weights, length, needed),
        _vector(f"means{suffix}", means, length, needed),
        _vector(f"variances{suffix}", variances, length, needed),
    )
    _check_positive(f"weights{suffix}", given.weights)
    _check_positive(f"variances{suffix}", given.variances)
    total = float(given.weights.sum())
    if abs(total - 1) > 1e-8:
        raise ValueError(
            f"weights{suffix}={given.weights.tolist()} sums to {total!r}: weights must sum "
            f"to 1. Divide them by {total:.6g}."
        )
    return given


def check_sds(sds, length):
    """Standard deviations of `length` groups; zero is a group at one point."""
    sds = _vector("sds", sds, length, f"weights needs ({length},): one value per group")
    if np.any(sds < 0):
        raise ValueError(
            f"sds={sds.tolist()}: no entry may be negative. Pass standard deviations; 0 "
            "puts all of a group at its mean."
        )
    return sds


def _check_positive(name, values):
    if np.any(values <= 0):
        raise ValueError(
            f"{name}={values.tolist()}: every entry must be positive. Leave out a group "
            "that is not there, or give it a small value."
        )


def _vector(name, values, length, needed, *, missing=False):
    if values is None:
        return np.full(length, np.nan)
    values = fill_masked(values)
    with explaining(name, f"Pass finite numbers: {needed}."):
        values = check_array(
            values,
            dtype=np.float64,
            ensure_2d=False,
            ensure_all_finite="allow-nan" if missing else True,
            input_name=name,
            copy=True,
        )
    if values.shape != (length,):
        raise ValueError(
            f"{name} has shape {values.shape}, {needed}. Change one or the other."
        )
    return values


def check_fixed(
    weights, means, variances, n_components, tied_variances, *, point_masses=False
):
    """Values to hold fixed as a Mixture of float64 arrays, NaN where free.

    A variance of 0 only where `point_masses` are possible.
    """
    needed = f"n_components={n_components} needs ({n_components},): NaN where free"
    fixed = Mixture(
        *(
            _vector(f"fixed_{name}", values, n_components, needed, missing=True)
            for name, values in (
                ("weights", weights),
                ("means", means),
                ("variances", variances),
            )
        )
    )
    _check_positive("fixed_weights", fixed.weights)
    least = np.finfo(np.float64).smallest_subnormal if point_masses else 0.0
    _check_positive("fixed_variances", fixed.variances + least)
    total, n_free = float(np.nansum(fixed.weights)), np.isnan(fixed.weights).sum()
    rest = 1 - total
    if (n_free and rest <= 1e-8) or (not n_free and abs(rest) > 1e-8):
        raise ValueError(
            f"fixed_weights={fixed.weights.tolist()} sums to {total!r}: it must be 1 where "
            "all weights are fixed, and less where free ones (NaN) share the rest. Lower "
            "a weight, or free one."
        )
    if tied_variances and not np.isnan(fixed.variances).all():
        raise ValueError(
            f"fixed_variances={fixed.variances.tolist()} contradicts tied_variances=True: "
            "one common variance cannot be partly fixed. Fix every variance at the same "
            "value with tied_variances=False, or fix none."
        )
    return fixed


def check_count(count):
    """Refuse any unit of evidence but "cells" and "managers"."""
    if count not in ("cells", "managers"):
        raise ValueError(
            f'count={count!r} must be "cells" (every draw is evidence of its own) or '
            '"managers" (the draws of a manager together are one observation).'
        )


def check_n_components(n_components):
    """Refuse True, which is an integer to Python but not a number of groups."""
    if isinstance(n_components, (bool, np.bool_)):
        raise TypeError(
            f"n_components={n_components!r} must be an integer of at least 1. Pass the "
            "number of groups."
        )


def check_no_point_mass(variances):
    """Refuse to give a density to a group without variance."""
    if (variances == 0).any():
        raise ValueError(
            f"variances_={variances.tolist()} has a point mass, which has no density. Draw "
            "from the mixture with sample, or fix positive variances."
        )


def check_warm_start(n_fitted, n_components):
    """Refuse to go on from a fit with another number of groups."""
    if n_fitted != n_components:
        raise ValueError(
            f"n_components={n_components}, and warm_start=True would go on from the "
            f"{n_fitted} groups of the previous fit. Set warm_start=False, or keep "
            f"n_components={n_fitted}."
        )
