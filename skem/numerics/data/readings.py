"""Whether a later reading of cells finds those of the first: by sums of 1, z and z^2."""

import operator
from typing import Any, NamedTuple

import numpy as np

from .tiles import BLOCK, dot

# Largest relative error of a sum over a block, from rounding.
ROUNDING = BLOCK * np.finfo(float).eps


def changed() -> RuntimeError:
    """The error where a later reading meets other cells than the first."""
    return RuntimeError(
        "X gave other cells in a later reading than in the first: its values must not "
        "change during a fit. Seed the generator that draws them, or store them "
        "(X.persist() for a Dask array, or a file that nobody writes to)."
    )


class Reading(NamedTuple):
    """What a reading found, and the sums (3,) of 1, z and z^2 of the cells that it read."""

    value: Any
    sums: np.ndarray

    def __add__(self, other: "Reading") -> "Reading":  # type: ignore[override]
        return Reading(self.value + other.value, self.sums + other.sums)

    def __iadd__(self, other: "Reading") -> "Reading":  # type: ignore[override,misc]
        return Reading(operator.iadd(self.value, other.value), self.sums + other.sums)


def power_sums(z: np.ndarray, mass: np.ndarray | None) -> np.ndarray:
    """Sums (3,) of 1, z and z^2."""
    with np.errstate(invalid="ignore", over="ignore"):
        if mass is None:
            return np.array([z.size, z.sum(), dot(z, z)])
        return np.array([mass.sum(), dot(mass, z), dot(mass, z, z)])


def expected_sums(
    mass: float, mean: float, square: float, distance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Sums (3,) for cells of some mean and mean square, and what rounding may add to them.

    `distance` is that of z = 0 from the raw 0, whose rounding enters z.
    """
    size = np.sqrt(square)
    error = ROUNDING * (size + distance)
    slack = np.array([ROUNDING, error, (2 * size + error) * error])
    return mass * np.array([1.0, mean, square]), mass * slack
