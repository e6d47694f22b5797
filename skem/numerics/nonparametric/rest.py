"""What points leave out of a log-likelihood and of its gradient function.

The cells of a bin of width h are two Gauss nodes. A sum of a function over the cells is
that over the nodes, and the function's fourth derivative somewhere in the bin times at
most ``mass h^4 / (64 * 24)``: the mean square of the polynomial that vanishes at the nodes
is the least of all quadratics, and Chebyshev's is at most ``h^2 / 8`` (equation U4 of the
page on the global gap).

Derivatives are those of cumulants of the location of a cell, given its value. They are
known at a place, and change by at most the next cumulant.
"""

from typing import NamedTuple

import numpy as np

from .kernels import NOTHING
from .mixing import Mixing

# The divisor of mass times width^4 times a fourth derivative.
DIVISOR = 64 * 24

# The width of groups of bins whose derivatives are bounded together, half that of the
# intervals of locations, in sds, and the number of these that are looked at together.
GROUP, HALF, TOGETHER = 0.05, 0.125, 64

# How far beyond a bin, in sds, what it leaves out of the gradient function surely falls.
AWAY = 8.0


class Cumulants(NamedTuple):
    """Cumulants of the location, in sds, given values in groups of bins.

    The log densities (g,), the centre, and the second to fourth cumulant are those at the
    middles. Nowhere in its group does the mean change by more than `moves`, is the variance
    above `widest`, or does a cumulant differ by more than `slack` (3, g).
    """

    logs: np.ndarray
    centre: np.ndarray
    cumulants: np.ndarray
    moves: np.ndarray
    widest: np.ndarray
    slack: np.ndarray


def rest_of_points(
    values: np.ndarray,
    masses: np.ndarray,
    widths: np.ndarray,
    variance: float,
    mixing: Mixing,
) -> float:
    """The nats by which nodes of bins may understate what any mixture can reach at most.

    The values ascend. It bounds the error of the log-likelihood of a mixture of normals of
    a variance, plus the error of the highest value of its gradient function.
    """
    inside = widths > 0
    if not inside.any():
        return 0.0
    sd = np.sqrt(variance)
    x, wide, masses = values[inside] / sd, widths[inside] / sd, masses[inside]
    with np.errstate(over="ignore", invalid="ignore"):
        middles, reach, shares = _groups(x, wide, masses * wide**4 / DIVISOR)
        posterior = _posterior(middles, reach, mixing.locations / sd, mixing.weights)
        _, _, fourth = np.abs(posterior.cumulants) + posterior.slack
        low, high = (values - widths).min() / sd, (values + widths).max() / sd
        total = shares @ fourth
        total += _of_gradient(middles, reach, shares, posterior, low, high)
    return float(total) if np.isfinite(total) else np.inf


def _groups(
    x: np.ndarray, widths: np.ndarray, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The middles of groups of bins, how far from them the bins reach, and their shares."""
    starts = np.flatnonzero(np.diff(np.floor((x - x[0]) / GROUP), prepend=-1.0))
    low = np.minimum.reduceat(x - widths, starts)
    high = np.maximum.reduceat(x + widths, starts)
    return (low + high) / 2, (high - low) / 2, np.add.reduceat(shares, starts)


def _posterior(
    x: np.ndarray, reach: np.ndarray, locations: np.ndarray, weights: np.ndarray
) -> Cumulants:
    logs = -0.5 * np.square(x - locations[:, None])
    peak = logs.max(axis=0)
    joint = weights[:, None] * np.exp(np.maximum(logs - peak, NOTHING))
    total = joint.sum(axis=0)
    joint /= total
    centre = locations @ joint
    away = locations[:, None] - centre
    square = away * away
    cumulants = np.empty((3, x.size))
    for k, power in enumerate((square, square * away, square * square)):
        cumulants[k] = np.einsum("ij,ij->j", joint, power)
    cumulants[2] -= 3 * cumulants[0] ** 2
    # At any value of a group, absolute moments about the centre are at most these.
    np.abs(away, out=away)
    joint *= np.exp(reach * away)
    moments = np.empty((5, x.size))
    for k in range(5):
        joint *= away
        moments[k] = joint.sum(axis=0)
    moves = np.minimum(moments[0], reach * moments[1])
    orders = np.arange(3, 6)[:, None]
    central = (moments[2:] ** (1 / orders) + moves) ** orders
    slack = reach * np.array([[1.0], [2.0], [11.0]]) * central
    return Cumulants(peak + np.log(total), centre, cumulants, moves, moments[1], slack)


def _of_gradient(
    x: np.ndarray,
    reach: np.ndarray,
    shares: np.ndarray,
    posterior: Cumulants,
    low: float,
    high: float,
) -> float:
    """The most that nodes leave out of the gradient function, from a location to another.

    These are the ends of all cells, bins or not: beyond, the function falls.
    """
    far = AWAY + float(np.max(np.abs(x - posterior.centre) + reach))
    ends = max(low, x.min() - far), min(high, x.max() + far)
    n = int(np.ceil((ends[1] - ends[0]) / (2 * HALF)))
    clipped = np.array([end for end in ends if low < end < high])[:, None]
    most = float(np.max(_beyond(clipped, x, reach, posterior) @ shares, initial=0.0))
    for begin in range(0, n, TOGETHER):
        m = ends[0] + HALF * (2 * np.arange(begin, min(begin + TOGETHER, n)) + 1)[:, None]
        most = max(most, float(np.max(_near(m, x, reach, posterior) @ shares)))
    return most


def _near(
    m: np.ndarray, x: np.ndarray, reach: np.ndarray, posterior: Cumulants
) -> np.ndarray:
    """Bounds (J, g) on the fourth derivatives of terms, on intervals about J locations."""
    logs, centre, (second, third, fourth), moves, widest, slack = posterior
    change = moves + HALF
    off = np.abs(m - x)
    slope = m - centre
    steepest = np.abs(slope) + change
    log_ratio = off * (HALF - 0.5 * off) + reach * steepest - logs
    square, largest = slope * slope, steepest * steepest
    size = np.abs(
        square * (square - 6 * second) + 3 * second * second - 4 * slope * third - fourth
    )
    third_most = np.abs(third) + slack[1]
    size += change * (4 * steepest * (largest + 3 * widest) + 4 * third_most)
    size += 6 * np.maximum(largest, widest) * slack[0]
    size += 4 * steepest * slack[1] + slack[2]
    return np.exp(np.maximum(log_ratio, NOTHING)) * size


def _beyond(
    m: np.ndarray, x: np.ndarray, reach: np.ndarray, posterior: Cumulants
) -> np.ndarray:
    """Bounds (J, g) on the fourth derivatives of terms, at J locations and farther out.

    They are a normal density times polynomials of degree 4 at most in the distance from the
    centre, without minus signs. So they fall where both distances are AWAY at least.
    """
    logs, centre, (_, third, fourth), moves, widest, slack = posterior
    off = np.abs(m - x)
    steepest = np.abs(m - centre) + moves
    log_ratio = reach * steepest - 0.5 * off * off - logs
    largest = steepest * steepest
    size = largest * (largest + 6 * widest) + 3 * widest * widest
    size += 4 * steepest * (np.abs(third) + slack[1]) + np.abs(fourth) + slack[2]
    return np.exp(np.maximum(log_ratio, NOTHING)) * size
