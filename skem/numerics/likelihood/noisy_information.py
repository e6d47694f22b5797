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

from ..data.tiles import SEVERAL, dot, scratch
from ..model.mixture import LOG_2PI, Mixture, normalise, stack, take
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

    `factors` (C, 4, L, n) has ones, the derivatives of each group's log density by its mean
    and its log variance, and the shares ``w``. `precisions` ``1 / tau2`` are (C, L, n).
    """

    log_density: np.ndarray
    p: np.ndarray
    factors: np.ndarray
    precisions: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """The derivatives (C, 2, L, n)."""
        return self.factors[:, 1:3]

    @property
    def shares(self) -> np.ndarray:
        """The shares ``w`` (C, L, n)."""
        return self.factors[:, 3]


def score_groups(
    mixtures: Mixture,
    z: np.ndarray,
    noise: np.ndarray,
    log_weights: np.ndarray | None = None,
    kept: bool = True,
) -> Scores:
    """Scores of estimates z (n,) with noise variances, under C mixtures.

    The variances have shape (n,), or (L, n) with log weights that add to those of groups.
    Scores that need not be `kept` are in scratch.
    """
    weights, means, variances = (part[..., None] for part in mixtures)
    n_mixtures, n_groups, _ = weights.shape

    def array(name: str, *depth: int) -> np.ndarray:
        shape = n_mixtures, *depth, n_groups, z.size
        return np.empty(shape) if kept else scratch(name, shape)

    factors = array("factors", 4)
    factors[:, 0] = 1.0
    _, by_mean, by_variance, shares = factors.swapaxes(0, 1)
    precisions = np.add(variances, noise, out=array("precisions"))
    p = np.log(precisions, out=array("joint"))
    np.reciprocal(precisions, out=precisions)
    np.multiply(variances, precisions, out=shares)
    square = np.subtract(z, means, out=array("deviations"))
    np.multiply(square, precisions, out=by_mean)
    square *= by_mean
    p += square
    p *= -0.5
    with np.errstate(divide="ignore"):  # a group of weight 0 has log weight -inf
        p += np.log(weights) - 0.5 * LOG_2PI
    square -= 1.0
    square *= 0.5
    np.multiply(square, shares, out=by_variance)
    if log_weights is not None:
        p += log_weights
    peak, total = normalise(p)
    return Scores(peak + np.log(total), p, factors, precisions)


def score_each(
    mixture: Mixture, z: np.ndarray, noise: np.ndarray, degrees: np.ndarray | None = None
) -> Scores:
    """Scores of estimates under one mixture, by node if noise has degrees of freedom."""
    batch = stack([mixture])
    if degrees is None:
        return score_groups(batch, z, noise)
    wide, variances, log_weights = Scales.of(noise, degrees, EXACT).widened(batch)
    return score_groups(wide, z, variances, log_weights)


def sum_noisy_piece(
    mixtures: Mixture, z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray | Scales
) -> NoisySums:
    """NoisySums of a piece of a block, of as many mixtures at once as stay in a cache."""
    n_mixtures, size = len(mixtures.weights), mixtures.weights[0].size * z.size
    if isinstance(noise, Scales):
        size *= noise.n_nodes
    step = max(1, SEVERAL // size)
    if n_mixtures <= step:
        return _sum_together(mixtures, z, mass, noise)
    parts = []
    for begin in range(0, n_mixtures, step):
        rows = slice(begin, begin + step)
        own = mass if mass is None or mass.ndim == 1 else mass[rows]
        parts.append(_sum_together(take(mixtures, rows), z, own, noise))
    return NoisySums(*map(np.concatenate, zip(*parts, strict=True)))


def _sum_together(
    mixtures: Mixture, z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray | Scales
) -> NoisySums:
    n_mixtures, n = mixtures.weights.shape
    log_weights = None
    if isinstance(noise, Scales):
        wide, variances, log_weights = noise.widened(mixtures)
    else:
        wide, variances = mixtures, noise
    seen = score_groups(wide, z, variances, log_weights, kept=False)
    p, factors, logs = seen.p, seen.factors, seen.log_density
    if mass is not None:
        p *= mass[..., None, :]
    weighted = np.multiply(factors, p[:, None], out=scratch("weighted", factors.shape))
    rows = joined(weighted[:, :3], n, axis=2).reshape(n_mixtures, 3 * n, -1)
    unit = 1.0 if mass is None else np.where(mass > 0, mass, 1.0)[..., None, :]
    products = rows @ (rows / unit).swapaxes(1, 2)
    # A group's sums (C, L, 4, 4) of the products of two factors, over estimates and nodes.
    left, right = (part.reshape(n_mixtures, 4, n, -1) for part in (weighted, factors))
    sums = left.swapaxes(1, 2) @ right.transpose(0, 2, 3, 1)
    mass_of, first, second = (sums[..., 0, k] for k in range(3))
    by_mean = joined(dot(p, seen.precisions), n)
    by_variance = 0.5 * sums[..., 3, 3]
    # The information is the squares of the expected scores s less the sums of
    # ``p (s_j s_k + ds_j / dk)`` (Louis 1982). For the mean and the log variance,
    # w u^2 = 2 s_2 + w, so that the second derivative by the log variance,
    # s_2 + w^2 (1 - 2 u^2) / 2, is s_2 - 2 w s_2 - w^2 / 2; that by both is -w s_1.
    expected = sums[..., :3, :3].copy()
    expected[..., 1, 1] -= by_mean
    expected[..., 1, 2] -= sums[..., 1, 3]
    expected[..., 2, 1] = expected[..., 1, 2]
    expected[..., 2, 2] += second - 2 * sums[..., 2, 3] - by_variance
    information = products.copy()
    blocks = information.reshape(n_mixtures, 3, n, 3, n)
    np.einsum("cjlkl->cljk", blocks)[...] -= expected
    return NoisySums(
        logs.sum(axis=-1) if mass is None else dot(mass, logs),
        mass_of.copy(),
        np.concatenate([mass_of, first, second], axis=-1),
        information,
        np.concatenate([mass_of, by_mean, by_variance], axis=-1),
        products,
    )
