"""Memberships and log densities of a grid under a fitted mixture.

All functions read the raw grid with its NaN, and return values in its shape.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from ..data.grid import Grid
from ..data.tiles import CACHED
from ..model.mixture import Mixture
from .odds import Standard, tile_log_densities, tile_memberships
from .regions import Regions, groups_of, regions_of


def cell_memberships(grid: Grid, mixture: Mixture) -> np.ndarray:
    """Probability of each group for every cell, (N, M, L); NaN for a missing cell."""
    depth = (mixture.weights.size,)
    function = partial(fill_memberships, Standard.of(mixture))
    return grid.map(function, grid.alphas.dtype, depth)


def fill_memberships(known: Standard, tile: np.ndarray, out: np.ndarray) -> None:
    """Put the memberships (rows, columns, L) of a tile into `out`."""
    tile_memberships(tile, known, out.transpose(2, 0, 1))


def cell_groups(grid: Grid, mixture: Mixture) -> np.ndarray:
    """The most probable group of every cell, (N, M); -1 for a missing cell."""
    known = Standard.of(mixture)
    function = partial(fill_groups, regions_of(known, grid.alphas.dtype), known)
    return grid.map(function, np.intp)


def fill_groups(
    regions: Regions, known: Standard, tile: np.ndarray, out: np.ndarray
) -> None:
    """Put the likeliest groups of a tile into `out`."""
    out[...] = groups_of(regions, known, tile)


def log_densities(grid: Grid, mixture: Mixture) -> np.ndarray:
    """Log density of every cell, (N, M); NaN for a missing cell."""
    return grid.map(partial(fill_log_densities, Standard.of(mixture)), np.float64)


def fill_log_densities(known: Standard, tile: np.ndarray, out: np.ndarray) -> None:
    """Put the log densities of a tile into `out`."""
    out[...] = tile_log_densities(tile, known)


def manager_memberships(grid: Grid, mixture: Mixture) -> np.ndarray:
    """Mean over each manager's draws of the group probabilities, (N, L).

    A manager without draws has the mixture's weights.
    """
    n_components = mixture.weights.size
    function = partial(manager_sums, Standard.of(mixture))
    totals = grid.row_totals(function, n_components + 1)
    means = partial(_means_of_sums, mixture.weights)
    return grid.map_rows(means, totals, n_components, grid.alphas.dtype)


def manager_sums(known: Standard, tile: np.ndarray) -> np.ndarray:
    """Sums over each row's cells of the L memberships, and their number, (rows, L + 1)."""
    p = tile_memberships(tile, known)
    sums, counts = p.sum(axis=-1), tile.shape[1]
    if np.isnan(sums).any():
        sums = np.fmax(p, 0.0, out=p).sum(axis=-1)
        counts = np.count_nonzero(~np.isnan(tile), axis=-1)
    return np.column_stack([sums.T, np.broadcast_to(counts, len(tile))])


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
    return grid.total(partial(score_tile, Standard.of(mixture)), CACHED)


def score_tile(known: Standard, tile: np.ndarray, row_mass: np.ndarray | None) -> Score:
    """The Score of a tile."""
    log_density = tile_log_densities(tile, known)
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
    known = [Standard.of(mixture) for mixture in mixtures]
    return [Evidence(*row) for row in grid.total(partial(weigh_tile, known), CACHED)]


def weigh_tile(
    known: Sequence[Standard], tile: np.ndarray, row_mass: np.ndarray | None
) -> np.ndarray:
    """The values (K, 3) of the Evidence of a tile under each mixture."""
    there = ~np.isnan(tile)
    rows = [(*_sum_rows(one, tile, there), there.sum(axis=1)) for one in known]
    return np.array(rows) @ (np.ones(len(tile)) if row_mass is None else row_mass)


def _sum_rows(
    known: Standard, tile: np.ndarray, there: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Log-likelihood and entropy of each of the tile's rows."""
    log_likelihood = np.sum(tile_log_densities(tile, known), axis=1, where=there)
    p = tile_memberships(tile, known)
    return log_likelihood, -np.sum(xlogy(p, p), axis=(0, 2), where=there)


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
