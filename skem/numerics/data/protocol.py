"""What the numerics ask of cells, and of points that stand for them."""

from collections.abc import Callable
from typing import Protocol, Self, TypeVar

import numpy as np

# What a function of the cells returns: a number, an array, or sums that can be added.
T = TypeVar("T")


class Data(Protocol):
    """Cells of a grid, estimates with noise, or points that stand for either.

    E-steps, scores and climbs take any of them: in standard units, where all have mean 0
    and variance 1. Grids are read block by block, points at once.
    """

    @property
    def mass(self) -> float:
        """The number of cells, or the sum of their managers' weights."""

    @property
    def low(self) -> float:
        """The smallest value."""

    @property
    def high(self) -> float:
        """The largest value."""

    @property
    def noisy(self) -> bool:
        """Whether each value has a noise variance of its own."""

    @property
    def noise_level(self) -> float:
        """The noise variance of average precision, 0 where there is no noise."""

    @property
    def power_sums(self) -> tuple[float, float, float] | None:
        """Sums of 1, z and z^2, or None where they are rounded, or make no E-step."""

    def only(self, index: np.ndarray) -> Self:
        """The data of some of several mixtures: the same, but for many data sets."""

    def total(self, function: Callable[..., T]) -> T:
        """The sum of ``function(z, mass)`` over blocks, with the noise where there is any.

        The masses are None where every cell counts once. `function` is a partial of a
        function of a module, which other processes can be sent.
        """
