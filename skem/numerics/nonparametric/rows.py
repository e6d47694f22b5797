"""The bound from all rows of many estimates, however their noise is distributed.

Sums over the rows are added up block by block. From the solution of the bins, rounds of
Newton's method for the weights follow, in which the locations may move a little.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..data.protocol import Data
from ..likelihood.expectation import by_deviations
from ..model.mixture import Mixture, normalise
from ..model.scales import Scales, log_groups
from .kernels import NOTHING, Kernels
from .mixing import Mixing
from .quadratic import nonnegative
from .solve import FLAT
from .supremum import Series, Supremum, cover, expand, refine

# The most rounds, the nats left at which they end and those at which all locations
# are looked at, and what a round must leave at most of those before it.
MOST, NEARLY, ROUGHLY, LEAVES = 12, 0.05, 1.0, 0.9

# The error of the supremum, as a share of it, and in nats.
SHARE, CLOSE = 0.02, 1e-3

# The first distance, in kernels' sds, by which locations may move, and its divisor.
MOVE, CLOSER = 0.1, 2.0

# The largest ratio of densities whose square can be summed, and the halvings of a step.
LARGEST, HALVINGS = 1e100, 12


class Certified(NamedTuple):
    """A mixing distribution, its log-likelihood, and what any other can gain at most."""

    mixing: Mixing
    log_likelihood: float
    duality_gap: float

    @property
    def bound(self) -> float:
        """What no mixture exceeds, in nats."""
        return self.log_likelihood + self.duality_gap


def best_on_rows(
    cells: Data, values: np.ndarray, sds: np.ndarray, sd: float, mixing: Mixing
) -> Certified:
    """The Certified bound of normals of an sd, from a mixing distribution on.

    The values span all rows, and the sds are those of kernels near them.
    """
    centres, halves = cover(values, sds)
    move = MOVE * float(np.median(sds))
    height, before = _height(cells, mixing, sd), np.inf
    found = Certified(mixing, height, np.inf)
    for left in reversed(range(MOST)):
        gradient = cells.total(partial(_slopes, mixing, sd, centres, False))
        new, steepest = _maxima(centres, gradient - cells.mass), gradient.max()
        if not left or steepest - cells.mass < ROUGHLY:
            top = _supremum(cells, mixing, sd, centres, halves)
            if height + top.bound < found.log_likelihood + found.duality_gap:
                found = Certified(mixing, height, top.bound)
            if top.bound < NEARLY or top.value > LEAVES * before:
                break
            before, new = top.value, np.append(new, top.location)
        if steepest > 2 * cells.mass:  # Newton would double small weights only
            mixing = _with(mixing, new, 1 / cells.mass)
            height = _height(cells, mixing, sd)
        else:
            mixing, height = _reweighed(cells, mixing, sd, height, new, move)
            move /= CLOSER
    return found


def _supremum(
    cells: Data, mixing: Mixing, sd: float, centres: np.ndarray, halves: np.ndarray
) -> Supremum:
    expansion = partial(_expand, cells, mixing, sd)
    series = expansion(centres, halves)
    close = max(CLOSE, SHARE * float(series.terms[:, 0].max() - cells.mass))
    return refine(series, expansion, close, cells.mass)


def _maxima(centres: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """The centres where the gradient function is above 0, and above its neighbours."""
    order = np.argsort(centres)
    padded = np.concatenate([[-np.inf], gradient[order], [-np.inf]])
    at = (padded[1:-1] > 0) & (padded[1:-1] >= padded[:-2]) & (padded[1:-1] > padded[2:])
    return centres[order][at]


def _reweighed(
    cells: Data,
    mixing: Mixing,
    sd: float,
    height: float,
    new: np.ndarray,
    move: float,
) -> tuple[Mixing, float]:
    """The mixing distribution with weights found anew, also beside it; its height."""
    beside = [mixing.locations - move, mixing.locations + move, new]
    new = np.clip(np.concatenate(beside), cells.low, cells.high)
    locations = np.append(mixing.locations, new)
    order = np.argsort(locations, kind="stable")
    locations = locations[order]
    weights = np.append(mixing.weights, np.zeros(new.size))[order]
    sums = cells.total(partial(_slopes, mixing, sd, locations, True))
    slopes, curvature = sums[0], sums[1:] + cells.mass
    # The log-likelihood is quadratic, and highest where the weights sum to 1.
    least = FLAT * float(slopes.max() - cells.mass)
    found = nonnegative(curvature, 2 * slopes, weights, least)
    if not found.sum() > 0:
        return mixing, height
    change = found / found.sum() - weights
    for halving in range(HALVINGS):
        moved = np.maximum(weights + change / 2**halving, 0.0)
        there = moved > 0
        trial = Mixing(locations[there], moved[there] / moved.sum()).merged(0.0)
        reached = _height(cells, trial, sd)
        if reached > height:
            return trial, reached
    return mixing, height


def _with(mixing: Mixing, new: np.ndarray, weight: float) -> Mixing:
    """The mixing distribution with new locations of a weight each, before they sum to 1."""
    locations = np.append(mixing.locations, new)
    weights = np.append(mixing.weights, np.full(new.size, weight))
    return Mixing(locations, weights / weights.sum()).merged(0.0)


def _height(cells: Data, mixing: Mixing, sd: float) -> float:
    return float(by_deviations(cells, _mixture(mixing, sd)).log_likelihood)


def _mixture(mixing: Mixing, sd: float) -> Mixture:
    return Mixture(mixing.weights, mixing.locations, np.full(mixing.weights.size, sd * sd))


def _expand(
    cells: Data, mixing: Mixing, sd: float, centres: np.ndarray, halves: np.ndarray
) -> Series:
    """The Series of the gradient function, without its constant, over all rows."""
    sums = cells.total(partial(_expand_rows, mixing, sd, centres, halves))
    return Series(centres, halves, sums[:, :-1].copy(), sums[:, -1])


def _expand_rows(
    mixing: Mixing,
    sd: float,
    centres: np.ndarray,
    halves: np.ndarray,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: Any,
) -> np.ndarray:
    kernels, ratios = _rows(mixing, sd, z, noise)
    multiples = ratios if mass is None else mass * ratios
    series = expand(kernels, multiples, centres, halves)
    return np.column_stack([series.terms, series.rests])


def _slopes(
    mixing: Mixing,
    sd: float,
    locations: np.ndarray,
    curved: bool,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: Any,
) -> np.ndarray:
    """The slopes (J,) by the weights of locations, and the curvature (J, J) if `curved`."""
    kernels, ratios = _rows(mixing, sd, z, noise)
    columns, ratios = kernels.at(locations), np.minimum(ratios, LARGEST)
    if not curved:
        return columns @ (ratios if mass is None else mass * ratios)
    columns *= ratios
    weighted = columns if mass is None else columns * mass
    return np.vstack([weighted.sum(axis=1), weighted @ columns.T])


def _rows(
    mixing: Mixing, sd: float, z: np.ndarray, noise: np.ndarray | Scales
) -> tuple[Kernels, np.ndarray]:
    """The Kernels of some rows, and their highest densities over those of the mixture."""
    kernels = Kernels.of(z, sd * sd, noise)
    peak, total = normalise(log_groups(z, _mixture(mixing, sd), noise))
    logs = kernels.log_peaks - peak - np.log(total)
    return kernels, np.exp(np.minimum(logs, -NOTHING))
