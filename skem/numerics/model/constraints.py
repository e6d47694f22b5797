"""Which parameters of a mixture are fixed, tied or bounded."""

from functools import cached_property
from typing import Any, NamedTuple, Self

import numpy as np

from .mixture import Mixture

# Standard deviation, in bin widths, of the narrowest group that bins tell from a point.
NARROWEST = 0.4


class _Parts(NamedTuple):
    fixed: Mixture
    free: Mixture
    tied_variances: bool
    variance_floor: float


class Constraints(_Parts):
    """Fixed values of shape (L,), NaN where free; tied variances; the lowest variance.

    `free` is a Mixture of booleans that says which parameters are free. A fixed variance
    may lie below the floor, because the caller asked for it.
    """

    @classmethod
    def of(cls, fixed: Mixture, tied_variances: bool, variance_floor: float) -> Self:
        """Constraints that hold the values of `fixed` that are not NaN."""
        free = Mixture(*(np.isnan(part) for part in fixed))
        return cls(fixed, free, tied_variances, variance_floor)

    @cached_property
    def any_fixed(self) -> bool:
        """Whether any parameter is held fixed."""
        return not all(part.all() for part in self.free)

    @cached_property
    def n_weights(self) -> int:
        """The number of log weights that are coordinates: 0 if all are determined."""
        n_free = int(self.free.weights.sum())
        return n_free if n_free > 1 else 0

    @cached_property
    def plain(self) -> bool:
        """Whether every weight, mean and log variance is a coordinate of its own."""
        return bool(self.n_weights and not (self.any_fixed or self.tied_variances))

    @property
    def movable(self) -> np.ndarray:
        """Which groups have a free mean or variance."""
        return self.free.means | self.free.variances

    @property
    def held_weights(self) -> np.ndarray:
        """Which weights are fixed, or are determined by the fixed ones."""
        free = self.free.weights
        return ~free | (np.count_nonzero(free) == 1)

    @property
    def n_parameters(self) -> int:
        """The number of free parameters."""
        n_weights, n_means, n_variances = (int(part.sum()) for part in self.free)
        if self.tied_variances:
            n_variances = min(n_variances, 1)
        return max(n_weights - 1, 0) + n_means + n_variances

    def share_weights(self, mass: np.ndarray) -> np.ndarray:
        """Weights in proportion to `mass`, where they are free."""
        if not self.any_fixed:
            return mass / mass.sum(axis=-1, keepdims=True)
        free, fixed = self.free.weights, self.fixed.weights
        rest = 1.0 - np.where(free, 0.0, fixed).sum()
        free_mass = np.where(free, mass, 0.0)
        total = free_mass.sum(axis=-1, keepdims=True)
        equal = free / max(1, np.count_nonzero(free))
        shares = np.where(total > 0, free_mass / np.where(total > 0, total, 1.0), equal)
        return np.where(free, rest * shares, fixed)

    def on(self, points: Any) -> Self:
        """Constraints on points: no free group is narrower than their bins."""
        floor = max(self.variance_floor, (NARROWEST * points.width) ** 2)
        return self._replace(variance_floor=floor)

    def blunt(self, mixture: Mixture, points: Any) -> Mixture:
        """A points' mixture for cells: no free group is narrower than the bin it is in.

        The points say where the group's cells are, to the width of a bin.
        """
        least = np.square(NARROWEST * points.width_at(mixture.means))
        least = np.where(self.free.variances, least, 0.0)
        if self.tied_variances:
            least = least.min(axis=-1, keepdims=True)
        return mixture._replace(variances=np.maximum(mixture.variances, least))

    def holding(self, given: Mixture) -> "Constraints":
        """Constraints that also fix the values of `given` that are not NaN."""
        weights, means, variances = given
        if not np.isnan(weights).any():
            weights = self.share_weights(weights)
        if self.tied_variances and not np.isnan(variances).all():
            variances = np.full_like(variances, variances.mean())
        parts = zip(self.fixed, (weights, means, variances), strict=True)
        fixed = Mixture(*(np.where(np.isnan(f), g, f) for f, g in parts))
        tied = self.tied_variances and bool(np.isnan(fixed.variances).all())
        return Constraints.of(fixed, tied, self.variance_floor)

    def apply(self, mixture: Mixture) -> Mixture:
        """The mixture that keeps the fixed values, the ties and the bounds."""
        weights, means, variances = mixture
        free = self.free
        if self.tied_variances:
            variances = (weights * variances).sum(axis=-1, keepdims=True)
        variances = np.maximum(variances, self.variance_floor)
        return Mixture(
            self.share_weights(weights),
            np.where(free.means, means, self.fixed.means),
            np.where(free.variances, variances, self.fixed.variances),
        )


def unconstrained(n_components: int, variance_floor: float) -> Constraints:
    """Constraints that only keep the variances above a floor."""
    free = np.full(n_components, np.nan)
    return Constraints.of(Mixture(free, free, free), False, variance_floor)
