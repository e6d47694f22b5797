"""The densities of observations, given where they are centred."""

from typing import NamedTuple, Self

import numpy as np

from ..model.mixture import LOG_2PI
from ..model.scales import Scales

# The exponent below which a density, relative to the highest, is 0; exp is slow below.
NOTHING = -700.0


class Kernels(NamedTuple):
    """Densities of n observations by location, each relative to its highest.

    An observation is normal about the location, with one precision for each of K nodes
    (one without noise, or if it is normal). So nothing underflows near an observation.

    Parameters
    ----------
    values : ndarray of shape (n,)
        The observations, where their densities are highest.
    precisions : ndarray of shape (K, n)
        One over the variance of each node.
    shares : ndarray of shape (K, n)
        The share of each node in the highest density.
    log_peaks : ndarray of shape (n,)
        The logarithms of the highest densities.
    """

    values: np.ndarray
    precisions: np.ndarray
    shares: np.ndarray
    log_peaks: np.ndarray

    @classmethod
    def of(
        cls, values: np.ndarray, variance: float, noise: np.ndarray | Scales | None
    ) -> Self:
        """The Kernels of values that have a variance, and noise besides."""
        if isinstance(noise, Scales):
            variances, log_weights = variance + noise.variances, noise.log_weights
        else:
            variances = np.empty((1, values.size))
            variances[:] = variance + (0.0 if noise is None else noise)
            log_weights = np.zeros_like(variances)
        heights = log_weights - 0.5 * np.log(variances)
        highest = heights.max(axis=0)
        shares = np.exp(heights - highest)
        total = shares.sum(axis=0)
        log_peaks = highest + np.log(total) - 0.5 * LOG_2PI
        return cls(values, 1 / variances, shares / total, log_peaks)

    @property
    def sds(self) -> np.ndarray:
        """The sd (n,) of each observation's narrowest node."""
        return 1 / np.sqrt(self.precisions.max(axis=0))

    def take(self, rows: np.ndarray | slice) -> Self:
        """The Kernels of some of the observations."""
        return type(self)(*(part[..., rows] for part in self))

    def at(self, locations: np.ndarray) -> np.ndarray:
        """The relative densities (J, n) given each of J locations."""
        square = np.subtract(self.values, locations[:, None])
        square *= square
        if len(self.precisions) == 1:
            return _bells(square, self.precisions[0])
        total = np.zeros_like(square)
        for precision, share in zip(self.precisions, self.shares, strict=True):
            total += share * _bells(square.copy(), precision)
        return total

    def derivatives(self, locations: np.ndarray) -> np.ndarray:
        """The relative densities (3, J, n), and their first two derivatives by location."""
        off = np.subtract(self.values, locations[:, None])
        found = np.zeros((3, *off.shape))
        for precision, share in zip(self.precisions, self.shares, strict=True):
            density = share * _bells(off * off, precision)
            slope = off * precision
            found[0] += density
            found[1] += density * slope
            slope *= slope
            slope -= precision
            found[2] += density * slope
        return found


def _bells(square: np.ndarray, precision: np.ndarray) -> np.ndarray:
    square *= -0.5 * precision
    np.maximum(square, NOTHING, out=square)
    return np.exp(square, out=square)
