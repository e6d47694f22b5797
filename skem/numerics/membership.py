"""What a fitted mixture says of a grid: who is in which group, and how likely.

Everything here reads the raw grid, NaN and all, and answers in its shape.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from .blocks import BLOCK, read, tiles, unflatten
from .density import moments, posterior, standardise


def posterior_tiles(alphas, mixture):
    """Yield ``rows, columns, p (L, rows, columns), log density (rows, columns)``."""
    centre, scale = moments(mixture)
    standard = standardise(mixture, centre, scale)
    buffer = np.empty(BLOCK)
    for rows, columns in tiles(alphas):
        tile = alphas[rows, columns]
        p, log_density = posterior(read(tile, centre, scale, buffer), standard)
        log_density -= np.log(scale)
        yield rows, columns, unflatten(p, tile), unflatten(log_density, tile)


def cell_memberships(alphas, mixture):
    """Probability of each group for every cell, (N, M, L); NaN for a missing cell."""
    out = np.empty((*alphas.shape, mixture.weights.size), dtype=alphas.dtype)
    for rows, columns, p, _ in posterior_tiles(alphas, mixture):
        out[rows, columns] = np.moveaxis(p, 0, -1)
    return out


def cell_groups(alphas, mixture):
    """The most probable group of every cell, (N, M); -1 for a missing cell."""
    out = np.empty(alphas.shape, dtype=np.intp)
    for rows, columns, p, log_density in posterior_tiles(alphas, mixture):
        out[rows, columns] = np.where(np.isnan(log_density), -1, p.argmax(axis=0))
    return out


def manager_memberships(alphas, mixture):
    """Mean over each manager's draws of the group probabilities, (N, L).

    The mixture's weights for a manager without draws.
    """
    sums = np.zeros((alphas.shape[0], mixture.weights.size))
    counts = np.zeros((alphas.shape[0], 1))
    for rows, _, p, log_density in posterior_tiles(alphas, mixture):
        there = ~np.isnan(log_density)
        sums[rows] += np.where(there, p, 0.0).sum(axis=-1).T
        counts[rows, 0] += there.sum(axis=-1)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), mixture.weights)
    return means.astype(alphas.dtype, copy=False)


def log_densities(alphas, mixture):
    """Log density of every cell, (N, M); NaN for a missing cell."""
    out = np.empty(alphas.shape, dtype=np.float64)
    for rows, columns, _, log_density in posterior_tiles(alphas, mixture):
        out[rows, columns] = log_density
    return out


def log_likelihood(alphas, mixture, manager_mass=None):
    """Sum of the observed cells' log densities, and their mass."""
    total = mass = 0.0
    for rows, _, _, log_density in posterior_tiles(alphas, mixture):
        there = ~np.isnan(log_density)
        sums, counts = np.where(there, log_density, 0.0).sum(axis=1), there.sum(axis=1)
        weights = 1.0 if manager_mass is None else manager_mass[rows]
        total += np.sum(weights * sums)
        mass += np.sum(weights * counts)
    return float(total), float(mass)


class Evidence(NamedTuple):
    """What information criteria need to know of a grid under a mixture.

    The entropy is ``-sum p log p`` over cells and groups: how blurred the
    groups are.
    """

    log_likelihood: float
    entropy: float
    n_cells: int
    n_managers: int


def evidence(alphas, mixture):
    """Log-likelihood, entropy of the memberships, cells and managers observed."""
    total = blur = 0.0
    n_cells, seen = 0, np.zeros(alphas.shape[0], dtype=bool)
    for rows, _, p, log_density in posterior_tiles(alphas, mixture):
        there = ~np.isnan(log_density)
        total += np.sum(log_density, where=there)
        blur -= np.sum(xlogy(p, p), where=there)
        n_cells += np.count_nonzero(there)
        seen[rows] |= there.any(axis=1)
    return Evidence(float(total), float(blur), n_cells, np.count_nonzero(seen))
