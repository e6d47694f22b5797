"""Score and observed information of a mixture, from one pass over the cells.

The coordinates are, for every free group, the logarithm of its weight up to a common
constant, its mean, and the logarithm of its variance (of the common variance where
variances are tied).

C mixtures are differentiated at once: their parts have shape (C, L). On a few
thousand points that costs little more than one mixture.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..data.points import Points
from ..data.protocol import Data
from ..data.tiles import dot, in_pieces
from ..model.constraints import Constraints
from ..model.mixture import Mixture, log_joint, normalise
from ..model.scales import Scales
from .coordinates import ON_FLOOR, free_directions, shares
from .noisy_information import Derivatives, NoisySums, sum_noisy_piece
from .quadratics import LARGEST_LEVERAGE, PointSums, sum_over_points, where_exact

# The number of cells that are differentiated at once.
PIECE = 2**13

# The share of the mass below which a group keeps its mean and variance.
NEGLIGIBLE = 1e-14


class Sums(NamedTuple):
    """The log-likelihood (C,) and the sums that give its derivatives.

    With ``u = (z - mu_l) / sigma_l``: `moments` (C, 5, L) are the sums of
    ``p_l u_l^k``, and `products` (C, 3, L, 3, L) the sums of the
    products of ``(p, p u, p u^2)`` of all groups.
    """

    log_likelihood: np.ndarray
    moments: np.ndarray
    products: np.ndarray

    def __add__(self, other: "Sums") -> "Sums":  # type: ignore[override]
        return Sums(*map(np.add, self, other))

    @property
    def mass(self) -> np.ndarray:
        """The mass (C, L) of each group."""
        return self.moments[:, 0]

    def derivatives(self, mixtures: Mixture) -> Derivatives:
        """Derivatives by log weights, means and log variances, ignoring the constraints.

        These ignore that the log weights share a constant.
        """
        score, complete = _score_and_complete(self.moments, mixtures)
        frozen = np.zeros(score.shape, dtype=bool)
        return Derivatives(score, _information(self, mixtures), complete, frozen)


def sum_over(
    cells: Data, mixtures: Mixture, leverage: float = LARGEST_LEVERAGE
) -> Sums | NoisySums | PointSums:
    """The sums over all cells, which give the derivatives.

    Those over points are of powers about 0, for groups up to some `leverage`.
    """
    if isinstance(cells, Points) and not cells.noisy:
        return where_exact(cells, mixtures, sum_over_points, _centred, leverage)
    return sum_centred(cells, mixtures)


def sum_centred(cells: Data, mixtures: Mixture) -> Sums | NoisySums:
    """The sums over all cells, of powers of each group's own deviations.

    If the data are noisy, those of their prior funds come on top.
    """
    sums = cells.total(partial(sum_block, mixtures))
    if cells.prior is None or not isinstance(sums, NoisySums):
        return sums
    return sums.with_prior(cells.prior, mixtures)


def _centred(points: Points, mixtures: Mixture) -> PointSums:
    sums = sum_centred(points, mixtures)
    return PointSums(sums.log_likelihood, sums.mass, *sums.derivatives(mixtures)[:3])


def sum_block(
    mixtures: Mixture,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray | Scales | None = None,
) -> Sums | NoisySums:
    """Sums over a block, by pieces: 3L values are held for each cell of a piece."""
    if noise is None:
        return in_pieces(partial(_sum_piece, mixtures), z, mass, size=PIECE)
    size = PIECE // noise.n_nodes if isinstance(noise, Scales) else PIECE
    return in_pieces(partial(sum_noisy_piece, mixtures), z, mass, noise, size=size)


def _sum_piece(mixtures: Mixture, z: np.ndarray, mass: np.ndarray | None) -> Sums:
    return sum_powers(mixtures, z, mass)[0]


def sum_powers(
    mixtures: Mixture, z: np.ndarray, mass: np.ndarray | None
) -> tuple[Sums, np.ndarray]:
    """The sums over some cells, and their powers (C, 3, L, n) ``(p, p u, p u^2)``."""
    n_mixtures, n_components = mixtures.weights.shape
    powers = np.empty((n_mixtures, 3, n_components, z.size))
    u = powers[:, 1]
    p = log_joint(z, mixtures, u, powers[:, 0])
    u /= np.sqrt(mixtures.variances)[..., None]
    peak, total = normalise(p)
    logs = peak + np.log(total)
    np.multiply(u, u, out=powers[:, 2])
    third_and_fourth = u * powers[:, 2], np.square(powers[:, 2])
    powers[:, 1:] *= p[:, None]
    flat = powers.reshape(n_mixtures, 3 * n_components, -1)
    weighted = flat if mass is None else flat * mass[..., None, :]
    moments = np.empty((n_mixtures, 5, n_components))
    moments[:, :3] = weighted.sum(axis=-1).reshape(-1, 3, n_components)
    for k, power in enumerate(third_and_fourth, start=3):
        moments[:, k] = dot(weighted[:, :n_components], power)
    products = weighted @ flat.swapaxes(1, 2)
    sums = Sums(
        logs.sum(axis=-1) if mass is None else dot(mass, logs),
        moments,
        products.reshape(n_mixtures, 3, n_components, 3, n_components),
    )
    return sums, powers


def differentiate(
    sums: Sums | NoisySums | PointSums, mixtures: Mixture, constraints: Constraints
) -> Derivatives:
    """Derivatives of the log-likelihood (equations G and H of the theory).

    They are by the P free coordinates. A coordinate that cannot move is frozen (a variance
    that is pushed against its floor, or a group without cells). It has a score of 0 and no
    information in common with the others.
    """
    score, information, complete, frozen = sums.derivatives(mixtures)
    n_weights = constraints.n_weights
    if constraints.plain:
        # Responsibilities sum to 1, so the constant that all log weights share changes
        # nothing but the score.
        score, information, complete = score.copy(), information.copy(), complete.copy()
        masses = sums.mass.sum(axis=-1, keepdims=True) * mixtures.weights
        score[:, :n_weights] -= masses
    else:
        masses = sums.mass[:, constraints.free.weights].sum(axis=-1, keepdims=True)
        masses = masses * shares(mixtures, constraints)[:, :n_weights]
        basis = free_directions(mixtures, constraints)
        transposed = basis.swapaxes(1, 2)
        score = (transposed @ score[..., None])[..., 0]
        complete = (np.square(transposed) @ complete[..., None])[..., 0]
        information = transposed @ information @ basis
        frozen = np.zeros(score.shape, dtype=bool)
    # The weights sum to a constant. Nothing changes along the constant that all log
    # weights share, so the information gets some curvature there.
    complete[:, :n_weights] = masses
    np.einsum("cii->ci", information)[:, :n_weights] += masses
    derivatives = Derivatives(score, information, complete, frozen)
    return _freeze(derivatives, sums.mass, mixtures, constraints)


def _score_and_complete(
    moments: np.ndarray, mixtures: Mixture
) -> tuple[np.ndarray, np.ndarray]:
    """First derivatives (C, 3L) and the diagonal of the complete-data information."""
    mass, first, second = moments[:, 0], moments[:, 1], moments[:, 2]
    sds = np.sqrt(mixtures.variances)
    score = np.concatenate([mass, first / sds, 0.5 * (second - mass)], axis=-1)
    complete = np.concatenate([mass, mass / mixtures.variances, 0.5 * mass], axis=-1)
    return score, complete


def _information(sums: Sums, mixtures: Mixture) -> np.ndarray:
    """Minus the Hessian (C, 3L, 3L), without the term of the weights' normalisation.

    It is the expected complete-data information of each cell less the variance, over the
    groups that the cell may be in, of its complete-data score (Louis 1982).
    """
    n_mixtures, n_components = mixtures.weights.shape
    precisions = 1 / np.sqrt(mixtures.variances)
    at = np.arange(n_components)
    matrix = sums.products.copy()
    for j in range(3):
        for k in range(3):
            matrix[:, j, at, k, at] -= sums.moments[:, j + k]
    # From (p, p u, p u^2) to the derivatives (p, p u / sigma, p (u^2 - 1) / 2).
    matrix[:, 2] = 0.5 * (matrix[:, 2] - matrix[:, 0])
    matrix[:, 1] *= precisions[..., None, None]
    matrix[:, :, :, 2] = 0.5 * (matrix[:, :, :, 2] - matrix[:, :, :, 0])
    matrix[:, :, :, 1] *= precisions[:, None, None, :]
    mass, first, second = (sums.moments[:, k] for k in range(3))
    matrix[:, 1, at, 1, at] += mass * precisions**2
    matrix[:, 1, at, 2, at] += first * precisions
    matrix[:, 2, at, 1, at] += first * precisions
    matrix[:, 2, at, 2, at] += 0.5 * second
    return matrix.reshape(n_mixtures, 3 * n_components, 3 * n_components)


def _freeze(
    derivatives: Derivatives,
    mass: np.ndarray,
    mixtures: Mixture,
    constraints: Constraints,
) -> Derivatives:
    score, information, complete, _ = derivatives
    empty = mass < NEGLIGIBLE * mass.sum(axis=-1, keepdims=True)
    on_floor = mixtures.variances <= constraints.variance_floor * ON_FLOOR
    if not (on_floor.any() or empty.any()):
        return derivatives
    free = constraints.free
    # Such a weight is as good as 0, and cannot shrink any further.
    vanished = complete[:, : constraints.n_weights] < np.finfo(float).tiny
    variances = (on_floor | empty)[:, free.variances]
    if constraints.tied_variances:
        variances = on_floor[:, :1]
    pushed = score[:, score.shape[-1] - variances.shape[-1] :] < 0
    if not constraints.tied_variances:
        pushed |= empty[:, free.variances]
    frozen = np.concatenate([vanished, empty[:, free.means], variances & pushed], axis=-1)
    tied = frozen[:, :, None] | frozen[:, None, :]
    return Derivatives(
        np.where(frozen, 0.0, score),
        np.where(tied, np.eye(frozen.shape[-1]), information),
        np.where(frozen, 1.0, complete),
        frozen,
    )
