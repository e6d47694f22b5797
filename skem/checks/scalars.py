"""Checks of single values (numbers, words, units), and their error messages."""

from numbers import Integral, Real

import numpy as np

# Ways in which the cells of a manager may depend on each other.
DRAWS = ("independent", "fixed", "posterior")


def check_whole(name, value, least, what):
    """An integer of at least `least`, which is the number of `what`."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Integral):
        raise TypeError(
            f"{name}={value!r} must be an integer of at least {least}. Pass the number of "
            f"{what}."
        )
    if value < least:
        raise ValueError(
            f"{name}={value!r} must be at least {least}. Pass the number of {what}."
        )
    return int(value)


def check_level(level):
    """Raise if `level`, that of an interval, is no number strictly between 0 and 1."""
    remedy = "Pass 0.95 for 95 %."
    if isinstance(level, (bool, np.bool_)) or not isinstance(level, Real):
        raise TypeError(f"level={level!r} must be a number between 0 and 1. {remedy}")
    if not 0 < level < 1:
        raise ValueError(f"level={level!r} must lie between 0 and 1. {remedy}")
    return float(level)


def check_scale(scale):
    """A positive number that alphas are multiplied by to be shown."""
    remedy = "Use 1 for the units of X, 1200 to show decimals per month as % a year."
    if isinstance(scale, (bool, np.bool_)) or not isinstance(scale, Real):
        raise TypeError(f"scale={scale!r} must be a positive number. {remedy}")
    if not 0 < scale < np.inf:
        raise ValueError(f"scale={scale!r} must be positive and finite. {remedy}")
    return float(scale)


def check_draws(draws):
    """Raise if `draws` is no word for how the cells of a manager depend on each other."""
    if not (isinstance(draws, str) and draws in DRAWS):
        raise ValueError(
            f'draws={draws!r} must be "independent" (every cell is an observation of its '
            'own), "fixed" (a manager\'s draws depend on each other, as bootstrap draws of '
            'one estimate do) or "posterior" (draws from the posterior of each manager\'s '
            "alpha). Say how the grid came about."
        )
