"""The ways to fit a problem, and the outcome of each."""

import time
from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture

from .judging import Judge, distance, groups, has_sliver


class Outcome(NamedTuple):
    """The outcome of one way on one problem.

    `short` is the distance below the best height, in nats. `distance` is that from the
    truth, NaN if it is unknown.
    """

    way: str
    kind: str
    seed: int
    short: float
    sliver: bool
    distance: float
    seconds: float


def ways(problem, judge, n_random):
    """Functions that fit the problem, by name."""
    found = {
        "skem": problem.fit,
        "quantile": partial(problem.fit, init_params="quantile"),
        f"best of {2 * n_random} random": partial(fit_random, problem, judge, n_random),
    }
    if problem.estimator is PanelGaussianMixture and not problem.parameters:
        found["GaussianMixture"] = partial(fit_peer, problem)
    return found


def fit_random(problem, judge, n_random):
    """The best fit from `n_random` starts of each of the two random kinds."""
    kinds = ("k-means++", "random_from_data")
    fits = [problem.fit(init_params=k, n_init=n_random, random_state=0) for k in kinds]
    return max(fits, key=judge.height)


def fit_peer(problem):
    """scikit-learn's class with its default parameters."""
    model = GaussianMixture(problem.n_components, random_state=0)
    return model.fit(problem.X.reshape(-1, 1))


def compare(problem, n_random, seed):
    """An Outcome for each way.

    The best height is the highest of all ways and of the optimum next to the truth. The
    height of scikit-learn's fit is that of the optimum which it climbs to.
    """
    judge = Judge(problem)
    fits, taken = {}, {}
    for way, fit in ways(problem, judge, n_random).items():
        begun = time.process_time()
        fits[way] = fit()
        taken[way] = time.process_time() - begun
    heights = {way: judge.height(judge.top(fitted)) for way, fitted in fits.items()}
    best = max(heights.values())
    if problem.truth is not None and problem.truth.means.size == problem.n_components:
        best = max(best, judge.height(judge.climb(problem.truth)))
    return [
        Outcome(
            way,
            problem.kind,
            seed,
            best - heights[way],
            has_sliver(groups(fitted), judge.cells.n_cells),
            np.nan if problem.truth is None else distance(problem, groups(fitted)),
            taken[way],
        )
        for way, fitted in fits.items()
    ]
