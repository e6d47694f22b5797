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
    """Whether the caller of the caller is scikit-learn's printer of text or of HTML.

    Neither has a hook for how a parameter is printed, alone or in a pipeline. HTML of
    scikit-learn 1.7 even fails for a DataFrame.
    """
    frame = sys._getframe(2)
    in_text = frame.f_globals.get("__name__") == "sklearn.utils._pprint"
    return in_text or frame.f_code.co_name == "_get_params_html"


def without_tables(parameters):
    """The parameters of a representation, where tables are a ShortTable."""
    return {
        name: ShortTable(value) if np.ndim(value) > 0 else value
        for name, value in parameters.items()
    }
