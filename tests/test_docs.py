"""The examples on the pages of the documentation give what is printed there."""

import doctest
import pkgutil
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"
README = DOCS.parent / "README.md"
PAGES = sorted([README, *DOCS.glob("*.rst"), *DOCS.glob("theory/*.rst")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_the_examples_on_the_page_run(page, monkeypatch):
    if page.name == "device.rst":  # it sets the variable, as a user does
        pytest.importorskip("array_api_strict")
        monkeypatch.setenv("SCIPY_ARRAY_API", "0")
    assert (
        doctest.testfile(
            str(page), module_relative=False, optionflags=doctest.ELLIPSIS
        ).failed
        == 0
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS.parent)))
def test_every_function_that_a_page_names_exists(page):
    for name in re.findall(r"\bskem\.\w[\w.]*\w", page.read_text()):
        assert exists(name), name


def test_every_printed_table_is_on_one_page():
    included = re.findall(
        r"include:: (?:\.\./)?(tables/.*)", "".join(map(Path.read_text, PAGES))
    )
    assert sorted(included) == sorted(f"tables/{p.name}" for p in DOCS.glob("tables/*.txt"))


def test_times_in_the_readme_are_those_of_the_table():
    [row] = re.findall(
        r"A fit of 1,000,000 cells(.*?)`python", README.read_text(), flags=re.DOTALL
    )
    table = (DOCS / "tables" / "fit-2.txt").read_text()
    times = re.findall(r"[\d.]+ m?s\b", row)
    assert len(times) == 3
    assert all(f",{time}," in table for time in times)


def test_theory_pages_are_short():
    for page in [DOCS / "solver.rst", *DOCS.glob("theory/*.rst")]:
        assert len(page.read_text().splitlines()) <= 400, page


def exists(name):
    """Whether a dotted name is a module, or an attribute of one."""
    try:
        pkgutil.resolve_name(name)
    except (ModuleNotFoundError, AttributeError):
        return False
    return True
