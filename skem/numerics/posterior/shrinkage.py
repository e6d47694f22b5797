"""Posteriors of true values under a fitted mixture, given estimates and standard errors.

The posterior of a true value is again a mixture. Its groups have means ``b_il`` and
variances ``B_il`` (equation D3 of the theory). If the estimate is missing,
the posterior is the fitted mixture.
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr, xlogy

from ..data.estimates import Estimates
from ..likelihood.expectation import shrink
from ..model.mixture import FARTHEST, Mixture, log_joint, normalise
from ..model.scales import EXACT, NORMAL, Detail, Scales, joined
from .membership import Evidence

# Largest error, in units of the mixture; larger ones would have infinite squares.
LARGEST_ERROR = 1e100

# Noise variance, in squared units, that replaces a smaller one.
SMALLEST = 1e-300


# The largest number of funds that stand for all in the density of estimates.
ALIKE = 400


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


def density_of_estimates(rows: Estimates, mixture: Mixture, at: np.ndarray) -> np.ndarray:
    """Density (n,) of the estimates of funds like those observed, at alphas (n,).

    It is the mean over at most ALIKE funds, evenly spread over the standard errors.
    """
    log_densities = estimate_log_densities(_spread_over(rows, at), mixture)
    return np.exp(log_densities).reshape(-1, at.size).mean(axis=0)


def _spread_over(rows: Estimates, at: np.ndarray) -> Estimates:
    """Funds like those observed, each with all the values `at` (n,) as its estimate."""
    there = ~np.isnan(rows.table).any(axis=1)
    noise = rows.table[there, 1:]
    mass = np.ones(len(noise)) if rows.mass is None else rows.mass[there]
    order = np.argsort(noise[:, 0])
    above = np.cumsum(mass[order])
    n_funds = min(len(noise), ALIKE)
    ranks = above[-1] * (np.arange(n_funds) + 0.5) / n_funds
    some = noise[order[np.searchsorted(above, ranks)]]
    places = np.tile(at, n_funds)
    table = np.column_stack([places, np.repeat(some, at.size, axis=0)])
    return Estimates(table, None, rows.n_threads)


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
    return above(seen, 0.0, 1.0), above(seen, 0.0, -1.0)


def above(seen: Posterior, x: float | np.ndarray, side: float) -> np.ndarray:
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
    return above(seen._replace(means=side * seen.means), side * threshold, -1.0)


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
