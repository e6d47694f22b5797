"""Several models fitted to one grid or table, which is measured and compressed once."""

import warnings
from dataclasses import replace

from sklearn.exceptions import ConvergenceWarning

from ..estimator.callbacks import warn
from ..estimator.fitting import fit_cells, publish
from ..estimator.parts import check_parameters, fixed_of, read_cells
from ..numerics.ascent.certificate import Solution
from ..numerics.ascent.newton import climb, settled
from ..numerics.model.mixture import stack, take
from ..numerics.search.optima import remember


def compress_for(models, X, sample_weight):
    """Check the models' parameters, then standardise and compress X."""
    for model in models:
        check_parameters(model)
    largest = max(models, key=lambda model: model.n_components)
    return read_cells(largest, X, sample_weight)


def fit_each(models, cells, points, X, sample_weight, report=None):
    """Fit unfitted models to the cells.

    `report`, if given, is called with the number of models fitted and that of all.
    """
    for done, model in enumerate(models, start=1):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            fit_cells(model, cells, points, X, None, sample_weight, alone=False)
        for warning in caught:
            text = str(warning.message)
            if issubclass(warning.category, ConvergenceWarning):
                text = f"n_components={model.n_components}: {text}"
            warn(text, warning.category)
        cells.grid.n_passes = 0  # every model counts its own
        if report:
            report(done, len(models))


def publish_each(models, mixtures, limits, points, cells, X):
    """Fit every model to points from its mixture, and publish the optimum.

    The points are in the standard units of the cells of X, and `limits` the constraints.
    """
    cells = replace(cells, mass=points.mass, n_cells=round(points.mass))
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
        searched = remember(solution.mixture, climbed.log_likelihood[0], [], points, own)
        publish(model, solution, searched, cells, own, fixed_of(model), X)
