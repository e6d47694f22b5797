"""A table of the regressions of funds' returns, a row per fund."""

import numpy as np
from scipy.special import stdtr

from ..checks.places import row_labels

COLUMNS = (
    "alpha",
    "standard_error",
    "t",
    "p_value",
    "df",
    "n_observations",
    "r_squared",
    "residual_sd",
)
REASON = "why_missing"


def check_factor_names(names):
    """Raise if a factor has the name of another column of the table."""
    taken = [name for name in names if name in (*COLUMNS, REASON)]
    if taken:
        raise ValueError(
            f"factors has a column {taken[0]!r}, which is the name of another column of "
            "the diagnostics. Rename it: "
            f"factors.rename(columns={{{taken[0]!r}: 'factor_{taken[0]}'}})."
        )


def diagnose(found, returns, fitted, X):
    """The DataFrame of regressions that were `found` of checked excess returns."""
    try:
        import pandas as pd
    except ImportError as error:
        raise ImportError(
            "diagnostics gives a pandas DataFrame, and pandas is not installed. Run: pip "
            "install pandas"
        ) from error
    n_observations = (~np.isnan(returns)).sum(axis=1)
    t = found.alphas / found.standard_errors
    squares = np.nansum(np.square(found.residuals), axis=1)
    freedom = np.where(np.isnan(t), np.nan, n_observations - 1 - found.betas.shape[1])
    numbers = (
        found.alphas,
        found.standard_errors,
        t,
        2 * stdtr(found.degrees, -np.abs(t)),
        found.degrees,
        n_observations,
        np.where(np.isnan(t), np.nan, 1 - squares / _total(returns)),
        np.sqrt(squares / freedom),
    )
    names = fitted.factor_names_
    check_factor_names(names)
    table = dict(zip(COLUMNS, numbers, strict=True))
    table |= dict(zip(names, found.betas.T, strict=True))
    table[REASON] = _reasons(found, n_observations, fitted.min_observations)
    return pd.DataFrame(table, index=pd.Index(row_labels(X)))


def _total(returns):
    """The sum of squares about the mean of each fund; NaN for 0."""
    there = ~np.isnan(returns)
    n = np.maximum(there.sum(axis=1, keepdims=True), 1)
    means = np.sum(returns, axis=1, where=there, keepdims=True) / n
    squares = np.sum(np.square(returns - means), axis=1, where=there)
    return np.where(squares > 0, squares, np.nan)


def _reasons(found, n_observations, least):
    """Why each fund has no alpha, None where it has one."""
    reasons = np.full(len(found.alphas), None, dtype=object)
    short = [f"{n} periods, and min_observations={least}" for n in n_observations]
    reasons[found.short] = np.array(short, dtype=object)[found.short]
    reasons[found.collinear] = "the factors are linearly dependent in its periods"
    reasons[found.exact] = "the regression leaves no residual"
    return reasons
