"""Checks of what is drawn, and their error messages."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..checks.scalars import check_whole
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import estimates_of
from ..estimator.wrappers import unwrap
from ..mixture import PanelGaussianMixture

KINDS = PanelGaussianMixture, DeconvolvedGaussianMixture


def check_vector(name, values, length=None):
    """Raise if values are not of shape (length,); return a copy in float64."""
    values = np.array(values, dtype=np.float64)
    if values.ndim != 1 or (length is not None and values.size != length):
        needed = "(n,)" if length is None else f"({length},)"
        raise ValueError(
            f"{name} has shape {values.shape}, needs {needed}. Pass a sequence of numbers "
            "of that length."
        )
    return values


def check_finite(name, values, length=None, each="fund"):
    """Raise if values are not finite numbers, at least one; return them in float64."""
    values = check_vector(name, values, length)
    if not values.size:
        raise ValueError(
            f"{name} is empty: at least one {each} is needed. Pass at least one number."
        )
    if not np.isfinite(values).all():
        place = int(np.argmin(np.isfinite(values)))
        raise ValueError(
            f"{name}[{place}] is {values[place]}: only finite numbers can be drawn. Leave "
            f"out every {each} without one."
        )
    return values


def check_edges(edges):
    """Raise if `edges` are not the ascending ends of at least one bin."""
    edges = check_finite("edges", edges, each="end of a bin")
    if edges.size < 2 or not np.all(np.diff(edges) > 0):
        raise ValueError(
            f"edges={edges.tolist()} must be at least two ascending numbers. Pass the "
            "edges of numpy.histogram."
        )
    return edges


def check_masses(masses, n_bins):
    """Raise if `masses` are not the counts of `n_bins` bins."""
    masses = check_finite("masses", masses, n_bins, each="bin")
    if np.any(masses < 0):
        place = int(np.argmin(masses))
        raise ValueError(
            f"masses[{place}] is {masses[place]}: a count must be at least 0. "
            "Pass the counts of numpy.histogram."
        )
    return masses


def check_names(names, n_managers, X=None):
    """Raise if `names` are not one per manager; None takes the index of X, or numbers."""
    if names is None:
        index = getattr(X, "index", None)
        names = range(n_managers) if index is None or callable(index) else index
    elif isinstance(names, str | set | frozenset) or not hasattr(names, "__len__"):
        raise TypeError(
            f"names={names!r} must be a sequence of {n_managers} names, one per manager. "
            "Pass a list, or leave it out to number the managers."
        )
    if len(names) != n_managers:
        raise ValueError(
            f"names has length {len(names)}, needs {n_managers}: one name per manager, in "
            "the order of the rows. Leave it out to use the index of a DataFrame."
        )
    return np.array([_in_words(name) for name in names], dtype=object)


def _in_words(name):
    return ", ".join(map(str, name)) if isinstance(name, tuple) else str(name)


def check_top(top, n_rows):
    """Raise unless `top` is None or a positive integer; return how many rows to draw."""
    if top is None:
        return n_rows
    return min(check_whole("top", top, 1, "rows to draw, or None for all"), n_rows)


def fitted_of(estimator, X, kinds=KINDS):
    """The fitted mixture of an estimator, a search or a pipeline, and X for it.

    Raise if it is of another kind.
    """
    estimator, X = unwrap(estimator, X)
    if not isinstance(estimator, kinds):
        needed = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(
            f"estimator is a {type(estimator).__name__}, needs a fitted {needed}. Pass "
            "data computed elsewhere to the constructor."
        )
    check_is_fitted(estimator)
    return estimator, X


def read_funds(estimator, X):
    """The fitted mixture, its X, the Estimates in it, and a mask of those there.

    Raise if there are none to draw.
    """
    estimator, X = fitted_of(estimator, X, (DeconvolvedGaussianMixture,))
    rows = estimates_of(estimator, X)
    there = ~np.isnan(rows.table).any(axis=1)
    if not there.any():
        raise ValueError(
            f"X has no fund with an estimate: all {there.size} rows hold NaN. Pass "
            "the estimate and standard error of at least one fund."
        )
    return estimator, X, rows, there
