"""Checks of tables of estimates and standard errors, and their error messages."""

import json
import re

import numpy as np

from .arrays import DeviceArray
from .chunks import check_chunks, is_dask_array
from .columns import check_no_identifier
from .grid import check_grid, count_distinct
from .mixture import FARTHEST

# The largest standard error in standard deviations of the estimates, so that fourth powers
# are finite; and the largest whose square is.
NOISIEST, LARGEST = 1e70, 1e150

# The fewest degrees of freedom: those of a Cauchy distribution.
LEAST_DEGREES = 1

ESTIMATES = (
    "Pass two columns of real numbers, a fund's estimated alpha and its standard error: "
    "np.column_stack([alphas, standard_errors]). A third column may have the degrees of "
    "freedom of the standard error."
)
COLUMNS = ["alpha", "standard_error", "df"]

# Usual names of a column of standard errors, in small letters.
ERRORS = re.compile(r"(alpha_)?(se|std[ _.]?err(or)?|standard[ _.]errors?)(_alpha)?")


def check_estimates(estimator, X, *, reset):
    """Raise if X is not a table of estimates and standard errors.

    Returns X as a float32 or float64 array of shape (N, 2), or (N, 3) if it has degrees of
    freedom.
    """
    table = check_grid(estimator, X, reset=reset, need=ESTIMATES)
    table = table[:] if isinstance(table, DeviceArray) else table
    n_columns = table.shape[1]
    if n_columns not in (2, 3):
        raise ValueError(
            f"X has n_features={n_columns} column(s), needs 2 or 3. {ESTIMATES}"
        )
    names, needed = list(getattr(X, "columns", ())), COLUMNS[:n_columns]
    if names != needed and sorted(map(str, names)) == sorted(needed):
        raise ValueError(
            f"X has the columns {json.dumps(names)}, in this order: the estimate must come "
            f"first, and then its standard error. Pass X[{json.dumps(needed)}]."
        )
    if is_dask_array(table):
        table = check_chunks(table, table.dtype).compute()
    elif reset:
        check_no_identifier(X, table[:, :2])
    if np.isinf(table[:, :2]).any():
        row, column = map(int, np.argwhere(np.isinf(table[:, :2]))[0])
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
    few = table[:, 2:] < LEAST_DEGREES
    if few.any():
        row = int(few.any(axis=1).argmax())
        raise ValueError(
            f"X has {float(table[row, 2]):g} degrees of freedom in row {row}, column 2: "
            f"they must be at least {LEAST_DEGREES}, the number of periods less that of "
            "coefficients; np.inf for a standard error that is known exactly. If the third "
            "column is something else, leave it out."
        )
    missing = np.isnan(table)  # a NaN may signal, as R's NA does
    return np.where(missing, np.nan, table) if missing.any() else table


def check_no_estimates(X):
    """Raise if a grid has a column of standard errors, by the names of its columns."""
    names = list(getattr(X, "columns", ()))
    if any(isinstance(name, str) and ERRORS.fullmatch(name.lower()) for name in names):
        raise ValueError(
            f"X has the columns {names}: estimates with standard errors, not a grid of "
            "draws. Unequal errors would look like groups. Use DeconvolvedGaussianMixture, "
            "as the estimator of the tools of skem.inference too."
        )


def check_estimated(mass, n_rows):
    """Raise if no fund has an estimate."""
    if mass == 0:
        raise ValueError(
            f"X has no observed estimate: all {n_rows} funds are NaN or of zero weight. "
            "Pass funds with an estimate. If X is from FactorAlphas, lower its "
            "min_observations to the number of periods that funds have."
        )


def check_funds(n_funds, n_movable):
    """Raise if there is one fund only, unless only weights are free."""
    if n_funds == 1 and n_movable:
        raise ValueError(
            "X has an estimate for one fund only (n_samples=1), needs at least 2: one "
            "estimate does not show how true alphas are spread. Add funds."
        )


def check_errors(errors, unit):
    """Raise if a standard error is too large or too small to compute with.

    `unit` is the standard deviation of the estimates, 0 if all are equal.
    """
    most, why = NOISIEST * unit, f"{NOISIEST:g} times as large as the estimates' spread"
    if not 0 < most < LARGEST:
        most, why = LARGEST, "so that its square is a double precision number"
    if errors.largest > most:
        raise ValueError(
            f"X has a standard error of {errors.largest:.3g}: it must be at most "
            f"{most:.3g}, {why}. Put NaN for an estimate with a larger one."
        )
    least = (unit or errors.largest) / FARTHEST
    if errors.least < least:
        raise ValueError(
            f"X has a standard error of {errors.least:.3g}, and its estimates a standard "
            f"deviation of {unit:.3g}: the error must be 0 or at least {least:.3g}. Put 0 "
            "for an estimate that is exact."
        )


def check_answerable(table, centre, scale):
    """Raise if a row of X is farther from those of the fit than a fit can compute with.

    `centre` and `scale` are the mean and the standard deviation of the fitted estimates.
    """
    estimates, errors = table[:, :2].T.astype(np.float64)
    far = np.abs(estimates - centre) > FARTHEST * scale
    far |= (errors > NOISIEST * scale) | ((errors > 0) & (errors < scale / FARTHEST))
    if far.any():
        row = int(far.argmax())
        raise ValueError(
            f"X has the estimate {estimates[row]:.3g} with the standard error "
            f"{errors[row]:.3g} in row {row}, and the fitted estimates a standard "
            f"deviation of {scale:.3g}: the distance from their mean must be at most "
            f"{FARTHEST:g} times that, and a positive error between {1 / FARTHEST:g} and "
            f"{NOISIEST:g} times. Pass X in the units of the fit; put NaN for what is "
            "unknown."
        )


def check_noise(noise, fixed):
    """Raise if a point mass meets an estimate without noise."""
    if not noise.precision < np.inf and np.any(fixed.variances == 0):
        raise ValueError(
            f"fixed_variances={fixed.variances.tolist()} has a 0, and X has a standard "
            "error of 0: the likelihood would be infinite. Fix a small positive variance, "
            "or give every fund a positive standard error."
        )


def check_no_prior(prior_count):
    """Raise if prior funds are asked for where no estimate has noise."""
    if prior_count:
        raise ValueError(
            f"prior_count={prior_count}, and every standard error of X is 0: prior funds "
            "are for noisy estimates. Pass prior_count=0."
        )


def check_different(grid, sample, n_components, n_movable, noise):
    """Raise if there are fewer different estimates than groups that need one.

    `n_movable` groups have a free mean or variance, and each needs an estimate of its
    own. If a standard error is 0, at least two estimates must differ.
    """
    needed = max(n_movable, 2 if n_movable and noise.smallest == 0 else 1)
    found = count_distinct(grid, sample, needed)
    if found < needed:
        raise ValueError(
            f"X has {found} different estimate(s), n_components={n_components} needs at "
            f"least {needed}: one for each group, and two if a standard error is 0. Ask "
            "for fewer groups, fix the mean and the variance of some, or add funds whose "
            "estimates differ."
        )
