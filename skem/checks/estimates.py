"""Tables of estimates and standard errors that callers pass, and what they are told."""

import numpy as np

from .dask_grid import is_dask_array
from .grid import check_grid, count_distinct
from .mixture import FARTHEST

ESTIMATES = (
    "Pass two columns of real numbers, a fund's estimated alpha and its standard error: "
    "np.column_stack([alphas, standard_errors])."
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
            f"X has no observed estimate: all {n_rows} funds are NaN or of zero weight. "
            "Pass funds with an estimate; where FactorAlphas makes X, see whether its "
            "min_observations is more than funds have."
        )


def check_funds(n_funds, n_movable):
    """Refuse a single fund, unless only weights are free."""
    if n_funds == 1 and n_movable:
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


def check_different(grid, sample, n_components, n_movable, noise):
    """Refuse fewer different estimates than groups that need one.

    `n_movable` groups have a free mean or variance. If every estimate has noise, one
    is enough.
    """
    needed = max(n_movable, 2 if n_movable and noise.smallest == 0 else 1)
    found = count_distinct(grid, sample, needed)
    if found < needed:
        raise ValueError(
            f"X has {found} different estimate(s), n_components={n_components} needs at "
            f"least {needed}: one for each group, and two where a standard error is 0. Ask "
            "for fewer groups, fix the mean and the variance of some, or add funds whose "
            "estimates differ."
        )
