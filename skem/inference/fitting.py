"""Several models fitted to one grid, which is measured and compressed once."""

import warnings

from sklearn.exceptions import ConvergenceWarning

from ..checks.grid import remember_features
from ..estimator.callbacks import warn
from ..numerics.ascent.certificate import Solution
from ..numerics.ascent.newton import climb, settled
from ..numerics.model.mixture import stack, take
from ..numerics.search.optima import remember


def compress_for(models, X, sample_weight):
    """Cells of X and points that stand for them, once the models' parameters will do."""
    for model in models:
        model._validate_params()
        model._check_parameters()
    largest = max(models, key=lambda model: model.n_components)
    return largest._compress(X, sample_weight)


def fit_each(models, cells, points, X, sample_weight):
    """Fit unfitted models to the cells."""
    for model in models:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            model._fit_points(cells, points, X, None, sample_weight)
        for warning in caught:
            text = str(warning.message)
            if issubclass(warning.category, ConvergenceWarning):
                text = f"n_components={model.n_components}: {text}"
            warn(text, warning.category)
        cells.grid.n_passes = 0  # the next model's own


def publish(model, mixture, points, constraints, cells, X):
    """Make an unfitted model the fit to points, at the top of the hill `mixture` is on.

    The points are in the standard units of the cells of X.
    """
    options = {"tol": model.tol, "max_iter": model.max_iter}
    climbed = climb(points, stack([mixture]), constraints, **options)
    solution = Solution(
        take(climbed.mixtures, 0),
        climbed.log_likelihood,
        settled(climbed.remaining[0], model.tol),
        int(climbed.n_iter[0]),
        float(climbed.remaining[0]),
    )
    fixed = model._check_parameters()
    counted = cells._replace(mass=points.mass, n_cells=round(points.mass))
    remember_features(model, X)
    model._publish(solution, counted, constraints, fixed)
    model._searched = remember(
        solution.mixture, climbed.log_likelihood[0], [], points, constraints
    )
    model._units = cells.centre, cells.scale, points.mass, fixed
    return model
