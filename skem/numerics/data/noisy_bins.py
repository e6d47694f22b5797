"""Bins of noisy estimates in two dimensions: by their noise, and by their values."""

import operator
from typing import Any, NamedTuple, Self

import numpy as np

# Bins of the noise and of the estimates: for the first count, and for a search.
FINE, COARSE = (48, 512), (16, 64)

# Variances, in standard units, below which bins do not tell noise or estimates apart.
LEAST_NOISE, LEAST_VARIANCE = 1e-3, 0.05

# The reach of the middle half of the estimates' bins, in their sds.
REACH = 3.0


class NoisyBins(NamedTuple):
    """Bins of log noise, `width` wide from `low` on, and of estimates.

    An estimate is placed in units of its own spread, because a noisy one has less
    information about the true value.
    """

    low: float
    width: float
    shape: tuple[int, int]

    @classmethod
    def within(cls, lowest: float, highest: float, shape: tuple[int, int]) -> Self:
        """Bins for noise variances from `lowest` to `highest`."""
        low, high = np.log(lowest + LEAST_NOISE), np.log(highest + LEAST_NOISE)
        return cls(low, (high - low) / shape[0] or 1.0, shape)

    def place(self, z: np.ndarray, noise: np.ndarray) -> np.ndarray:
        """The number of each row's bin."""
        row = np.log(noise + LEAST_NOISE)
        row -= self.low
        row /= self.width
        column = z / np.sqrt(noise + LEAST_VARIANCE)
        column /= np.abs(column) + REACH
        column += 1.0
        column *= self.shape[1] / 2
        row = np.minimum(row.astype(np.intp), self.shape[0] - 1)
        return row * self.shape[1] + np.minimum(column.astype(np.intp), self.shape[1] - 1)


class NoisyCounts(NamedTuple):
    """Per bin the mass, and the sums of mass times estimate, its square, and noise.

    `inverses` are sums of mass over degrees of freedom; None if noise is normal.
    """

    mass: np.ndarray
    sums: np.ndarray
    squares: np.ndarray
    noise_sums: np.ndarray
    inverses: np.ndarray | None = None

    def __add__(self, other: "NoisyCounts") -> "NoisyCounts":  # type: ignore[override]
        pairs = zip(self, other, strict=True)
        return NoisyCounts(*(operator.iadd(a, b) for a, b in pairs if a is not None))

    def points(self) -> dict[str, Any]:
        """Values, masses, widths, noise and degrees of freedom of the bins with mass.

        The spread within a bin counts as noise. Otherwise several estimates of small
        errors would be a tie, and a group without variance would settle on it. A bin has a
        width where the spread exceeds the errors: it hides how narrow a group is. Degrees
        are averaged as the excess kurtosis of noise is, nearly: by their inverses.
        """
        at = self.mass > 0
        mass = self.mass[at]
        values = self.sums[at] / mass
        spread = np.maximum(self.squares[at] / mass - values**2, 0.0)
        errors = self.noise_sums[at] / mass
        degrees = None
        if self.inverses is not None:
            with np.errstate(divide="ignore"):  # of normal noise
                degrees = mass / self.inverses[at]
        return {
            "values": values,
            "masses": mass,
            "widths": np.sqrt(12 * np.maximum(spread - errors, 0.0)),  # as if uniform
            "noise": errors + spread,
            "degrees": degrees,
        }


def count_noisy(
    bins: NoisyBins,
    z: np.ndarray,
    mass: np.ndarray | None,
    noise: np.ndarray,
    degrees: np.ndarray | None = None,
) -> NoisyCounts:
    """The NoisyCounts of some estimates."""
    place = bins.place(z, noise)
    weights = [np.ones_like(z) if mass is None else mass, z, z * z, noise]
    if degrees is not None:
        weights.append(1 / degrees)
    weights[1:] = (weights[0] * part for part in weights[1:])
    n_bins = bins.shape[0] * bins.shape[1]
    return NoisyCounts(*(np.bincount(place, weights=w, minlength=n_bins) for w in weights))
