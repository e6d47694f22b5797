"""Refits of a mixture to resampled managers.

Every manager's cells are counted once, in common bins. The counts of a resample are then a
sum of rows of counts, and no refit reads the grid.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array, csr_array, vstack

from ..ascent.newton import Climb
from ..data.cells import Cells
from ..data.points import Points
from ..model.constraints import Constraints
from ..model.mixture import Mixture, join
from ..search.seeding import Rng
from .refits import common_starts, solve_each
from .replicates import Bins, bins_for

# The bins in which a refit is some hundredths of a standard error from that on the cells.
BINS: dict[str, Any] = {"fineness": 16, "fewest": 2**11, "most": 2**13}

# The number of managers whose cells are counted together, and of resamples that are fitted
# together.
ROWS, N_GRIDS = 2**10, 16

# The number of scattered starts of either kind, besides the mixture itself, and of
# candidates that climb.
N_SCATTERED = 2
CLIMB: dict[str, Any] = {"n_solved": 2, "max_iter": 200}


def count_managers_cells(cells: Cells, bins: Bins) -> csr_array:
    """Sparse masses (N, K) of every manager's cells in each bin."""
    alphas = cells.grid.alphas
    parts = []
    for begin in range(0, alphas.shape[0], ROWS):
        tile = np.asarray(alphas[begin : begin + ROWS], dtype=np.float64)
        rows, columns = np.nonzero(~np.isnan(tile))
        index = bins.place((tile[rows, columns] - cells.centre) / cells.scale)
        shape = (tile.shape[0], bins.values.size)
        parts.append(csr_array(coo_array((np.ones(rows.size), (rows, index)), shape)))
    return vstack(parts, format="csr")


def resample(counts: csr_array, n_resamples: int, rng: Rng) -> np.ndarray:
    """The number of times (R, N) that each manager is drawn.

    As many managers as have a cell are drawn, with replacement.
    """
    there = counts.sum(axis=1) > 0
    times = np.zeros((n_resamples, there.size))
    n = int(there.sum())
    times[:, there] = rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)
    return times


def refit(
    values: np.ndarray,
    masses: np.ndarray,
    mixture: Mixture,
    constraints: Constraints,
    tol: float,
) -> Climb:
    """The Climb of the best optimum for each row (R, K) of masses.

    One climb begins at `mixture`. Others begin where groups stand side by side or are
    scattered over the cells, because a resample's best optimum may be another one.
    """
    n_components = mixture.weights.size
    candidates = [mixture]
    if n_components > 1:
        everything = Points(values, masses.sum(axis=0))
        candidates += common_starts(everything, n_components, N_SCATTERED)
    grids = Points(values, masses)
    return solve_each(grids, [candidates] * len(masses), constraints, tol=tol, **CLIMB)


def bootstrap_fits(
    cells: Cells,
    mixture: Mixture,
    constraints: Constraints,
    *,
    n_resamples: int,
    tol: float,
    rng: Rng,
    progress: Callable[[int, int], Any] | None = None,
) -> tuple[Mixture, np.ndarray]:
    """Refits to resampled managers: mixtures (B, L), and the remaining gain (B,) of each.

    `progress` is called with the number of refits done, and the number of all.
    """
    bins = bins_for(mixture, **BINS)
    counts = count_managers_cells(cells, bins)
    mixtures, remaining = [], []
    for begin in range(0, n_resamples, N_GRIDS):
        n = min(N_GRIDS, n_resamples - begin)
        masses = resample(counts, n, rng) @ counts
        climbed = refit(bins.values, masses, mixture, constraints, tol)
        mixtures.append(climbed.mixtures)
        remaining.append(climbed.remaining)
        if progress:
            progress(begin + n, n_resamples)
    return join(mixtures), np.concatenate(remaining)


def match(mixtures: Mixture, reference: Mixture, noise: float = 0.0) -> Mixture:
    """The mixtures (B, L), with the groups of each in the order of those of `reference`.

    The assignment minimises the sum of squared distances between paired groups (equation
    B7). The metric is the normal distribution's information at the reference: distances of
    means are in its standard deviations, and those of variances are of their logarithms.
    Groups are compared as they are seen through the noise.
    """
    seen, own = mixtures.variances + noise, reference.variances + noise
    shift = mixtures.means[:, None, :] - reference.means[:, None]
    stretch = np.log(seen)[:, None, :] - np.log(own)[:, None]
    distances = shift**2 / own[:, None] + 0.5 * stretch**2
    order = np.array([linear_sum_assignment(matrix)[1] for matrix in distances])
    return Mixture(*(np.take_along_axis(part, order, axis=1) for part in mixtures))
