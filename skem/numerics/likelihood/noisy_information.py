"""Derivatives for cells that are estimates ``z_i``, each with a known noise variance.

With ``tau2_il = sigma2_l + noise_i`` and ``u = (z_i - mu_l) / tau_il``, the log density of
an estimate in group l has the first derivatives ``u / tau`` by the mean and
``w (u^2 - 1) / 2`` by the log variance. Here ``w = sigma2_l / tau2_il`` is the group's
share of the estimate's variance (equation D5 of the page on deconvolution). This also
holds for a group without variance: its ``w`` is 0.
"""

from typing import NamedTuple

import numpy as np

from ..data.tiles import dot
from ..model.mixture import Mixture, log_joint, normalise


class Derivatives(NamedTuple):
    """Score (C, P), information (C, P, P), complete-data information (C, P).

    `frozen` (C, P) says which coordinates are frozen.
    """

    score: np.ndarray
    information: np.ndarray
    complete: np.ndarray
    frozen: np.ndarray


class NoisySums(NamedTuple):
    """The log-likelihood (C,), its derivatives, and the groups' masses (C, L).

    The derivatives are by log weights, means and log variances: the score and the
    complete-data information (C, 3L), the information (C, 3L, 3L), and the summed products
    of single estimates' scores (C, 3L, 3L). The complete data are the estimates with their
    groups. They exclude the true values: with these it would be too large for large noise.
    """

    log_likelihood: np.ndarray
    mass: np.ndarray
    score: np.ndarray
    information: np.ndarray
    complete: np.ndarray
    products: np.ndarray

    def __add__(self, other: "NoisySums") -> "NoisySums":  # type: ignore[override]
        return NoisySums(*map(np.add, self, other))

    def derivatives(self, mixtures: Mixture) -> Derivatives:
        """The summed derivatives, before any coordinate is tied or fixed."""
        frozen = np.zeros(self.score.shape, dtype=bool)
        return Derivatives(self.score, self.information, self.complete, frozen)


class Scores(NamedTuple):
    """Log densities (C, n), responsibilities `p` (C, L, n) and the factors of these.

    `own` (C, 3, L, n) has the derivatives of each group's log density by its log weight,
    mean and log variance. `precisions` ``1 / tau2`` and `shares` ``w`` are (C, L, n).
    """

    log_density: np.ndarray
    p: np.ndarray
    own: np.ndarray
    precisions: np.ndarray
    shares: np.ndarray


def score_groups(mixtures: Mixture, z: np.ndarray, noise: np.ndarray) -> Scores:
    """Scores of estimates z (n,) with noise variances (n,), under C mixtures."""
    own = np.empty((mixtures.weights.shape[0], 3, mixtures.weights.shape[1], z.size))
    p = log_joint(z, mixtures, deviations=own[:, 1], noise=noise)
    peak, total = normalise(p)
    precisions = 1 / (mixtures.variances[..., None] + noise)
    shares = mixtures.variances[..., None] * precisions
    own[:, 0] = 1.0
    np.multiply(own[:, 1], own[:, 1], out=own[:, 2])
    own[:, 1:] *= precisions[:, None]
    own[:, 2] -= 1.0
    own[:, 2] *= shares
    own[:, 2] *= 0.5
    return Scores(peak + np.log(total), p, own, precisions, shares)


def sum_noisy_piece(
    mixtures: Mixture, z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray
) -> NoisySums:
    """NoisySums of a piece of a block."""
    seen = score_groups(mixtures, z, noise)
    n_mixtures, n_components = mixtures.weights.shape
    own, p = seen.own, seen.p
    rows = (own * p[:, None]).reshape(n_mixtures, 3 * n_components, -1)
    weighted = rows if mass is None else rows * mass
    score = weighted.sum(axis=-1)
    if mass is not None:
        p *= mass
    products = weighted @ rows.swapaxes(1, 2)
    information = products.copy()
    matrix = information.reshape(n_mixtures, 3, n_components, 3, n_components)
    at = np.arange(n_components)
    for (j, k), expected in _expected_squares(seen, weighted.reshape(own.shape)).items():
        matrix[:, j, at, k, at] -= expected
        if j != k:
            matrix[:, k, at, j, at] -= expected
    by_mean = dot(p, seen.precisions)
    by_variance = 0.5 * dot(p, seen.shares, seen.shares)
    logs = seen.log_density
    complete = np.concatenate([score[:, :n_components], by_mean, by_variance], axis=-1)
    return NoisySums(
        logs.sum(axis=-1) if mass is None else logs @ mass,
        score[:, :n_components].copy(),
        score,
        information,
        complete,
        products,
    )


def _expected_squares(
    seen: Scores, weighted: np.ndarray
) -> dict[tuple[int, int], np.ndarray]:
    """Sums of ``p (s_j s_k + ds_j / dk)`` for the scores s of each group, (C, L) each.

    The scores are by log weight (0), mean (1) and log variance (2). The information is the
    squares of the expected scores less these sums (Louis 1982).
    """
    p, own, w = seen.p, seen.own, seen.shares
    by_mean, by_variance = own[:, 1], own[:, 2]
    at_mean, at_variance = weighted[:, 1], weighted[:, 2]
    # w u^2 = 2 s_2 + w, so that the second derivative by the log variance,
    # s_2 + w^2 (1 - 2 u^2) / 2, is s_2 - 2 w s_2 - w^2 / 2; that by both is -w s_1.
    return {
        (0, 0): p.sum(axis=-1),
        (0, 1): at_mean.sum(axis=-1),
        (0, 2): at_variance.sum(axis=-1),
        (1, 1): dot(at_mean, by_mean) - dot(p, seen.precisions),
        (1, 2): dot(at_mean, by_variance) - dot(at_mean, w),
        (2, 2): dot(at_variance, by_variance)
        + at_variance.sum(axis=-1)
        - 2 * dot(at_variance, w)
        - 0.5 * dot(p, w, w),
    }
