"""Weighted points that stand for cells, noisy estimates, or many data sets at once."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import ClassVar, Self

import numpy as np

from ..model.prior import Prior
from ..model.scales import COARSE, FINE, Scales
from . import noisy_bins
from .coarsening import coarsen
from .protocol import T
from .tiles import dot

# The numbers of points, without noise and with normal noise, that are few enough to search
# on.
FEW, FEW_NOISY = 2**9, 2**11

# The number of values on either side of a value between which distances are measured.
AROUND = 3


@dataclass(frozen=True, eq=False)
class Points:
    """Values (K,) and their masses, in standard units, that stand for cells.

    They have the interface :class:`~skem.numerics.data.protocol.Data`. Masses of shape
    (C, K) stand for C data sets that share the values: many simulated or resampled grids,
    with one of C mixtures fitted to each.

    Parameters
    ----------
    values : ndarray of shape (K,)
        Ascending, unless there is `noise`.
    masses : ndarray of shape (K,) or (C, K)
        The number of cells that each value stands for, or the sum of their weights.
    widths : ndarray of shape (K,), optional
        The widths of the bins that the values stand for; None where a value is a cell's.
        Bins of noisy values have one where the spread within exceeds the errors.
    finest : float, optional
        The smallest mass of the finer points that these were made of, if there were any.
    noise : ndarray of shape (K,), optional
        The noise variance of each value: the squared standard error of an estimate.
    noise_level : float
        The noise variance of average precision; 0 without noise.
    degrees : ndarray of shape (K,), optional
        The degrees of freedom of the noise, where it is Student's t; None if it is normal.
    prior : Prior, optional
        The prior funds of noisy points.
    """

    values: np.ndarray
    masses: np.ndarray
    widths: np.ndarray | None = None
    finest: float | None = None
    noise: np.ndarray | None = None
    noise_level: float = 0.0
    degrees: np.ndarray | None = None
    prior: Prior | None = None

    bins: ClassVar[None] = None

    def __reduce__(self) -> tuple:  # a pickle needs nothing that is computed again
        return Points, tuple(getattr(self, part.name) for part in fields(self))

    @cached_property
    def mass(self) -> float:
        """The mass of a data set, on average."""
        return self.masses.sum() / (self.masses.size // self.values.size)

    @cached_property
    def powers(self) -> np.ndarray:
        """The values to the powers 0 to 4, (5, K)."""
        powers = np.empty((5, self.values.size))
        powers[0], powers[1] = 1.0, self.values
        np.multiply(self.values, self.values, out=powers[2])
        np.multiply(powers[2], powers[1:3], out=powers[3:])
        return powers

    @cached_property
    def weighted_powers(self) -> np.ndarray:
        """The powers, each times the mass of one data set, (5, K)."""
        return self.powers * self.masses

    @property
    def noisy(self) -> bool:
        """Whether each value has a noise variance of its own."""
        return self.noise is not None

    @cached_property
    def plain(self) -> "Points":
        """The same points without prior funds."""
        return self if self.prior is None else replace(self, prior=None)

    def only(self, index: np.ndarray) -> Self:
        """The points that some of several mixtures are fitted to."""
        if self.masses.ndim == 1:
            return self
        return replace(self, masses=self.masses[index])

    def total(self, function: Callable[..., T]) -> T:
        """``function(values, masses)``, or ``function(values, masses, noise)``."""
        if self.noise is None:
            return function(self.values, self.masses)
        return function(self.values, self.masses, self.seen)

    @cached_property
    def seen(self) -> np.ndarray | Scales | None:
        """The noise as an E-step takes it: in fewer nodes on points made of finer ones."""
        if self.noise is None or self.degrees is None:
            return self.noise
        return Scales.of(self.noise, self.degrees, FINE if self.finest is None else COARSE)

    @property
    def low(self) -> float:
        """The smallest value."""
        return self.values[0] if self.noise is None else self.values.min()

    @property
    def high(self) -> float:
        """The largest value."""
        return self.values[-1] if self.noise is None else self.values.max()

    @property
    def power_sums(self) -> tuple[float, float, float]:
        """Sums of 1, z and z^2 of one data set."""
        weighted = self.masses * self.values
        return self.mass, weighted.sum(), dot(weighted, self.values)

    @cached_property
    def least_mass(self) -> float:
        """The smallest mass of a value, or of a bin: nodes only round it."""
        return float(self.masses.min()) if self.finest is None else self.finest

    @cached_property
    def unit(self) -> np.ndarray:
        """The number of cells that any value stands for, at least 1, in each data set."""
        if self.finest is not None:
            return np.maximum(1.0, self.finest)
        there = np.where(self.masses > 0, self.masses, np.inf)
        return np.maximum(1.0, there.min(axis=-1))

    @cached_property
    def width(self) -> float:
        """The width of the narrowest bin; 0 for estimates, whose spread there is noise.

        A value that is a cell's is a bin without width.
        """
        return 0.0 if self.widths is None or self.noisy else float(self.widths.min())

    def width_at(self, means: np.ndarray) -> np.ndarray:
        """The widths of the bins that means are in, or nearest to."""
        if self.widths is None:
            return np.zeros(means.shape)
        middles, widths = self._widths_between
        return widths[np.searchsorted(middles, means)]

    @cached_property
    def _widths_between(self) -> tuple[np.ndarray, np.ndarray]:
        """The middles between the values in ascending order, and the values' widths."""
        values = self.values
        widths = np.zeros(values.size) if self.widths is None else self.widths
        if self.noisy:
            order = np.argsort(values, kind="stable")
            values, widths = values[order], widths[order]
        return (values[1:] + values[:-1]) / 2, widths

    def apart_at(self, means: np.ndarray) -> np.ndarray:
        """The mean distance (..., L) between the values about each mean.

        At a value it is that on the value's denser side; between two values it changes
        linearly, so that a rounding error of the mean changes it by no more.
        """
        if self.values.size < 2:
            return np.full(means.shape, np.inf)
        return np.interp(means, self.values, self._apart)

    @cached_property
    def _apart(self) -> np.ndarray:
        """The mean distance between the values on the denser side of each (K,)."""
        at, values = np.arange(self.values.size), self.values
        sides = np.maximum(at - AROUND, 0), np.minimum(at + AROUND, at[-1])
        counts = (np.abs(side - at) for side in sides)
        spans = (np.abs(values[side] - values) for side in sides)
        pairs = zip(spans, counts, strict=True)
        return np.minimum(
            *(np.where(n > 0, span / np.maximum(n, 1), np.inf) for span, n in pairs)
        )

    def quantile(self, level: np.ndarray | list[float]) -> np.ndarray:
        """The quantiles of `level` in (0, 1), interpolated between the points.

        Each point's mass is centred on it, so the quantiles are continuous in
        the masses, and k copies of a cell count like one cell of mass k.
        """
        above = np.cumsum(self.masses)
        return np.interp(
            np.asarray(level) * above[-1], above - self.masses / 2, self.values
        )

    def trimmed(self) -> Self:
        """Points of several data sets, without values that have no mass in any.

        Noisy points stay as they are.
        """
        if self.noisy:
            return self
        there = self.masses.any(axis=0)
        return replace(self, values=self.values[there], masses=self.masses[:, there])

    @cached_property
    def coarse(self) -> "Points":
        """Fewer points, enough to search on: more where the values are unevenly spread."""
        if self.noise is not None:
            return _coarsen_noisy(self)
        return self if self.values.size <= FEW else _join(self)


def _coarsen_noisy(points: Points) -> "Points":
    """Fewer noisy points of the same mass and means, or fewer nodes of the same points."""
    values, noise, degrees = points.values, points.noise, points.degrees
    if noise is None or (degrees is None and values.size <= FEW_NOISY):
        return points
    if values.size <= FEW:
        return replace(points, finest=points.least_mass)
    bins = noisy_bins.NoisyBins.within(noise.min(), noise.max(), noisy_bins.COARSE)
    counted = noisy_bins.count_noisy(bins, values, points.masses, noise, degrees)
    return replace(points, **counted.points(), finest=points.least_mass)


def stretch(z: np.ndarray, low: float, high: float) -> np.ndarray:
    """The distances of ascending `z` from the middle of [low, high], on a log scale.

    It is even near the middle. The first is 0 and the last is 1.
    """
    x = np.clip((z - 0.5 * (low + high)) / (high - low), -1e300, 1e300)
    y = np.sign(x) * np.log1p(np.abs(x))
    return (y - y[0]) / (y[-1] - y[0])


def _join(points: Points) -> "Points":
    """Fewer points of the same moments, by :func:`coarsening.coarsen`.

    Places are half a value's rank, and half its distance from the middle on a log scale:
    few outliers far away keep their places.
    """
    values, masses = points.values, points.masses
    low, high = points.quantile([0.05, 0.95])
    rank = (np.cumsum(masses) - 0.5 * masses) / points.mass
    place = rank + stretch(values, low, high) if high > low else rank
    place = (place - place[0]) / (place[-1] - place[0]) * (1 - 1e-9)
    new, joint, begin = coarsen(values, masses, place, float(points.unit))
    end = np.append(begin[1:], values.size) - 1
    spans = values[end] - values[begin]
    if points.widths is not None:
        spans += np.maximum(points.widths[begin], points.widths[end])
    there = joint > 0
    spans = np.broadcast_to(spans[:, None], there.shape)[there]
    return Points(new[there], joint[there], spans, points.least_mass)
