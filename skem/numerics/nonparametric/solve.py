"""The constrained Newton method for the nonparametric estimate (Wang 2007).

The gradient function says what a new location would gain. An iteration adds its local
maxima, and finds all weights by a quadratic approximation of the log-likelihood in which
none is negative. Locations that are close are then merged, and moved together with the
weights by Newton's method, so that the last iterations converge quadratically. The problem
is concave: there are no other optima.
"""

from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.optimize import nnls

from .kernels import Kernels
from .supremum import TYPICAL, supremum

# The spacing of the grid on which local maxima are sought, in kernels' sds.
SPACING = 0.5

# The steps of EM on the grid before the first iteration, the most iterations, and the most
# steps of Newton in each.
N_EM, MOST, N_MOVES = 12, 60, 8

# The nats that are left to gain where locations are first merged and moved.
NEARLY = 0.1

# The iterations that may gain nothing, and leave the gradient function as high.
IN_VAIN = 4

# The divisor of the distance at which locations are merged, after it proved too large.
CLOSER = 8

# The shortest step of a line search, one after which no other is made, and the share of a
# weight that a step may take.
SHORTEST, SHORT = 2.0**-40, 0.25


class Mixing(NamedTuple):
    """A mixing distribution: locations (k,) and their weights (k,)."""

    locations: np.ndarray
    weights: np.ndarray

    def merged(self, distance: float) -> "Mixing":
        """Neighbours that are no farther apart than the distance, as one."""
        order = np.argsort(self.locations, kind="stable")
        locations, weights = self.locations[order], self.weights[order]
        starts = np.flatnonzero(np.diff(locations, prepend=-np.inf) > distance)
        joint = np.add.reduceat(weights, starts)
        return Mixing(np.add.reduceat(weights * locations, starts) / joint, joint)


class Estimate(NamedTuple):
    """A mixing distribution, its log-likelihood, and what any other can gain at most."""

    mixing: Mixing
    log_likelihood: float
    gap: float
    n_iter: int


class State(NamedTuple):
    """A mixing distribution, and the densities (k, n) at its locations."""

    mixing: Mixing
    columns: np.ndarray

    @property
    def density(self) -> np.ndarray:
        """The density (n,) of each observation."""
        return self.mixing.weights @ self.columns


def approach(kernels: Kernels, masses: np.ndarray, n_iter: int) -> Mixing:
    """The mixing distribution after a number of iterations."""
    grid, _ = search_grid(kernels)
    on_grid = kernels.at(grid)
    mixing = _spread(grid, on_grid, masses)
    state = State(mixing, kernels.at(mixing.locations))
    for _ in range(n_iter):
        new = _maxima(grid, on_grid @ (masses / state.density))
        state = _reweighed(state, new, kernels.at(new), masses)
    return state.mixing


def solve(
    kernels: Kernels, masses: np.ndarray, tol: float, start: Mixing | None = None
) -> Estimate:
    """The Estimate for observations of some masses (n,), to a gap of `tol` nats.

    The gap is larger where rounding, or the number of iterations, allows no less.
    """
    grid, step = search_grid(kernels)
    on_grid = kernels.at(grid)
    mixing = start or _spread(grid, on_grid, masses)
    state = State(mixing, kernels.at(mixing.locations))
    n, near, lowest, highest, n_vain = masses.sum(), step, np.inf, -np.inf, 0
    before = np.inf
    for n_iter in range(1, MOST + 1):
        density = state.density
        multiples = masses / density
        new = _nearer(kernels, multiples, _maxima(grid, on_grid @ multiples), step)
        found = kernels.at(new)
        slope = float((found @ multiples).max(initial=n) - n)
        height = float(masses @ np.log(density))
        vain = slope >= lowest and height <= highest + _rounding(height)
        n_vain = n_vain + 1 if vain else 0
        lowest, highest = min(slope, lowest), max(height, highest)
        last = n_iter == MOST or n_vain == IN_VAIN
        if slope < tol / 2 or last:
            top = supremum(kernels, multiples, tol / 4, n)
            if top.bound <= tol or last:
                break
            new = np.append(new, top.location)
            found = kernels.at(new)
            lowest = np.inf
        state = _reweighed(state, new, found, masses)
        if slope > before:  # what was merged belongs apart
            near = max(near / 2, step / CLOSER**2)
        before = np.inf
        if slope < NEARLY:
            before = slope
            state = _polished(kernels, masses, state, near, tol)
    height += float(masses @ kernels.log_peaks)
    return Estimate(state.mixing.merged(0.0), height, top.bound, n_iter)


def _reweighed(
    state: State, new: np.ndarray, found: np.ndarray, masses: np.ndarray
) -> State:
    """The State with `new` locations, of some densities, and all weights found anew."""
    (locations, weights), columns = state
    locations = np.append(locations, new)
    columns = np.concatenate([columns, found])
    weights = np.append(weights, np.zeros(new.size))
    weights = _reweigh(columns, weights, masses, state.density)
    kept = weights > 0
    return State(Mixing(locations[kept], weights[kept]), columns[kept])


def _polished(
    kernels: Kernels, masses: np.ndarray, state: State, near: float, tol: float
) -> State:
    """The State with close locations merged, and all moved, if that does not lose."""
    least = float(masses @ np.log(state.density))
    least -= _rounding(least)
    for distance in (2 * near, near, near / CLOSER):
        merged = state.mixing.merged(distance)
        moved, height = _move(kernels, masses, merged, tol, least)
        if height >= least:
            return moved
    return state


def _rounding(height: float) -> float:
    """What rounding may do to a log-likelihood."""
    return 4 * float(np.finfo(float).eps) * abs(height)


def search_grid(kernels: Kernels) -> tuple[np.ndarray, float]:
    """Locations (J,) near all observations, ascending, and the distance of most."""
    values, sds = kernels.values, kernels.sds
    step = SPACING * float(np.quantile(sds, TYPICAL))
    low = values.min()
    places = np.floor((values - low) / step)
    near = np.unique(np.concatenate([places + k for k in range(-1, 3)]))
    grid = np.clip(low + step * near, low, values.max())
    return np.unique(np.concatenate([grid, values[sds < step]])), step


def _spread(grid: np.ndarray, on_grid: np.ndarray, masses: np.ndarray) -> Mixing:
    """Weights on the whole grid, after a few steps of EM from equal ones."""
    weights = np.full(grid.size, 1 / grid.size)
    for _ in range(N_EM):
        weights = weights * (on_grid @ (masses / (weights @ on_grid)))
        weights /= weights.sum()
    return Mixing(grid, weights)


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
    columns: np.ndarray, weights: np.ndarray, masses: np.ndarray, density: np.ndarray
) -> np.ndarray:
    """Newton's weights, of which none is negative, at the end of a line search.

    The log-likelihood less n times (the sum of the weights less 1), and less half its
    square, is highest where the weights sum to 1.
    """
    root = np.sqrt(masses)
    system = np.empty((root.size + 1, weights.size + 1))
    system[:-1, :-1] = (columns * (root / density)).T
    system[-1, :-1] = np.sqrt(masses.sum())
    system[:-1, -1], system[-1, -1] = 2 * root, 0.0
    small = np.asarray(np.linalg.qr(system, mode="r"))
    found, _ = nnls(small[:, :-1], small[:, -1])
    change = found / found.sum() - weights
    height, t = float(masses @ np.log(density)), 1.0
    height -= _rounding(height)
    moved = change @ columns
    while t > SHORTEST and not masses @ np.log(density + t * moved) >= height:
        t /= 2
    return np.maximum(weights + t * change, 0.0) if t > SHORTEST else weights


def _move(
    kernels: Kernels, masses: np.ndarray, mixing: Mixing, tol: float, least: float
) -> tuple[State, float]:
    """The State after steps of Newton in locations and weights together; its height.

    They end where they gain too little for the `tol`, must be short, or do not promise to
    reach the `least` height.
    """
    n, k = masses.sum(), mixing.weights.size
    here = kernels.derivatives(mixing.locations)
    density = mixing.weights @ here[0]
    height = float(masses @ np.log(density))
    for _ in range(N_MOVES):
        locations, weights = mixing
        score = here @ (masses / density)
        basis = np.concatenate([here[0], weights[:, None] * here[1]])
        basis *= np.sqrt(masses) / density
        curvature = basis @ basis.T
        curvature[:k, :k] += n
        gradient = np.concatenate([score[0] - n, weights * score[1]])
        change = _newton(curvature, gradient, weights, score)
        gain = 0.0 if change is None else float(gradient @ change)
        if change is None or gain <= 0.1 * tol or height + gain < least:
            break
        t = 1.0
        while t > SHORTEST:
            new = weights + t * change[:k]
            there_is = new > 0  # a weight that would fall below 0 is none
            moved = Mixing((locations + t * change[k:])[there_is], new[there_is])
            moved = moved._replace(weights=moved.weights / moved.weights.sum())
            there = kernels.derivatives(moved.locations)
            with np.errstate(divide="ignore"):
                reached = float(masses @ np.log(moved.weights @ there[0]))
            if reached >= height - _rounding(height):
                break
            t /= 2
        else:
            break
        mixing, here, height = moved, there, reached
        k = mixing.weights.size
        density = mixing.weights @ here[0]
        if t < SHORT:
            break
    return State(mixing, here[0]), height


def _newton(
    curvature: np.ndarray, gradient: np.ndarray, weights: np.ndarray, score: np.ndarray
) -> np.ndarray | None:
    """Newton's step; without the terms that vanish at the top where they bend upwards."""
    k = weights.size
    own, moves = np.arange(k), np.arange(k, 2 * k)
    for full in (True, False):
        matrix = curvature.copy()
        matrix[moves, moves] -= weights * (score[2] if full else np.minimum(score[2], 0.0))
        if full:
            matrix[own, moves] -= score[1]
            matrix[moves, own] -= score[1]
        try:
            factor = cho_factor(matrix, overwrite_a=True, check_finite=False)
        except LinAlgError:
            continue
        change = cho_solve(factor, gradient, check_finite=False)
        if np.isfinite(change).all():
            return change
    return None
