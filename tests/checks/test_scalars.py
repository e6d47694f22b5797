"""Checks of single values: words and units."""

import re
from fractions import Fraction

import numpy as np
import pytest

from skem.checks.scalars import DRAWS, check_draws, check_threshold, check_unit, counted


@pytest.mark.parametrize(
    ("number", "words"), [(0, "0 cells"), (1, "1 cell"), (2, "2 cells")]
)
def test_a_noun_is_plural_unless_there_is_one(number, words):
    assert counted(number, "cell") == words


@pytest.mark.parametrize("factor", [1200, 0.5, np.float32(2)])
def test_a_unit_is_a_factor_and_a_name(factor):
    assert check_unit((factor, "% a year"), "decimals") == (factor, "% a year")


def test_no_unit_is_a_factor_of_one_and_the_default_name():
    assert check_unit(None, "decimals") == (1.0, "decimals")


@pytest.mark.parametrize(
    ("unit", "error", "needed"),
    [
        ("% a year", TypeError, "must be a pair"),
        (1200, TypeError, "must be a pair"),
        ({1200: "%"}, TypeError, "must be a pair"),
        ((1200,), ValueError, "has length 1, needs 2"),
        ((1200, "%", "a year"), ValueError, "has length 3, needs 2"),
        (("% a year", 1200), TypeError, "the factor must be a positive number"),
        ((True, "%"), TypeError, "the factor must be a positive number"),
        ((0, "%"), ValueError, "the factor must be positive and finite"),
        ((-1, "%"), ValueError, "the factor must be positive and finite"),
        ((np.nan, "%"), ValueError, "the factor must be positive and finite"),
        ((np.inf, "%"), ValueError, "the factor must be positive and finite"),
        ((10**400, "%"), ValueError, "the factor must be positive and finite"),
        ((1200, None), TypeError, "the name must be text"),
        ((1200, " "), ValueError, "the name must not be empty"),
    ],
)
def test_another_unit_is_refused_with_the_remedy(unit, error, needed):
    message = (
        re.escape(f"unit={unit!r}") + f".*{needed}.*" + re.escape('(1200, "% a year")')
    )
    with pytest.raises(error, match=message):
        check_unit(unit, "decimals")


@pytest.mark.parametrize("above", [10**400, -(10**400), Fraction(10**400, 3)])
def test_a_threshold_that_overflows_double_precision_is_refused_as_infinite(above):
    with pytest.raises(ValueError, match=r"above=.* must be finite. Pass a threshold"):
        check_threshold(above)


@pytest.mark.parametrize("draws", DRAWS)
def test_the_three_words_for_draws_are_accepted(draws):
    check_draws(draws)


@pytest.mark.parametrize("draws", ["cells", "", None, 3, ["fixed"], np.array([*DRAWS])])
def test_another_word_for_draws_is_refused_with_all_three(draws):
    message = (
        r'draws=.* must be "independent".*"fixed".*"posterior".*where the draws come from'
    )
    with pytest.raises(ValueError, match=message):
        check_draws(draws)
