"""Names of the rows and columns of tables, for messages."""

import numpy as np


def row_labels(table):
    """The labels of a table's rows: those of a DataFrame, or their numbers."""
    index = getattr(table, "index", None)
    return range(len(table)) if index is None or callable(index) else index


def place(table, row, column):
    """Where a cell is: its row and its column, with their labels if they have any."""
    names = getattr(table, "columns", None)
    names = None if names is None else list(names)
    return f"{_one('row', row, row_labels(table))}, {_one('column', column, names)}"


def listed(rows, table, most=3):
    """The labels of the first `most` of some rows, as text."""
    labels = row_labels(table)
    text = ", ".join(str(labels[row]) for row in rows[:most])
    return text + (", ..." if len(rows) > most else "")


def _one(kind, number, labels):
    """A row or a column by number, with its label if that is another."""
    number = int(number)
    if labels is None or str(labels[number]) == str(number):
        return f"{kind} {number}"
    label = labels[number]
    text = repr(label) if isinstance(label, str) else str(label).removesuffix(" 00:00:00")
    return f"{kind} {number} ({text})"


def first_place(marked):
    """The row and the column of the first marked cell."""
    row, column = np.argwhere(marked)[0]
    return int(row), int(column)
