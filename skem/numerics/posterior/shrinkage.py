"""What a fitted mixture says of true values, given estimates and standard errors.

The posterior of a true value is a mixture again, of groups with means ``b_il`` and
variances ``B_il`` (equation D3 of the page on deconvolution). Of a missing estimate it is
the fitted mixture.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, ndtri

from ..likelihood.expectation import shrink
from ..model.mixture import FARTHEST, Mixture, log_joint, normalise

# Errors and distances that far, in units of the mixture, still have finite squares.
LARGEST_ERROR = 1e100

# A variance of 0 and an error of 0 together are taken for this, in squared units.
SMALLEST = 1e-300

# Most steps to a quantile; every so many is a bisection. After a step of Newton's that is
# so short, in units of the narrowest group, the next would be lost in rounding.
MAX_STEPS, BISECT_EVERY, CLOSE = 200, 5, 1e-8


class Posterior(NamedTuple):
    """Groups' weights, means and sds (L, n) of n true values, and log densities (n,)."""

    weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray
    log_density: np.ndarray


def unit_of(mixture):
    """A power of two near the spread of the mixture: to divide by it loses no digit."""
    spread = float(np.sqrt(mixture.variances.max()) + np.ptp(mixture.means))
    spread = spread or float(np.abs(mixture.means).max()) or 1.0
    return 2.0 ** np.round(np.log2(spread))


def posterior(mixture, estimates, errors):
    """The Posterior of n rows; the mixture itself, and no density, where one is missing."""
    unit = unit_of(mixture)
    groups = Mixture(mixture.weights, mixture.means / unit, mixture.variances / unit / unit)
    missing = np.isnan(estimates + errors)
    z = np.where(missing, 0.0, estimates) / unit
    noise = np.square(np.minimum(np.where(missing, 1.0, errors) / unit, LARGEST_ERROR))
    noise = np.maximum(noise, SMALLEST)
    far = FARTHEST * np.sqrt(np.minimum(noise + groups.variances.max(), 1.0))
    with np.errstate(over="ignore"):  # to narrow groups the rest is infinitely far
        p = log_joint(np.clip(z, -far, far), groups, noise=noise)
    peak, total = normalise(p)
    means, variances = shrink(z - groups.means[:, None], groups, noise)
    means += groups.means[:, None]
    variances[:, errors == 0] = 0.0  # nothing is left to be known
    if missing.any():
        p[:, missing] = groups.weights[:, None]
        means[:, missing] = groups.means[:, None]
        variances[:, missing] = groups.variances[:, None]
    log_density = np.where(missing, np.nan, peak + np.log(total) - np.log(unit))
    return Posterior(p, means * unit, np.sqrt(variances) * unit, log_density)


def memberships(rows, mixture):
    """Probability of each group for every row, (N, L)."""
    shape = (mixture.weights.size,)
    return rows.map(partial(_memberships, mixture), rows.table.dtype, shape)


def _memberships(mixture, estimates, errors):
    return posterior(mixture, estimates, errors).weights.T


def estimate_log_densities(rows, mixture):
    """Log density of every estimate, (N,); NaN for a missing one."""
    return rows.map(partial(_log_densities, mixture), np.float64)


def _log_densities(mixture, estimates, errors):
    return posterior(mixture, estimates, errors).log_density


def summaries(rows, mixture):
    """Posterior mean and sd, Pr(true value > 0), and local false sign rate, (N, 4)."""
    return rows.map(partial(_summarise, mixture), rows.table.dtype, (4,))


def _summarise(mixture, estimates, errors):
    seen = posterior(mixture, estimates, errors)
    mean = np.sum(seen.weights * seen.means, axis=0)
    spread = np.square(seen.sds) + np.square(seen.means - mean)
    sd = np.sqrt(np.sum(seen.weights * spread, axis=0))
    positive, not_positive = signs(seen)
    zero = np.sum(seen.weights, axis=0, where=(seen.sds == 0) & (seen.means == 0))
    lfsr = np.minimum(not_positive, np.minimum(1.0, positive + zero))
    return np.column_stack([mean, sd, positive, lfsr])


def signs(seen):
    """Pr(true value > 0) and Pr(true value <= 0), each exact in its own tail."""
    return _above(seen, 0.0, 1.0), _above(seen, 0.0, -1.0)


def _above(seen, x, side):
    """Pr(true value > x), or of ``<= x`` where `side` is -1."""
    point = seen.sds == 0
    beyond = ndtr(side * (seen.means - x) / np.where(point, 1.0, seen.sds))
    steps = seen.means > x if side > 0 else seen.means <= x
    share = np.sum(seen.weights * np.where(point, steps, beyond), axis=0)
    return np.clip(share, 0.0, 1.0)


def local_false_discovery(rows, mixture):
    """Pr(true value <= 0) of every row, (N,)."""
    return rows.map(partial(_not_positive, mixture), np.float64)


def _not_positive(mixture, estimates, errors):
    return signs(posterior(mixture, estimates, errors))[1]


def q_values(local, missing):
    """Mean local rate of all rows that are at most as doubtful, themselves included.

    A `missing` row counts for itself alone.
    """
    ascending = np.sort(local[~missing])
    sums = np.append(0.0, np.cumsum(ascending))
    n = np.searchsorted(ascending, local, side="right")
    total = sums[n] + np.where(missing, local, 0.0)
    # The mean of rates up to `local` exceeds it only by rounding.
    return np.minimum(total / np.maximum(n + missing, 1), local)


def intervals(rows, mixture, level):
    """Quantiles (N, 2) of the true values that leave equal tails outside."""
    tail = 0.5 * (1 - level)
    function = partial(_interval, mixture, (tail, 1 - tail))
    return rows.map(function, np.float64, (2,))


def _interval(mixture, levels, estimates, errors):
    seen = posterior(mixture, estimates, errors)
    return np.column_stack([posterior_quantile(seen, level) for level in levels])


def posterior_quantile(seen, level):
    """The smallest x with ``Pr(true value <= x) >= level``, (n,), for each row.

    Newton's steps, kept between bounds that close in: those of the groups' quantiles.
    Where a group without variance holds the level, its mean is the quantile.
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


def _held(seen, level):
    """Where a group without variance holds the level (n,), and where none does."""
    x, left = np.zeros(seen.log_density.size), np.ones(seen.log_density.size, dtype=bool)
    if not (seen.sds == 0).any():
        return x, left
    for mean, sd in zip(seen.means, seen.sds, strict=True):
        reached = _above(seen, mean, -1.0)
        step = np.sum(seen.weights, axis=0, where=(seen.sds == 0) & (seen.means == mean))
        holds = (sd == 0) & (reached - step < level) & (level <= reached)
        x, left = np.where(holds, mean, x), left & ~holds
    return x, left


def _density(seen, x):
    point = seen.sds == 0
    sds = np.where(point, 1.0, seen.sds)
    bells = np.exp(-0.5 * np.square((x - seen.means) / sds)) / sds
    return np.sum(np.where(point, 0.0, seen.weights * bells), axis=0) / np.sqrt(2 * np.pi)


def draw_true(rows, mixture, n_draws, rng):
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
