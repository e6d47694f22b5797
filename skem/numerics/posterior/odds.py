"""Memberships and log densities of a tile of cells, from the odds of the groups.

The odds of a group against the widest one take one exponential. The widest group's
probability is the reciprocal of their total. The log odds are quadratics in the distance
from the narrower group's mean, where they are as exact as the two log densities.
"""

from typing import NamedTuple

import numpy as np

from ..data.tiles import read, scratch, unflatten
from ..model.mixture import (
    FARTHEST,
    Mixture,
    exact_scale,
    log_peaks,
    reach,
    responsibilities,
    standardise,
)

# Variance, in squared units of the mixture's spread, that replaces a smaller one.
SMALLEST = 1e-300

# Logarithm of the largest double.
LARGEST = np.log(np.finfo(np.float64).max)


class Odds(NamedTuple):
    """Log odds ``(a t + b) t + c`` of groups against the widest, with ``t = cell - mean``.

    `rows` has a group and its mean, a, b and c, for every group but the widest and those of
    weight 0, the `empty`. The log density of the widest is ``peak - (rate t)^2``. The odds
    are `bounded` if they are finite wherever a cell lies. The units are those of the cells.
    """

    widest: int
    mean: float
    rate: float
    peak: float
    rows: list[tuple[int, float, float, float, float]]
    empty: list[int]
    bounded: bool


class Standard(NamedTuple):
    """A mixture in units of `scale`, which rounds no cell, and the odds of its groups.

    The odds are None where double precision does not hold their coefficients.
    """

    mixture: Mixture
    scale: float
    odds: Odds | None

    @classmethod
    def of(cls, mixture: Mixture) -> "Standard":
        """From a mixture in the units of the cells."""
        scale = exact_scale(mixture)
        standard = standardise(mixture, 0.0, scale)
        standard = standard._replace(variances=np.maximum(standard.variances, SMALLEST))
        return cls(standard, scale, _odds_of(standard, scale))

    def read(self, tile: np.ndarray) -> np.ndarray:
        """The cells of a raw tile in these units, within reach, flat, in memory order."""
        z, far = read(tile, 0.0, self.scale), reach(self.mixture)
        return np.clip(z, -far, far, out=z)


def _odds_of(mixture: Mixture, scale: float) -> Odds | None:
    weights, means, variances = mixture
    there = np.flatnonzero(weights > 0)
    widest = there[np.argmax(variances[there])]
    others = there[there != widest]
    with np.errstate(all="ignore"):
        peaks, halves = log_peaks(mixture), 0.5 / variances
        away = means[widest] - means[others]
        a = halves[widest] - halves[others]
        b = -away / variances[widest]
        c = peaks[others] - peaks[widest] - 0.5 * away * b
        highest = np.where(a < 0, c - 0.25 * b * b / a, np.inf)
        scaled = a / scale / scale
        rows = np.column_stack([scale * means[others], scaled, b / scale, c])
    if not (np.isfinite(rows).all() and np.array_equal(scaled * scale * scale, a)):
        return None
    return Odds(
        int(widest),
        float(scale * means[widest]),
        float(np.sqrt(halves[widest]) / scale),
        float(peaks[widest] - np.log(scale)),
        [(int(group), *row) for group, row in zip(others, rows.tolist(), strict=True)],
        np.flatnonzero(weights == 0).tolist(),
        bool(np.all(highest < LARGEST - np.log(weights.size))),
    )


def tile_memberships(
    tile: np.ndarray, known: Standard, out: np.ndarray | None = None
) -> np.ndarray:
    """Probability of each group for every cell of a raw tile, (L, rows, columns).

    It is in `out` if that is given, and in scratch otherwise.
    """
    odds = known.odds
    if odds is None or (p := _weigh(tile, odds)) is None:
        p = _by_log_sum_exp(tile, known)[0]
        if out is not None:
            out[...] = p
        return p if out is None else out
    out = p if out is None else out
    exact = out if out.dtype == p.dtype else p  # float32 would round the shares of others
    share = np.reciprocal(p[odds.widest], out=exact[odds.widest])
    for group, *_ in odds.rows:
        np.multiply(p[group], share, out=out[group])
    for group in odds.empty:
        np.multiply(share, 0.0, out=out[group])  # NaN where the cell is
    if exact is not out:
        out[odds.widest] = share
    return out


def tile_log_densities(tile: np.ndarray, known: Standard) -> np.ndarray:
    """Log density of every cell of a raw tile, (rows, columns); in scratch."""
    odds = known.odds
    if odds is None or (p := _weigh(tile, odds)) is None:
        return _by_log_sum_exp(tile, known)[1]
    log_density = np.log(p[odds.widest], out=p[odds.widest])
    u = _scratch("deviations", tile)
    with np.errstate(over="ignore", invalid="ignore"):
        np.subtract(tile, odds.mean, out=u, dtype=np.float64)
        u *= odds.rate
    np.clip(u, -FARTHEST, FARTHEST, out=u)
    u *= u
    log_density += odds.peak
    log_density -= u
    return log_density


def _weigh(tile: np.ndarray, odds: Odds) -> np.ndarray | None:
    """Odds (L, rows, columns), with their total in the place of the widest group's.

    None where one is infinite.
    """
    rows = odds.rows
    p = _scratch("p", tile, 1 + len(rows) + len(odds.empty))
    t, total = _scratch("deviations", tile), p[odds.widest]
    with np.errstate(over="ignore", invalid="ignore"):  # a NaN may signal
        for number, (group, mean, a, b, c) in enumerate(rows):
            np.subtract(tile, mean, out=t, dtype=np.float64)
            one = np.multiply(t, a, out=p[group])
            one += b
            one *= t
            one += c
            np.exp(one, out=one)
            np.add(total if number else 1.0, one, out=total)
        if not rows:
            np.multiply(tile, 0.0, out=total, dtype=np.float64)
            total += 1.0
    infinite = not odds.bounded and np.fmax.reduce(total, axis=None) == np.inf
    return None if infinite else p


def _by_log_sum_exp(tile: np.ndarray, known: Standard) -> tuple[np.ndarray, np.ndarray]:
    """Memberships and log densities where there are no odds."""
    z, shape = read(tile, 0.0, known.scale), (known.mixture.weights.size, tile.size)
    deviations, p = scratch("joint", shape), scratch("p", shape)
    p, log_density = responsibilities(z, known.mixture, deviations, p)
    log_density -= np.log(known.scale)
    return unflatten(p, tile), unflatten(log_density, tile)


def _scratch(name: str, tile: np.ndarray, *depth: int) -> np.ndarray:
    """Scratch of the shape of a tile, after `depth`, in the tile's memory order."""
    return unflatten(scratch(name, (*depth, tile.size)), tile)
