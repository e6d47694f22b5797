"""Parameters of an estimator: a combination of them is validated once."""

from functools import lru_cache, wraps

import numpy as np
from sklearn import get_config
from sklearn.base import _fit_context
from sklearn.utils._param_validation import validate_parameter_constraints

from .callbacks import has_callbacks

# Types whose values cannot change.
CONSTANT = (int, float, str, type(None), np.number, np.bool_)

# Types that are array-like, whatever they hold.
ARRAYS = (list, np.ndarray)


class ValidatedOnceMixin:
    """Validate the parameters as scikit-learn does, and no combination of them twice.

    Whatever can change is validated each time.
    """

    def _validate_params(self):
        kind = type(self)
        constant, other = [], {}
        for name, takes_arrays in _constrained(kind):
            value = getattr(self, name)
            if isinstance(value, CONSTANT):
                constant.append((name, type(value), value))
            elif not (takes_arrays and isinstance(value, ARRAYS)):
                other[name] = value
        _validate_constant(kind, tuple(constant))
        if other:
            _validate(kind, other)


def fit_context(fit):
    """Validate the parameters before a fit, and tell its callbacks, if there are any."""
    told = _fit_context(prefer_skip_nested_validation=True)(fit)

    @wraps(fit)
    def fit_in_context(estimator, *arguments, **options):
        if has_callbacks(estimator):
            return told(estimator, *arguments, **options)
        if not get_config()["skip_parameter_validation"]:
            estimator._validate_params()
        return fit(estimator, *arguments, **options)

    return fit_in_context


@lru_cache(maxsize=128)
def _constrained(kind):
    """Names of the parameters that have constraints, and whether these allow arrays."""
    constraints = kind._parameter_constraints
    names = [name for name in kind._get_param_names() if name in constraints]
    return [(name, "array-like" in constraints[name]) for name in names]


@lru_cache(maxsize=1024)
def _validate_constant(kind, parameters):
    """Raise if a parameter is invalid; errors are not remembered."""
    _validate(kind, {name: value for name, _, value in parameters})


def _validate(kind, parameters):
    validate_parameter_constraints(kind._parameter_constraints, parameters, kind.__name__)
