"""The free coordinates of a mixture: directions along them, and steps.

They are, for every free group, the logarithm of its weight up to a common constant, its
mean, and the logarithm of its variance (of the common variance where variances are tied).
"""

import numpy as np

from ..model.constraints import Constraints
from ..model.mixture import Mixture

# The multiple of the floor below which a variance counts as on it.
ON_FLOOR = 1 + 1e-9

# The largest change of a log weight or a log variance in a step.
LONGEST = 50.0


def shares(mixtures: Mixture, constraints: Constraints) -> np.ndarray:
    """The free weights, as shares of their sum."""
    weights = mixtures.weights[:, constraints.free.weights]
    total = weights.sum(axis=-1, keepdims=True)
    return np.where(total > 0, weights, 1.0) / np.where(total > 0, total, weights.shape[-1])


def free_directions(mixtures: Mixture, constraints: Constraints) -> np.ndarray:
    """Derivatives of log weights, means and log variances (3L) by the coordinates (P).

    The shape is (C, 3L, P).
    """
    n_mixtures, n_components = mixtures.weights.shape
    free, identity = constraints.free, np.eye(n_components)
    blocks = [np.zeros((n_mixtures, n_components, 0))] * 3
    if constraints.n_weights:
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


def move(mixtures: Mixture, step: np.ndarray, constraints: Constraints) -> Mixture:
    """The mixtures a step (C, P) away; no variance is below the floor."""
    full = step
    if not constraints.plain:
        full = (free_directions(mixtures, constraints) @ step[..., None])[..., 0]
    n = mixtures.weights.shape[-1]
    factors = np.exp(np.minimum(np.maximum(full, -LONGEST), LONGEST))
    variances = mixtures.variances * factors[:, 2 * n :]
    low = variances <= constraints.variance_floor * ON_FLOOR
    if low.any():
        low &= constraints.free.variances
        variances = np.where(low, constraints.variance_floor, variances)
    return Mixture(
        constraints.share_weights(mixtures.weights * factors[:, :n]),
        mixtures.means + full[:, n : 2 * n],
        variances,
    )
