"""Cells that are no numbers (text, dates, pandas.NA): where, and what mends them."""

from datetime import date, timedelta

import numpy as np

from .periods import periods_of
from .places import place

# The types of cells that NumPy converts to numbers although they are none.
NOT_NUMBERS = (str, bytes, np.datetime64, np.timedelta64, date, timedelta, np.void)


def check_no_text(name, values):
    """Raise if a value is text, a date or pandas.NA, which is no number for NumPy."""
    dtypes = np.atleast_1d(getattr(values, "dtypes", getattr(values, "dtype", None)))
    if all(getattr(dtype, "kind", None) in list("fiubc") for dtype in dtypes):
        return
    cells = np.asarray(values)
    if cells.dtype.kind in "fiubc":
        return
    for number, value in enumerate(cells.flat):
        if isinstance(value, NOT_NUMBERS) or _is_na(value):
            raise ValueError(_refusal(name, values, cells, number, value))


def _is_na(value):
    return type(value).__name__ == "NAType"


def _refusal(name, values, cells, number, value):
    """What a value is, where it is, and what mends the table."""
    if cells.ndim != 2:
        where, column = f"position {number}", cells.ravel()
    else:
        row, j = divmod(number, cells.shape[1])
        where, column = place(values, row, j), cells[:, j]
    kind = type(value).__name__
    text = f"{str(value)!r} of type {kind} in {where} is not a real number. "
    frame = cells.ndim == 2 and hasattr(values, "set_index")
    if _is_na(value):
        table = name if hasattr(values, "iloc") else f"pandas.DataFrame({name})"
        return f'{text}{table}.astype("Float64") makes it a missing one'
    texts = [cell for cell in column if isinstance(cell, str)]
    if texts and all(map(_is_number, texts)):
        selected = None
        if frame:
            selected = "" if _all_text(cells) else f"[{values.columns[j]!r}]"
        return text + _from_text(name, selected, texts)
    if frame and all(isinstance(cell, NOT_NUMBERS) for cell in column):
        return text + _labels(name, values, cells, j)
    if cells.ndim == 2 and hasattr(values, "get_column"):  # polars
        return f"{text}{name}.drop({values.columns[j]!r}) leaves the column out"
    if frame and isinstance(value, str):
        return (
            f'{text}{name}.apply(pandas.to_numeric, errors="coerce") puts NaN where text '
            "is no number"
        )
    return (
        f"{text}numpy.asarray({name}).astype(float) converts what is meant as one; leave "
        "out the rest"
    )


def _all_text(cells):
    """Whether the first row is all text."""
    return all(isinstance(cell, str) for cell in cells[0])


def _is_number(text):
    """Whether text is a number, perhaps with the sign of percent."""
    try:
        float(text.rstrip("% "))
    except ValueError:
        return False
    return True


def _from_text(name, column, texts):
    """The call that makes numbers of text; `column` selects it in a DataFrame, "" all."""
    if not any("%" in text for text in texts):
        table = f"numpy.asarray({name})" if column is None else name
        return f"{table}.astype(float) converts it"
    if column is None:
        call = f'numpy.char.rstrip(numpy.asarray({name}, str), "% ").astype(float) / 100'
    elif not column:
        call = f'{name}.apply(lambda column: column.str.rstrip("% ").astype(float) / 100)'
    else:
        own = name + column
        call = f'{own} = {own}.str.rstrip("% ").astype(float) / 100'
    return f"{call} converts percent to decimals"


def _labels(name, table, cells, j):
    """The call for a column that labels rows; for a long table, the one that widens it."""
    columns = list(table.columns)
    text = [k for k in range(len(columns)) if isinstance(cells[0, k], NOT_NUMBERS)]
    dated = [k for k in text if _has_dates(cells[:, k])]
    if len(columns) > 2 and dated and len({*map(str, cells[:, dated[0]])}) < len(cells):
        others = [k for k in range(len(columns)) if k != dated[0]]
        fund, number = ([k for k in others if k in text] or others)[0], others[-1]
        return (
            f"Long data, with a row for each fund and date, become a row per fund by "
            f"{name}.pivot(index={columns[fund]!r}, columns={columns[dated[0]]!r}, "
            f"values={columns[number]!r})"
        )
    return f"If the column labels the rows, pass {name}.set_index({columns[j]!r})"


def _has_dates(column):
    """Whether all cells of a column are dates or text of dates."""
    found = [periods_of([cell]) for cell in column]
    return all(each is not None and each.unit != "label" for each in found)
