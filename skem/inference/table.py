"""Small tables: as text, in a notebook, as a pandas DataFrame, and in LaTeX."""

from dataclasses import dataclass, field
from html import escape
from itertools import zip_longest

import numpy as np

# The most digits of a number that is written without an exponent.
LONGEST = 12

# A space as wide as a digit, which HTML does not drop.
FIGURE_SPACE = "\u2007"

# Characters that LaTeX reads as commands, and the commands that print them.
SPECIAL = str.maketrans(
    {character: f"\\{character}" for character in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {"<": r"\textless{}", ">": r"\textgreater{}"}
)


@dataclass(frozen=True)
class Table:
    """A title, facts, named columns, rows of values, and notes below them.

    `header` has the names of a DataFrame's columns, and `headings` those that are printed,
    if they differ. `formats` has a format specification for the numbers of each column. A
    number of `decimals` for each row, or None, replaces that of the numbers in the row.
    Text is left as it is, True and False become yes and no, and NaN becomes an empty cell.
    The first column names the rows. `marks` are texts that replace the numbers of a row
    after the first one, by the row. `facts` are two lists of pairs of a name and a text,
    which are printed above the rows side by side. `sides` are "l" or "r" for columns whose
    cells stand on the left or on the right, by default text on the left.
    """

    header: tuple
    rows: tuple
    title: str = ""
    formats: tuple = ()
    notes: tuple = ()
    headings: tuple = ()
    decimals: tuple = ()
    marks: dict = field(default_factory=dict)
    facts: tuple = ((), ())
    sides: str = ""

    @property
    def _headings(self):
        return list(self.headings or self.header)

    def _written(self):
        """The rows as text, in which the decimal points of a column stand in line."""
        formats = self.formats or ("",) * len(self.header)
        decimals = self.decimals or (None,) * len(self.rows)
        most = max((places for places in decimals if places is not None), default=0)
        written = [
            [
                _write(value, spec, places, most)
                for value, spec in zip(row, formats, strict=True)
            ]
            for row, places in zip(self.rows, decimals, strict=True)
        ]
        for row, texts in self.marks.items():
            written[row][2:] = texts
        return written

    def _on_left(self):
        """Whether the cells of each column stand on the left, as text does."""
        if self.sides:
            return [side == "l" for side in self.sides]
        return [
            all(isinstance(value, str) for value in column)
            for column in zip(*self.rows, strict=True)
        ] or [True] * len(self.header)

    def __str__(self):
        text = _columns([self._headings, *self._written()], self._on_left())
        title = [self.title] if self.title else []
        if not any(self.facts):
            return "\n".join([*title, *text, *self.notes])
        facts = _side_by_side(*self.facts)
        rule = "-" * max(map(len, [*facts, *text]))
        return "\n".join([*title, *facts, rule, *text, rule, *self.notes])

    def _repr_html_(self):
        left = self._on_left()

        def row(cells, tag):
            aligned = (
                f'<{tag} style="text-align: {"left" if on_left else "right"}">'
                f"{_in_html(cell)}</{tag}>"
                for cell, on_left in zip(cells, left, strict=True)
            )
            return f"<tr>{''.join(aligned)}</tr>"

        caption = f"<caption>{escape(self.title)}</caption>" if self.title else ""
        head = f"<thead>{row(self._headings, 'th')}</thead>"
        body = "".join(row(cells, "td") for cells in self._written())
        notes = "".join(f"<p>{escape(note)}</p>" for note in self.notes)
        facts = ", ".join(escape(f"{name}: {text}") for name, text in sum(self.facts, ()))
        above = f"<p>{facts}</p>" if facts else ""
        return f"{above}<table>{caption}{head}<tbody>{body}</tbody></table>{notes}"

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

    def to_latex(self):
        """The rows, and the facts below them, as a LaTeX tabular for booktabs."""
        merged = f"\\multicolumn{{{len(self.header) - 1}}}{{r}}"
        sides = "".join("l" if on_left else "r" for on_left in self._on_left())
        rows = [[cell.strip() for cell in row] for row in self._written()]
        facts = [
            f"{_in_latex(name)} & {merged}{{{_in_latex(text)}}} \\\\"
            for name, text in sum(self.facts, ())
        ]
        lines = [
            f"\\begin{{tabular}}{{{sides}}}",
            "\\toprule",
            _latex_row(self._headings),
            "\\midrule",
            *map(_latex_row, rows),
            *(["\\midrule"] if facts else []),
            *facts,
            "\\bottomrule",
            "\\end{tabular}",
        ]
        return "\n".join([*lines, *(f"% {note}" for note in self.notes)])


def rows_of(*columns):
    """The rows of a table, given its columns as arrays or sequences."""
    return tuple(zip(*(np.asarray(column).tolist() for column in columns), strict=True))


def _write(value, spec, places, most):
    """A value as text; with `places` the point stands where that of `most` places does."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if value is None or np.isnan(value):
        return ""
    if places is None:
        return format(value, spec)
    text = f"{value:.{places}f}"
    return text + " " * (most - places + (places == 0 < most))


def _columns(lines, left):
    """Lines of text whose cells stand under each other, on the `left` or on the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return [
        "  ".join(
            cell.ljust(width) if on_left else cell.rjust(width)
            for cell, width, on_left in zip(line, widths, left, strict=True)
        ).rstrip()
        for line in lines
    ]


def _side_by_side(left, right):
    """Lines with a pair of a name and a text from each list."""
    pairs = zip_longest(left, right, fillvalue=("", ""))
    lines = [[*one, "", *other] for one, other in pairs]
    return _columns(lines, [True, False, True, True, False])


def _in_html(cell):
    kept = cell.rstrip(" ")
    return escape(kept) + FIGURE_SPACE * (len(cell) - len(kept))


def _latex_row(cells):
    return f"{' & '.join(map(_in_latex, cells))} \\\\"


def _in_latex(text):
    minus, text = ("$-$", text[1:]) if text.startswith("-") else ("", text)
    return minus + text.translate(SPECIAL)


def places_for(values, errors):
    """The number of decimals at which the least error shows two digits, or None.

    Without a positive error the largest value shows four digits. None stands for numbers
    that would be longer than LONGEST digits.
    """
    values, errors = np.abs(values), np.asarray(errors)
    errors, known = errors[errors > 0], values[np.isfinite(values)]
    most = known.max(initial=0.0)
    least, digits = (errors.min(), 2) if errors.size else (most or 1.0, 4)
    places = max(0, digits - 1 - int(np.floor(np.log10(least))))
    too_long = max(0.0, np.log10(most or 1.0)) + places > LONGEST
    return None if too_long else places


class Tabular:
    """Base class of results that print as the Table of their property `_table`."""

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

    def to_latex(self):
        """Give the table in LaTeX.

        Returns
        -------
        latex : str
            A ``tabular`` for the package booktabs, without a caption.
        """
        return self._table.to_latex()
