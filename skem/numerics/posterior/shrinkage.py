"""Posteriors of true values under a fitted mixture, given estimates and standard errors.

The posterior of a true value is again a mixture. Its groups have means ``b_il`` and
variances ``B_il`` (equation D3 of the theory). If the estimate is missing,
the posterior is the fitted mixture.
"""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri, xlogy

from ..data.estimates import ROWS, Estimates
from ..likelihood.expectation import shrink
from ..model.mixture import FARTHEST, Mixture, log_joint, normalise
from ..model.scales import EXACT, FINE, NORMAL, Detail, Scales, joined
from .membership import Evidence

# Largest error, in units of the mixture; larger ones would have infinite squares.
LARGEST_ERROR = 1e100

# Noise variance, in squared units, that replaces a smaller one.
SMALLEST = 1e-300

# Maximum number of steps to a quantile (every BISECT_EVERY-th step bisects), and length of
# a Newton step, in sds of the narrowest group, after which the next is lost in rounding.
MAX_STEPS, BISECT_EVERY, CLOSE = 200, 5, 1e-8


class Posterior(NamedTuple):
    """Groups' weights, means and sds (L, n) of n true values, and log densities (n,).

    There is a group for each group and node where the noise has several.
    """

    weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray
    log_density: np.ndarray


def unit_of(mixture: Mixture) -> float:
    """A power of two near the spread of the mixture: division by it loses no digit."""
    spread = float(np.sqrt(mixture.variances.max()) + np.ptp(mixture.means))
    spread = spread or float(np.abs(mixture.means).max()) or 1.0
    return float(2.0 ** np.round(np.log2(spread)))


def posterior(
    mixture: Mixture,
    estimates: np.ndarray,
    errors: np.ndarray,
    degrees: np.ndarray | None = None,
    *,
    detail: Detail = EXACT,
) -> Posterior:
    """The Posterior of n rows. A missing row has the mixture and a density of NaN."""
    unit = unit_of(mixture)
    groups = Mixture(mixture.weights, mixture.means / unit, mixture.variances / unit / unit)
    missing = np.isnan(estimates + errors)
    if degrees is not None:
        missing |= np.isnan(degrees)
    z = np.where(missing, 0.0, estimates) / unit
    noise = np.square(np.minimum(np.where(missing, 1.0, errors) / unit, LARGEST_ERROR))
    noise = np.maximum(noise, SMALLEST)
    far = FARTHEST * np.sqrt(np.minimum(noise + groups.variances.max(), 1.0))
    log_weights = np.zeros(z.size)
    if degrees is not None:
        scales = Scales.of(noise, np.where(missing, NORMAL, degrees), detail)
        groups, noise, log_weights = scales.widened(groups)
    with np.errstate(over="ignore"):  # a cell is infinitely far from a narrow group
        p = log_joint(np.clip(z, -far, far), groups, noise=noise)
    p += log_weights
    peak, total = normalise(p)
    means, variances = shrink(z - groups.means[:, None], groups, noise)
    means += groups.means[:, None]
    variances[:, errors == 0] = 0.0  # the true value is known
    if missing.any():
        p[:, missing] = groups.weights[:, None] * np.exp(log_weights[..., missing])
        means[:, missing] = groups.means[:, None]
        variances[:, missing] = groups.variances[:, None]
    log_density = np.where(missing, np.nan, peak + np.log(total) - np.log(unit))
    return Posterior(p, means * unit, np.sqrt(variances) * unit, log_density)


def memberships(rows: Estimates, mixture: Mixture) -> np.ndarray:
    """Probability of each group for every row, (N, L)."""
    shape = (mixture.weights.size,)
    return rows.map(partial(_memberships, mixture), rows.table.dtype, shape)


def _memberships(mixture: Mixture, *rows: np.ndarray) -> np.ndarray:
    weights = posterior(mixture, *rows).weights
    return joined(weights, mixture.weights.size, axis=0).T


def estimate_log_densities(rows: Estimates, mixture: Mixture) -> np.ndarray:
    """Log density of every estimate, (N,); NaN for a missing one."""
    return rows.map(partial(_log_densities, mixture), np.float64)


def _log_densities(mixture: Mixture, *rows: np.ndarray) -> np.ndarray:
    return posterior(mixture, *rows).log_density


def fund_evidence(rows: Estimates, mixture: Mixture) -> Evidence:
    """The Evidence of the observed estimates: their mass counts each of them."""
    density, entropy = rows.map(partial(_weigh, mixture), np.float64, (2,)).T
    there = ~np.isnan(density)
    mass = there if rows.mass is None else np.where(there, rows.mass, 0.0)
    total = np.sum(mass * np.where(there, density, 0.0))
    return Evidence(float(total), float(mass @ entropy), float(mass.sum()))


def _weigh(mixture: Mixture, *rows: np.ndarray) -> np.ndarray:
    seen = posterior(mixture, *rows)
    weights = joined(seen.weights, mixture.weights.size, axis=0)
    return np.column_stack([seen.log_density, -np.sum(xlogy(weights, weights), axis=0)])


def summaries(rows: Estimates, mixture: Mixture) -> np.ndarray:
    """Posterior mean and sd, Pr(true value > 0), and local false sign rate, (N, 4)."""
    return rows.map(partial(_summarise, mixture), rows.table.dtype, (4,))


def _summarise(mixture: Mixture, *rows: np.ndarray) -> np.ndarray:
    seen = posterior(mixture, *rows)
    mean = np.sum(seen.weights * seen.means, axis=0)
    spread = np.square(seen.sds) + np.square(seen.means - mean)
    sd = np.sqrt(np.sum(seen.weights * spread, axis=0))
    positive, not_positive = signs(seen)
    zero = np.sum(seen.weights, axis=0, where=(seen.sds == 0) & (seen.means == 0))
    lfsr = np.minimum(not_positive, np.minimum(1.0, positive + zero))
    return np.column_stack([mean, sd, positive, lfsr])


def signs(seen: Posterior) -> tuple[np.ndarray, np.ndarray]:
    """Pr(true value > 0) and Pr(true value <= 0); small values of either are exact."""
    return _above(seen, 0.0, 1.0), _above(seen, 0.0, -1.0)


def _above(seen: Posterior, x: float | np.ndarray, side: float) -> np.ndarray:
    """Pr(true value > x), or Pr(true value <= x) if `side` is -1."""
    point = seen.sds == 0
    beyond = ndtr(side * (seen.means - x) / np.where(point, 1.0, seen.sds))
    steps = seen.means > x if side > 0 else seen.means <= x
    share = np.sum(seen.weights * np.where(point, steps, beyond), axis=0)
    return np.clip(share, 0.0, 1.0)


def local_false_discovery(
    rows: Estimates, mixture: Mixture, threshold: float, side: int
) -> np.ndarray:
    """Pr(true value <= threshold) of every row (N,), or Pr(>= threshold) if side is -1."""
    return rows.map(partial(_not_beyond, mixture, threshold, side), np.float64)


def _not_beyond(
    mixture: Mixture, threshold: float, side: int, *rows: np.ndarray
) -> np.ndarray:
    seen = posterior(mixture, *rows)
    return _above(seen._replace(means=side * seen.means), side * threshold, -1.0)


def q_values(local: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Mean local rate of all rows whose local rate is at most that of each row.

    A `missing` row adds only to its own mean.
    """
    ascending = np.sort(local[~missing])
    sums = np.append(0.0, np.cumsum(ascending))
    n = np.searchsorted(ascending, local, side="right")
    total = sums[n] + np.where(missing, local, 0.0)
    # The mean of rates up to `local` exceeds it only by rounding.
    return np.minimum(total / np.maximum(n + missing, 1), local)


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
        excess = _above(here, old, -1.0) - level
        low[at] = below = np.where(excess < 0, old, low[at])
        high[at] = above = np.where(excess >= 0, old, high[at])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            new = old - excess / _density(here, old)
        inside = (new >= below) & (new <= above)
        if iteration % BISECT_EVERY == BISECT_EVERY - 1:
            inside &= np.abs(new - old) < CLOSE * narrowest[at]
        x[at] = new = np.where(inside, new, 0.5 * (below + above))
        arrived = inside & (np.abs(new - old) <= CLOSE * narrowest[at])
        size = np.maximum(np.abs(below), np.abs(above))
        left[at] = ~arrived & (above - below > 2 * np.finfo(float).eps * size)
    return x


def _held(seen: Posterior, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles (n,) at groups without variance, and which rows have none there (n,)."""
    x, left = np.zeros(seen.log_density.size), np.ones(seen.log_density.size, dtype=bool)
    if not (seen.sds == 0).any():
        return x, left
    for mean, sd in zip(seen.means, seen.sds, strict=True):
        reached = _above(seen, mean, -1.0)
        step = np.sum(seen.weights, axis=0, where=(seen.sds == 0) & (seen.means == mean))
        holds = (sd == 0) & (reached - step < level) & (level <= reached)
        x, left = np.where(holds, mean, x), left & ~holds
    return x, left


def _density(seen: Posterior, x: np.ndarray) -> np.ndarray:
    point = seen.sds == 0
    sds = np.where(point, 1.0, seen.sds)
    bells = np.exp(-0.5 * np.square((x - seen.means) / sds)) / sds
    return np.sum(np.where(point, 0.0, seen.weights * bells), axis=0) / np.sqrt(2 * np.pi)


def draw_true(
    rows: Estimates, mixture: Mixture, n_draws: int, rng: np.random.RandomState
) -> np.ndarray:
    """Draws (N, n_draws) of the true values."""
    out = np.empty((rows.table.shape[0], n_draws))
    step = max(1, 2**19 // n_draws)
    for start in range(0, out.shape[0], step):
        some = slice(start, start + step)
        seen = posterior(mixture, *rows.table[some].T.astype(np.float64))
        n = seen.log_density.size
        levels = np.cumsum(seen.weights, axis=0)
        chosen = rng.random((n, n_draws)) * levels[-1][:, None]
        groups = np.sum(chosen >= levels[:-1, :, None], axis=0)
        at = np.arange(n)[:, None]
        noise = rng.standard_normal((n, n_draws))
        out[some] = seen.means[groups, at] + seen.sds[groups, at] * noise
    return out
