"""What of a mixture is held fixed, tied or bounded."""

from typing import NamedTuple

import numpy as np

from .density import Mixture


class Constraints(NamedTuple):
    """Fixed values of shape (L,), NaN where free; tied variances; the lowest variance.

    `free` says which are free, a Mixture of booleans. A fixed variance may lie
    below the floor: it was asked for. Among optima the `penalty` prefers variances near
    `favoured` (None: 1 / L^2), and charges narrow groups less beyond a `knee`.
    """

    fixed: Mixture
    free: Mixture
    tied_variances: bool
    variance_floor: float
    favoured: float | None = None
    knee: float = np.inf

    @classmethod
    def of(cls, fixed, tied_variances, variance_floor):
        """Constraints that hold what in `fixed` is not NaN."""
        free = Mixture(*(np.isnan(part) for part in fixed))
        return cls(fixed, free, tied_variances, variance_floor)

    @property
    def any_fixed(self):
        """Whether any parameter is held fixed."""
        return not all(part.all() for part in self.free)

    @property
    def n_parameters(self):
        """How many parameters are free."""
        n_weights, n_means, n_variances = (int(part.sum()) for part in self.free)
        if self.tied_variances:
            n_variances = min(n_variances, 1)
        return max(n_weights - 1, 0) + n_means + n_variances

    def share_weights(self, mass):
        """Weights in proportion to `mass`, where they are free."""
        free, fixed = self.free.weights, self.fixed.weights
        if free.all():
            return mass / mass.sum(axis=-1, keepdims=True)
        rest = 1.0 - np.where(free, 0.0, fixed).sum()
        free_mass = np.where(free, mass, 0.0)
        total = free_mass.sum(axis=-1, keepdims=True)
        equal = free / max(1, np.count_nonzero(free))
        shares = np.where(total > 0, free_mass / np.where(total > 0, total, 1.0), equal)
        return np.where(free, rest * shares, fixed)

    def apply(self, mixture):
        """`mixture` with fixed values in their places, ties tied, and bounds kept."""
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


def unconstrained(n_components, variance_floor):
    """Constraints that only keep the variances above a floor."""
    free = np.full(n_components, np.nan)
    return Constraints.of(Mixture(free, free, free), False, variance_floor)
