"""Arrays of floats and lists of numbers that need no checks by scikit-learn."""

import numpy as np


def is_plain_grid(X):
    """Whether X is a grid of float32 or float64 cells and nothing more."""
    return (
        type(X) is np.ndarray
        and X.ndim == 2
        and X.size > 0
        and X.dtype in (np.float64, np.float32)
    )


def has_known_features(estimator, X):
    """Whether a plain grid has the columns of the fit, and these had no names."""
    return (
        getattr(estimator, "n_features_in_", None) == X.shape[1]
        and getattr(estimator, "feature_names_in_", None) is None
    )


def set_features(estimator, X):
    """Remember how many columns a plain grid has, and that these have no names."""
    estimator.n_features_in_ = X.shape[1]
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def plain_vector(values, *, missing=False):
    """A list of numbers, or an array of one dimension, as float64; None for all else.

    They must be finite, or NaN if values may be `missing`.
    """
    if type(values) is list:
        if not all(isinstance(value, (float, int)) for value in values):
            return None
        values = np.array(values)
    if not (type(values) is np.ndarray and values.ndim == 1 and values.size > 0):
        return None
    if values.dtype not in (np.float64, np.float32, np.int64):
        return None
    if not np.isfinite(values).all() and not (missing and not np.isinf(values).any()):
        return None
    return values.astype(np.float64, copy=False)
