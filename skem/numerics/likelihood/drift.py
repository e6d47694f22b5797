"""Whether alphas move with the standard errors of their estimates."""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..data.estimates import Estimates, filled
from ..model.constraints import Constraints
from ..model.mixture import Mixture
from ..model.scales import joined
from .noisy_information import score_each


class Drift(NamedTuple):
    """The slope of the groups' means in the log of the standard error, and its z-value.

    The slope is that of one Newton step from 0, in the units of the estimates. The z-value
    is a score test's, which is standard normal where alphas and errors are independent.
    """

    slope: float
    z_value: float


def measure_drift(
    rows: Estimates,
    mixture: Mixture,
    constraints: Constraints,
    centre: float,
    scale: float,
) -> Drift:
    """The Drift of estimates, under a fit of ``(estimate - centre) / scale``.

    What the score by the slope has in common with those by the free parameters is taken
    out of it, as these are at their maximum.
    """
    free = np.concatenate(constraints.free)
    function = partial(_scores_of, mixture, centre, scale)
    scores = rows.map(function, np.float64, (free.size,))
    errors = rows.table[:, 1].astype(np.float64)
    there = ~np.isnan(rows.table).any(axis=1) & (errors > 0)
    mass = np.ones(errors.size) if rows.mass is None else rows.mass
    there &= mass > 0
    scores, mass, logs = scores[there], mass[there], np.log(errors[there])
    if not logs.size or np.ptp(logs) == 0:
        return Drift(0.0, 0.0)
    n_components = mixture.means.size
    by_shift = scores[:, n_components : 2 * n_components].sum(axis=1)
    by_slope = by_shift * (logs - mass @ logs / mass.sum())
    roots, others = np.sqrt(mass), scores[:, free]
    common = np.linalg.lstsq(others * roots[:, None], by_slope * roots, rcond=None)[0]
    own = by_slope - others @ common
    total, square = mass @ own, mass @ own**2
    if square == 0:
        return Drift(0.0, 0.0)
    return Drift(float(scale * total / square), float(total / np.sqrt(square)))


def _scores_of(
    mixture: Mixture, centre: float, scale: float, estimates: np.ndarray, *noise: np.ndarray
) -> np.ndarray:
    """Scores (n, 3L) of funds, by weights, means and log variances."""
    z, *variances = filled(centre, scale, estimates, *noise)
    seen = score_each(mixture, z, *variances)
    parts = np.concatenate([seen.p, seen.p * seen.own[0]])
    found = joined(parts, mixture.means.size, axis=1)
    found[0] -= mixture.weights[:, None]
    return found.reshape(-1, z.size).T
