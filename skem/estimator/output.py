"""Answers about managers and funds, in the container that `set_output` asks for."""

from sklearn.utils._set_output import ADAPTERS_MANAGER, _get_output_config

from ..checks.chunks import is_dask_array


class Published:
    """An attribute that a fit publishes as a NumPy array, whatever library holds X.

    It is in a dictionary, because scikit-learn expects the arrays among the instance's own
    attributes to be in the library and on the device of X.
    """

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, model, owner=None):
        if model is None:
            return self
        try:
            return vars(model)["_published"][self.name]
        except KeyError:
            raise no_attribute(model, self.name) from None

    def __set__(self, model, value):
        published = vars(model).get("_published", {})
        model._published = {**published, self.name: value}


def no_attribute(model, name):
    """The AttributeError for an attribute that only a fit publishes."""
    kind = type(model).__name__
    if vars(model).keys() & {"_published", "weights_"}:
        return AttributeError(
            f"{name}: the mixture of this {kind} was given, and {name} tells of a fit. "
            "Call fit to have it."
        )
    return AttributeError(f"{name}: this {kind} is not fitted. Call fit first.")


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
