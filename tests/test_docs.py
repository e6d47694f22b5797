"""The examples on the pages of the documentation give what is printed there."""

import doctest
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
