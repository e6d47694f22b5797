"""Mixing distributions, and the densities at their locations."""

from typing import NamedTuple

import numpy as np


class Mixing(NamedTuple):
    """A mixing distribution: locations (k,) and their weights (k,)."""

    locations: np.ndarray
    weights: np.ndarray

    def merged(self, distance: float) -> "Mixing":
        """Neighbours that are no farther apart than the distance, as one."""
        order = np.argsort(self.locations, kind="stable")
        locations, weights = self.locations[order], self.weights[order]
        starts = np.flatnonzero(np.diff(locations, prepend=-np.inf) > distance)
        joint = np.add.reduceat(weights, starts)
        return Mixing(np.add.reduceat(weights * locations, starts) / joint, joint)


class State(NamedTuple):
    """A mixing distribution, and the densities (k, n) at its locations."""

    mixing: Mixing
    columns: np.ndarray

    @property
    def density(self) -> np.ndarray:
        """The density (n,) of each observation."""
        return self.mixing.weights @ self.columns


def rounding(height: float) -> float:
    """What rounding may do to a log-likelihood."""
    return 16 * float(np.finfo(float).eps) * abs(height)
