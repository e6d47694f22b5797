"""Likelihood ratios of estimates with standard errors, observed and simulated."""

import numpy as np
from sklearn.base import clone

from ..estimator.parts import constraints_of, estimates_of, fixed_of, mixture_of
from ..numerics.bootstrap.funds import draw_table
from ..numerics.bootstrap.one_more import ratio_from
from ..numerics.model.mixture import standardise
from .fitting import compress_for, fit_each


def fit_to_estimates(models, X):
    """Fit both models to the estimates X by the search of ``fit``."""
    cells, points = compress_for(models, X, None)
    fit_each(models, cells, points, X, None)


def ratio_of(models, table):
    """Twice the height that one more group gains in a table (equation B4).

    Both models were fitted. The search starts from the groups of the first one.
    """
    unfitted = [clone(model) for model in models]
    cells, points = compress_for(unfitted, table, None)
    limits = [constraints_of(model, cells, fixed_of(model)) for model in unfitted]
    truth = standardise(mixture_of(models[0]), cells.centre, cells.scale)
    return ratio_from(points, truth, tuple(limits))


def simulate_ratios(models, X, n_resamples, rng, report=None):
    """Ratios (B,) of tables whose true alphas are drawn from the first model.

    The models were fitted to X. `report`, if given, is called with the number of tables
    done and that of all.
    """
    rows = estimates_of(models[0], X)
    ratios = np.empty(n_resamples)
    for number in range(n_resamples):
        ratios[number] = ratio_of(
            models, draw_table(rows.table, mixture_of(models[0]), rng)
        )
        if report:
            report(number + 1, n_resamples)
    return ratios
