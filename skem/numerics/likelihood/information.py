"""Score and observed information of a mixture, from one pass over the cells.

Coordinates: for every free group the logarithm of its weight up to a common
constant, its mean, and the logarithm of its variance (of the common variance
where variances are tied).

C mixtures are differentiated at once: their parts have shape (C, L). On a few
thousand points that costs little more than one.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..data.tiles import dot, in_pieces
from ..model.mixture import Mixture, log_joint, normalise
from .noisy_information import Derivatives, sum_noisy_piece

# So many cells are differentiated at once.
PIECE = 2**13

# A variance below this multiple of the floor is on it.
ON_FLOOR = 1 + 1e-9

# A group with less of the mass than this keeps its mean and variance.
NEGLIGIBLE = 1e-14


class Sums(NamedTuple):
    """The log-likelihood (C,) and the sums that give its derivatives.

    With ``u = (z - mu_l) / sigma_l``: `moments` (C, 5, L) are the sums of
    ``p_l u_l^k``, `products` (C, 3, L, 3, L) those of the products of
    ``(p, p u, p u^2)`` of all groups.
    """

    log_likelihood: np.ndarray
    moments: np.ndarray
    products: np.ndarray

    def __add__(self, other):
        return Sums(*map(np.add, self, other))

    @property
    def mass(self):
        """The mass (C, L) of each group."""
        return self.moments[:, 0]

    def derivatives(self, mixtures):
        """By log weights, means and log variances, before any of them is tied or fixed.

        As if the log weights did not share a constant.
        """
        score, complete = _score_and_complete(self.moments, mixtures)
        return Derivatives(score, _information(self, mixtures), complete)


def sum_over(cells, mixtures):
    """The sums over all cells."""
    return cells.total(partial(_sum_block, mixtures))


def _sum_block(mixtures, z, mass, noise=None):
    """Sums over a block, a piece at a time: 3L values are held for each cell of it."""
    if noise is None:
        return in_pieces(partial(_sum_piece, mixtures), z, mass, size=PIECE)
    return in_pieces(partial(sum_noisy_piece, mixtures), z, mass, noise, size=PIECE)


def _sum_piece(mixtures, z, mass):
    return sum_powers(mixtures, z, mass)[0]


def sum_powers(mixtures, z, mass):
    """The sums over some cells, and the powers (C, 3, L, n) ``(p, p u, p u^2)`` in them."""
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


def differentiate(sums, mixtures, constraints):
    """Derivatives of the log-likelihood (equations G and H of the theory page).

    By the P free coordinates. One that is frozen, as it cannot move (a variance on its
    floor and pushed against it, a group without cells), has no score, and no tie to the
    others.
    """
    score, information, complete, _ = sums.derivatives(mixtures)
    basis = free_directions(mixtures, constraints)
    transposed = basis.swapaxes(1, 2)
    score = (transposed @ score[..., None])[..., 0]
    complete = (np.square(transposed) @ complete[..., None])[..., 0]
    information = transposed @ information @ basis
    if n_weights := count_weights(constraints):
        # The weights sum to a constant. Along the constant that all log weights
        # share nothing changes; there the information gets some curvature.
        free = constraints.free.weights
        masses = sums.mass[:, free].sum(axis=-1, keepdims=True)
        complete[:, :n_weights] = masses * shares(mixtures, constraints)
        at = np.arange(n_weights)
        information[:, at, at] += complete[:, :n_weights]
    derivatives = Derivatives(
        score, information, complete, np.zeros(score.shape, dtype=bool)
    )
    return _freeze(derivatives, sums.mass, mixtures, constraints)


def count_weights(constraints):
    """How many log weights are coordinates: none where all are determined."""
    n_free = int(constraints.free.weights.sum())
    return n_free if n_free > 1 else 0


def shares(mixtures, constraints):
    """The free weights, as shares of what is free."""
    weights = mixtures.weights[:, constraints.free.weights]
    total = weights.sum(axis=-1, keepdims=True)
    return np.where(total > 0, weights, 1.0) / np.where(total > 0, total, weights.shape[-1])


def free_directions(mixtures, constraints):
    """How log weights, means and log variances (3L) follow the coordinates (P).

    Shape (C, 3L, P).
    """
    n_mixtures, n_components = mixtures.weights.shape
    free, identity = constraints.free, np.eye(n_components)
    blocks = [np.zeros((n_mixtures, n_components, 0))] * 3
    if count_weights(constraints):
        at = free.weights
        blocks[0] = identity[:, at] - at[:, None] * shares(mixtures, constraints)[:, None]
    blocks[1] = np.broadcast_to(
        identity[:, free.means], (n_mixtures, n_components, free.means.sum())
    )
    variances = identity[:, free.variances]
    if constraints.tied_variances:
        variances = np.ones((n_components, 1))
    blocks[2] = np.broadcast_to(variances, (n_mixtures, *variances.shape))
    basis = np.zeros((n_mixtures, 3, n_components, sum(b.shape[-1] for b in blocks)))
    start = 0
    for kind, block in enumerate(blocks):
        basis[:, kind, :, start : start + block.shape[-1]] = block
        start += block.shape[-1]
    return basis.reshape(n_mixtures, 3 * n_components, -1)


def move(mixtures, step, constraints):
    """The mixtures a step (C, P) away, their variances not below the floor."""
    full = (free_directions(mixtures, constraints) @ step[..., None])[..., 0]
    log_weights, means, log_variances = np.split(full, 3, axis=-1)
    grown = mixtures.weights * np.exp(np.clip(log_weights, -50, 50))
    variances = mixtures.variances * np.exp(np.clip(log_variances, -50, 50))
    floor = constraints.variance_floor
    low = constraints.free.variances & (variances <= floor * ON_FLOOR)
    return Mixture(
        constraints.share_weights(grown),
        mixtures.means + means,
        np.where(low, floor, variances),
    )


def _score_and_complete(moments, mixtures):
    """First derivatives (C, 3L) and the diagonal of the complete-data information."""
    mass, first, second = moments[:, 0], moments[:, 1], moments[:, 2]
    sds = np.sqrt(mixtures.variances)
    score = np.concatenate([mass, first / sds, 0.5 * (second - mass)], axis=-1)
    complete = np.concatenate([mass, mass / mixtures.variances, 0.5 * mass], axis=-1)
    return score, complete


def _information(sums, mixtures):
    """Minus the Hessian (C, 3L, 3L), without the term of the weights' normalisation.

    The variance, over the groups a cell may be in, of the score it would have
    there, less what it would know in each (Louis 1982).
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


def _freeze(derivatives, mass, mixtures, constraints):
    score, information, complete, _ = derivatives
    empty = mass < NEGLIGIBLE * mass.sum(axis=-1, keepdims=True)
    on_floor = mixtures.variances <= constraints.variance_floor * ON_FLOOR
    if not (on_floor | empty).any():
        return derivatives
    free = constraints.free
    # Not to be told from no weight at all: it could not shrink any further.
    vanished = complete[:, : count_weights(constraints)] < np.finfo(float).tiny
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
