"""Answers of a fitted mixture about the cells of a grid on a device.

They are computed in double precision. The memberships in two groups have the precision of
the cell: they take one quadratic, the log odds, in factors that round no more than a cell.
"""

import math
from collections.abc import Sequence
from functools import reduce
from typing import Any

import numpy as np

from ..model.mixture import Mixture, log_peaks, reach
from ..posterior.membership import Score
from ..posterior.odds import Odds, Standard
from ..posterior.regions import MISSING, Regions


def respond(xp: Any, z: Any, mixture: Mixture) -> tuple[list[Any], Any]:
    """Responsibilities of each group, and log densities, of cells z; NaN stays NaN."""
    joint = log_joints(xp, z, mixture)
    peak = reduce(xp.maximum, joint)
    shares = [xp.exp(one - peak) for one in joint]
    total = sum(shares[1:], shares[0])
    return [share / total for share in shares], peak + xp.log(total)


def log_joints(xp: Any, z: Any, mixture: Mixture) -> list[Any]:
    """``log pi_l + log N(z; mu_l, sigma2_l)`` of each group."""
    far = reach(mixture)
    z = xp.minimum(xp.maximum(z, _like(xp, -far, z)), _like(xp, far, z))
    peaks, halves = log_peaks(mixture).tolist(), (-0.5 / mixture.variances).tolist()
    rows = zip(peaks, mixture.means.tolist(), halves, strict=True)
    return [peak + half * (z - mean) * (z - mean) for peak, mean, half in rows]


def _like(xp: Any, value: float, array: Any) -> Any:
    """A number as an array, for functions that take no numbers."""
    return xp.asarray(value, dtype=array.dtype, device=array.device)


def _read(place: Any, known: Standard, tile: Any) -> Any:
    """The cells of a tile in units of the scale, in double precision."""
    xp = place.xp
    return xp.astype(tile, xp.float64, copy=False) * float(1.0 / known.scale)


def memberships_on_device(place: Any, known: Standard, tile: Any) -> list[Any]:
    """Probability of each group for the cells of a tile (equation E of the theory)."""
    if known.mixture.weights.size == 2 and known.odds is not None and known.odds.rows:
        return _of_two(place.xp, known.odds, tile)
    return respond(place.xp, _read(place, known, tile), known.mixture)[0]


def _of_two(xp: Any, odds: Odds, tile: Any) -> list[Any]:
    """The probabilities ``1 / (1 + exp(q))`` of the widest group, and that of the other."""
    root, slope, constant, rest = _factors(*odds.rows[0][1:])
    reals = xp.finfo(tile.dtype)
    near = _nearest(root, reals.eps)
    numbers = near, root - near, slope, constant, rest
    sizes = [abs(number) for number in numbers if number]
    if sizes and not reals.smallest_normal <= min(sizes) <= max(sizes) <= reals.max:
        tile, reals, near = xp.astype(tile, xp.float64), xp.finfo(xp.float64), root
    z = tile - near  # exact next to the root, where the odds change
    if root != near:
        z -= root - near
    q = slope * z
    q += constant
    q *= z
    if rest:
        q += rest
    # Beyond the limit exp(q) could overflow, and the probability is 1 long before.
    other = xp.exp(xp.minimum(q, _like(xp, math.log(reals.max) - 8, q)))
    widest = 1 / (1 + other)
    other *= widest
    return [widest, other] if odds.widest == 0 else [other, widest]


def _nearest(number: float, eps: float) -> float:
    """The number that a precision can hold next to this one."""
    digits, exponent = math.frexp(number)
    return math.ldexp(round(digits * 2 / eps) * eps / 2, exponent)


def _factors(mean: float, a: float, b: float, c: float) -> tuple[float, ...]:
    """Numbers r, s, d and e: ``(a t + b) t + c = (s z + d) z + e``.

    t is the distance from the mean and z that from r, a root, and e is 0. If there is no
    root, r is the vertex, and d is 0.
    """
    square = b * b - 4 * a * c
    larger = -0.5 * (b + math.copysign(math.sqrt(max(square, 0.0)), b))
    if square < 0 or not larger:
        vertex = -0.5 * b / a if a else 0.0
        return mean + vertex, a, 0.0, c - a * vertex * vertex
    return mean + c / larger, a, a * c / larger - larger, 0.0


def groups_on_device(place: Any, regions: Regions, known: Standard, tile: Any) -> list[Any]:
    """The likeliest group of every cell; MISSING for a missing one."""
    xp = place.xp
    z = _read(place, known, tile)
    likeliest = xp.argmax(xp.stack(log_joints(xp, z, known.mixture)), axis=0)
    return [xp.where(xp.isnan(z), MISSING, likeliest)]


def log_densities_on_device(place: Any, known: Standard, tile: Any) -> list[Any]:
    """Log density of every cell (equation F of the theory)."""
    z = _read(place, known, tile)
    return [respond(place.xp, z, known.mixture)[1] - float(np.log(known.scale))]


def manager_sums_on_device(place: Any, known: Standard, tile: Any) -> np.ndarray:
    """Sums over each row's cells of the L memberships, and their number, (rows, L + 1)."""
    xp = place.xp
    z = _read(place, known, tile)
    there = ~xp.isnan(z)
    shares = respond(xp, z, known.mixture)[0]
    return _row_sums(place, [*shares, xp.ones_like(z)], there).T


def _row_sums(place: Any, parts: Sequence[Any], there: Any) -> np.ndarray:
    """Sums (K, rows) of K arrays over the cells that are `there`."""
    xp = place.xp
    sums = [xp.sum(xp.where(there, part, 0.0), axis=1) for part in parts]
    return place.fetch(xp.stack(sums))


def score_on_device(place: Any, known: Standard, tile: Any, row_mass: Any) -> Score:
    """Sum of the log densities of a tile's observed cells, and their mass."""
    weighed = evidence_on_device(place, [known], tile, row_mass)[0]
    return Score(float(weighed[0]), float(weighed[2]))


def evidence_on_device(
    place: Any, known: Sequence[Standard], tile: Any, row_mass: Any
) -> np.ndarray:
    """The log-likelihood, the entropy and the mass of a tile under each mixture, (K, 3)."""
    xp, rows = place.xp, []
    mass = np.ones(tile.shape[0]) if row_mass is None else row_mass
    for one in known:
        z = _read(place, one, tile)
        there = ~xp.isnan(z)
        shares, log_density = respond(xp, z, one.mixture)
        entropy = -sum(share * xp.log(xp.where(share > 0, share, 1.0)) for share in shares)
        found = [log_density - float(np.log(one.scale)), entropy, xp.ones_like(z)]
        rows.append(_row_sums(place, found, there) @ mass)
    return np.array(rows)
