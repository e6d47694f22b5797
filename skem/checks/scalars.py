"""Checks of single values (numbers, words, units), and their error messages."""

from numbers import Integral, Real

import numpy as np

# Words for how the cells of a manager depend on each other, with their meanings.
DRAWS = {
    "independent": "every cell is an observation of its own",
    "fixed": "a manager's draws depend on each other, "
    "as bootstrap draws of one estimate do",
    "posterior": "draws from the posterior of each manager's alpha",
}

# Words for calls of skill, with their meanings.
SIDES = {
    "greater": "for calls of an alpha above the threshold",
    "less": "for calls of one below it",
}


def counted(number, noun):
    """A number with its noun, which is plural unless the number is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def check_whole(name, value, least, what):
    """Raise if `value`, the number of `what`, is not an integer of at least `least`."""
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


def check_word(name, value, meanings, remedy=None):
    """Raise unless `value` is one of some words, whose `meanings` explain them.

    The first word is the default if there is no `remedy`.
    """
    if isinstance(value, str) and value in meanings:
        return
    *others, last = (
        f'"{word}" ({meaning})' if meaning else f'"{word}"'
        for word, meaning in meanings.items()
    )
    raise ValueError(
        f"{name}={value!r} must be {', '.join(others)} or {last}. "
        + (remedy or f'"{next(iter(meanings))}" is the default.')
    )


def check_flag(name, value):
    """Raise if `value` is not True or False, as a text such as "no" is not."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}={value!r} must be True or False. Pass one of these.")
    return bool(value)


def check_number(name, value, ends, needed, remedy):
    """Raise unless `value` is a number strictly between two ends, as `needed` says."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, Real):
        raise TypeError(f"{name}={value!r} must be a number. {remedy}")
    number = _in_double_precision(value)
    if not ends[0] < number < ends[1]:
        raise ValueError(f"{name}={value!r} must {needed}. {remedy}")
    return number


def _in_double_precision(value):
    """A number as a float, infinite if it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def check_threshold(above):
    """Raise if `above` is not a finite number."""
    remedy = "Pass a threshold in the units of X, such as 0.0."
    return check_number("above", above, (-np.inf, np.inf), "be finite", remedy)


def check_side(side):
    """Return 1 for "greater" and -1 for "less". Any other `side` raises an error."""
    check_word("side", side, SIDES)
    return 1 if side == "greater" else -1


def check_level(level):
    """Raise if `level` (of an interval) is not a number strictly between 0 and 1."""
    return check_number(
        "level", level, (0, 1), "lie between 0 and 1", "Pass 0.95 for 95 %."
    )


def check_unit(unit, default="the units of X"):
    """Raise unless `unit` is None, or a pair of a positive factor and a name.

    Returns the pair; None stands for a factor of 1 and the name `default`.
    """
    if unit is None:
        return 1.0, default
    remedy = (
        'Pass a factor with the name of the unit, as in unit=(1200, "% a year") for '
        "decimals per month, or None for the units of X."
    )
    if not isinstance(unit, (tuple, list)):
        raise TypeError(f"unit={unit!r} must be a pair. {remedy}")
    if len(unit) != 2:
        raise ValueError(f"unit={unit!r} has length {len(unit)}, needs 2. {remedy}")
    factor, name = unit
    if isinstance(factor, (bool, np.bool_)) or not isinstance(factor, Real):
        raise TypeError(f"unit={unit!r}: the factor must be a positive number. {remedy}")
    number = _in_double_precision(factor)
    if not 0 < number < np.inf:
        raise ValueError(f"unit={unit!r}: the factor must be positive and finite. {remedy}")
    if not isinstance(name, str):
        raise TypeError(f"unit={unit!r}: the name must be text. {remedy}")
    if not name.strip():
        raise ValueError(f"unit={unit!r}: the name must not be empty. {remedy}")
    return number, name


def check_draws(draws):
    """Raise if `draws` is not one of DRAWS."""
    check_word("draws", draws, DRAWS, "Say where the draws come from.")


def check_group_names(group_names, n_groups):
    """Raise unless `group_names` is None, or a different name for each group.

    Returns the names; None stands for the numbers 0, 1, ...
    """
    if group_names is None:
        return [str(group) for group in range(n_groups)]
    remedy = (
        'Pass for instance group_names=["unskilled", "skilled"], in the order of means_.'
    )
    names = (
        list(group_names) if isinstance(group_names, (list, tuple, np.ndarray)) else None
    )
    if names is None or not all(isinstance(name, str) and name.strip() for name in names):
        raise TypeError(
            f"group_names={group_names!r} must be a list of names, all of them "
            f"text. {remedy}"
        )
    if len(names) != n_groups or len(set(names)) != n_groups:
        raise ValueError(
            f"group_names={group_names!r} must have {counted(n_groups, 'name')}, all "
            f"different: one for each group. {remedy}"
        )
    return names
