"""What points leave out of a log-likelihood and of its gradient function.

The cells of a bin of width h are two Gauss nodes. A sum of a function over the cells is
that over the nodes, and the function's fourth derivative somewhere in the bin times at
most ``mass h^4 / (64 * 24)``: the mean square of the polynomial that vanishes at the nodes
is the least of all quadratics, and Chebyshev's is at most ``h^2 / 8`` (equation U4 of the
page on the global gap).
"""

import numpy as np

from .kernels import NOTHING
from .mixing import Mixing

# The divisor of mass times width^4 times a fourth derivative.
DIVISOR = 64 * 24


def rest_of_points(
    values: np.ndarray,
    masses: np.ndarray,
    widths: np.ndarray,
    variance: float,
    mixing: Mixing,
) -> float:
    """The nats by which nodes of bins may understate what any mixture can reach at most.

    It bounds the error of the log-likelihood of a mixture of normals of a variance, plus
    the error of the highest value of its gradient function.
    """
    inside = widths > 0
    if not inside.any():
        return 0.0
    x, masses, widths = values[inside], masses[inside], widths[inside]
    sd, share = np.sqrt(variance), masses * widths**4 / DIVISOR
    with np.errstate(over="ignore", invalid="ignore"):
        density, centre, moments = _posterior(x, widths, sd, mixing)
        first, second, third, fourth = moments
        fourth = 32 * fourth  # of a fourth cumulant; 8 of the third
        of_height = share @ fourth / sd**4
        reach = np.max(widths)
        low, high = x.min() - reach, x.max() + reach
        n = int(np.ceil((high - low) / sd)) + 1
        rest = 3 * second * second + fourth
        most = 0.0
        for begin in range(0, n, 64):
            m = low + sd * (np.arange(begin, min(begin + 64, n)) + 0.5)[:, None]
            off = np.abs(m - x) / sd
            away = np.abs(m - centre) / sd + 0.5
            kernel = np.exp(np.maximum(off * (0.5 - 0.5 * off), NOTHING))
            kernel *= np.exp(np.minimum(widths / sd * away, -NOTHING))
            slope = away + first
            square = slope * slope
            size = square * (square + 6 * second) + slope * (32 * third) + rest
            most = max(most, float(np.max((kernel * size) @ (share / density))))
    total = of_height + most / sd**4
    return float(total) if np.isfinite(total) else np.inf


def _posterior(
    x: np.ndarray, widths: np.ndarray, sd: float, mixing: Mixing
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The densities at x, the means of locations, and bounds on moments (4, n) about them.

    The bounds hold for all observations in the bin, in units of the sd.
    """
    locations, weights = mixing
    logs = np.maximum(-0.5 * np.square((x - locations[:, None]) / sd), NOTHING)
    joint = weights[:, None] * np.exp(logs)
    density = joint.sum(axis=0)
    centre = locations @ joint / density
    away = np.abs(locations[:, None] - centre) / sd
    joint = weights[:, None] * np.exp(np.maximum(logs + widths / sd * away, NOTHING))
    moments = np.empty((4, x.size))
    for k in range(4):
        joint *= away
        moments[k] = joint.sum(axis=0) / density
    return density, centre, moments
