"""Short representations of the tables among an estimator's parameters."""

import sys

import numpy as np


class ShortTable:
    """What is printed instead of a table: its type and its shape."""

    def __init__(self, table):
        self.table = table

    def __repr__(self):
        shape = " x ".join(map(str, np.shape(self.table)))
        return f"<{type(self.table).__name__}: {shape}>"


def is_for_printing():
    """Whether the caller of the caller is scikit-learn's pretty printer.

    It has no hook for how a parameter is printed, alone or in a pipeline.
    """
    return sys._getframe(2).f_globals.get("__name__") == "sklearn.utils._pprint"


def without_tables(parameters):
    """The parameters of a representation, where tables are a ShortTable."""
    return {
        name: ShortTable(value) if np.ndim(value) > 0 else value
        for name, value in parameters.items()
    }
