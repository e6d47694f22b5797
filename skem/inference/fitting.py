"""Several models fitted to one grid."""

import warnings

from sklearn.exceptions import ConvergenceWarning

from ..callbacks import warn


def fit_each(models, X, sample_weight, prefer=lambda cells: {}):
    """Fit unfitted models to one grid, measured and compressed once; its cells.

    ``prefer(cells)`` says what is preferred among optima, if not the usual.
    """
    for model in models:
        model._validate_params()
        model._check_parameters()
    largest = max(models, key=lambda model: model.n_components)
    cells, points = largest._compress(X, sample_weight)
    for model in models:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            model._fit_points(cells, points, X, None, sample_weight, **prefer(cells))
        for warning in caught:
            text = str(warning.message)
            if issubclass(warning.category, ConvergenceWarning):
                text = f"n_components={model.n_components}: {text}"
            warn(text, warning.category)
        cells.grid.n_passes = 0  # the next model's own
    return cells
