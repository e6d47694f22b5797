"""What a fitted mixture says of a grid: who is in which group, and how likely.

Everything here reads the raw grid, NaN and all, and answers in its shape.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from .blocks import ordered_map, read, tiles, unflatten
from .density import moments, posterior, standardise


def posterior_of(tile, mixture):
    """Memberships (L, rows, columns) and log densities (rows, columns) of a raw tile."""
    centre, scale = moments(mixture)
    standard = standardise(mixture, centre, scale)
    p, log_density = posterior(read(tile, centre, scale), standard)
    log_density -= np.log(scale)
    return unflatten(p, tile), unflatten(log_density, tile)


def cell_memberships(grid, mixture):
    """Probability of each group for every cell, (N, M, L); NaN for a missing cell."""
    out = np.empty((*grid.alphas.shape, mixture.weights.size), dtype=grid.alphas.dtype)

    def fill(at):
        p, _ = posterior_of(grid.alphas[at], mixture)
        out[at] = np.moveaxis(p, 0, -1)

    return _filled(out, fill, grid)


def cell_groups(grid, mixture):
    """The most probable group of every cell, (N, M); -1 for a missing cell."""
    out = np.empty(grid.alphas.shape, dtype=np.intp)

    def fill(at):
        p, log_density = posterior_of(grid.alphas[at], mixture)
        out[at] = np.where(np.isnan(log_density), -1, p.argmax(axis=0))

    return _filled(out, fill, grid)


def log_densities(grid, mixture):
    """Log density of every cell, (N, M); NaN for a missing cell."""
    out = np.empty(grid.alphas.shape, dtype=np.float64)

    def fill(at):
        out[at] = posterior_of(grid.alphas[at], mixture)[1]

    return _filled(out, fill, grid)


def _filled(out, fill, grid):
    for _ in ordered_map(fill, list(tiles(grid.alphas)), grid.n_threads):
        pass
    return out


def manager_memberships(grid, mixture):
    """Mean over each manager's draws of the group probabilities, (N, L).

    The mixture's weights for a manager without draws.
    """
    sums = np.zeros((grid.alphas.shape[0], mixture.weights.size))
    counts = np.zeros((grid.alphas.shape[0], 1))

    def add_up(at):
        p, log_density = posterior_of(grid.alphas[at], mixture)
        there = ~np.isnan(log_density)
        return at[0], np.where(there, p, 0.0).sum(axis=-1).T, there.sum(axis=-1)

    parts = ordered_map(add_up, list(tiles(grid.alphas)), grid.n_threads)
    for rows, part, count in parts:
        sums[rows] += part
        counts[rows, 0] += count
    means = np.where(counts > 0, sums / np.maximum(counts, 1), mixture.weights)
    return means.astype(grid.alphas.dtype, copy=False)


class Score(NamedTuple):
    """Sum of the observed cells' log densities, and their mass."""

    log_likelihood: float
    mass: float

    def __add__(self, other):
        return Score(self.log_likelihood + other.log_likelihood, self.mass + other.mass)


def score(grid, mixture):
    """The log-likelihood of the grid, managers weighted."""
    return grid.total(partial(_score_tile, mixture))


def _score_tile(mixture, tile, row_mass):
    _, log_density = posterior_of(tile, mixture)
    there = ~np.isnan(log_density)
    sums, counts = np.where(there, log_density, 0.0).sum(axis=1), there.sum(axis=1)
    weights = 1.0 if row_mass is None else row_mass
    return Score(float(np.sum(weights * sums)), float(np.sum(weights * counts)))


class Evidence(NamedTuple):
    """What information criteria need to know of a grid under a mixture.

    The entropy is ``-sum p log p`` over cells and groups: how blurred the
    groups are.
    """

    log_likelihood: float
    entropy: float
    n_cells: int
    n_managers: int


def evidence(grid, mixture):
    """Log-likelihood, entropy of the memberships, cells and managers observed."""
    seen = np.zeros(grid.alphas.shape[0], dtype=bool)

    def weigh(at):
        p, log_density = posterior_of(grid.alphas[at], mixture)
        there = ~np.isnan(log_density)
        return (
            at[0],
            there.any(axis=1),
            np.array(
                [
                    np.sum(log_density, where=there),
                    -np.sum(xlogy(p, p), where=there),
                    np.count_nonzero(there),
                ]
            ),
        )

    sums = np.zeros(3)
    for rows, any_there, part in ordered_map(
        weigh, list(tiles(grid.alphas)), grid.n_threads
    ):
        seen[rows] |= any_there
        sums += part
    return Evidence(
        float(sums[0]), float(sums[1]), int(sums[2]), int(np.count_nonzero(seen))
    )
