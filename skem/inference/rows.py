"""How rows of estimates are written: their names, columns, decimals and marks."""

import numpy as np

from .table import places_for

HEADER = ("parameter", "estimate", "standard_error", "lower", "upper")
HEADINGS = ("parameter", "estimate", "std. error", "lower", "upper")

# The kinds of parameters, and the name of the row below them.
KINDS, POSITIVE = ("weight", "mean", "sd"), "share with alpha > 0"


def names_of_rows(labels):
    """The names of the rows of all parameters, given those of the groups."""
    return tuple(f"{kind} {label}" for kind in KINDS for label in labels)


def in_quotes(names):
    """Names as a list in a message."""
    return ", ".join(f'"{name}"' for name in names)


def decimals_by_kind(kinds, values, errors):
    """The number of decimals of each row, the same for all of a kind."""
    places = {}
    for kind in dict.fromkeys(kinds):
        rows = np.array([one == kind for one in kinds])
        places[kind] = places_for(values[rows], errors[rows])
    return tuple(places[kind] for kind in kinds)


def mark_fixed(errors):
    """The texts in place of the standard errors and intervals of what is fixed."""
    return dict.fromkeys(np.flatnonzero(errors == 0).tolist(), ("(fixed)", "", ""))
