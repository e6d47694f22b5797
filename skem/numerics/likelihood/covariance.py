"""The covariance of the estimates, from the scores of managers.

All values are in standard units, and for log weights, means and log variances. Callers
apply the delta method for other parameters.
"""

import operator
from functools import partial, reduce
from typing import NamedTuple

import numpy as np

from ..data.grid import Grid
from ..model.constraints import Constraints
from ..model.mixture import Mixture
from .coordinates import free_directions, shares
from .information import Sums, differentiate, sum_powers
from .noisy_information import NoisySums

# The number of values that are held at once for each power of the cells.
PIECE = 2**15

# The distance, in sds of the narrowest group, at which cells are clipped.
FARTHEST = 1e70

# The share of the largest curvature below which curvature may be rounding.
SINGULAR = 1e-10


class ManagerSums(NamedTuple):
    """Sums over the observed cells, and over the managers who have some.

    `outer` (3L, 3L) is the sum over managers of the outer product of their sums of
    ``(p, p u, p u^2)``, which `information.Sums` defines. For pairs of draws it is the sum
    of the mean product of two draws, over the managers who have at least two. `infinite`
    is the number of infinite cells.
    """

    sums: Sums
    outer: np.ndarray
    n_managers: float
    infinite: int

    def __add__(self, other: "ManagerSums") -> "ManagerSums":  # type: ignore[override]
        return ManagerSums(*map(operator.add, self, other))

    def score_products(self, mixture: Mixture) -> "ScoreProducts":
        """The same sums, and the products of the managers' scores."""
        n_components = mixture.weights.size
        identity = np.eye(n_components)
        to_scores = np.zeros((3, n_components, 3, n_components))
        to_scores[0, :, 0] = identity
        to_scores[1, :, 1] = identity / np.sqrt(mixture.variances)
        to_scores[2, :, 0], to_scores[2, :, 2] = -0.5 * identity, 0.5 * identity
        matrix = to_scores.reshape(3 * n_components, 3 * n_components)
        products = matrix @ self.outer @ matrix.T
        return ScoreProducts(self.sums, products, self.n_managers)


def sum_by_manager(
    grid: Grid, mixture: Mixture, centre: float, scale: float, pairs: bool
) -> ManagerSums:
    """The sums of a grid under a mixture of ``z = (alpha - centre) / scale``."""
    batch = Mixture(*(part[None] for part in mixture))
    return grid.total(partial(_sum_tile, batch, centre, scale, pairs), whole_rows=True)


def _sum_tile(
    batch: Mixture,
    centre: float,
    scale: float,
    pairs: bool,
    tile: np.ndarray,
    row_mass: np.ndarray | None,
) -> ManagerSums:
    n_rows, n_columns = tile.shape
    height = max(1, PIECE // n_columns)
    bands = [slice(start, start + height) for start in range(0, n_rows, height)]
    row_mass = np.ones(n_rows) if row_mass is None else row_mass
    work = partial(_sum_band, batch, centre, scale, pairs)
    return reduce(operator.add, (work(tile[band], row_mass[band]) for band in bands))


def _sum_band(
    batch: Mixture,
    centre: float,
    scale: float,
    pairs: bool,
    rows: np.ndarray,
    row_mass: np.ndarray,
) -> ManagerSums:
    """Sums of a few whole rows; long rows are read some columns at a time."""
    seen = row_mass > 0
    n_draws = np.count_nonzero(~np.isnan(rows), axis=1) * seen
    each = row_mass / np.maximum(n_draws * (n_draws - 1), 1) * (n_draws > 1)
    sums: list[Sums] = []
    n_powers = 3 * batch.weights.size
    managers = np.zeros((rows.shape[0], n_powers))
    same, infinite = np.zeros((n_powers, n_powers)), 0
    far = FARTHEST * np.sqrt(batch.variances.min())
    for start in range(0, rows.shape[1], PIECE):
        with np.errstate(invalid="ignore"):  # a NaN may signal
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

    The scores are derivatives by log weights, means and log variances. The products are
    summed over the `n` managers or estimates. These are independent of each other, unless
    the products of all pairs, whose sum is `shared` (3L, 3L), are given.
    """

    sums: Sums | NoisySums
    products: np.ndarray
    n: float
    shared: np.ndarray | None = None


class Precision(NamedTuple):
    """Covariance (3L, 3L) of log weights, means and log variances, in standard units.

    The covariance is 0 for fixed parameters, and NaN for the `unknown` (3L,) ones, about
    which the sums have no information. `gain` is the log-likelihood, in nats, that one
    Newton step still gains in the directions in which it curves downwards.
    """

    covariance: np.ndarray
    unknown: np.ndarray
    gain: float


def precision(
    scores: ScoreProducts, mixture: Mixture, constraints: Constraints, draws: str
) -> Precision:
    """The covariance of the estimates (equations V1 to V3 of the theory)."""
    batch = Mixture(*(part[None] for part in mixture))
    derivatives = differentiate(scores.sums, batch, constraints)
    directions = free_directions(batch, constraints)[0]
    frozen = derivatives.frozen[0]
    outer = directions.T @ scores.products @ directions
    if n_weights := constraints.n_weights:
        # As in the information, this adds curvature along the constant that all log weights
        # share. It cancels later.
        share = np.pad(shares(batch, constraints)[0], (0, outer.shape[0] - n_weights))
        outer += scores.n * np.outer(share, share)
    outer[frozen] = outer[:, frozen] = 0.0
    outer[frozen, frozen] = 1.0
    inverse, lost = _invert(derivatives.information[0])
    dependent = np.zeros_like(inverse)
    if scores.shared is not None:
        together = directions.T @ scores.shared @ directions
        together[frozen] = together[:, frozen] = 0.0
        dependent = _between(inverse, together)
    gain = float(0.5 * derivatives.score[0] @ inverse @ derivatives.score[0])
    if draws == "fixed":
        inverse = inverse @ outer @ inverse * (scores.n / max(scores.n - 1, 1))
    elif draws == "posterior":
        inverse, lost = _invert(outer)
    covariance = directions @ (inverse + dependent) @ directions.T
    unknown = _touched(directions @ np.column_stack([lost, np.eye(frozen.size)[:, frozen]]))
    covariance[unknown] = covariance[:, unknown] = np.nan
    return Precision(covariance, unknown, gain)


def _invert(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse (P, P), and the directions (P, K) along which `matrix` is singular."""
    diagonal = matrix.diagonal()
    scale = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(scale[:, None] * matrix * scale)
    singular = values <= SINGULAR * max(values.max(initial=0.0), SINGULAR)
    vectors = scale[:, None] * vectors
    kept = vectors[:, ~singular]
    return (kept / values[~singular]) @ kept.T, vectors[:, singular]


def _between(inverse: np.ndarray, products: np.ndarray) -> np.ndarray:
    """The products between two copies of the inverse, where they are positive.

    Products of pairs that lower a variance are what chance leaves of independent ones.
    """
    values, vectors = np.linalg.eigh(inverse)
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    values, vectors = np.linalg.eigh(root.T @ products @ root)
    half = root @ vectors
    return (half * np.maximum(values, 0.0)) @ half.T


def _touched(directions: np.ndarray) -> np.ndarray:
    """Which of the parameters (3L,) move along any of the directions (3L, K)."""
    if not directions.size:
        return np.zeros(directions.shape[0], dtype=bool)
    lengths = np.abs(directions)
    return np.any(lengths > 1e-6 * lengths.max(axis=0), axis=1)
