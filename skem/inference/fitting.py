"""Several models fitted to one grid, which is measured and compressed once."""

import warnings

from sklearn.exceptions import ConvergenceWarning

from ..estimator.callbacks import warn
from ..estimator.fitting import fit_cells
from ..estimator.parts import check_parameters, read_grid


def compress_for(models, X, sample_weight):
    """Cells of X and points that stand for them, once the models' parameters will do."""
    for model in models:
        check_parameters(model)
    largest = max(models, key=lambda model: model.n_components)
    return read_grid(largest, X, sample_weight)


def fit_each(models, cells, points, X, sample_weight, report=None):
    """Fit unfitted models to the cells.

    `report`, where given, is called with the number of models fitted, and that of all.
    """
    for done, model in enumerate(models, start=1):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            fit_cells(model, cells, points, X, None, sample_weight)
        for warning in caught:
            text = str(warning.message)
            if issubclass(warning.category, ConvergenceWarning):
                text = f"n_components={model.n_components}: {text}"
            warn(text, warning.category)
        cells.grid.n_passes = 0  # the next model's own
        if report:
            report(done, len(models))
