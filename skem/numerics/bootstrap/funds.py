"""Many tables of estimates: simulated from a mixture, or of resampled funds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, draw, join
from ..model.scales import NORMAL
from ..search.denoise import without_noise
from .managers import CLIMB, N_GRIDS, N_SCATTERED
from .refits import common_starts, solve_each


def draw_table(
    table: np.ndarray, mixture: Mixture, rng: np.random.RandomState
) -> np.ndarray:
    """A table of the same funds, whose true values are drawn anew from the mixture.

    Every estimate gets noise of its own standard error: normal, or Student's t if the
    table has degrees of freedom. A missing row stays missing.
    """
    drawn = table.astype(np.float64)
    true, _ = draw(mixture, len(table), rng)
    noise = drawn[:, 1] * rng.standard_normal(len(table))
    if table.shape[1] == 3:
        degrees = np.where(drawn[:, 2] < NORMAL, drawn[:, 2], 1.0)
        share = np.sqrt(rng.chisquare(degrees) / degrees)
        noise /= np.where(drawn[:, 2] < NORMAL, share, 1.0)
    drawn[:, 0] = np.where(np.isnan(drawn[:, 0]), np.nan, true + noise)
    return drawn


def refit_to_resamples(
    points: Points,
    mixture: Mixture,
    constraints: Constraints,
    *,
    n_resamples: int,
    tol: float,
    rng: np.random.RandomState,
    progress: Callable[[int, int], Any] | None = None,
) -> tuple[Mixture, np.ndarray]:
    """Refits to resampled funds: mixtures (B, L), and the remaining gain (B,) of each.

    Funds that a point stands for are drawn as often as the point is. `progress` is called
    with the number of refits done, and the number of all.
    """
    n = round(points.mass)
    signal = without_noise(points)
    n_components = mixture.weights.size
    # A climb leaves a variance of 0 too slowly: the logarithm hardly moves there.
    usual = signal.variance / n_components**2
    narrow = mixture.variances <= constraints.variance_floor * (1 + 1e-9)
    wide = mixture._replace(variances=np.where(narrow, usual, mixture.variances))
    starts = [mixture, wide] if narrow.any() else [mixture]
    if n_components > 1:
        starts += common_starts(signal.points, n_components, N_SCATTERED, signal.variance)
    mixtures, remaining = [], []
    for begin in range(0, n_resamples, N_GRIDS):
        size = min(N_GRIDS, n_resamples - begin)
        masses = 1.0 * rng.multinomial(n, points.masses / points.mass, size=size)
        tables = replace(points, masses=masses)
        climbed = solve_each(tables, [starts] * size, constraints, tol=tol, **CLIMB)
        mixtures.append(climbed.mixtures)
        remaining.append(climbed.remaining)
        if progress:
            progress(begin + size, n_resamples)
    return join(mixtures), np.concatenate(remaining)
