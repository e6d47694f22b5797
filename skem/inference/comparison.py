"""Several fits side by side, in one table."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .rows import decimals_by_kind
from .summary import Summary
from .table import Table, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class Comparison(Tabular):
    """What ``compare_summaries`` makes: a table with a column for each summary.

    Attributes
    ----------
    summaries : dict of str to Summary
        The summaries by the names of their columns.
    """

    summaries: dict

    def to_frame(self):
        """Give the numbers as a DataFrame, with the columns of each fit's summary."""
        frames = {name: one.to_frame() for name, one in self.summaries.items()}
        from pandas import concat  # which to_frame has found, or explained

        return concat(frames, axis=1, sort=False).reindex(self._names())

    def _names(self):
        """The names of all rows: weights, means, sds, and the share."""
        found = {}
        for one in self.summaries.values():
            for kind, name in zip(one.kinds, one.names, strict=True):
                found.setdefault(kind, {})[name] = None
        return [name for names in found.values() for name in names]

    @property
    def _table(self):
        summaries = list(self.summaries.values())
        columns = [_written(one) for one in summaries]
        empty = ("", "")
        rows = []
        for name in self._names():
            estimates, errors = zip(*(one.get(name, empty) for one in columns), strict=True)
            rows += [(name, *estimates), ("", *errors)]
        facts = [dict(sum(one.facts.written(one.draws), ())) for one in summaries]
        labels = dict.fromkeys(label for one in facts for label in one)
        models = {one.facts.model for one in summaries}
        if len(models) == 1:
            del labels["model"]
        rows.append(("", *[""] * len(columns)))
        rows += [(label, *(one.get(label, "") for one in facts)) for label in labels]
        return Table(
            ("parameter", *self.summaries),
            tuple(rows),
            title=" and ".join(sorted(models)),
            notes=(
                f"Standard errors in parentheses. Means and sds in {summaries[0].unit[1]}.",
            ),
            sides="l" + "r" * len(columns),
        )


def compare_summaries(summaries):
    """Tabulate the summaries of several fits side by side.

    Parameters
    ----------
    summaries : dict of str to Summary
        The summaries, by the names of their columns: ``{"2 groups": summary}``. They must
        be in the same unit.

    Returns
    -------
    comparison : Comparison
        It prints as a table, with standard errors in parentheses below the estimates.
        `to_latex` gives that table in LaTeX, and `to_frame` the numbers.

    Raises
    ------
    TypeError, ValueError
        If `summaries` is not a dict of summaries, or is empty, or units differ.

    See Also
    --------
    summarize : Computes a summary.

    Examples
    --------
    >>> from skem import DeconvolvedGaussianMixture
    >>> from skem.datasets import make_fund_estimates
    >>> from skem.inference import compare_summaries, summarize
    >>> X, _, _ = make_fund_estimates(500, random_state=0)
    >>> one = summarize(DeconvolvedGaussianMixture(1).fit(X), X)
    >>> held = summarize(DeconvolvedGaussianMixture(1, fixed_means=[-1.0]).fit(X), X)
    >>> text = str(compare_summaries({"free": one, "mean held": held}))
    >>> for line in text.splitlines()[:5]:
    ...     print(line)
    DeconvolvedGaussianMixture
    parameter                    free  mean held
    weight 0                    1.000      1.000
                              (fixed)    (fixed)
    mean 0                     -1.267     -1.000
    """
    remedy = 'Pass for instance {"2 groups": summary2, "3 groups": summary3}.'
    found = dict(summaries) if isinstance(summaries, Mapping) else {"": summaries}
    wrong = [type(one).__name__ for one in found.values() if not isinstance(one, Summary)]
    if wrong:
        raise TypeError(
            f"summaries has a {wrong[0]}: a dict of results of summarize is needed, by the "
            f"names of their columns. {remedy}"
        )
    if not found:
        raise ValueError(f"summaries is empty: at least one is needed. {remedy}")
    units = {one.unit for one in found.values()}
    if len(units) > 1:
        names = ", ".join(sorted(name for _, name in units))
        raise ValueError(
            f"summaries are in different units: {names}. Pass the same unit to every "
            "summarize."
        )
    return Comparison({str(name): one for name, one in found.items()})


def _written(summary):
    """The estimate and the standard error of each row of a summary, as text by name."""
    errors = summary.standard_errors
    places = decimals_by_kind(summary.kinds, summary.estimates, errors)
    texts = {}
    for name, value, error, digits in zip(
        summary.names, summary.estimates, errors, places, strict=True
    ):
        spec = ".4g" if digits is None else f".{digits}f"
        below = "(fixed)" if error == 0 else f"({error:{spec}})"
        texts[name] = f"{value:{spec}}", "" if np.isnan(error) else below
    return texts
