"""Columns of a grid that are no draws: identifiers, dates, standard errors."""

import numpy as np

# The chance below which columns of draws, which are exchangeable, do not differ so.
BY_CHANCE = 1e-3


def check_no_identifier(X, values):
    """Raise if some columns have different whole numbers, and the others have none.

    Numbers of funds, years and YYYYMM dates are such columns. A measured number is whole by
    chance in one case of ten at most, that of numbers with one decimal.
    """
    if values.shape[1] < 2 or 0.1 ** len(values) >= BY_CHANCE:
        return
    columns = np.flatnonzero(_whole(values[0]) & (values[0] != 0))
    if not 0 < columns.size < values.shape[1]:
        return
    whole = _whole(values)
    columns = columns[whole[:, columns].all(axis=0) & (np.ptp(values[:, columns], 0) > 0)]
    if not columns.size or np.delete(whole, columns, axis=1).any():
        return
    names = getattr(X, "columns", None)
    labels = [int(k) if names is None else names[k] for k in columns]
    first = values[:, columns[0]]
    remedy = f"numpy.delete(X, {labels}, axis=1)"
    if names is not None:
        remedy = (
            f"X.set_index({labels[0] if len(labels) == 1 else labels!r}), or, where a row "
            "is a fund and a date, X.pivot(index=..., columns=..., values=...)"
        )
    raise ValueError(
        f"X has whole numbers in the column(s) {', '.join(map(repr, labels))} (from "
        f"{first.min():.10g} to {first.max():.10g}) and in no other: identifiers or dates, "
        f"not draws. Leave them out: {remedy}."
    )


def _whole(values):
    """Which numbers are whole, although double precision has others of their size."""
    with np.errstate(invalid="ignore"):  # a NaN may signal
        return (np.rint(values) == values) & (np.abs(values) < 2**52)


def looks_like_estimates(values):
    """Whether two or three columns are alphas with standard errors, rather than draws.

    Negative numbers are in the first column only. Among draws each has at most the chance
    1/2 to be there.
    """
    if values.shape[1] not in (2, 3):
        return False
    with np.errstate(invalid="ignore"):  # a NaN may signal
        negative = (values < 0).sum(axis=0)
        positive = (values[:, 1:] > 0).any()
    return bool(
        positive and not negative[1:].any() and 0.5 ** float(negative[0]) < BY_CHANCE
    )
