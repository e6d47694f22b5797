"""Memberships and log densities of a grid under a fitted mixture.

All functions read the raw grid with its NaN, and return values in its shape.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from ..data.grid import Grid
from ..data.tiles import PIECE, read, scratch, unflatten
from ..model.mixture import Mixture, exact_scale, responsibilities, standardise


def posterior_of(tile: np.ndarray, mixture: Mixture) -> tuple[np.ndarray, np.ndarray]:
    """Memberships (L, rows, columns) and log densities (rows, columns) of a raw tile."""
    scale = exact_scale(mixture)
    standard = standardise(mixture, 0.0, scale)
    shape = (mixture.weights.size, tile.size)
    p, log_density = responsibilities(
        read(tile, 0.0, scale),
        standard,
        scratch("deviations", shape),
        scratch("p", shape),
    )
    log_density -= np.log(scale)
    return unflatten(p, tile), unflatten(log_density, tile)


def cell_memberships(grid: Grid, mixture: Mixture) -> np.ndarray:
    """Probability of each group for every cell, (N, M, L); NaN for a missing cell."""
    depth = (mixture.weights.size,)
    return grid.map(partial(_memberships, mixture), grid.alphas.dtype, depth)


def _memberships(mixture: Mixture, tile: np.ndarray) -> np.ndarray:
    return np.moveaxis(posterior_of(tile, mixture)[0], 0, -1)


def cell_groups(grid: Grid, mixture: Mixture) -> np.ndarray:
    """The most probable group of every cell, (N, M); -1 for a missing cell."""
    return grid.map(partial(_groups, mixture), np.intp)


def _groups(mixture: Mixture, tile: np.ndarray) -> np.ndarray:
    p, log_density = posterior_of(tile, mixture)
    return np.where(np.isnan(log_density), -1, p.argmax(axis=0))


def log_densities(grid: Grid, mixture: Mixture) -> np.ndarray:
    """Log density of every cell, (N, M); NaN for a missing cell."""
    return grid.map(partial(_log_densities, mixture), np.float64)


def _log_densities(mixture: Mixture, tile: np.ndarray) -> np.ndarray:
    return posterior_of(tile, mixture)[1]


def manager_memberships(grid: Grid, mixture: Mixture) -> np.ndarray:
    """Mean over each manager's draws of the group probabilities, (N, L).

    A manager without draws has the mixture's weights.
    """
    n_components = mixture.weights.size
    totals = grid.row_totals(partial(_manager_sums, mixture), n_components + 1)
    means = partial(_means_of_sums, mixture.weights)
    return grid.map_rows(means, totals, n_components, grid.alphas.dtype)


def _manager_sums(mixture: Mixture, tile: np.ndarray) -> np.ndarray:
    """Sums over each row's cells of the L memberships, and their number, (rows, L + 1)."""
    p, log_density = posterior_of(tile, mixture)
    there = ~np.isnan(log_density)
    sums = np.where(there, p, 0.0).sum(axis=-1).T
    return np.column_stack([sums, there.sum(axis=-1)])


def _means_of_sums(without_draws: np.ndarray, totals: np.ndarray) -> np.ndarray:
    sums, counts = totals[:, :-1], totals[:, -1:]
    return np.where(counts > 0, sums / np.maximum(counts, 1), without_draws)


class Score(NamedTuple):
    """Sum of the observed cells' log densities, and their mass."""

    log_likelihood: float
    mass: float

    def __add__(self, other: "Score") -> "Score":  # type: ignore[override]
        return Score(self.log_likelihood + other.log_likelihood, self.mass + other.mass)


def score(grid: Grid, mixture: Mixture) -> Score:
    """The log-likelihood of the grid, weighted by the managers' weights."""
    return grid.total(partial(_score_tile, mixture), PIECE)


def _score_tile(mixture: Mixture, tile: np.ndarray, row_mass: np.ndarray | None) -> Score:
    _, log_density = posterior_of(tile, mixture)
    there = ~np.isnan(log_density)
    sums, counts = np.where(there, log_density, 0.0).sum(axis=1), there.sum(axis=1)
    weights = 1.0 if row_mass is None else row_mass
    return Score(float(np.sum(weights * sums)), float(np.sum(weights * counts)))


class Evidence(NamedTuple):
    """The values from which the information criteria of a mixture are computed.

    The entropy is ``-sum p log p`` over cells and groups; it measures how much the groups
    overlap. `mass` is the number of observed cells, weighted by the managers' weights.
    """

    log_likelihood: float
    entropy: float
    mass: float


def evidence(grid: Grid, mixtures: Sequence[Mixture]) -> list[Evidence]:
    """The Evidence of the grid under each of the mixtures, from one pass."""
    return [Evidence(*row) for row in grid.total(partial(_weigh_tile, mixtures), PIECE)]


def _weigh_tile(
    mixtures: Sequence[Mixture], tile: np.ndarray, row_mass: np.ndarray | None
) -> np.ndarray:
    there = ~np.isnan(tile)
    rows = [(*_sum_rows(mixture, tile, there), there.sum(axis=1)) for mixture in mixtures]
    return np.array(rows) @ (np.ones(len(tile)) if row_mass is None else row_mass)


def _sum_rows(
    mixture: Mixture, tile: np.ndarray, there: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood and entropy of each of the tile's rows."""
    p, log_density = posterior_of(tile, mixture)
    entropy = -np.sum(xlogy(p, p), axis=(0, 2), where=there)
    return np.sum(log_density, axis=1, where=there), entropy


def total_manager_mass(grid: Grid) -> float:
    """The number of managers with an observed cell, or the total weight of these."""
    seen = np.asarray(draws_per_manager(grid) > 0)
    return float(seen.sum() if grid.manager_mass is None else seen @ grid.manager_mass)


def draws_per_manager(grid: Grid) -> np.ndarray:
    """The number of observed cells of each manager, (N,)."""
    return grid.row_totals(_count_row, 1)[:, 0]


def _count_row(tile: np.ndarray) -> np.ndarray:
    return np.count_nonzero(~np.isnan(tile), axis=1)[:, None]


class Criteria(NamedTuple):
    """Information criteria; lower is better."""

    aic: float
    bic: float
    icl: float


def criteria(seen: Evidence, n_parameters: int, n_observations: float) -> Criteria:
    """Criteria from the Evidence `seen`, for the given number of observations.

    If there are fewer observations than cells, the sums over cells are divided by the
    number of cells per observation.
    """
    share = n_observations / seen.mass
    deviance = -2 * share * seen.log_likelihood
    bic = deviance + n_parameters * np.log(n_observations)
    return Criteria(
        float(deviance + 2 * n_parameters),
        float(bic),
        float(bic + 2 * share * seen.entropy),
    )
