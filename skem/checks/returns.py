"""Checks of returns, factors and riskless rates, and their error messages.

Returns, factors and the riskless rate must be of the same periods in the same order.
"""

import numpy as np

from ..numerics.regression import dependent_factor
from .grid import check_grid, read_numbers

RETURNS = (
    "Pass a grid of real numbers: a row per fund, a column per period, and NaN where a "
    "fund did not exist."
)
FACTORS = (
    "Pass finite numbers of shape (T, K): a row per period of X, a column per factor; "
    "for one factor in a Series, its .to_frame()."
)
RISK_FREE = "Pass finite numbers of shape (T,): the riskless rate of every period of X."


def check_returns(estimator, X, *, reset):
    """Raise if X is not a grid of finite returns.

    Returns X as a float32 or float64 array of shape (N, T), NaN where there is no return.
    """
    returns = np.asarray(check_grid(estimator, X, reset=reset, need=RETURNS))
    if np.isinf(returns).any():
        fund, period = np.argwhere(np.isinf(returns))[0]
        raise ValueError(
            f"X has an infinite return: {returns[fund, period]} in row {fund}, column "
            f"{period}. Returns must be finite; put NaN where a fund has none."
        )
    return returns


def check_factors(factors, n_periods):
    """Raise if the factors are not finite, not of T periods, or linearly dependent.

    Returns a float64 array of shape (T, K), where K is 0 for None.
    """
    if factors is None:
        return np.empty((n_periods, 0))
    values = read_numbers("factors", factors, FACTORS, copy=True)
    _check_length("factors", values, n_periods)
    if n_periods > values.shape[1]:
        _check_independence(values, getattr(factors, "columns", None))
    return values


def _check_independence(values, names):
    column = dependent_factor(values)
    if column is None:
        return
    name = "" if names is None else f" ({names[column]!r})"
    raise ValueError(
        f"factors: column {column}{name} is constant, or a combination of the columns "
        "before it and a constant: factors must be linearly independent, and the "
        "regression adds a constant itself. Leave the column out."
    )


def check_risk_free(risk_free, n_periods):
    """Raise if the riskless rate is not finite, or not one number per period.

    Returns a float64 array of shape (T,), or None.
    """
    if risk_free is None:
        return None
    values = read_numbers("risk_free", risk_free, RISK_FREE, ensure_2d=False, copy=True)
    if values.ndim != 1:
        raise ValueError(
            f"risk_free has shape {values.shape}. {RISK_FREE} For a table of one column, "
            "pass its .squeeze()."
        )
    _check_length("risk_free", values, n_periods)
    return values


def _check_length(name, values, n_periods):
    if len(values) != n_periods:
        raise ValueError(
            f"{name} has {len(values)} rows, and X has {n_periods} periods (columns): "
            f"{name} needs a row for each of them, in the same order. Select the periods "
            "that both have, or transpose the one whose rows are not periods."
        )


def check_min_observations(min_observations, n_factors):
    """Raise if `min_observations` leaves a regression no degree of freedom."""
    if min_observations < n_factors + 2:
        raise ValueError(
            f"min_observations={min_observations} leaves no degree of freedom for a "
            f"standard error: a constant and {n_factors} factor(s) need at least "
            f"{n_factors + 2} periods. Raise min_observations, or use fewer factors."
        )


def check_periods(labels):
    """Raise if two parameters name different periods.

    `labels` has the names of the periods by parameter, or None. Returns the names, or
    None if no parameter has any.
    """
    named = {name: found for name, found in labels.items() if found is not None}
    if not named:
        return None
    first, *others = named
    for other in others:
        _check_same(first, named[first], other, named[other])
    return named[first]


def _check_same(first, periods, other, others):
    if periods == others:
        return
    pairs = zip(periods, others, strict=True)
    position, (one, another) = next(
        (k, pair) for k, pair in enumerate(pairs) if pair[0] != pair[1]
    )
    raise ValueError(
        f"{first} and {other} name different periods: in position {position}, {first} has "
        f"{one} and {other} has {another}. Returns and factors must be of the same "
        "periods. Give both the same labels in the same order, or, if the order is right, "
        "pass arrays without labels (.to_numpy())."
    )


def column_labels(frame):
    """The columns of a DataFrame as text; None if they count from 0 or there are none."""
    return _texts(getattr(frame, "columns", None))


def row_labels(frame):
    """The index of a DataFrame or Series as text; None if it counts from 0."""
    labels = getattr(frame, "index", None)
    return None if callable(labels) else _texts(labels)


def _texts(labels):
    """Labels as text; a date at midnight is written without its hour, as pandas does."""
    if labels is None or list(labels) == list(range(len(labels))):
        return None
    return [str(label).removesuffix(" 00:00:00") for label in labels]
