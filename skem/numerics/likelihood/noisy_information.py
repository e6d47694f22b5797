"""Derivatives for cells that are estimates ``z_i``, each with a known noise variance.

With ``tau2_il = sigma2_l + noise_i`` and ``u = (z_i - mu_l) / tau_il``, the log density of
an estimate in group l has the first derivatives ``u / tau`` by the mean and
``w (u^2 - 1) / 2`` by the log variance. Here ``w = sigma2_l / tau2_il`` is the group's
share of the estimate's variance (equation D5 of the theory). This also
holds for a group without variance: its ``w`` is 0.

Where the noise is a mixture of scales, there is a group for each group and node. Their
expected scores are summed over the nodes of a group.
"""

from typing import NamedTuple

import numpy as np

from ..data.tiles import dot
from ..model.mixture import Mixture, log_joint, normalise, stack
from ..model.prior import Prior
from ..model.scales import EXACT, Scales, joined


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

    def with_prior(self, prior: Prior, mixtures: Mixture) -> "NoisySums":
        """The sums with those of the prior funds; the products are those of estimates."""
        n_components = mixtures.weights.shape[-1]
        ratios = prior.ratios(mixtures)
        score, complete = self.score.copy(), self.complete.copy()
        score[:, :n_components] += prior.n_funds
        score[:, 2 * n_components :] += 0.5 * prior.n_funds * (ratios - 1)
        curvature = 0.5 * prior.n_funds * ratios
        complete[:, 2 * n_components :] += curvature
        information = self.information.copy()
        at = np.arange(2 * n_components, 3 * n_components)
        information[:, at, at] += curvature
        return self._replace(
            log_likelihood=self.log_likelihood + prior.log_density(mixtures),
            mass=self.mass + prior.n_funds,
            score=score,
            information=information,
            complete=complete,
        )

    def derivatives(self, mixtures: Mixture) -> Derivatives:
        """The summed derivatives, before any coordinate is tied or fixed."""
        frozen = np.zeros(self.score.shape, dtype=bool)
        return Derivatives(self.score, self.information, self.complete, frozen)


class Scores(NamedTuple):
    """Log densities (C, n), responsibilities `p` (C, L, n) and the factors of these.

    `own` (C, 2, L, n) has the derivatives of each group's log density by its mean and its
    log variance. `precisions` ``1 / tau2`` and `shares` ``w`` are (C, L, n).
    """

    log_density: np.ndarray
    p: np.ndarray
    own: np.ndarray
    precisions: np.ndarray
    shares: np.ndarray


def score_groups(
    mixtures: Mixture,
    z: np.ndarray,
    noise: np.ndarray,
    log_weights: np.ndarray | None = None,
) -> Scores:
    """Scores of estimates z (n,) with noise variances, under C mixtures.

    The variances have shape (n,), or (L, n) with log weights that add to those of groups.
    """
    own = np.empty((mixtures.weights.shape[0], 2, mixtures.weights.shape[1], z.size))
    p = log_joint(z, mixtures, deviations=own[:, 0], noise=noise)
    if log_weights is not None:
        p += log_weights
    peak, total = normalise(p)
    precisions = 1 / (mixtures.variances[..., None] + noise)
    shares = mixtures.variances[..., None] * precisions
    np.multiply(own[:, 0], own[:, 0], out=own[:, 1])
    own *= precisions[:, None]
    own[:, 1] -= 1.0
    own[:, 1] *= shares
    own[:, 1] *= 0.5
    return Scores(peak + np.log(total), p, own, precisions, shares)


def score_each(
    mixture: Mixture, z: np.ndarray, noise: np.ndarray, degrees: np.ndarray | None = None
) -> Scores:
    """Scores of estimates under one mixture, by node if noise has degrees of freedom."""
    batch = stack([mixture])
    if degrees is None:
        return score_groups(batch, z, noise)
    wide, *by_node = Scales.of(noise, degrees, EXACT).widened(batch)
    return score_groups(wide, z, *by_node)


def sum_noisy_piece(
    mixtures: Mixture, z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray | Scales
) -> NoisySums:
    """NoisySums of a piece of a block."""
    if isinstance(noise, Scales):
        wide, *by_node = noise.widened(mixtures)
        seen = score_groups(wide, z, *by_node)
    else:
        seen = score_groups(mixtures, z, noise)
    n_mixtures, n_components = mixtures.weights.shape
    p, unit = seen.p, np.ones(1)
    if mass is not None:
        p *= mass[..., None, :]
        unit = np.where(mass > 0, mass, 1.0)[..., None, :]
    weighted = np.empty((n_mixtures, 3, *p.shape[1:]))
    weighted[:, 0] = p
    np.multiply(seen.own, p[:, None], out=weighted[:, 1:])
    rows = joined(weighted, n_components, axis=2)
    rows = rows.reshape(n_mixtures, 3 * n_components, -1)
    score = rows.sum(axis=-1)
    products = rows @ (rows / unit).swapaxes(1, 2)
    by_mean = joined(dot(p, seen.precisions), n_components)
    by_variance = joined(0.5 * dot(p, seen.shares, seen.shares), n_components)
    # The information is the squares of the expected scores s less the sums of
    # ``p (s_j s_k + ds_j / dk)`` (Louis 1982). For the mean and the log variance,
    # w u^2 = 2 s_2 + w, so that the second derivative by the log variance,
    # s_2 + w^2 (1 - 2 u^2) / 2, is s_2 - 2 w s_2 - w^2 / 2; that by both is -w s_1.
    at_mean, at_variance = weighted[:, 1], weighted[:, 2]
    by_both = dot(at_mean, seen.own[:, 1]) - dot(at_mean, seen.shares)
    twice = dot(at_variance, seen.own[:, 1]) - 2 * dot(at_variance, seen.shares)
    mass_of, first, second = score.reshape(n_mixtures, 3, n_components).swapaxes(0, 1)
    expected = {
        (0, 0): mass_of,
        (0, 1): first,
        (0, 2): second,
        (1, 1): joined(dot(at_mean, seen.own[:, 0]), n_components) - by_mean,
        (1, 2): joined(by_both, n_components),
        (2, 2): joined(twice, n_components) + second - by_variance,
    }
    information = products.copy()
    matrix = information.reshape(n_mixtures, 3, n_components, 3, n_components)
    at = np.arange(n_components)
    for (j, k), sums in expected.items():
        matrix[:, j, at, k, at] -= sums
        if j != k:
            matrix[:, k, at, j, at] -= sums
    logs = seen.log_density
    complete = np.concatenate([mass_of, by_mean, by_variance], axis=-1)
    return NoisySums(
        logs.sum(axis=-1) if mass is None else dot(mass, logs),
        mass_of.copy(),
        score,
        information,
        complete,
        products,
    )
