"""The examples on the pages of the documentation give what is printed there."""

import doctest
import pkgutil
import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[1] / "docs").glob("*.rst"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_examples_on_the_page_run(page):
    assert (
        doctest.testfile(
            str(page), module_relative=False, optionflags=doctest.ELLIPSIS
        ).failed
        == 0
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_function_that_a_page_names_exists(page):
    for name in re.findall(r"\bskem\.\w[\w.]*\w", page.read_text()):
        assert exists(name), name


def exists(name):
    """Whether a dotted name is a module, or an attribute of one."""
    try:
        pkgutil.resolve_name(name)
    except (ModuleNotFoundError, AttributeError):
        return False
    return True
