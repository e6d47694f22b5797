"""Wald tests of restrictions on the rows of a summary."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import logit, ndtri
from scipy.stats import chi2, norm

from ..checks.scalars import check_word
from .rows import in_quotes
from .table import Table, Tabular, rows_of

# The scale on which the interval of each kind of row is symmetric, and the name of the
# difference of two values on it.
SCALES = {
    "weight": (logit, "difference of logits"),
    "mean": (float, "difference"),
    "sd": (np.log, "log of the ratio"),
    "share": (ndtri, "difference of normal quantiles"),
}

ALTERNATIVES = dict.fromkeys(("two-sided", "greater", "less"))


@dataclass(frozen=True, eq=False, repr=False)
class WaldTest(Tabular):
    """The result of ``Summary.wald_test``; prints as a table.

    Attributes
    ----------
    restrictions : tuple of str
        What was tested.
    alternative : {"two-sided", "greater", "less"}
        In which direction the left side may differ.
    differences, standard_errors : ndarray of shape (R,)
        The left side less the right side of each restriction, on the scale of its rows.
    statistic : float
        The difference in standard errors for one restriction, and the quadratic form of
        the differences for several.
    df : int
        The number of restrictions.
    distribution : {"normal", "chi-squared"}
        That of the statistic, if the restrictions hold and observations are many.
    p_value : float
        Small if the restrictions do not hold.
    """

    restrictions: tuple
    alternative: str
    differences: np.ndarray
    standard_errors: np.ndarray
    statistic: float
    df: int
    distribution: str
    p_value: float
    _scales: tuple

    @property
    def _table(self):
        columns = self.restrictions, self._scales, self.differences, self.standard_errors
        law = f"standard normal, {self.alternative}"
        if self.distribution == "chi-squared":
            law = f"chi-squared with {self.df} degrees of freedom"
        p_value = f"{self.p_value:.4f}" if self.p_value >= 1e-4 else "below 0.0001"
        return Table(
            ("restriction", "scale", "difference", "standard_error"),
            rows_of(*columns),
            formats=("", "", ".4g", ".4g"),
            title="Wald test",
            headings=("restriction", "compared by", "difference", "std. error"),
            notes=(f"Statistic {self.statistic:.3f}, {law}: p-value {p_value}.",),
        )


class Row(NamedTuple):
    """An estimate on the scale on which its interval is symmetric, and its gradient."""

    kind: str
    gradient: np.ndarray
    middle: float
    slope: float


def rows_by_name(names, quantities, errors):
    """The Rows of Quantities by kind; a gradient is NaN if there is no standard error."""
    rows = (
        Row(kind, *row)
        for kind, one in quantities.items()
        for row in zip(one.gradients.T, one.middle, one.slope, strict=True)
    )
    return {
        name: row._replace(gradient=row.gradient + (np.nan if np.isnan(error) else 0.0))
        for name, row, error in zip(names, rows, errors, strict=True)
    }


def wald_test_of(known, covariance, restrictions, alternative):
    """The WaldTest of texts such as "mean 0 = mean 1" about Rows by name."""
    several = [restrictions] if isinstance(restrictions, str) else restrictions
    _check(several, alternative)
    read = [_read(restriction, known) for restriction in several]
    differences = np.array([difference for difference, _, _ in read])
    gradients = np.array([gradient for _, gradient, _ in read])
    there = (gradients != 0).any(axis=0)
    spread = gradients[:, there] @ covariance[np.ix_(there, there)] @ gradients[:, there].T
    deviations = np.sqrt(spread.diagonal())
    _check_spread(several, spread, deviations)
    if len(several) == 1:
        statistic, law = differences[0] / deviations[0], "normal"
        p_value = {
            "two-sided": 2 * norm.sf(abs(statistic)),
            "greater": norm.sf(statistic),
            "less": norm.cdf(statistic),
        }[alternative]
    else:
        scaled = differences / deviations
        correlation = spread / np.outer(deviations, deviations)
        statistic, law = scaled @ np.linalg.solve(correlation, scaled), "chi-squared"
        p_value = chi2.sf(statistic, len(several))
    scales = tuple(SCALES[kind][1] for _, _, kind in read)
    return WaldTest(
        tuple(several),
        alternative,
        differences,
        deviations,
        float(statistic),
        len(several),
        law,
        float(p_value),
        scales,
    )


def _check(restrictions, alternative):
    """Raise if there are no restrictions, or the alternative does not suit them."""
    texts = isinstance(restrictions, list | tuple) and len(restrictions) > 0
    if not (texts and all(isinstance(one, str) for one in restrictions)):
        raise TypeError(
            f"restrictions={restrictions!r} must be text, or a list of texts. Pass for "
            'instance "mean 0 = mean 1".'
        )
    check_word("alternative", alternative, ALTERNATIVES)
    if alternative != "two-sided" and len(restrictions) > 1:
        raise ValueError(
            f"alternative={alternative!r} is about one restriction, and there are "
            f"{len(restrictions)}. Leave it out, or pass one restriction."
        )


def _check_spread(restrictions, spread, deviations):
    """Raise if a restriction has no standard error, or follows from the others."""
    for restriction, deviation in zip(restrictions, deviations, strict=True):
        if not deviation > 0:
            raise ValueError(
                f"{restriction!r} has no standard error: what it compares is fixed, or X "
                "has no information on it. Test a restriction on estimated parameters."
            )
    correlation = spread / np.outer(deviations, deviations)
    if np.linalg.matrix_rank(correlation, hermitian=True) < len(restrictions):
        raise ValueError(
            f"restrictions={restrictions!r} follow from each other: they must say "
            "different things. Leave out the one that the others imply."
        )


def _read(restriction, known):
    """The difference of the sides of a restriction, its gradient, and the kind of rows."""
    left, equal, right = restriction.rpartition("=")
    left, right = left.strip(), right.strip()
    if not equal or left not in known:
        raise ValueError(
            f'{restriction!r} must begin with the name of a row and "=". The rows are '
            f"{in_quotes(known)}."
        )
    row = known[left]
    scale = SCALES[row.kind][0]
    with np.errstate(invalid="ignore"):  # a point mass has an infinite slope
        gradient = row.slope * row.gradient
    if right in known:
        other = known[right]
        if SCALES[other.kind] != SCALES[row.kind]:
            raise ValueError(
                f"{restriction!r} compares a {row.kind} with a {other.kind}: both sides "
                "must be of one kind. Compare with a number, or with another row of the "
                "kind."
            )
        gradient = gradient - other.slope * other.gradient
        return row.middle - other.middle, gradient, row.kind
    try:
        number = float(right)
    except ValueError:
        raise ValueError(
            f"{restriction!r} must end with a number or the name of a row. The rows are "
            f"{in_quotes(known)}."
        ) from None
    with np.errstate(divide="ignore", invalid="ignore"):
        at = scale(number)
    if not np.isfinite(at):
        raise ValueError(
            f"{restriction!r}: {right} is not inside the range of a {row.kind}, and at its "
            "ends a Wald test is not valid. skem.inference.bootstrap_lrt tests the number "
            "of groups."
        )
    return row.middle - at, gradient, row.kind
