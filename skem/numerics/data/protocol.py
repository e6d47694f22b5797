"""The interface of cells, and of points that stand for them."""

from collections.abc import Callable
from typing import Any, Protocol, Self, TypeVar

import numpy as np

from ..model.prior import Prior

# The type of the values of a function of cells: numbers, arrays, or others that add up.
T = TypeVar("T")


class Data(Protocol):
    """Cells of a grid, estimates with noise, or points that stand for either.

    E-steps, scores and climbs take any of them in standard units, in which the data have
    mean 0 and variance 1. Grids are read block by block, points at once.
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
        """The noise variance of average precision; 0 without noise."""

    @property
    def bins(self) -> Any:
        """The bins that a reading counted the cells in, or None."""

    @property
    def prior(self) -> Prior | None:
        """The prior funds of each group, which only noisy data may have."""

    @property
    def power_sums(self) -> tuple[float, float, float] | None:
        """Sums of 1, z and z^2; None if they are rounded, or cells have noise."""

    def only(self, index: np.ndarray) -> Self:
        """The data of some of several mixtures, which differ only for many data sets."""

    def total(self, function: Callable[..., T]) -> T:
        """The sum of ``function(z, mass)``, or ``(z, mass, noise)``, over blocks.

        The masses are None if every cell counts once. `function` is a partial of a
        function of a module, because that can be sent to other processes.
        """
