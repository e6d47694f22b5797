"""Tables that benchmarks print become files of the documentation."""

import pytest

from benchmarks.measuring import print_table
from benchmarks.publish import COMMANDS, FOLDER, as_directive, read_tables


def printed(capsys, title, header, rows):
    print_table(title, header, rows)
    return read_tables(f"something else, printed before\n{capsys.readouterr().out}")


def test_what_is_printed_is_read_again(capsys):
    rows = [["skem", "1.5 ms", ""], ["", "2", "-"]]
    assert printed(capsys, "A title", ["library", "time", "ratio"], rows) == [
        ("A title", [["library", "time", "ratio"], *rows])
    ]


def test_a_table_names_the_command_that_printed_it():
    assert "``python -m benchmarks fit --cells 9``" in as_directive(
        "T", [["a"]], "fit --cells 9"
    )


@pytest.mark.parametrize(
    ("cell", "written"),
    [("predict_proba", r"predict\_proba"), ("-", r"\-"), ("1, 2", '"1, 2"'), ("-1", "-1")],
)
def test_a_cell_is_shown_as_it_was_printed(cell, written):
    assert f"   {written}\n" in as_directive("T", [["header"], [cell]], "fit")


def test_every_file_is_of_a_command():
    names = {path.stem.rsplit("-", 1)[0] for path in FOLDER.glob("*.txt")}
    assert names <= set(COMMANDS)
