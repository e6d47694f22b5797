"""Sums over points, as matrix products with the powers of their values.

The log density of a group is a quadratic in the value z. So are the derivatives of that
log density, and all sums that a climb needs are of responsibilities, or of the products of
two of them, times z to a power of at most 4.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..data.points import Points
from ..model.mixture import LOG_2PI, Mixture, take
from .noisy_information import Derivatives

# The largest mean square of a group about 0, in its variances, for which powers about 0
# keep enough digits: its sums are then exact to some 1e-10.
LARGEST_LEVERAGE = 1e6

# The logarithm of a weight of 0: no difference to it is above the smallest exponent.
NO_WEIGHT = -1e300

# Exponentials of log densities above this keep all their digits.
FAINTEST = -600.0


class PointSums(NamedTuple):
    """The log-likelihood (C,) of C mixtures, the groups' masses (C, L), and derivatives.

    They are by log weights, means and log variances, as those of NoisySums.
    """

    log_likelihood: np.ndarray
    mass: np.ndarray
    score: np.ndarray
    information: np.ndarray
    complete: np.ndarray

    def derivatives(self, mixtures: Mixture) -> Derivatives:
        """The summed derivatives, before any coordinate is tied or fixed."""
        frozen = np.zeros(self.score.shape, dtype=bool)
        return Derivatives(self.score, self.information, self.complete, frozen)


def where_exact(
    points: Points,
    mixtures: Mixture,
    by_powers: Callable[[Points, Mixture], Any],
    centred: Callable[[Points, Mixture], Any],
    leverage: float = LARGEST_LEVERAGE,
) -> Any:
    """Sums `by_powers` for those of C mixtures for which they keep digits, else `centred`.

    Either function gives a NamedTuple of arrays (C, ...).
    """
    _, means, variances = mixtures
    exact = means * means < leverage * variances
    if exact.all():
        return by_powers(points, mixtures)
    exact = exact.all(axis=-1)
    if not exact.any():
        return centred(points, mixtures)
    order = np.argsort(np.append(np.flatnonzero(exact), np.flatnonzero(~exact)))
    parts = [
        function(points.only(some), take(mixtures, some))
        for function, some in ((by_powers, exact), (centred, ~exact))
    ]
    joined = (np.concatenate(pair)[order] for pair in zip(*parts, strict=True))
    return type(parts[0])(*joined)


def weigh(
    points: Points, mixtures: Mixture, likelihood: bool = True
) -> tuple[np.ndarray, np.ndarray]:
    """Responsibilities (C, L, K) of the points, and the log-likelihoods (C,).

    The latter are NaN if no `likelihood` is asked for.
    """
    p = _log_joint(points, mixtures)
    peak = None
    if not _in_range(p):
        peak = np.maximum.reduce(p, axis=1)
        p -= peak[:, None]
    np.exp(p, out=p)
    total = np.add.reduce(p, axis=1)
    p /= total[:, None]
    if not likelihood:
        return p, np.full(len(p), np.nan)
    logs = np.log(total, out=total)
    if peak is not None:
        logs += peak
    masses = points.masses
    if masses.ndim == 1:
        return p, logs @ masses
    return p, np.einsum("ck,ck->c", logs, masses)


def _in_range(joint: np.ndarray) -> bool:
    """Whether no density of several mixtures vanishes in double precision.

    A quadratic is lowest at an end of the ascending points, and a mixture's density is at
    least that of any of its groups.
    """
    if len(joint) == 1:  # to look would take as long as to subtract the largest term
        return False
    return bool(joint[:, :, [0, -1]].min(axis=-1).max(axis=-1).min() > FAINTEST)


def _log_joint(points: Points, mixtures: Mixture) -> np.ndarray:
    weights, means, variances = mixtures
    coefficients = np.empty((*weights.shape, 3))
    slopes = means / variances
    coefficients[..., 2] = -0.5 / variances
    coefficients[..., 1] = slopes
    with np.errstate(divide="ignore"):  # matrix products do not take a log weight of -inf
        constants = np.maximum(np.log(weights), NO_WEIGHT)
    coefficients[..., 0] = constants - 0.5 * (np.log(variances) + means * slopes + LOG_2PI)
    joint = coefficients.reshape(-1, 3) @ points.powers[:3]
    return joint.reshape(*weights.shape, -1)


def sum_products(points: Points, factors: np.ndarray, n_powers: int = 3) -> np.ndarray:
    """Sums (C, J, n_powers) over the points of factors (C, J, K) times mass and power."""
    if points.masses.ndim == 1:
        flat = factors.reshape(-1, factors.shape[-1])
        sums = flat @ points.weighted_powers[:n_powers].T
        return sums.reshape(*factors.shape[:-1], n_powers)
    return (factors * points.masses[:, None]) @ points.powers[:n_powers].T


@cache
def pairs(n_components: int) -> np.ndarray:
    """What each pair of different groups (J,) adds to the blocks of covariances (L L, J).

    It adds to those of its groups with themselves, and takes from those with each other.
    """
    one, other = np.tril_indices(n_components, -1)
    groups = np.arange(n_components)[:, None]
    alone = (groups == one) * 1.0 - (groups == other)
    return (alone[:, None] * alone).reshape(n_components**2, one.size)


@cache
def _hankel(n_components: int) -> np.ndarray:
    """Where blocks of covariances (L L, 5) have those of z^i p_l and z^j p_k, (3L, 3L)."""
    power, group = np.divmod(np.arange(3 * n_components), n_components)
    pair = n_components * group[:, None] + group
    return 5 * pair + power[:, None] + power


def sum_over_points(points: Points, mixtures: Mixture) -> PointSums:
    """The PointSums of C mixtures (equations G and H of the theory).

    Information is the complete data's less the variance of the complete data's score over
    the groups (Louis 1982). Over the groups, ``Var = sum_{l < k} p_l p_k d d'``, where d is
    the difference of the two groups' scores.
    """
    n_mixtures, n = mixtures.weights.shape
    p, log_likelihood = weigh(points, mixtures)
    own = _own_scores(mixtures)
    moments = sum_products(points, p).swapaxes(1, 2).reshape(n_mixtures, 3 * n, 1)
    score = (own @ moments)[..., 0]
    mass, first, second = score[:, :n], score[:, n : 2 * n], score[:, 2 * n :]
    information = np.zeros((n_mixtures, 3 * n, 3 * n))
    if n > 1:
        products = -pairs(n) @ sum_products(points, _products(p), 5)
        hankel = products.reshape(n_mixtures, -1).take(_hankel(n), axis=1)
        information = own @ hankel @ own.swapaxes(1, 2)
    precise, half = mass / mixtures.variances, 0.5 * mass
    block = _diagonals(information, n)
    block(1, 1)[:] += precise
    block(1, 2)[:] += first
    block(2, 1)[:] += first
    block(2, 2)[:] += second + half
    complete = np.concatenate([mass, precise, half], axis=-1)
    return PointSums(log_likelihood, mass, score, information, complete)


def _products(p: np.ndarray) -> np.ndarray:
    """The products (C, J, K) of two groups' responsibilities, in the order of `pairs`."""
    n_mixtures, n_components, n_points = p.shape
    n_pairs = n_components * (n_components - 1) // 2
    products = np.empty((n_mixtures, n_pairs, n_points))
    for k in range(1, n_components):
        at = slice(k * (k - 1) // 2, k * (k + 1) // 2)
        np.multiply(p[:, k : k + 1], p[:, :k], out=products[:, at])
    return products


def _own_scores(mixtures: Mixture) -> np.ndarray:
    """The derivatives of each group's log density as quadratics, (C, 3L, 3L).

    Rows are by log weights, means and log variances of the groups; columns are the powers 0
    to 2 of each group.
    """
    precisions = 1 / mixtures.variances
    slopes = mixtures.means * precisions
    n_mixtures, n = precisions.shape
    own = np.zeros((n_mixtures, 3 * n, 3 * n))
    block = _diagonals(own, n)
    block(0, 0)[:] = 1
    block(1, 0)[:] = block(2, 1)[:] = -slopes
    block(1, 1)[:] = precisions
    block(2, 0)[:] = 0.5 * (mixtures.means * slopes - 1)
    block(2, 2)[:] = 0.5 * precisions
    return own


def _diagonals(matrices: np.ndarray, n: int) -> Callable[[int, int], np.ndarray]:
    """A view (C, n) of the diagonal of any of the blocks (n, n) of contiguous matrices."""
    flat = matrices.reshape(len(matrices), -1)
    return lambda i, j: flat[
        :, (3 * i * n + j) * n : (3 * i * n + j + 3 * n) * n : 3 * n + 1
    ]
