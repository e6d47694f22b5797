"""Newton's steps in the locations and the weights of a mixing distribution together."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .kernels import Kernels
from .mixing import Mixing, State, rounding

# The most steps.
N_MOVES = 10

# The least curvature, in units of its scale, and what may be added to keep a step short.
FLAT = 1e-12
DAMPINGS = np.concatenate([[0.0], np.geomspace(1e-9, 1e6, 76)])[:, None]


# A function of locations (J,) that is added to the gradient function, with its first two
# derivatives (3, J).
Tilt = Callable[[np.ndarray], np.ndarray]


class Slopes(NamedTuple):
    """The gradient (2k,) by weights and locations, its curvature, and scales for both.

    The peak is what the gradient function reaches near the locations.
    """

    gradient: np.ndarray
    curvature: np.ndarray
    scale: np.ndarray
    peak: float


def moved_up(
    kernels: Kernels,
    masses: np.ndarray,
    mixing: Mixing,
    tol: float,
    least: float,
    tilt: Tilt | None = None,
) -> tuple[State, float]:
    """The State after steps of Newton in locations and weights together; its height.

    Steps stay within a radius where the quadratic approximation holds. They end where the
    gradient leaves little beside the `tol`, or promises too little for the `least` height.
    """
    radius = np.inf
    here = kernels.derivatives(mixing.locations)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        height, slopes = _slopes(mixing, here, masses, tilt)
    for _ in range(N_MOVES):
        if slopes.peak <= tol / 8:
            break
        change, gain, length = _newton(slopes, radius)
        if height + 2 * gain < least or not length > 0:
            break
        moved = _stepped(mixing, change)
        there = kernels.derivatives(moved.locations)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            reached, new = _slopes(moved, there, masses, tilt)
        rise = reached - height + rounding(height)
        if not rise >= max(0.25 * gain, 0.0):
            radius = length / 4
        elif rise > 0.75 * gain:
            radius = max(radius, 3 * length)
        if rise >= 0:
            mixing, here, height, slopes = moved, there, reached, new
    return State(mixing, here[0]), height


def _stepped(mixing: Mixing, change: np.ndarray) -> Mixing:
    """The mixing distribution after a step; a weight that would fall below 0 is none."""
    weights, moves = np.split(change, 2)
    new = mixing.weights + weights
    there_is = new > 0
    new = new[there_is]
    return Mixing((mixing.locations + moves)[there_is], new / new.sum())


def _slopes(
    mixing: Mixing, here: np.ndarray, masses: np.ndarray, tilt: Tilt | None
) -> tuple[float, Slopes]:
    """The log-likelihood, and its Slopes, from the densities and their derivatives.

    The slopes are of the log-likelihood less n times the sum of the weights, and less half
    the square of n times this sum's excess over 1.
    """
    weights, n, k = mixing.weights, masses.sum(), mixing.weights.size
    density = weights @ here[0]
    own, moves = np.arange(k), np.arange(k, 2 * k)
    score = here @ (masses / density)
    height = float(masses @ np.log(density))
    if tilt is not None:
        tilted = tilt(mixing.locations)
        score += tilted
        height += float(tilted[0] @ weights)
    basis = np.concatenate([here[0], weights[:, None] * here[1]])
    basis *= np.sqrt(masses) / density
    curvature = basis @ basis.T
    curvature[:k, :k] += n
    scale = np.diag(curvature).copy()
    scale[moves] += weights * np.abs(score[2])
    curvature[moves, moves] -= weights * score[2]
    curvature[own, moves] -= score[1]
    curvature[moves, own] -= score[1]
    # The gradient function near a location reaches the top of its parabola.
    value, slope, bend = score[0] - n, score[1], np.abs(score[2])
    tops = np.abs(value) + 0.5 * slope * slope / np.maximum(bend, FLAT)
    gradient = np.concatenate([value, weights * slope])
    return height, Slopes(gradient, curvature, np.sqrt(scale), float(tops.max()))


def _newton(slopes: Slopes, radius: float) -> tuple[np.ndarray, float, float]:
    """Newton's step within a radius, what it promises, and its length in units of scales.

    Each curvature counts by its size, so that a step leaves a saddle.
    """
    gradient, curvature, scale, _ = slopes
    sizes, axes = np.linalg.eigh(curvature / scale / scale[:, None])
    along = axes.T @ (gradient / scale)
    steps = along / (np.maximum(np.abs(sizes), FLAT) + DAMPINGS)
    lengths = np.sqrt(np.square(steps).sum(axis=1))
    k = min(int(np.sum(lengths > radius)), len(lengths) - 1)
    gain = steps[k] @ (along - 0.5 * sizes * steps[k])
    return axes @ steps[k] / scale, float(gain), float(lengths[k])
