"""The probability integral transform of cells and estimates under a mixture.

It is the distribution function of the mixture at an observation: uniform if the
observations are draws from the mixture (Rosenblatt 1952).
"""

from functools import partial

import numpy as np
from scipy.special import ndtr

from ..data.estimates import Estimates
from ..data.grid import Grid
from ..model.mixture import Mixture
from ..model.scales import EXACT, Scales


def count_transforms(grid: Grid, mixture: Mixture, edges: np.ndarray) -> np.ndarray:
    """Masses (B,) of the cells whose transform is between ascending `edges` (B + 1,)."""
    return grid.total(partial(_count_tile, mixture, edges))


def _count_tile(
    mixture: Mixture, edges: np.ndarray, tile: np.ndarray, row_mass: np.ndarray | None
) -> np.ndarray:
    there = ~np.isnan(tile)
    mass = np.ones(len(tile)) if row_mass is None else row_mass
    each = np.broadcast_to(mass[:, None], tile.shape)[there]
    values = tile[there].astype(np.float64)
    noise = np.zeros(values.size)
    return _count(_distribution(values, mixture, noise, noise), each, edges)


def count_transforms_of_funds(
    rows: Estimates, mixture: Mixture, edges: np.ndarray
) -> np.ndarray:
    """The same of estimates, whose distribution has the noise of each fund."""
    return rows.total(partial(_count_rows, mixture, edges))


def _count_rows(
    mixture: Mixture,
    edges: np.ndarray,
    mass: np.ndarray,
    estimates: np.ndarray,
    errors: np.ndarray,
    degrees: np.ndarray | None = None,
) -> np.ndarray:
    noise = np.square(errors.astype(np.float64))
    log_weights = np.zeros(estimates.size)
    if degrees is not None:
        scales = Scales.of(noise, degrees, EXACT)
        mixture, noise, log_weights = scales.widened(mixture)
    found = _distribution(estimates.astype(np.float64), mixture, noise, log_weights)
    return _count(found, mass, edges)


def _distribution(
    values: np.ndarray, mixture: Mixture, noise: np.ndarray, log_weights: np.ndarray
) -> np.ndarray:
    """The distribution function (n,) at n values with noise variances that add."""
    sds = np.sqrt(mixture.variances[:, None] + noise)
    below = ndtr((values - mixture.means[:, None]) / sds)
    shares = mixture.weights[:, None] * np.exp(log_weights)
    return (shares * below).sum(axis=0)


def _count(transforms: np.ndarray, mass: np.ndarray, edges: np.ndarray) -> np.ndarray:
    n_bins = edges.size - 1
    bins = np.clip(np.searchsorted(edges, transforms, side="right") - 1, 0, n_bins - 1)
    return np.bincount(bins, weights=mass, minlength=n_bins)
