"""Score, observed information, and the log-likelihood still to be gained.

Coordinates: per group the logarithm of its weight, its mean, and the logarithm
of its variance. The log weights are defined up to a common constant.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from .density import log_joint, normalise


def score_and_information(cells, mixture):
    """Gradient (3L,) and negative Hessian (3L, 3L) of the log-likelihood, in one pass.

    Ordered as all log weights, all means, all log variances (Louis 1982;
    equations G and H of the theory page). The direction that adds a constant
    to all log weights changes nothing: the information is 0 along it.
    """
    n_components = mixture.weights.size
    gradient = np.zeros((3, n_components))
    covariance = np.zeros((3 * n_components, 3 * n_components))
    within = np.zeros((n_components, 3, 3))
    total_mass = 0.0
    for z, mass in cells.blocks():
        derivatives, p = _log_joint_derivatives(z, mixture)
        weighted = p * derivatives
        flat = weighted.reshape(3 * n_components, -1)
        if mass is not None:
            weighted = weighted * mass
        gradient += weighted.sum(axis=-1)
        total_mass += z.size if mass is None else mass.sum()
        covariance += weighted.reshape(flat.shape) @ flat.T
        within += np.einsum("alb,clb->lac", weighted, derivatives, optimize=True)
    information = covariance
    for group, block in enumerate(within):
        at = group + n_components * np.arange(3)
        information[np.ix_(at, at)] -= block - _second_derivatives(
            gradient[:, group], block[0, 0], mixture.variances[group]
        )
    weights = mixture.weights
    gradient[0] -= total_mass * weights
    information[:n_components, :n_components] += total_mass * (
        np.diag(weights) - np.outer(weights, weights)
    )
    return gradient.ravel(), information


def _log_joint_derivatives(z, mixture):
    """First derivatives (3, L, n) of each group's log joint density, and p (L, n).

    With respect to log weight (without the normalising term, which is the same
    for every cell), mean and log variance.
    """
    derivatives = np.ones((3, mixture.weights.size, z.size))
    p = log_joint(z, mixture, derivatives[1])
    normalise(p)
    np.multiply(derivatives[1], derivatives[1], out=derivatives[2])
    derivatives[1:] /= mixture.variances[:, None]
    derivatives[2] -= 1.0
    derivatives[2] *= 0.5
    return derivatives, p


def _second_derivatives(sums, mass, variance):
    """Minus the responsibility-weighted Hessian of one group's log joint density.

    `sums` are the weighted sums of its first derivatives, so that
    ``sum p (z - mu)^2 / sigma2 = 2 sums[2] + mass``.
    """
    hessian = np.zeros((3, 3))
    hessian[1, 1] = mass / variance
    hessian[1, 2] = hessian[2, 1] = sums[1]
    hessian[2, 2] = sums[2] + 0.5 * mass
    return hessian


def remaining_gain(cells, mixture, variance_floor):
    """Log-likelihood, in nats, between `mixture` and the top of the hill it is on.

    The Newton decrement ``g' I^-1 g / 2``; infinite where the log-likelihood
    is not concave, for there is no top in sight. Variances on the floor, and
    groups without weight, are not free to move.
    """
    gradient, information = score_and_information(cells, mixture)
    alive = mixture.weights > 0
    above = alive & (mixture.variances > variance_floor * (1 + 1e-9))
    free = np.concatenate([alive, alive, above])
    gradient = gradient[free]
    information = information[np.ix_(free, free)]
    n_alive = np.count_nonzero(alive)
    # The log weights' common constant: any curvature along it will do.
    information[:n_alive, :n_alive] += cells.mass / n_alive
    try:
        return 0.5 * float(gradient @ cho_solve(cho_factor(information), gradient))
    except np.linalg.LinAlgError:
        return np.inf
