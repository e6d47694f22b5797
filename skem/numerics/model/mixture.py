"""The density of a univariate Gaussian mixture, and the groups that a cell belongs to."""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

import numpy as np

LOG_2PI = np.log(2 * np.pi)

T = TypeVar("T", bound=tuple)

# Distance, in sds, at which a cell's square is still finite.
FARTHEST = 1e150


class Mixture(NamedTuple):
    """Weights, means and variances of the L groups, each of shape (L,).

    For C mixtures at once each part has shape (C, L).
    """

    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray


def moments(mixture: Mixture) -> tuple[float, float]:
    """Mean and standard deviation of the mixture as a whole.

    The spread is taken in units of the widest group, so that variances of
    1e-300 or 1e300 neither vanish nor overflow.
    """
    unit = np.sqrt(np.max(mixture.variances)) + np.ptp(mixture.means)
    mean = mixture.weights @ mixture.means
    within = mixture.weights @ (mixture.variances / unit / unit)
    between = mixture.weights @ ((mixture.means - mean) / unit) ** 2
    return mean, unit * np.sqrt(within + between)


def exact_scale(mixture: Mixture) -> float:
    """A power of two near the spread of the mixture.

    Division by it rounds no cell. To subtract a common centre would lose the place of a
    cell in a narrow group when another group is far away.
    """
    return np.ldexp(1.0, np.frexp(moments(mixture)[1])[1])


def standardise(mixture: Mixture, centre: float, scale: float) -> Mixture:
    """The mixture of ``z = (a - centre) / scale`` when `mixture` is that of ``a``."""
    return Mixture(
        mixture.weights,
        (mixture.means - centre) / scale,
        mixture.variances / scale / scale,
    )


def unstandardise(mixture: Mixture, centre: float, scale: float) -> Mixture:
    """Undo :func:`standardise`."""
    return Mixture(
        mixture.weights,
        centre + scale * mixture.means,
        mixture.variances * scale * scale,
    )


def log_joint(
    z: np.ndarray,
    mixture: Mixture,
    deviations: np.ndarray | None = None,
    out: np.ndarray | None = None,
    noise: np.ndarray | None = None,
) -> np.ndarray:
    """``log pi_l + log N(z_i; mu_l, sigma2_l)``, shape (..., L, n).

    If `deviations` is given, it has the same shape and receives ``z_i - mu_l``. If `noise`
    (n,) is given, it is a variance of each cell that adds to its group's.
    """
    deviations = np.subtract(z, mixture.means[..., None], out=deviations)
    out = np.multiply(deviations, deviations, out=out)
    if noise is not None:
        totals = mixture.variances[..., None] + noise
        out /= totals
        out += np.log(totals, out=totals)
        out *= -0.5
        out += (_log_weights(mixture) - 0.5 * LOG_2PI)[..., None]
        return out
    out *= (-0.5 / mixture.variances)[..., None]
    out += log_peaks(mixture)[..., None]
    return out


def log_peaks(mixture: Mixture) -> np.ndarray:
    """``log pi_l + log N(mu_l; mu_l, sigma2_l)``: the highest log densities, (..., L)."""
    return _log_weights(mixture) - 0.5 * (LOG_2PI + np.log(mixture.variances))


def _log_weights(mixture: Mixture) -> np.ndarray:
    with np.errstate(divide="ignore"):  # a group of weight 0 has log weight -inf
        return np.log(mixture.weights)


def normalise(joint: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turn `joint` into responsibilities in place; return its two log-sum-exp parts.

    The log density of a cell is ``peak + log(total)``: the largest term, and
    what the others add to it, so that nothing overflows or vanishes (the
    E-step, equation E of the theory).
    """
    peak = joint.max(axis=-2, keepdims=True)
    joint -= peak
    np.exp(joint, out=joint)
    total = joint.sum(axis=-2, keepdims=True)
    joint /= total
    return peak[..., 0, :], total[..., 0, :]


def responsibilities(
    z: np.ndarray,
    mixture: Mixture,
    deviations: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Responsibilities (L, n) and log densities (n,) of the cells z; NaN stays NaN.

    If `deviations` and `out` are given, they are (L, n) arrays to work in.
    """
    far = reach(mixture)
    with np.errstate(over="ignore"):  # a cell is infinitely far from a narrow group
        p = log_joint(np.clip(z, -far, far), mixture, deviations, out)
    peak, total = normalise(p)
    np.log(total, out=total)
    total += peak
    return p, total


def reach(mixture: Mixture) -> float:
    """Distance from 0 beyond which a cell's density is that at this distance.

    The log density of the widest group that is not empty is still finite there.
    """
    sds = np.sqrt(mixture.variances[mixture.weights > 0])
    return float(FARTHEST * sds.max() + np.abs(mixture.means).max())


def draw(
    mixture: Mixture, shape: int | tuple[int, ...], rng: np.random.RandomState
) -> tuple[np.ndarray, np.ndarray]:
    """Independent draws from `mixture` in an array of `shape`, and their groups."""
    groups = rng.choice(mixture.weights.size, size=shape, p=mixture.weights)
    noise = rng.standard_normal(size=shape)
    return mixture.means[groups] + np.sqrt(mixture.variances)[groups] * noise, groups


def take(mixtures: T, index: Any) -> T:
    """Some of several mixtures, or one of them; or of what else is a tuple of arrays."""
    return type(mixtures)(*(part[index] for part in mixtures))


def stack(mixtures: Iterable[Mixture]) -> Mixture:
    """A list of mixtures as one of shape (C, L)."""
    return Mixture(*(np.array(part) for part in zip(*mixtures, strict=True)))


def join(mixtures: Iterable[Mixture]) -> Mixture:
    """Mixtures of shape (C, L), for different C, as one after the other."""
    return Mixture(*map(np.concatenate, zip(*mixtures, strict=True)))
