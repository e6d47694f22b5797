"""Tables as text, as HTML and as frames."""

import sys

import numpy as np
import pytest

from skem.inference.table import Table

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


def test_a_frame_has_the_values_and_the_first_column_as_index():
    frame = TABLE.to_frame()
    assert list(frame.index) == ["weak <1>", "strong"]
    assert frame["mean"].iloc[0] == 0.125


def test_a_frame_without_pandas_is_refused_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        TABLE.to_frame()
