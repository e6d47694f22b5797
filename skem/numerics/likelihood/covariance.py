"""How precise an estimate is: from the scores of managers to a covariance.

All of it is in standard units, and for log weights, means and log variances: what
callers want follows by the delta method.
"""

import operator
from functools import partial, reduce
from typing import NamedTuple

import numpy as np

from ..model.mixture import Mixture
from .information import (
    Sums,
    count_weights,
    differentiate,
    free_directions,
    shares,
    sum_powers,
)
from .noisy_information import NoisySums

# So many values are held at once for each of the powers of the cells.
PIECE = 2**15

# So many sds of the narrowest group are as far as any cell is taken to be.
FARTHEST = 1e70

# Of the largest curvature, along which nothing can be told from rounding.
SINGULAR = 1e-10


class ManagerSums(NamedTuple):
    """Sums over the cells, and over the managers who have any.

    `outer` (3L, 3L) adds up, over managers, the product of their sums of
    ``(p, p u, p u^2)``, as `information.Sums` has them; of pairs of draws the mean of
    these products, for managers who have two draws or more. `infinite` counts cells.
    """

    sums: Sums
    outer: np.ndarray
    n_managers: float
    infinite: int

    def __add__(self, other):
        return ManagerSums(*map(operator.add, self, other))

    def score_products(self, mixture):
        """The same sums, and the products of the managers' scores."""
        n_components = mixture.weights.size
        identity = np.eye(n_components)
        to_scores = np.zeros((3, n_components, 3, n_components))
        to_scores[0, :, 0] = identity
        to_scores[1, :, 1] = identity / np.sqrt(mixture.variances)
        to_scores[2, :, 0], to_scores[2, :, 2] = -0.5 * identity, 0.5 * identity
        to_scores = to_scores.reshape(3 * n_components, 3 * n_components)
        products = to_scores @ self.outer @ to_scores.T
        return ScoreProducts(self.sums, products, self.n_managers)


def sum_by_manager(grid, mixture, centre, scale, pairs):
    """The sums of a grid under a mixture of ``z = (alpha - centre) / scale``."""
    batch = Mixture(*(part[None] for part in mixture))
    return grid.total(partial(_sum_tile, batch, centre, scale, pairs), whole_rows=True)


def _sum_tile(batch, centre, scale, pairs, tile, row_mass):
    n_rows, n_columns = tile.shape
    height = max(1, PIECE // n_columns)
    bands = [slice(start, start + height) for start in range(0, n_rows, height)]
    row_mass = np.ones(n_rows) if row_mass is None else row_mass
    work = partial(_sum_band, batch, centre, scale, pairs)
    return reduce(operator.add, (work(tile[band], row_mass[band]) for band in bands))


def _sum_band(batch, centre, scale, pairs, rows, row_mass):
    """Sums of a few whole rows, some columns at a time if they are long."""
    seen = row_mass > 0
    n_draws = np.count_nonzero(~np.isnan(rows), axis=1) * seen
    each = row_mass / np.maximum(n_draws * (n_draws - 1), 1) * (n_draws > 1)
    sums, managers, same, infinite = [], 0.0, 0.0, 0
    far = FARTHEST * np.sqrt(batch.variances.min())
    for start in range(0, rows.shape[1], PIECE):
        z = np.subtract(rows[:, start : start + PIECE], centre, dtype=np.float64)
        z *= 1 / scale
        there = ~np.isnan(z) & seen[:, None]
        z[~there] = 0.0
        infinite += int(np.count_nonzero(np.isinf(z)))
        np.clip(z, -far, far, out=z)  # so that fourth powers are finite
        mass = there * row_mass[:, None]
        part, powers = sum_powers(batch, z.ravel(), mass.ravel())
        sums.append(part)
        flat = powers.reshape(-1, z.size)
        managers = managers + np.einsum("krj,rj->rk", flat.reshape(-1, *z.shape), there)
        if pairs:
            same = same + (flat * (there * each[:, None]).ravel()) @ flat.T
    products = (managers.T * (each if pairs else row_mass)) @ managers
    n_managers = float(row_mass[n_draws > 0].sum())
    total = reduce(operator.add, sums)
    return ManagerSums(total, products - same, n_managers, infinite)


class ScoreProducts(NamedTuple):
    """Sums that `information` differentiates, and the products of scores (3L, 3L).

    The scores are by log weights, means and log variances. The products are summed over
    the `n` managers or estimates, which are independent of each other.
    """

    sums: Sums | NoisySums
    products: np.ndarray
    n: float


class Precision(NamedTuple):
    """Covariance (3L, 3L) of log weights, means and log variances, in standard units.

    0 for what is fixed. What the sums say nothing of is `unknown` (3L,), with a
    covariance of NaN. `gain` is the log-likelihood still to be gained where it curves
    downwards, in nats.
    """

    covariance: np.ndarray
    unknown: np.ndarray
    gain: float


def precision(scores, mixture, constraints, draws):
    """The covariance of the estimates (equations V1 to V3 of the theory page)."""
    batch = Mixture(*(part[None] for part in mixture))
    derivatives = differentiate(scores.sums, batch, constraints)
    directions = free_directions(batch, constraints)[0]
    frozen = derivatives.frozen[0]
    outer = directions.T @ scores.products @ directions
    if n_weights := count_weights(constraints):
        # As in the information, along what the log weights share; it cancels later.
        share = np.pad(shares(batch, constraints)[0], (0, outer.shape[0] - n_weights))
        outer += scores.n * np.outer(share, share)
    outer[frozen] = outer[:, frozen] = 0.0
    outer[frozen, frozen] = 1.0
    inverse, lost = _invert(derivatives.information[0])
    gain = float(0.5 * derivatives.score[0] @ inverse @ derivatives.score[0])
    if draws == "fixed":
        inverse = inverse @ outer @ inverse * (scores.n / max(scores.n - 1, 1))
    elif draws == "posterior":
        inverse, lost = _invert(outer)
    covariance = directions @ inverse @ directions.T
    unknown = _touched(directions @ np.column_stack([lost, np.eye(frozen.size)[:, frozen]]))
    covariance[unknown] = covariance[:, unknown] = np.nan
    return Precision(covariance, unknown, gain)


def _invert(matrix):
    """The inverse (P, P), and the directions (P, K) along which there is none."""
    diagonal = matrix.diagonal()
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(scale[:, None] * matrix * scale)
    singular = values <= SINGULAR * max(values.max(initial=0.0), SINGULAR)
    vectors = scale[:, None] * vectors
    kept = vectors[:, ~singular]
    return (kept / values[~singular]) @ kept.T, vectors[:, singular]


def _touched(directions):
    """Which of the parameters (3L,) move along any of the directions (3L, K)."""
    if not directions.size:
        return np.zeros(directions.shape[0], dtype=bool)
    lengths = np.abs(directions)
    return np.any(lengths > 1e-6 * lengths.max(axis=0), axis=1)
