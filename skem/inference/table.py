"""Small tables: as text, in a notebook, and as a pandas DataFrame."""

from dataclasses import dataclass
from html import escape

import numpy as np


@dataclass(frozen=True)
class Table:
    """A title, named columns, rows of values, and notes below them.

    `formats` has a format specification for the numbers of each column. Text is left as
    it is, True and False become yes and no, and NaN becomes an empty cell. The first
    column names the rows.
    """

    header: tuple
    rows: tuple
    title: str = ""
    formats: tuple = ()
    notes: tuple = ()

    def _written(self):
        """The rows as text."""
        formats = self.formats or ("",) * len(self.header)
        return [
            [_write(value, spec) for value, spec in zip(row, formats, strict=True)]
            for row in self.rows
        ]

    def _is_text(self):
        """Whether each column is text, which is aligned to the left."""
        return [
            any(isinstance(value, str) for value in column)
            for column in zip(*self.rows, strict=True)
        ] or [True] * len(self.header)

    def __str__(self):
        lines = [list(self.header), *self._written()]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        left = self._is_text()
        text = [
            "  ".join(
                cell.ljust(width) if on_left else cell.rjust(width)
                for cell, width, on_left in zip(line, widths, left, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*([self.title] if self.title else []), *text, *self.notes])

    def _repr_html_(self):
        left = self._is_text()

        def row(cells, tag):
            aligned = (
                f'<{tag} style="text-align: {"left" if on_left else "right"}">'
                f"{escape(cell)}</{tag}>"
                for cell, on_left in zip(cells, left, strict=True)
            )
            return f"<tr>{''.join(aligned)}</tr>"

        caption = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        head = f"<thead>{row(self.header, 'th')}</thead>"
        body = "".join(row(cells, "td") for cells in self._written())
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        return f"<table>{caption}{head}<tbody>{body}</tbody></table>{notes}"

    def to_frame(self):
        """The values as a pandas DataFrame, whose index is the first column."""
        try:
            import pandas as pd
        except ImportError as error:
            raise ImportError(
                "to_frame needs pandas, which is not installed. Install it with `pip "
                "install pandas`, or print the table."
            ) from error
        frame = pd.DataFrame(list(self.rows), columns=list(self.header))
        return frame.set_index(self.header[0])


def _write(value, spec):
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or np.isnan(value):
        return ""
    return format(value, spec)


class Tabular:
    """Base class of results that print as the Table of their property `_table`."""

    def __str__(self):
        return str(self._table)

    def __repr__(self):
        return str(self._table)

    def _repr_html_(self):
        return self._table._repr_html_()

    def to_frame(self):
        """Give the table as a pandas DataFrame.

        Returns
        -------
        frame : pandas.DataFrame
            A row for each row of the table, whose index is its first column.
        """
        return self._table.to_frame()
