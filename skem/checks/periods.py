"""Labels of periods: the months or days that they name, and how two tables are aligned.

Month ends, month starts, pandas Periods, YYYYMM numbers and text of the same months name
the same periods.
"""

import re
from datetime import date
from itertools import takewhile
from typing import NamedTuple

import numpy as np

# A month as text or number: 2001-01, 2001/01, 2001M01, 200101.
MONTH = re.compile(r"(\d{4})[-/.mM]?(0[1-9]|1[0-2])")

# A quarter as text, by which its last month is meant: 2001Q1, 2001-Q1.
QUARTER = re.compile(r"(\d{4})-?[qQ]([1-4])")

# A day as text or number, which may be followed by the hour 0.
DAY = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T]00:00(?::00(?:\.0+)?)?)?")

# A year as text or number.
YEAR = re.compile(r"[12]\d{3}")

# The letters of pandas for periods, by the number of days or months between them.
LETTERS = {("day", 1): "D", ("day", 7): "W", ("month", 3): "Q", ("month", 12): "Y"}
UNITS = ("day", "month", "year")


class Periods(NamedTuple):
    """The periods of a table: their `unit`, comparable `keys`, and `names` for messages.

    The unit is "month" if every label names another month, "day" if every label names
    another day, and otherwise "label": keys are then the names. It is "year" where years
    meet yearly dates.
    """

    unit: str
    keys: list
    names: list

    def __str__(self):
        """The first and the last name."""
        return f"{self.names[0]} to {self.names[-1]}"


def periods_of(labels):
    """The Periods that labels name; None if they count from 0 or there are none."""
    if labels is None or not len(labels) or list(labels) == list(range(len(labels))):
        return None
    names = [str(label).removesuffix(" 00:00:00") for label in labels]
    dates = list(takewhile(bool, map(_date, labels)))
    if len(dates) == len(names):
        months = [12 * year + month for year, month, _ in dates]
        if len(set(months)) == len(months):
            return Periods("month", months, names)
        days = [date(*each).toordinal() for each in dates]
        if len(set(days)) == len(days):
            return Periods("day", days, names)
    return Periods("label", names, names)


def _date(label):
    """The year, month and day that a label names, or None."""
    if isinstance(label, np.datetime64):
        label = label.astype("datetime64[D]").item()
    if all(hasattr(label, part) for part in ("year", "month", "day")):
        found = label.year, label.month, label.day
        return found if found[0] == found[0] else None  # NaT has the year NaN
    whole = isinstance(label, (int, float, np.number)) and float(label).is_integer()
    text = str(int(label)) if whole else str(label)
    if found := MONTH.fullmatch(text):
        return int(found[1]), int(found[2]), 1
    if found := QUARTER.fullmatch(text):
        return int(found[1]), 3 * int(found[2]), 1
    if found := DAY.fullmatch(text):
        try:
            day = date(int(found[1]), int(found[2]), int(found[3]))
        except ValueError:
            return None
        return day.year, day.month, day.day
    return None


def column_periods(table):
    """The Periods of a DataFrame's columns."""
    return periods_of(getattr(table, "columns", None))


def row_periods(table):
    """The Periods of the index of a DataFrame or Series."""
    labels = getattr(table, "index", None)
    return None if callable(labels) else periods_of(labels)


def align(name, own, first, wanted):
    """The rows of the table `name`, of the periods `own`, in the order of `wanted`.

    Raise if one of the `wanted` periods, those of `first`, is not among them, or if the two
    are of different frequencies.
    """
    for table, periods in ((first, wanted), (name, own)):
        _check_no_repeat(table, periods)
    own, wanted = _as_years(own, wanted), _as_years(wanted, own)
    _check_frequency(name, own, first, wanted)
    rows = {key: row for row, key in enumerate(own.keys)}
    absent = [k for k, key in enumerate(wanted.keys) if key not in rows]
    if absent:
        raise ValueError(
            f"{first} and {name} name different periods: {len(absent)} of the "
            f"{len(wanted.keys)} periods of {first} are not in {name}, the first is "
            f"{wanted.names[absent[0]]}. {first} has {wanted}, {name} has {own}. Select "
            f"those that both have: {_both(first, name)}, where the labels of both are "
            f"periods by {_to_period(wanted)}."
        )
    return np.array([rows[key] for key in wanted.keys])


def _both(first, name):
    """The call that selects the periods of the first table that another one has."""
    if first == "X":
        return f"X.loc[:, X.columns.isin({name}.index)]"
    return f"{first}.loc[{first}.index.isin({name}.index)]"


def check_same_order(first, periods, other, others):
    """Raise if two tables name different periods, or the same in another order."""
    periods, others = _as_years(periods, others), _as_years(others, periods)
    _check_frequency(other, others, first, periods)
    if periods.keys == others.keys:
        return
    position = next(
        k
        for k, pair in enumerate(zip(periods.keys, others.keys, strict=True))
        if pair[0] != pair[1]
    )
    raise ValueError(
        f"{first} and {other} name different periods: in position {position}, {first} has "
        f"{periods.names[position]} and {other} has {others.names[position]}. Select the "
        f"columns of {other} in their order, X.loc[:, columns], after "
        f"{_to_period(periods)} where the labels are dates."
    )


def check_orientation(X, factors):
    """Raise if periods are in the rows of X, or in the columns of the factors.

    Labels tell: dates, or, in the rows of X, those of the factors' rows.
    """
    rows, columns = row_periods(X), column_periods(X)
    other = row_periods(factors)
    same = rows and other and rows.unit == other.unit and {*rows.keys} <= {*other.keys}
    if (same or are_dates(rows)) and (columns is None or columns.unit == "label"):
        raise ValueError(
            f"X has periods in its rows ({rows}), and FactorAlphas needs a row per fund "
            "and a column per period. Pass X.T."
        )
    columns = column_periods(factors)
    if are_dates(columns) and (other is None or other.unit == "label"):
        raise ValueError(
            f"factors has periods in its columns ({columns}), and FactorAlphas needs a row "
            "per period and a column per factor. Pass factors.T."
        )


def check_chronology(periods):
    """Raise if dates are out of order or a month is missing: lags need all months."""
    if periods is None or periods.unit == "label":
        return
    steps = np.diff(periods.keys)
    if (steps > 0).any() and (steps < 0).any():
        raise ValueError(
            f'covariance="hac" needs periods in the order of the calendar, and those of X '
            f"are not ({periods}). Pass X.sort_index(axis=1)."
        )
    if periods.unit == "month" and (np.abs(steps) > _step(periods.keys)).any():
        gap = int(np.argmax(np.abs(steps) > _step(periods.keys)))
        raise ValueError(
            f'covariance="hac" needs a column for every period, and X has none between '
            f"{periods.names[gap]} and {periods.names[gap + 1]}. Put NaN there: "
            f"X.reindex(columns=...) with all periods."
        )


def are_dates(periods):
    """Whether periods are months or days; whole numbers are, if they typically follow."""
    if periods is None or periods.unit == "label":
        return False
    if not all(name.removesuffix(".0").isdigit() for name in periods.names):
        return True
    return len(periods.keys) > 2 and _step(periods.keys) == 1


def _check_no_repeat(name, periods):
    seen = set()
    for key, label in zip(periods.keys, periods.names, strict=True):
        if key in seen:
            table = "X.T" if name == "X" else name
            raise ValueError(
                f"{name} has the period {label} more than once. Keep one of each: "
                f"{table}[~{table}.index.duplicated()]."
            )
        seen.add(key)


def _check_frequency(name, own, first, wanted):
    """Raise if periods are of different kinds, or typically differently far apart."""
    if own.unit == wanted.unit:
        steps = {1.0} if own.unit == "label" else {_step(own.keys), _step(wanted.keys)}
        if len(steps - {0.0}) < 2:
            return
    if "label" in (own.unit, wanted.unit):
        table, periods = (first, wanted) if wanted.unit == "label" else (name, own)
        other = next((label for label in periods.names if not _date(label)), str(periods))
        raise ValueError(
            f"{first} and {name} name different periods: {first} has {wanted}, {name} has "
            f"{own}. The labels of {table} must be dates as well, and {other!r} is none. "
            "Leave out what is no period, such as annual rows; pandas.to_datetime(labels)"
            '.to_period("M") makes months of text.'
        )
    slower = max(own, wanted, key=lambda one: (UNITS.index(one.unit), _step(one.keys)))
    raise ValueError(
        f"{first} and {name} are of different frequencies: {first} has {_every(wanted)}, "
        f"{name} has {_every(own)}. Compound the returns of the more frequent one, as in "
        f"(1 + factors).groupby(factors.index{_to_period(slower)}).prod() - 1."
    )


def _as_years(periods, other):
    """The periods by year if they, or the other ones, are years and both are yearly."""
    years = [_year(name) for name in periods.names]
    if periods.unit == "label" and all(years) and other.unit == "month":
        return periods._replace(unit="year", keys=years)
    yearly = periods.unit == "month" and _step(periods.keys) == 12
    if yearly and other.unit == "label" and all(map(_year, other.names)):
        return periods._replace(unit="year", keys=[(key - 1) // 12 for key in periods.keys])
    return periods


def _year(name):
    return int(name) if YEAR.fullmatch(name) else None


def _to_period(periods):
    letter = LETTERS.get((periods.unit, _step(periods.keys)), "M")
    letter = "Y" if periods.unit == "year" else letter
    return f'.to_period("{letter}")'


def _step(keys):
    """The typical distance of neighbours; 0 where there are none."""
    return float(np.median(np.diff(np.sort(keys)))) if len(keys) > 1 else 0.0


def _every(periods):
    return f"a period every {_step(periods.keys):g} {periods.unit}(s) ({periods})"
