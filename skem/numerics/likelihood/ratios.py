"""Sums over cells from the ratios of the groups' densities, where these are safe."""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..data.protocol import Data
from ..data.tiles import dot, scratch
from ..model.mixture import LOG_2PI, Mixture

# The number of cells whose densities are multiplied before one logarithm is taken.
CHUNK = 32

# The exponent up to which exp() is finite.
LARGEST_EXPONENT = 700.0


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


def sum_by_ratios(
    cells: Data, mixture: Mixture, ratios: Ratios
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """The groups' sums (L,) of 1, z and z^2 over all cells, and the log-likelihood."""
    found = cells.total(partial(sum_ratios, ratios))
    logs, sums = found[0], found[1:].reshape(3, -1)
    everything = np.array(cells.power_sums)
    order = np.argsort(np.concatenate([ratios.others, [ratios.widest, ratios.rest]]))
    rest = everything - sums.sum(axis=1)
    mass, shift, square = np.column_stack([sums, rest])[:, order]

    mean, variance = mixture.means[ratios.widest], mixture.variances[ratios.widest]
    about = everything[2] - mean * (2 * everything[1] - mean * everything[0])
    constant = np.log(mixture.weights[ratios.widest]) - 0.5 * (LOG_2PI + np.log(variance))
    return (
        mass,
        shift,
        square,
        float(logs + constant * everything[0] - 0.5 * about / variance),
    )


def sum_ratios(ratios: Ratios, z: np.ndarray, mass: np.ndarray | None) -> np.ndarray:
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
