"""Several models fitted to one grid, which is measured and compressed once."""

import warnings

from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from ..checks.grid import remember_features
from ..estimator.callbacks import warn
from ..numerics.ascent.certificate import Solution
from ..numerics.ascent.newton import climb, settled
from ..numerics.model.mixture import stack, standardise, take
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


def fit_once(model, cells, points, X):
    """The groups that a copy of a model finds in the cells, in their standard units."""
    fitted = clone(model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fit_each([fitted], cells, points, X, None)
    return standardise(fitted._mixture, cells.centre, cells.scale)


def publish_each(models, mixtures, limits, points, cells, X):
    """Make unfitted models the fits to points at the tops of the hills of the mixtures.

    The points are in the standard units of the cells of X, and `limits` the constraints.
    """
    cells = cells._replace(mass=points.mass, n_cells=round(points.mass))
    for model, mixture, own in zip(models, mixtures, limits, strict=True):
        options = {"tol": model.tol, "max_iter": model.max_iter}
        climbed = climb(points, stack([mixture]), own, **options)
        solution = Solution(
            take(climbed.mixtures, 0),
            climbed.log_likelihood,
            settled(climbed.remaining[0], model.tol),
            int(climbed.n_iter[0]),
            float(climbed.remaining[0]),
        )
        fixed = model._check_parameters()
        remember_features(model, X)
        model._publish(solution, cells, own, fixed)
        model._searched = remember(
            solution.mixture, climbed.log_likelihood[0], [], points, own
        )
        model._units = cells.centre, cells.scale, cells.mass, fixed
