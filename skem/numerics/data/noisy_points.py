"""Noisy estimates as points: `compression` in two dimensions."""

from functools import partial

import numpy as np

from .census import MAX_EXACT
from .estimates import ErrorRange
from .noisy_bins import FINE, NoisyBins, count_noisy
from .noisy_cells import NoisyCells
from .points import Points


def compress_estimates(cells: NoisyCells) -> Points:
    """Points that stand for `cells`: one for each, or for each bin if there are many."""
    if cells.n_cells <= MAX_EXACT:
        parts = zip(*cells.total_by_degrees(_keep), strict=True)
        values, masses, noise, *rest = map(np.concatenate, parts)
        degrees = rest[0] if rest else None
        return Points(values, masses, None, None, noise, cells.noise_level, degrees)
    lowest, highest = cells.total_by_degrees(_noise_range)
    bins = NoisyBins.within(lowest, highest, FINE)
    counted = cells.total_by_degrees(partial(count_noisy, bins))
    return Points(**counted.points(), noise_level=cells.noise_level)


def _keep(z: np.ndarray, mass: np.ndarray | None, *noise: np.ndarray) -> list[tuple]:
    return [(z, np.ones_like(z) if mass is None else mass, *noise)]


def _noise_range(
    z: np.ndarray, mass: np.ndarray | None, noise: np.ndarray, *_: np.ndarray
) -> ErrorRange:
    return ErrorRange(noise.min(initial=np.inf), noise.max(initial=0.0))
