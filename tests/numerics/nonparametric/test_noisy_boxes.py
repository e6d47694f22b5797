"""Series of many densities of different widths by the moments of boxes."""

import numpy as np
import pytest

from skem.numerics.nonparametric import noisy_boxes as module
from skem.numerics.nonparametric.noisy_boxes import (
    Layout,
    NoisyBoxes,
    moments_of,
    remaining,
)
from skem.numerics.nonparametric.supremum import N_TERMS


def sums(kind):
    """Values, variances and multiples."""
    rng = np.random.default_rng(2)
    values = rng.choice([0.0, 2.0], 500) + rng.normal(size=500)
    variances = np.exp(rng.normal(-1, 1.5 if kind == "widely different" else 0.3, 500))
    multiples = rng.exponential(size=500)
    if kind == "outliers":
        values[:4] = 60.0, -50.0, 40.0, 41.0
    elif kind == "ties":
        values, variances = np.round(values, 1), np.full(500, 0.25)
    elif kind == "weights":
        multiples *= 10.0 ** rng.integers(-8, 6, 500)
    return values, variances, multiples


KINDS = pytest.mark.parametrize(
    "kind", ["plain", "outliers", "ties", "weights", "widely different"]
)


@KINDS
@pytest.mark.parametrize("half", [0.02, 0.15, 0.4])
def test_series_err_by_less_than_their_rests(kind, half):
    values, variances, multiples = sums(kind)
    layout = Layout.of(values.min(), values.max(), variances.min(), variances.max())
    used = np.unique(layout.place(values, variances).boxes)
    layout = layout._replace(used=used)
    placed = layout.place(values, variances)
    boxes = NoisyBoxes.of(layout, moments_of(used.size, placed, multiples))
    centres = np.linspace(values.min(), values.max(), 30)
    series = boxes.expand(centres, np.full(30, half))
    # Terms are rounded, and powers of places far from narrow boxes are large.
    rounding = 1e-13 * (multiples.sum() + np.abs(series.terms).sum(axis=1))
    for share in (-1.0, -0.4, 0.0, 0.7, 1.0):
        found = series.terms @ share ** np.arange(N_TERMS)
        off = values.astype(np.longdouble) - (centres + share * half)[:, None]
        exact = np.exp(-off * off / variances / 2) @ multiples.astype(np.longdouble)
        assert (np.abs(found - exact) <= series.rests + rounding).all()


def test_what_remains_is_the_sum_of_all_later_terms():
    shift, n = 0.6, 400
    terms, before = [1.0], 0.0
    for k in range(n):
        wider = 2 * module.SPREAD * np.sqrt(k) * before
        before = terms[-1]
        terms.append((shift * before + wider) / np.sqrt(k + 1))
    expected = module.CRAMER * sum(terms[N_TERMS:])
    assert expected <= remaining(np.array([shift]))[0] <= 1.01 * expected


def test_what_remains_of_a_long_shift_is_not_known():
    # The second overflows where its terms are summed.
    assert np.isinf(remaining(np.array([100.0, 1e9]))).all()


def test_narrow_boxes_of_a_wide_range_are_too_many():
    assert Layout.of(-1e6, 1e6, 1e-24, 1.0) is None


def test_a_layout_of_used_boxes_places_rows_as_that_of_all():
    values, variances, _ = sums("widely different")
    layout = Layout.of(values.min(), values.max(), variances.min(), variances.max())
    every = layout.place(values, variances)
    some = layout._replace(used=np.unique(every.boxes))
    placed = some.place(values, variances)
    assert np.array_equal(some.used[placed.boxes], every.boxes)
    assert np.array_equal(some.centres(placed.boxes), layout.centres(every.boxes))
