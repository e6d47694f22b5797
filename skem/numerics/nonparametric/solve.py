"""The nonparametric estimate, by the constrained Newton method (Wang 2007).

The gradient function says what a new location would gain. On a grid of locations, all
weights are found by a quadratic approximation of the log-likelihood in which none is
negative. Neighbours are then merged, and moved together with the weights by Newton's
method, so that the last iterations converge quadratically. Wherever the gradient function
is still above 0, locations are added. The problem is concave: there are no other optima.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .kernels import Kernels
from .mixing import Mixing, State, rounding
from .moves import Tilt, moved_up
from .quadratic import nonnegative
from .supremum import TYPICAL, Supremum, supremum

# The spacing of the grid on which local maxima are sought, in kernels' sds.
SPACING = 0.5

# The spacing of the grid of the first locations, and how far apart neighbours there may be
# that are merged.
FINE, NEAR = 0.25, 0.375

# How many locations there are on either side of one, where it may move, the distance of the
# first, in kernels' sds, the number of times that it is halved, and how far apart, in such
# distances, neighbours are merged.
SIDES, BESIDE, N_CLOSER, NEXT = np.array([1.0, 2.0]), 0.1, 4, 1.01

# The steps of EM on the grid before the first iteration, and the most iterations.
N_EM, MOST = 12, 60

# The nats that are left to gain on the grid, the most iterations for it, and the nats that
# the merging of neighbours may lose there.
NEARLY, MOST_NEARLY, LOSS = 0.01, 12, 0.1

# The iterations that may gain nothing, and leave the gradient function as high.
IN_VAIN = 4

# The share of the gradient function's maximum that it may have where a quadratic
# approximation is highest.
FLAT = 1e-4

# The least share of its density that an observation keeps in a step.
LEAST = 1e-6

# The shortest step of a line search.
SHORTEST = 2.0**-40


class Estimate(NamedTuple):
    """A mixing distribution, its log-likelihood, and what any other can gain at most."""

    mixing: Mixing
    log_likelihood: float
    gap: float
    n_iter: int


def approach(kernels: Kernels, masses: np.ndarray) -> Mixing:
    """The best mixing distribution on a fine grid, with neighbours merged and moved."""
    grid, step = search_grid(kernels, FINE)
    on_grid = kernels.at(grid)
    weights, target = _spread(on_grid, masses), np.zeros(grid.size)
    for _ in range(MOST_NEARLY):
        density = weights @ on_grid
        gains = on_grid @ (masses / density) - masses.sum()
        if gains.max() < NEARLY:
            break
        some = (weights > 0) | (gains > 0)
        weights[some], target[some] = _reweigh(
            on_grid[some], weights[some], masses, density, target[some]
        )
    found, density = Mixing(grid[weights > 0], weights[weights > 0]), weights @ on_grid
    least = float(masses @ np.log(density)) - LOSS
    merged = found.merged(step * NEAR / FINE)
    moved, height = moved_up(kernels, masses, merged, NEARLY, least)
    keeps = height >= least and not _lost(moved.density, density).any()
    return moved.mixing if keeps else found


def solve(
    kernels: Kernels,
    masses: np.ndarray,
    tol: float,
    start: Mixing | None = None,
    highest_of: Callable[[Mixing], Supremum] | None = None,
    tilt: Tilt | None = None,
) -> Estimate:
    """The Estimate for observations of some masses (n,), to a gap of `tol` nats.

    The gap is larger where rounding, or the number of iterations, allows no less. The
    supremum of the gradient function is that of the observations, or what `highest_of`
    gives for a mixing distribution, to a quarter of `tol`. A `tilt` is added to the
    gradient function.
    """
    grid, step = search_grid(kernels)
    on_grid, on_tilt = kernels.at(grid), _tilted(tilt, grid)
    mixing = approach(kernels, masses) if start is None else start
    state = _fed(kernels, masses, State(mixing, kernels.at(mixing.locations)))
    n, lowest, highest, n_vain, proved = masses.sum(), np.inf, -np.inf, 0, np.inf
    for n_iter in range(1, MOST + 1):
        density = state.density
        multiples = masses / density
        gradient = on_grid @ multiples + on_tilt
        new = _nearer(kernels, multiples, _maxima(grid, gradient), step)
        if tilt is not None:  # it moves maxima that are narrower than the grid
            new = np.append(new, state.mixing.locations)
        gains = kernels.at(new) @ multiples + _tilted(tilt, new) - n
        slope = float(gains.max())
        height = float(masses @ np.log(density))
        height += float(_tilted(tilt, state.mixing.locations) @ state.mixing.weights)
        vain = slope >= lowest and height <= highest + rounding(height)
        n_vain = n_vain + 1 if vain else 0
        lowest, highest = min(slope, lowest), max(height, highest)
        last = n_iter == MOST or n_vain == IN_VAIN
        new = new[gains > 0]
        if slope < tol / 2 or last:
            if highest_of is None:
                top = supremum(kernels, multiples, tol / 4, n)
            else:
                top = highest_of(state.mixing)
            if top.bound <= tol or last or top.bound >= proved:
                break
            new = np.append(new, top.location)
            lowest, proved = np.inf, top.bound
        beside = BESIDE / SPACING * step / 2.0 ** ((n_iter - 1) % N_CLOSER)
        state = _reweighed(kernels, masses, state, new, beside, tilt)
        state = _polished(kernels, masses, state, tol, NEXT * beside, tilt)
    height += float(masses @ kernels.log_peaks)
    return Estimate(state.mixing.merged(0.0), height, top.bound, n_iter)


def _fed(kernels: Kernels, masses: np.ndarray, state: State) -> State:
    """The State with more locations, where observations have too little density.

    Relative to its highest, an observation's density is at least its share of the mass
    where nothing can be gained. Newton's steps only double a density that is less.
    """
    shares = masses / masses.sum()
    hungry = np.flatnonzero(state.density < shares)
    if not hungry.size:
        return state
    (locations, weights), _ = state
    some, density, fed = kernels.take(hungry), state.density[hungry], []
    for i in np.argsort(some.sds, kind="stable"):  # the others are fed by the narrowest
        if density[i] < shares[hungry[i]]:
            density += shares[hungry[i]] * some.at(some.values[i : i + 1])[0]
            fed.append(hungry[i])
    locations = np.append(locations, kernels.values[fed])
    weights = np.append(weights, shares[fed])
    mixing = Mixing(locations, weights / weights.sum()).merged(0.0)
    return State(mixing, kernels.at(mixing.locations))


def _reweighed(
    kernels: Kernels,
    masses: np.ndarray,
    state: State,
    new: np.ndarray,
    beside: float,
    tilt: Tilt | None,
) -> State:
    """The State with all weights found anew, also of `new` locations and of some beside.

    Those beside are multiples of a distance away. So locations can move, and become two,
    in a problem that stays concave.
    """
    (locations, weights), columns = state
    moves = beside * np.concatenate([-SIDES[::-1], SIDES])
    new = np.append((locations + moves[:, None]).ravel(), new)
    locations = np.append(locations, new)
    order = np.argsort(locations, kind="stable")
    columns = np.concatenate([columns, kernels.at(new)])[order]
    weights = np.append(weights, np.zeros(new.size))[order]
    locations = locations[order]
    tilted = _tilted(tilt, locations)
    weights, _ = _reweigh(columns, weights, masses, state.density, weights, tilted)
    kept = weights > 0
    return State(Mixing(locations[kept], weights[kept]), columns[kept])


def _polished(
    kernels: Kernels,
    masses: np.ndarray,
    state: State,
    tol: float,
    near: float,
    tilt: Tilt | None,
) -> State:
    """The State with near locations merged, and all moved, if that does not lose."""
    locations, weights = state.mixing
    least = float(masses @ np.log(state.density) + _tilted(tilt, locations) @ weights)
    least -= rounding(least)
    merged = state.mixing.merged(near)
    moved, height = moved_up(kernels, masses, merged, tol, least, tilt)
    keeps = height >= least and not _lost(moved.density, state.density).any()
    return moved if keeps else state


def _lost(density: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Whether each observation has next to nothing left of its density before.

    Where masses differ much, the others may gain more than the log of that.
    """
    return ~(density > LEAST * before)


def _tilted(tilt: Tilt | None, locations: np.ndarray) -> np.ndarray:
    return np.zeros(locations.size) if tilt is None else tilt(locations)[0]


def search_grid(kernels: Kernels, spacing: float = SPACING) -> tuple[np.ndarray, float]:
    """Locations (J,) near all observations, ascending, and the distance of most."""
    values, sds = kernels.values, kernels.sds
    step = spacing * float(np.quantile(sds, TYPICAL))
    low = values.min()
    places = np.floor((values - low) / step)
    near = np.unique(np.concatenate([places + k for k in range(-1, 3)]))
    grid = np.clip(low + step * near, low, values.max())
    return np.unique(np.concatenate([grid, values[sds < step]])), step


def _spread(on_grid: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Weights on a whole grid, after a few steps of EM from equal ones."""
    weights = np.full(len(on_grid), 1 / len(on_grid))
    for _ in range(N_EM):
        weights = weights * (on_grid @ (masses / (weights @ on_grid)))
        weights /= weights.sum()
    return weights


def _maxima(grid: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The local maxima of the gradient function, by parabolas through its values."""
    padded = np.concatenate([[-np.inf], gradient, [-np.inf]])
    at = np.flatnonzero((gradient >= padded[:-2]) & (gradient > padded[2:]))
    inner = at[(at > 0) & (at < grid.size - 1)]
    ends = grid[np.setdiff1d(at, inner)]
    x0, x1, x2 = (grid[inner + k] for k in (-1, 0, 1))
    left = (gradient[inner] - gradient[inner - 1]) / (x1 - x0)
    right = (gradient[inner + 1] - gradient[inner]) / (x2 - x1)
    # The slope of the parabola is `left` midway before, and `right` midway after.
    share = left / np.where(left > right, left - right, 1.0)
    tops = (x0 + x1 + share * (x2 - x0)) / 2
    return np.concatenate([ends, np.clip(tops, x0, x2)])


def _nearer(
    kernels: Kernels, multiples: np.ndarray, tops: np.ndarray, step: float
) -> np.ndarray:
    """Local maxima after a step of Newton, at most a `step` of the grid."""
    _, slope, bend = kernels.derivatives(tops) @ multiples
    shift = np.where(bend < 0, -slope / np.where(bend < 0, bend, 1.0), 0.0)
    return tops + np.clip(shift, -step, step)


def _reweigh(
    columns: np.ndarray,
    weights: np.ndarray,
    masses: np.ndarray,
    density: np.ndarray,
    start: np.ndarray,
    tilt: np.ndarray | float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Weights after a Newton step and a line search, and the weights that it aims at.

    None is negative. The locations of the columns ascend. The log-likelihood less n times
    (the sum of the weights less 1), and less half its square, is highest where the weights
    sum to 1. The search for the target begins at the `start`. The `tilt` is added to the
    slopes. The best location of an observation that would be lost keeps a weight of its
    share of the mass.
    """
    n = masses.sum()
    ratios = columns * (np.sqrt(masses) / density)
    slopes = columns @ (masses / density)
    curvature = ratios @ ratios.T + n
    tilted = slopes + tilt
    least = FLAT * float(tilted.max() - n)
    found = nonnegative(curvature, slopes + tilted, start, least)
    if not found.sum() > 0:  # so a step of EM
        found = weights * slopes
    lost = _lost(found @ columns, density)
    if lost.any():
        best = (weights[:, None] * columns[:, lost]).argmax(axis=0)
        found[best] = np.minimum(weights[best], masses[lost] / n)
    change = found / found.sum() - weights
    height, t = float(masses @ np.log(density)), 1.0
    height -= rounding(height)
    moved, gain = change @ columns, float(np.sum(change * tilt))
    with np.errstate(divide="ignore", invalid="ignore"):
        while t > SHORTEST:
            if masses @ np.log(density + t * moved) + t * gain >= height:
                break
            t /= 2
    return (np.maximum(weights + t * change, 0.0) if t > SHORTEST else weights), found
