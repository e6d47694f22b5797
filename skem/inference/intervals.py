"""What estimates with intervals share: their picture, and their table."""

from ..checks.scalars import check_level
from ..display.intervals import IntervalsDisplay
from .rows import HEADER, HEADINGS, decimals_by_kind, mark_fixed
from .table import Table, Tabular, rows_of


class BaseIntervals(Tabular):
    """Base class of results with a row for each parameter, and intervals."""

    def plot(self, ax=None, *, kinds=("mean", "sd")):
        """Draw the intervals, as :meth:`skem.display.IntervalsDisplay.from_result` does."""
        return IntervalsDisplay.from_result(self, kinds=kinds, ax=ax)

    def conf_int(self, level=None):
        """Compute intervals at another level.

        Parameters
        ----------
        level : float, default=None
            Level of the intervals, between 0 and 1; None is that of the result.

        Returns
        -------
        intervals : ndarray of shape (n, 2)
            Lower and upper ends, a row for each of `names`.
        """
        return self._intervals_at(self.level if level is None else check_level(level))


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
