"""Likelihood ratios of estimates with standard errors, observed and simulated.

A simulated table is fitted as the observed one is, by the search of ``fit`` itself.
"""

import warnings

import numpy as np
from sklearn.base import clone

from ..estimator.parts import constraints_of, estimates_of, fixed_of, mixture_of
from ..numerics.bootstrap.funds import draw_table
from ..numerics.model.mixture import stack, standardise
from ..numerics.search.choice import cost
from .fitting import compress_for, fit_each


def ratio_of_fits(models, X):
    """Twice the height that the second of two models gains over the first (equation B4).

    The unfitted models are fitted to the estimates X.
    """
    cells, points = compress_for(models, X, None)
    fit_each(models, cells, points, X, None)
    fewer, more = (_height(model, cells, points) for model in models)
    return 2 * (more - fewer)


def _height(model, cells, points):
    """The log-likelihood of the estimates less the cost by which optima are chosen."""
    constraints = constraints_of(model, cells, fixed_of(model))
    mixture = stack([standardise(mixture_of(model), cells.centre, cells.scale)])
    log_likelihood = cells.mass * (model.log_likelihood_ + np.log(cells.scale))
    return float(log_likelihood - cost(mixture, log_likelihood, constraints, points)[0])


def simulate_ratios(models, X, n_resamples, rng, report=None):
    """Ratios (B,) of tables whose true alphas are drawn from the first model.

    The models were fitted to X. `report`, if given, is called with the number of tables
    done and that of all.
    """
    rows = estimates_of(models[0], X)
    ratios = np.empty(n_resamples)
    for number in range(n_resamples):
        table = draw_table(rows.table, mixture_of(models[0]), rng)
        unfitted = [clone(model).set_params(verbose=0) for model in models]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a warning would be about simulated funds
            ratios[number] = ratio_of_fits(unfitted, table)
        if report:
            report(number + 1, n_resamples)
    return ratios
