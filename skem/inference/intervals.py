"""What estimates with intervals share: their picture, and their table."""

from ..display.intervals import IntervalsDisplay
from .rows import HEADER, HEADINGS, decimals_by_kind, mark_fixed
from .table import Table, Tabular, rows_of


class BaseIntervals(Tabular):
    """Base class of results with a row for each parameter, and intervals."""

    def plot(self, ax=None, *, kinds=("mean", "sd")):
        """Draw the estimates with their intervals.

        Parameters
        ----------
        ax, kinds : default=None and ("mean", "sd")
            As in :meth:`skem.display.IntervalsDisplay.plot`.

        Returns
        -------
        display : skem.display.IntervalsDisplay
            The display, drawn.
        """
        return IntervalsDisplay.from_result(self, kinds=kinds, ax=ax)


def table_of_intervals(names, kinds, columns, **texts):
    """The Table of estimates, standard errors and both ends of intervals, each (K,).

    Decimals are the same for all rows of a kind. What is fixed has no interval.
    """
    estimates, errors = columns[:2]
    return Table(
        HEADER,
        rows_of(names, *columns),
        formats=("", *[".4g"] * 4),
        headings=HEADINGS,
        decimals=decimals_by_kind(kinds, estimates, errors),
        marks=mark_fixed(errors),
        **texts,
    )
