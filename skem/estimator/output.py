"""Answers about managers and funds, in the container that `set_output` asks for."""

from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config

from ..checks.chunks import is_dask_array


def as_table(estimator, values, X, columns):
    """An answer (N, K) as an array, or as a DataFrame with X's index and these columns."""
    kind = _get_output_config("transform", estimator)["dense"]
    if kind == "default" or is_dask_array(values):
        return values
    adapter = ADAPTERS_MANAGER.adapters[kind]
    return adapter.create_container(values, X, columns=lambda: columns)


def as_column(estimator, values, X, name):
    """An answer (N,) as an array, or as a Series with X's index and this name."""
    column = values[:, None]
    table = as_table(estimator, column, X, [name])
    return values if table is column else table[name]
