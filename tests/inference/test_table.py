"""Tables as text, as HTML and as frames."""

import sys

import numpy as np
import pytest

from skem.inference.table import Table, places_for

TABLE = Table(
    ("group", "mean", "fixed"),
    (("weak <1>", 0.125, False), ("strong", np.nan, True)),
    title="Two & a half",
    formats=("", ".1f", ""),
    notes=("A note.",),
)


def test_text_stands_left_and_numbers_right():
    assert str(TABLE).splitlines() == [
        "Two & a half",
        "group     mean  fixed",
        "weak <1>   0.1     no",
        "strong            yes",
        "A note.",
    ]


def test_html_escapes_what_it_shows():
    shown = TABLE._repr_html_()
    assert "weak &lt;1&gt;" in shown
    assert "Two &amp; a half" in shown
    assert shown.count("<tr>") == 3


SHORT = Table(
    ("parameter", "estimate", "error", "low"),
    (("share & co", 0.5, 0.25, 0.125), ("mean_0", -1234.0, 0.0, np.nan)),
    formats=("", ".4g", ".4g", ".4g"),
    headings=("parameter", "estimate", "std. error", "lower"),
    decimals=(2, 0),
    marks={1: ("(fixed)", "")},
    facts=((("funds", "300"),), (("AIC", "-1.5"), ("BIC", "2"))),
)


def test_decimal_points_stand_in_line_below_facts():
    assert str(SHORT).splitlines() == [
        "funds  300    AIC  -1.5",
        "              BIC     2",
        "---------------------------------------",
        "parameter   estimate  std. error  lower",
        "share & co      0.50        0.25   0.12",
        "mean_0      -1234        (fixed)",
        "---------------------------------------",
    ]


def test_latex_has_the_cells_and_the_facts_with_special_characters_escaped():
    lines = SHORT.to_latex().splitlines()
    assert lines[0] == r"\begin{tabular}{lrrr}"
    assert r"share \& co & 0.50 & 0.25 & 0.12 \\" in lines
    assert r"mean\_0 & $-$1234 & (fixed) &  \\" in lines
    assert r"AIC & \multicolumn{3}{r}{$-$1.5} \\" in lines


@pytest.mark.parametrize(
    ("values", "errors", "places"),
    [
        ([0.5, -12.0], [0.03, 0.2], 3),
        ([1200.0], [30.0], 0),
        ([0.125], [0.0], 4),
        ([1.0], [np.nan], 3),
        ([1e-9], [1e-12], None),
        ([1e9], [1e-5], None),
    ],
)
def test_the_least_error_shows_two_digits(values, errors, places):
    assert places_for(np.array(values), np.array(errors)) == places


def test_a_frame_has_the_values_and_the_first_column_as_index():
    frame = TABLE.to_frame()
    assert list(frame.index) == ["weak <1>", "strong"]
    assert frame["mean"].iloc[0] == 0.125


def test_a_frame_without_pandas_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        TABLE.to_frame()
