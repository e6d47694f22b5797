"""The E-step: one pass over the cells that returns a few sums.

:class:`Statistics` is additive over cells, so blocks, threads and files differ only in
how they add it up. The M-step and the score are functions of it.
"""

import operator
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..data.points import Points
from ..data.protocol import Data
from ..data.tiles import PIECE, dot, in_pieces, scratch
from ..model.mixture import LOG_2PI, Mixture, log_joint, normalise
from ..model.prior import Prior
from ..model.scales import Scales, joined
from .quadratics import sum_products, weigh, where_exact

# The number of cells whose densities are multiplied before one logarithm is taken.
CHUNK = 32

# The exponent up to which exp() is finite.
LARGEST_EXPONENT = 700.0


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


def e_step(cells: Data, mixture: Mixture) -> Statistics:
    """Statistics of all cells under `mixture` (equations E and S of the theory).

    It takes C mixtures at once if the parts of `mixture` have shape (C, L).
    """
    if mixture.weights.ndim == 2 and isinstance(cells, Points) and not cells.noisy:
        return where_exact(cells, mixture, by_powers, by_deviations)
    centres = np.clip(mixture.means, cells.low, cells.high)
    plain = mixture.weights.ndim == 1 and not cells.noisy and cells.power_sums is not None
    ratios = density_ratios(cells, mixture) if plain else None
    if ratios is None:
        found = by_deviations(cells, mixture)
        return found if cells.prior is None else found.with_prior(cells.prior, mixture)
    return by_ratios(cells, mixture, centres, ratios)


def by_powers(points: Points, mixtures: Mixture) -> Statistics:
    """Statistics of points about 0, as matrix products."""
    p, log_likelihood = weigh(points, mixtures)
    sums = sum_products(points, p, 3)
    mass, shift, square = sums[..., 0], sums[..., 1], sums[..., 2]
    return Statistics(np.zeros(mass.shape), mass, shift, square, log_likelihood)


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
    if isinstance(noise, Scales):
        function, size = partial(_piece_by_node, mixture, centres), PIECE // noise.n_nodes
        return in_pieces(function, z, mass, noise, size=size)
    return in_pieces(partial(_log_sum_exp_piece, mixture, centres), z, mass, noise)


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


class Ratios(NamedTuple):
    """Log ratios of the groups' joint densities to the widest group's.

    They are quadratics in the cell, ``a z^2 + b z + c``, one row for every other group. The
    last row is that of the group `rest`, whose responsibility is one less all the others;
    the rows before it are those of `others`.
    """

    widest: int
    others: np.ndarray
    rest: int
    a: np.ndarray
    b: np.ndarray
    c: np.ndarray


def density_ratios(cells: Data, mixture: Mixture) -> Ratios | None:
    """The mixture's log density ratios, or None where they are not safe to use.

    Per cell they take one exponential less than the general form and no maximum, and one
    logarithm serves CHUNK cells. They are safe if no ratio overflows within the range of
    the cells, and if no group is so narrow, far out or rare that its sums about 0, or those
    of the group `rest`, would lose digits.
    """
    weights, means, variances = mixture
    if weights.size == 1 or variances.min() <= 0.01 or np.abs(means).max() >= 10:
        return None
    widest = int(np.argmax(variances))
    rest = int(np.argmax(np.where(np.arange(weights.size) == widest, 0, weights)))
    if weights[rest] <= 0.01 or weights.min() <= 0:
        return None
    others = np.delete(np.arange(weights.size), [widest, rest])
    rows = np.append(others, rest)
    constants = np.log(weights) - 0.5 * np.log(variances) - 0.5 * means**2 / variances
    a = 0.5 / variances[widest] - 0.5 / variances[rows]
    b = means[rows] / variances[rows] - means[widest] / variances[widest]
    c = constants[rows] - constants[widest]
    ends = np.array([[cells.low], [cells.high]])
    with np.errstate(divide="ignore", invalid="ignore"):
        vertex = np.where(a < 0, -b / (2 * a), cells.low)
    at = np.vstack([ends * np.ones_like(a), np.clip(vertex, cells.low, cells.high)])
    highest = np.max((a * at + b) * at + c, initial=0.0) + np.log(weights.size)
    if highest * CHUNK > LARGEST_EXPONENT:
        return None
    return Ratios(widest, others, rest, a[:, None], b[:, None], c[:, None])


def by_ratios(
    cells: Data, mixture: Mixture, centres: np.ndarray, ratios: Ratios
) -> Statistics:
    """Statistics of all cells from density ratios."""
    found = cells.total(partial(_sum_ratios, ratios))
    logs, sums = found[0], found[1:].reshape(3, -1)
    everything = np.array(cells.power_sums)
    order = np.argsort(np.concatenate([ratios.others, [ratios.widest, ratios.rest]]))
    rest = everything - sums.sum(axis=1)
    mass, shift, square = np.column_stack([sums, rest])[:, order]

    mean, variance = mixture.means[ratios.widest], mixture.variances[ratios.widest]
    about = everything[2] - mean * (2 * everything[1] - mean * everything[0])
    constant = np.log(mixture.weights[ratios.widest]) - 0.5 * (LOG_2PI + np.log(variance))
    return Statistics(
        centres,
        mass,
        shift - centres * mass,
        square - centres * (2 * shift - centres * mass),
        float(logs + constant * everything[0] - 0.5 * about / variance),
    )


def _sum_ratios(ratios: Ratios, z: np.ndarray, mass: np.ndarray | None) -> np.ndarray:
    """Log of the total of the ratios, then ``p``, ``p z`` and ``p z^2``, summed.

    The sums are those of all groups except the rest, and the widest group is the last.
    The total takes the place of the last row of ratios, and its reciprocal is the widest
    group's responsibility. So each cell needs one value less than there are groups.
    """
    p = np.multiply(ratios.a, z, out=scratch("p", (ratios.a.shape[0], z.size)))
    p += ratios.b
    p *= z
    p += ratios.c
    np.exp(p, out=p)
    others, total = p[:-1], p[-1]
    for ratio in others:
        total += ratio
    total += 1.0
    logs = _sum_of_logs(total) if mass is None else dot(mass, np.log(total))
    np.reciprocal(total, out=total)
    others *= total
    if mass is not None:
        p *= mass
    return np.concatenate([[logs], p.sum(axis=1), dot(p, z), dot(p, z, z)])


def _sum_of_logs(x: np.ndarray) -> float:
    """Sum of the logarithms of numbers; the product of any CHUNK of them is finite."""
    whole = x.size - x.size % CHUNK
    products = np.multiply.reduce(x[:whole].reshape(CHUNK, -1), axis=0)
    return np.log(products).sum() + np.log(x[whole:]).sum()
