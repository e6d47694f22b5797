"""The E-step: one pass over the cells that returns a few sums.

:class:`Statistics` is additive over cells, so blocks, threads and files differ only in
how they add it up. The M-step and the score are functions of it.
"""

import operator
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..data.points import Points
from ..data.protocol import Data
from ..data.tiles import PIECE, SEVERAL, dot, in_pieces
from ..model.mixture import Mixture, log_joint, normalise, take
from ..model.prior import Prior
from ..model.scales import Scales, joined
from .quadratics import sum_products, weigh, where_exact
from .ratios import Ratios, density_ratios, sum_by_ratios


class Statistics(NamedTuple):
    """Sums over cells of responsibility times mass, each of shape (L,).

    They are ``mass = sum p``, ``shift = sum p (z - c)``, ``square = sum p (z - c)^2``.
    The `centres` c are the current means, so that nothing cancels. For the same reason, a
    mean outside the data's range (of a start, for example) is replaced by its end.
    C mixtures at once have sums of shape (C, L) and a `log_likelihood` of shape (C,).

    If cells are noisy estimates of true values, these are the expectations of the sums
    given the estimates: the true values are missing data, and so are the groups.
    """

    centres: np.ndarray
    mass: np.ndarray
    shift: np.ndarray
    square: np.ndarray
    log_likelihood: Any

    def score(self, mixture: Mixture) -> np.ndarray:
        """The score (3, L) by log weights, means and log variances (equation G).

        It ignores that the log weights share a constant.
        """
        off = self.centres - mixture.means  # 0, except for a mean outside the data
        first = self.shift + off * self.mass
        second = self.square + off * (2 * self.shift + off * self.mass)
        by_log_variance = 0.5 * (second / mixture.variances - self.mass)
        return np.array([self.mass, first / mixture.variances, by_log_variance])

    def joined(self, centres: np.ndarray) -> "Statistics":
        """The sums about the groups' centres, of groups that had a part for each node."""
        n_groups = centres.shape[-1]
        mass, shift, square = (joined(part, n_groups) for part in self[1:4])
        return Statistics(centres, mass, shift, square, self.log_likelihood)

    def with_prior(self, prior: Prior, mixture: Mixture) -> "Statistics":
        """The sums with those of the prior funds, which lie about the current means."""
        off = mixture.means - self.centres
        return Statistics(
            self.centres,
            self.mass + prior.n_funds,
            self.shift + prior.n_funds * off,
            self.square + prior.n_funds * (prior.square + off**2),
            self.log_likelihood + prior.log_density(mixture),
        )

    def __add__(self, other: "Statistics") -> "Statistics":  # type: ignore[override]
        return Statistics(self.centres, *map(operator.add, self[1:], other[1:]))


def e_step(cells: Data, mixture: Mixture, likelihood: bool = True) -> Statistics:
    """Statistics of all cells under `mixture` (equations E and S of the theory).

    It takes C mixtures at once if the parts of `mixture` have shape (C, L). Without
    `likelihood` the log-likelihood may be NaN.
    """
    if mixture.weights.ndim == 2 and isinstance(cells, Points) and not cells.noisy:
        powers = by_powers if likelihood else _sums_by_powers
        return where_exact(cells, mixture, powers, by_deviations)
    centres = np.clip(mixture.means, cells.low, cells.high)
    plain = mixture.weights.ndim == 1 and not cells.noisy and cells.power_sums is not None
    ratios = density_ratios(cells, mixture) if plain else None
    if ratios is None:
        found = by_deviations(cells, mixture)
        return found if cells.prior is None else found.with_prior(cells.prior, mixture)
    return by_ratios(cells, mixture, centres, ratios)


def by_powers(points: Points, mixtures: Mixture, likelihood: bool = True) -> Statistics:
    """Statistics of points about 0, as matrix products."""
    p, log_likelihood = weigh(points, mixtures, likelihood)
    sums = sum_products(points, p, 3)
    mass, shift, square = sums[..., 0], sums[..., 1], sums[..., 2]
    return Statistics(np.zeros(mass.shape), mass, shift, square, log_likelihood)


_sums_by_powers = partial(by_powers, likelihood=False)


def by_deviations(cells: Data, mixture: Mixture) -> Statistics:
    """Statistics of all cells about the means, for any mixture."""
    centres = np.clip(mixture.means, cells.low, cells.high)
    return cells.total(partial(by_log_sum_exp, mixture, centres))


def by_log_sum_exp(
    mixture: Mixture,
    centres: np.ndarray,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray | Scales | None = None,
) -> Statistics:
    """Statistics of a block, for any mixture, or for several at once."""
    size = PIECE
    if isinstance(noise, Scales):
        size = max(1, SEVERAL // (noise.n_nodes * mixture.weights.shape[-1]))
    return in_pieces(partial(_few_at_once, mixture, centres), z, mass, noise, size=size)


def _few_at_once(
    mixture: Mixture,
    centres: np.ndarray,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray | Scales | None,
) -> Statistics:
    """Statistics of a piece, of as many mixtures at once as stay in a core's cache."""
    piece: Callable[..., Statistics] = _log_sum_exp_piece
    size = z.size * mixture.weights.shape[-1]
    if isinstance(noise, Scales):
        piece, size = _piece_by_node, size * noise.n_nodes
    step = max(1, SEVERAL // size)
    if mixture.weights.ndim == 1 or len(mixture.weights) <= step:
        return piece(mixture, centres, z, mass, noise)
    parts = []
    for begin in range(0, len(mixture.weights), step):
        rows = slice(begin, begin + step)
        own = mass if mass is None or mass.ndim == 1 else mass[rows]
        parts.append(piece(take(mixture, rows), centres[rows], z, own, noise))
    return Statistics(*map(np.concatenate, zip(*parts, strict=True)))


def _piece_by_node(
    mixture: Mixture,
    centres: np.ndarray,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: Scales,
) -> Statistics:
    wide, variances, log_weights = noise.widened(mixture)
    about = np.repeat(centres, noise.n_nodes, axis=-1)
    sums = _log_sum_exp_piece(wide, about, z, mass, variances, log_weights)
    return sums.joined(centres)


def _log_sum_exp_piece(
    mixture: Mixture,
    centres: np.ndarray,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray | None,
    log_weights: np.ndarray | None = None,
) -> Statistics:
    deviations = np.empty((*centres.shape, z.size))
    p = log_joint(z, mixture, deviations, noise=noise)
    if log_weights is not None:
        p += log_weights
    peak, total = normalise(p)
    np.log(total, out=total)
    total += peak
    if mass is None:
        log_likelihood = total.sum(axis=-1)
    else:
        log_likelihood = dot(mass, total)
        p *= mass[..., None, :]
    unseen = None
    if noise is not None:  # posterior means of the true deviations, and variances
        _, unseen = shrink(deviations, mixture, noise)
    if not np.array_equal(centres, mixture.means):
        deviations += (mixture.means - centres)[..., None]
    shift = dot(p, deviations)
    deviations *= deviations
    if unseen is not None:
        deviations += unseen
    return Statistics(centres, p.sum(axis=-1), shift, dot(p, deviations), log_likelihood)


def shrink(
    deviations: np.ndarray, mixture: Mixture, noise: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn ``z_i - mu_l`` into ``b_il - mu_l`` in place; return it and ``B_il``.

    ``b_il`` and ``B_il`` are the mean and the variance of the true value in group l, given
    its estimate (equation D3 of the theory).
    """
    gain = mixture.variances[..., None] / (mixture.variances[..., None] + noise)
    deviations *= gain
    gain *= noise
    return deviations, gain


def by_ratios(
    cells: Data, mixture: Mixture, centres: np.ndarray, ratios: Ratios
) -> Statistics:
    """Statistics of all cells from density ratios."""
    mass, shift, square, log_likelihood = sum_by_ratios(cells, mixture, ratios)
    return Statistics(
        centres,
        mass,
        shift - centres * mass,
        square - centres * (2 * shift - centres * mass),
        log_likelihood,
    )
