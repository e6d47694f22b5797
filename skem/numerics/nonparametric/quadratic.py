"""The highest point of a concave quadratic function where no coordinate is negative."""

import numpy as np

# What is added to the curvature, in units of its diagonal, against rounding.
RIDGE = 1e-13

# The most times that coordinates become free, for each coordinate.
MOST = 3


def nonnegative(
    curvature: np.ndarray, slope: np.ndarray, start: np.ndarray, least: float
) -> np.ndarray:
    """The x >= 0 (k,), nearly, where ``slope @ x - x @ curvature @ x / 2`` is highest.

    No slope there is above the `least`, and no coordinate lower the function than at the
    start. An active-set method (Lawson and Hanson 1974): in each round, coordinates become
    free where the slope is above that of their neighbours, because they have an order.
    """
    scale = np.sqrt(np.diag(curvature))
    curvature = curvature / scale / scale[:, None]
    curvature[np.diag_indices_from(curvature)] += RIDGE
    slope = slope / scale
    x = _settled(curvature, slope, start * scale, start > 0)
    for _ in range(MOST * x.size):
        left = (slope - curvature @ x) * scale
        left[x > 0] = -np.inf
        steepest = int(left.argmax())
        if not left[steepest] > least:
            break
        padded = np.concatenate([[-np.inf], left, [-np.inf]])
        new = (left > least) & (left >= padded[:-2]) & (left > padded[2:])
        found = _settled(curvature, slope, x, (x > 0) | new)
        if not (found[new] > 0).any():
            new = np.arange(x.size) == steepest
            found = _settled(curvature, slope, x, (x > 0) | new)
            if not found[steepest] > 0:  # its slope is rounding
                break
        x = found
    return x / scale


def _settled(
    curvature: np.ndarray, slope: np.ndarray, x: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """The highest point where only `free` coordinates are not 0, or fewer of them."""
    x, at = x.copy(), np.flatnonzero(free)
    while at.size:
        here = x[at]
        there = np.linalg.solve(curvature[at[:, None], at], slope[at])
        below = there <= 0
        if not below.any():
            x[at] = there
            break
        stays = ~below | (here > 0)
        if stays.all():
            share = np.where(below, here / np.where(below, here - there, 1.0), np.inf)
            x[at] = here + share.min() * (there - here)
            stays = share > share.min()
            x[at[~stays]] = 0.0
        at = at[stays]
    return x
