"""Series of many equal densities by the moments of boxes."""

import numpy as np
import pytest

from skem.numerics.nonparametric.boxes import Boxes, supremum_of_equal
from skem.numerics.nonparametric.supremum import cover

SD = 0.3


def sums(kind):
    """Ascending values, and multiples."""
    rng = np.random.default_rng(1)
    values = rng.choice([0.0, 2.0], 800) + rng.normal(size=800)
    multiples = rng.exponential(size=800)
    if kind == "outliers":
        values[:4] = 1e4, -500.0, 40.0, 41.0
    elif kind == "ties":
        values = np.round(values, 1)
    elif kind == "weights":
        multiples *= 10.0 ** rng.integers(-8, 6, 800)
    return np.sort(values), multiples


def exactly(values, multiples, places):
    """The sum at some places in extended precision."""
    off = (values.astype(np.longdouble) - np.asarray(places)[:, None]) / SD
    return np.exp(-off * off / 2) @ multiples.astype(np.longdouble)


KINDS = pytest.mark.parametrize("kind", ["plain", "outliers", "ties", "weights"])


@KINDS
def test_nowhere_is_the_sum_above_the_bound(kind):
    values, multiples = sums(kind)
    top = supremum_of_equal(values, multiples, SD, 1e-9 * multiples.sum(), 0.0)
    near = np.linspace(-1, 1, 9)
    places = np.append((values[::9, None] + near).ravel(), top.location + 0.01 * near)
    rounding = 1e-14 * multiples.sum()
    assert exactly(values, multiples, places).max() <= top.bound + rounding


@KINDS
def test_the_bound_is_as_close_as_was_asked_for(kind):
    values, multiples = sums(kind)
    total = multiples.sum()
    top = supremum_of_equal(values, multiples, SD, 1e-9 * total, 1.0)
    at = exactly(values, multiples, [top.location])[0] - 1.0
    assert top.value == pytest.approx(float(at), abs=1e-13 * total)  # rounding
    assert top.bound - top.value <= 1e-9 * total


@KINDS
def test_series_err_by_less_than_their_rests(kind):
    values, multiples = sums(kind)
    centres, halves = cover(values, np.array([SD]))
    series = Boxes.of(values, multiples, SD).expand(centres, halves)
    rounding = 1e-11 * multiples.sum()  # places are rounded to 1e-12
    for share in (-1.0, -0.4, 0.0, 0.7, 1.0):
        powers = share ** np.arange(series.terms.shape[1])
        error = series.terms @ powers - exactly(values, multiples, centres + share * halves)
        assert (np.abs(error) <= series.rests + rounding).all()
