"""Checks of returns, factors and riskless rates, and their error messages.

Returns, factors and the riskless rate must be of the same periods.
"""

from numbers import Real

import numpy as np

from ..numerics.regression import dependent_factor
from .columns import check_no_identifier
from .grid import check_grid, read_numbers
from .periods import align, are_dates, column_periods, periods_of, row_periods
from .places import first_place, place

RETURNS = (
    "Pass a grid of real numbers: a row per fund, a column per period, and NaN where a "
    "fund did not exist."
)
FACTORS = "Pass finite numbers of shape (T, K): a row per period of X, a column per factor."
RISK_FREE = (
    "Pass finite numbers of shape (T,), the riskless rate of every period of X, or one "
    "number for all periods."
)

# The size of a period's return in the middle, on a logarithmic scale, of those that are
# typical: .02 in decimals and 2 in percent.
PERCENT = 0.2

# The most numbers that are all read for their typical size.
MANY = 2**16

# Numbers that data bases write for a missing return; CRSP's others may be percent.
CODES = [-99.0, -99.9, -99.99, -999.0, -999.9, -999.99, -9999.0, -9999.99, -99999.0]
CODES_OF_DECIMALS = [-44.0, -55.0, -66.0, -77.0, -88.0]
CODES_OF_DECIMALS += [code / 100 for code in CODES if code < -99.9]  # divided with the rest


def check_returns(estimator, X, *, reset):
    """Raise if X is not a grid of finite returns.

    Returns X as a float32 or float64 array of shape (N, T), NaN where there is no return.
    """
    returns = np.asarray(check_grid(estimator, X, reset=reset, need=RETURNS))
    if reset:
        check_no_identifier(X, returns)
    if np.isinf(returns).any():
        fund, period = first_place(np.isinf(returns))
        raise ValueError(
            f"X has an infinite return: {returns[fund, period]} in "
            f"{place(X, fund, period)}. Returns must be finite; put NaN where a fund has "
            "none."
        )
    _check_no_codes(returns, X)
    return returns


def _check_no_codes(returns, X):
    """Raise if a return is a number that data bases write for a missing one."""
    if lowest_of(returns) > max(CODES_OF_DECIMALS):
        return
    codes = CODES if looks_like_percent(typical(returns)) else [*CODES, *CODES_OF_DECIMALS]
    marked = np.isin(returns, np.array(codes, dtype=returns.dtype))
    if not marked.any():
        return
    fund, period = first_place(marked)
    found = ", ".join(repr(code) for code in np.unique(returns[marked]).tolist())
    raise ValueError(
        f"X has {marked.sum()} return(s) that are codes for missing ones ({found}), the "
        f"first in {place(X, fund, period)}. Put NaN there: X.replace([{found}], "
        "float('nan')) for a DataFrame, numpy.where(numpy.isin(X, "
        f"[{found}]), numpy.nan, X) for an array."
    )


def lowest_of(returns):
    """The lowest of returns that may be NaN; infinity if all are."""
    return float(np.min(returns, initial=np.inf, where=~np.isnan(returns)))


def typical(values):
    """The median size of numbers, NaN and 0 left aside; of many rows, a sample."""
    some = np.abs(np.asarray(values)[:: max(1, np.size(values) // MANY)])
    some = some[(some > 0) & np.isfinite(some)]
    return float(np.median(some)) if some.size else 0.0


def looks_like_percent(size):
    """Whether returns of a typical size look like percent rather than decimals."""
    return size > PERCENT


def check_factors(factors, n_periods, rows=None):
    """Raise if the factors are not finite, not of T periods, or linearly dependent.

    `rows` selects the rows of the periods of X. Returns a float64 array of shape (T, K),
    where K is 0 for None.
    """
    if factors is None:
        return np.empty((n_periods, 0))
    values = _read_periods("factors", factors, FACTORS)
    values = values[:, None] if values.ndim == 1 else values
    _check_no_dates(values, factors)
    values = _select("factors", values, n_periods, rows)
    _check_finite("factors", values, factors, rows)
    if n_periods > values.shape[1]:
        _check_independence(values, names_of_factors(factors, values.shape[1]))
    return values


def _check_no_dates(values, factors):
    """Raise if a factor is a column of dates written as YYYYMM or YYYYMMDD."""
    for column, name in enumerate(names_of_factors(factors, values.shape[1])):
        numbers = values[:, column]
        if np.array_equal(numbers, np.rint(numbers)) and are_dates(periods_of(numbers)):
            raise ValueError(
                f"factors has dates in column {column} ({name!r}), from "
                f"{numbers[0]:.0f} on. They label the rows: pass "
                f"factors.set_index({name!r})."
            )


def names_of_factors(factors, n_factors):
    """The names that a DataFrame or Series gives its factors, or "factor_0" and so on."""
    names = getattr(factors, "columns", None)
    if names is None and getattr(factors, "name", None) is not None:
        names = [factors.name]
    if names is None or list(names) == list(range(n_factors)):
        names = [f"factor_{k}" for k in range(n_factors)]
    return list(names)


def _read_periods(name, values, remedy):
    """Numbers, finite or not, of one or two dimensions."""
    how = {"ensure_2d": False, "ensure_all_finite": False, "copy": True}
    return read_numbers(name, values, remedy, **how)


def _select(name, values, n_periods, rows):
    """The rows of the periods of X; all rows, in their order, if labels do not tell."""
    if rows is not None:
        return values[rows]
    if len(values) != n_periods:
        raise ValueError(
            f"{name} has {len(values)} rows, and X has {n_periods} periods (columns): "
            f"{name} needs a row for each of them, in the same order. Label the columns of "
            f"X and the rows of {name} with dates, and those of X are selected; or "
            "transpose what lies on its side (.T)."
        )
    return values


def _check_finite(name, values, table, rows):
    """Raise if a number is NaN or infinite, or stands for a missing one."""
    wrong = ~np.isfinite(values) | np.isin(values, CODES)
    if not wrong.any():
        return
    row, *column = (int(place) for place in np.argwhere(wrong)[0])
    value = values[row, *column]
    periods = row_periods(table)
    place = row if rows is None else int(rows[row])
    where = f"row {place}" if periods is None else f"period {periods.names[place]}"
    if column:
        names = names_of_factors(table, values.shape[1])
        where += f", column {column[0]} ({names[column[0]]!r})"
    what = "NaN" if np.isnan(value) else f"{value:g}"
    code = " (a code for a missing number)" if np.isfinite(value) else ""
    raise ValueError(
        f"{name} contains {what}{code} in {where} ({wrong.sum()} in all). Every period of "
        f"X needs finite numbers. Fill {name} in, or leave out of X the periods that "
        f"{name} does not have."
    )


def _check_independence(values, names):
    column = dependent_factor(values)
    if column is None:
        return
    raise ValueError(
        f"factors: column {column} ({names[column]!r}) is constant, or a combination of "
        "the columns before it and a constant: factors must be linearly independent, and "
        "the regression adds a constant itself. Leave the column out."
    )


def check_risk_free(risk_free, n_periods, rows=None):
    """Raise if the riskless rate is not finite, or not one number (per period).

    `rows` selects those of the periods of X. Returns a float64 array of shape (T,), or
    None.
    """
    if risk_free is None:
        return None
    if isinstance(risk_free, Real):
        risk_free, rows = np.full(n_periods, float(risk_free)), None
    values = _read_periods("risk_free", risk_free, RISK_FREE)
    if values.ndim != 1:
        raise ValueError(
            f"risk_free has shape {values.shape}. {RISK_FREE} For a table of one column, "
            "pass its .squeeze()."
        )
    values = _select("risk_free", values, n_periods, rows)
    _check_finite("risk_free", values, risk_free, rows)
    return values


def check_min_observations(min_observations, n_factors):
    """Raise if `min_observations` leaves a regression no degree of freedom."""
    if min_observations < n_factors + 2:
        raise ValueError(
            f"min_observations={min_observations} leaves no degree of freedom for a "
            f"standard error: a constant and {n_factors} factor(s) need at least "
            f"{n_factors + 2} periods. Raise min_observations, or use fewer factors."
        )


def match_periods(X, factors, risk_free):
    """The Periods of X, and the rows of the factors and of the riskless rate for them.

    Where X has no labels, those of the other two are compared. Rows are None where labels
    do not tell. Raise if a period of X is missing.
    """
    found = {
        "X": column_periods(X),
        "factors": row_periods(factors),
        "risk_free": row_periods(risk_free),
    }
    labelled = [name for name, periods in found.items() if periods is not None]
    if not labelled:
        return None, None, None
    first, wanted = labelled[0], found[labelled[0]]
    rows = {name: align(name, found[name], first, wanted) for name in labelled[1:]}
    return wanted, rows.get("factors"), rows.get("risk_free")
