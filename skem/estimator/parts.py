"""The mixture, the constraints and the data of an estimator, for other modules."""

from dataclasses import replace

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils.validation import check_is_fitted

from ..checks.arrays import BorrowedGrid, DeviceArray, check_same_place, place_of
from ..checks.chunks import is_dask_array
from ..checks.columns import check_no_identifier, looks_like_estimates
from ..checks.dask_grid import DaskGrid
from ..checks.estimates import (
    check_answerable,
    check_different,
    check_errors,
    check_estimated,
    check_funds,
    check_no_estimates,
    check_no_prior,
    check_noise,
)
from ..checks.grid import (
    check_distinct,
    check_extent,
    check_grid,
    check_integers,
    check_no_infinity,
    check_outliers,
    check_sample_weight,
)
from ..checks.mixture import (
    check_fixed,
    check_n_components,
    check_reach,
    check_size,
    count_movable,
)
from ..numerics.data.census import MAX_EXACT, take_census
from ..numerics.data.compression import compress_estimates, counted_cells
from ..numerics.data.estimates import Estimates, find_error_range, merge_equal
from ..numerics.data.extent import measure
from ..numerics.data.grid import Grid
from ..numerics.data.noisy_cells import NoisyCells
from ..numerics.device.grid import DeviceGrid
from ..numerics.model.constraints import Constraints
from ..numerics.model.mixture import Mixture, standardise
from ..numerics.model.prior import Prior
from ..numerics.search.denoise import prior_sd
from .callbacks import warn

# The number of rows of an array on a device that are searched for columns of no draws.
FIRST_ROWS = 2**10


def mixture_of(model):
    """The fitted Mixture, in the units of X."""
    return Mixture(model.weights_, model.means_, model.variances_)


def fixed_of(model):
    """Raise if fixed values are invalid; return them in the units of X, NaN where free."""
    check_n_components(model.n_components)
    return check_fixed(
        *_given(model),
        model.n_components,
        model.tied_variances,
        point_masses=model._point_masses,
    )


def _given(model):
    return model.fixed_weights, model.fixed_means, model.fixed_variances


def _all_move(model):
    """Whether no group can have both its mean and its variance fixed."""
    return model.fixed_means is None or model.fixed_variances is None


def check_parameters(model):
    """Raise if a parameter of an unfitted model is invalid."""
    model._validate_params()
    if any(value is not None for value in _given(model)):
        fixed_of(model)


def observation_of(model):
    """The name of an observation in messages and labels: "cell", or "estimate"."""
    return model._observation


def constraints_of(model, cells, fixed):
    """The Constraints in the units of the cells; `fixed` values are in the units of X."""
    if any(value is not None for value in _given(model)):
        fixed = in_standard_units(fixed, cells, "fixed_{}")
    floor = cells.variance_floor(model.variance_floor)
    return Constraints.of(fixed, model.tied_variances, floor)


def in_standard_units(mixture, cells, name):
    """The mixture in the units of the cells; raise if it is too far from them."""
    with np.errstate(over="ignore"):
        standard = standardise(mixture, cells.centre, cells.scale)
    least = np.where(mixture.variances > 0, np.finfo(float).tiny, 0.0)  # none becomes 0
    standard = standard._replace(variances=np.maximum(standard.variances, least))
    names = [name.format(part) for part in mixture._fields]
    check_reach(standard, names, cells.least_noise)
    return standard


def place_grid(model, alphas, weights, check=None, place=None):
    """The grid of the alphas; `check` is called on chunks that Dask reads later.

    `place` is that of the array of another library whose memory the alphas are.
    """
    if is_dask_array(alphas):
        return DaskGrid(alphas, weights, check=check)
    if isinstance(alphas, DeviceArray):
        return DeviceGrid(alphas, weights)
    if place is not None:
        return BorrowedGrid(place, alphas, weights, effective_n_jobs(model.n_jobs))
    return Grid(alphas, weights, effective_n_jobs(model.n_jobs))


def grid_of(model, X, sample_weight=None, method=""):
    """The grid X for a fitted model; raise for an infinite cell, in Dask arrays later.

    `method` is the name of the caller's public method.
    """
    check_is_fitted(model)
    check_same_place(model, X, method)
    alphas = check_grid(model, X, reset=False)
    weights = check_sample_weight(sample_weight, alphas)
    grid = place_grid(model, alphas, weights, check_no_infinity, place_of(X))
    if not is_dask_array(alphas):
        check_no_infinity(grid)
    return grid


def read_grid(model, X, sample_weight):
    """Raise if the grid X cannot be fitted.

    Returns its cells in standard units, and the points that stand for them.
    """
    alphas = check_grid(model, X, reset=True)
    check_no_estimates(X)
    if not is_dask_array(alphas):
        some = alphas[:FIRST_ROWS] if isinstance(alphas, DeviceArray) else alphas
        check_no_identifier(X, some)
        warn_of_estimates(some)
    check_n_components(model.n_components)
    if _all_move(model):
        check_size(model.n_components, alphas.size)
    n_movable = count_movable(fixed_of(model))
    manager_mass = check_sample_weight(sample_weight, alphas)
    grid = place_grid(model, alphas, manager_mass)
    if manager_mass is not None and not manager_mass.all():
        check_no_infinity(grid)  # the fit skips rows of weight 0
    census = take_census(grid)
    extent = census.extent()
    check_extent(extent, grid)
    check_integers(X, extent)
    check_distinct(grid, extent.sample.values, model.n_components, n_movable)
    cells = counted_cells(grid, census)
    points = cells.bins.joined
    check_outliers(points.values.size, model.n_components, n_movable, extent)
    return cells, points


def warn_of_estimates(alphas):
    """Warn if a grid looks like a table of estimates with standard errors."""
    if looks_like_estimates(alphas):
        warn(
            f"X has {alphas.shape[1]} columns, and only the first has negative numbers: it "
            "looks like alphas with standard errors, not like draws. Unequal errors would "
            "look like groups. Use DeconvolvedGaussianMixture, as the estimator of the "
            "tools of skem.inference too.",
            UserWarning,
        )


def estimates_of(model, X, sample_weight=None, *, reset=False):
    """The table X of estimates and standard errors, for a fitted model unless `reset`."""
    if not reset:
        check_is_fitted(model)
    table = model._read_table(X, reset=reset)
    if not reset:
        check_answerable(table, *model._units[:2])
    mass = check_sample_weight(sample_weight, table)
    return Estimates(table, mass, effective_n_jobs(model.n_jobs))


def noisy_cells(model, rows):
    """The estimates as cells in standard units, with the prior funds of a fitted model."""
    cells = NoisyCells.of(rows, _measure(rows)[1])[1]
    if model._prior is None:
        return cells
    square = model._prior.square / cells.scale**2
    return replace(cells, prior=model._prior._replace(square=square))


def read_estimates(model, X, sample_weight):
    """Raise if the table X cannot be fitted.

    Returns its estimates in standard units, and the points that stand for them.
    """
    rows = estimates_of(model, X, sample_weight, reset=True)
    check_n_components(model.n_components)
    if _all_move(model):
        check_funds(len(rows.table), model.n_components)
        check_size(model.n_components, len(rows.table))
    fixed = fixed_of(model)
    n_movable = count_movable(fixed)
    grid, extent = _measure(rows)
    check_integers(X, extent)
    check_funds(extent.n_cells, n_movable)
    errors = find_error_range(rows)
    check_errors(errors, float(extent.sd))
    merged = extent
    if extent.n_cells <= MAX_EXACT and errors.largest > 0:
        rows = merge_equal(rows)
        merged = measure(grid_of_estimates(rows))._replace(n_cells=extent.n_cells)
    noise, cells = NoisyCells.of(rows, merged)
    check_noise(noise, fixed)
    check_different(grid, extent.sample.values, model.n_components, n_movable, noise)
    if noise.largest == 0:
        check_no_prior(model.prior_count)
        cells = counted_cells(grid, take_census(grid))
        return cells, cells.bins.joined
    points = compress_estimates(cells)
    if model.prior_count:
        sd = prior_sd(points, model.n_components)
        prior = Prior(model.prior_count, sd**2, np.isnan(fixed.variances))
        cells, points = (replace(each, prior=prior) for each in (cells, points))
    return cells, points


def read_cells(model, X, sample_weight):
    """Read what the model takes, a grid or a table of estimates; raise if it cannot."""
    read = read_estimates if observation_of(model) == "estimate" else read_grid
    return read(model, X, sample_weight)


def _measure(rows):
    """The estimates as a grid of one column, and their extent."""
    grid = grid_of_estimates(rows)
    extent = measure(grid)
    check_estimated(extent.n_cells, len(rows.table))
    check_extent(extent, grid)
    return grid, extent


def grid_of_estimates(rows):
    """The estimates as a grid of one column, where a missing error has weight 0."""
    table, mass = rows.table, rows.mass
    lost = np.isnan(table[:, 1:]).any(axis=1)
    if lost.any():
        mass = np.where(lost, 0.0, 1.0 if mass is None else mass)
    return Grid(table[:, :1], mass, rows.n_threads)
