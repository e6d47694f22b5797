"""Quantiles of the posteriors of true values."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from scipy.special import ndtri

from ..data.estimates import ROWS, Estimates
from ..model.mixture import Mixture
from ..model.scales import EXACT, FINE
from .shrinkage import Posterior, above, posterior

# Maximum number of steps to a quantile (every BISECT_EVERY-th step bisects), and length of
# a Newton step, in sds of the narrowest group, after which the next is lost in rounding.
MAX_STEPS, BISECT_EVERY, CLOSE = 200, 5, 1e-8


def intervals(rows: Estimates, mixtures: Sequence[Mixture], level: float) -> np.ndarray:
    """Quantiles (N, 2) of the true values that leave equal tails outside.

    The distribution of a true value is the mean of its posteriors under the mixtures.
    """
    tail = 0.5 * (1 - level)
    function = partial(_interval, mixtures, (tail, 1 - tail))
    return rows.map(function, np.float64, (2,))


def _interval(
    mixtures: Sequence[Mixture], levels: tuple[float, float], *rows: np.ndarray
) -> np.ndarray:
    step = max(1, ROWS // len(mixtures))
    detail = FINE if len(mixtures) > 1 else EXACT  # 40 draws err by more than that
    ends = []
    for start in range(0, rows[0].size, step):
        some = [column[start : start + step] for column in rows]
        seen = _average([posterior(mixture, *some, detail=detail) for mixture in mixtures])
        ends.append([posterior_quantile(seen, level) for level in levels])
    return np.concatenate(ends, axis=1).T


def _average(every: Sequence[Posterior]) -> Posterior:
    """The mean of Posteriors of the same values, with the groups of all."""
    weights, means, sds = (
        np.concatenate(part) for part in zip(*(one[:3] for one in every), strict=True)
    )
    return Posterior(weights / len(every), means, sds, every[0].log_density)


def posterior_quantile(seen: Posterior, level: float) -> np.ndarray:
    """The smallest x with ``Pr(true value <= x) >= level``, (n,), for each row.

    Newton's steps stay between bounds that close in; the first ones are the lowest and the
    highest quantile of the groups. If the probability passes the level at a group without
    variance, the quantile is the mean of this group.
    """
    ends = seen.means + ndtri(level) * seen.sds
    low, high = ends.min(axis=0), ends.max(axis=0)
    x = np.sum(seen.weights * ends, axis=0)
    held, left = _held(seen, level)
    x = np.where(left, x, held)
    narrowest = np.where(seen.sds > 0, seen.sds, np.inf).min(axis=0)
    for iteration in range(MAX_STEPS):
        at = np.flatnonzero(left)
        if not at.size:
            break
        here, old = Posterior(*(part[..., at] for part in seen)), x[at]
        excess = above(here, old, -1.0) - level
        low[at] = lower = np.where(excess < 0, old, low[at])
        high[at] = upper = np.where(excess >= 0, old, high[at])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new = old - excess / _density(here, old)
        inside = (new >= lower) & (new <= upper)
        if iteration % BISECT_EVERY == BISECT_EVERY - 1:
            inside &= np.abs(new - old) < CLOSE * narrowest[at]
        x[at] = new = np.where(inside, new, 0.5 * (lower + upper))
        arrived = inside & (np.abs(new - old) <= CLOSE * narrowest[at])
        size = np.maximum(np.abs(lower), np.abs(upper))
        left[at] = ~arrived & (upper - lower > 2 * np.finfo(float).eps * size)
    return x


def _held(seen: Posterior, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (n,) at groups without variance, and which rows have none there (n,)."""
    x, left = np.zeros(seen.log_density.size), np.ones(seen.log_density.size, dtype=bool)
    if not (seen.sds == 0).any():
        return x, left
    for mean, sd in zip(seen.means, seen.sds, strict=True):
        reached = above(seen, mean, -1.0)
        step = np.sum(seen.weights, axis=0, where=(seen.sds == 0) & (seen.means == mean))
        holds = (sd == 0) & (reached - step < level) & (level <= reached)
        x, left = np.where(holds, mean, x), left & ~holds
    return x, left


def _density(seen: Posterior, x: np.ndarray) -> np.ndarray:
    point = seen.sds == 0
    sds = np.where(point, 1.0, seen.sds)
    bells = np.exp(-0.5 * np.square((x - seen.means) / sds)) / sds
    return np.sum(np.where(point, 0.0, seen.weights * bells), axis=0) / np.sqrt(2 * np.pi)
