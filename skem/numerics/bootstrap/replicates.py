"""Many grids at once, counted in the same bins: simulated or resampled ones.

What a fit needs of a grid is the masses of its points. Grids counted in common bins share
the points' values, and differ only in the masses: one row each. So a mixture for each grid
climbs at the same time as all others, and counts of a simulated grid are drawn without
its cells.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, ndtr

from ..data.cells import Cells
from ..data.points import Points
from ..model.mixture import Mixture, log_joint
from ..search.seeding import Rng
from .grouping import Rounding, Ruler, Ticks

# The number of standard deviations by which bins reach past the outermost means.
REACH = 5.0

# The number of bins beyond them on either side, of growing width.
N_OUTER = 32

# The number of managers whose draws are read at once.
ROWS = 2**10


class Bins(NamedTuple):
    """Inner edges (K - 1,) of bins that cover the reals, a value (K,) in each, and a width.

    The width is the usual one where the groups are. Bins beyond are wider, and those
    whose edges are middles between values may be a little wider or narrower. A cell within
    `reach` (K - 1,) of an edge may have been beyond it before it was rounded.
    """

    edges: np.ndarray
    values: np.ndarray
    width: float
    reach: np.ndarray
    mixture: Mixture

    def probabilities(self, mixture: Mixture) -> np.ndarray:
        """The probability of each bin under `mixture`."""
        u = (self.edges[:, None] - mixture.means) / np.sqrt(mixture.variances)
        below = ndtr(u) @ mixture.weights
        inside = np.diff(below, prepend=0.0, append=1.0)
        return np.maximum(inside, 0.0) / np.maximum(inside, 0.0).sum()

    def place(self, z: np.ndarray) -> np.ndarray:
        """The bin of each cell."""
        return np.searchsorted(self.edges, z, side="right")

    def add(self, masses: np.ndarray, rows: Any, z: np.ndarray, mass: Any) -> None:
        """Add cells and their mass to the rows of masses (J, K).

        A cell within reach of an edge counts in the bin beyond by the probability, under
        the mixture, of having been there.
        """
        at = self.place(z)
        edges, reach = (np.pad(part, 1) for part in (self.edges, self.reach))
        below = self._share(z, edges[at], reach[at], -1)
        above = self._share(z, edges[at + 1], reach[at + 1], 1)
        np.add.at(masses, (rows, at), mass * (1 - below - above))
        np.add.at(masses, (rows, np.maximum(at - 1, 0)), mass * below)
        np.add.at(masses, (rows, np.minimum(at + 1, self.edges.size)), mass * above)

    def _share(
        self, z: np.ndarray, edges: np.ndarray, reach: np.ndarray, side: int
    ) -> np.ndarray:
        """The share of each cell z beyond an edge on one side of it."""
        share = np.zeros(z.size)
        near = np.flatnonzero(np.abs(edges - z) < reach)
        edges, reach, away = edges[near], reach[near], np.abs(edges - z)[near]
        # The cell was between z - reach and z + reach: middles of both parts of that.
        middles = edges + side * np.array([reach - away, -reach - away]) / 2
        joint = log_joint(middles.ravel(), self.mixture)
        beyond, within = np.logaddexp.reduce(joint).reshape(2, -1)
        share[near] = expit(np.log((reach - away) / (reach + away)) + beyond - within)
        return share


def bins_for(
    mixture: Mixture,
    fineness: float,
    fewest: int,
    most: int,
    rounding: Rounding | None = None,
) -> Bins:
    """Bins of the real line, `fineness` of them per sd of the narrowest group.

    The number of them where the groups are is a power of 2, from `fewest` to `most`. Where
    cells are rounded the bins are whole gaps of the `rounding` wide, and may be fewer.
    """
    sds = np.sqrt(mixture.variances)
    low = np.min(mixture.means - REACH * sds)
    high = np.max(mixture.means + REACH * sds)
    wanted = fineness * (high - low) / sds.min()
    n_inner = int(np.clip(2 ** np.ceil(np.log2(wanted)), fewest, most))
    inner, width = np.linspace(low, high, n_inner + 1), (high - low) / n_inner
    away = np.arange(1, N_OUTER) / N_OUTER
    away = (high - low) * away / (1 - away)
    if rounding is not None:
        inner, width = rounding.edges(low, high, width)
        away = rounding.gap * np.unique(np.ceil(away / rounding.gap))
    edges = np.concatenate([inner[0] - away[::-1], inner, inner[-1] + away])
    middles = (edges[1:] + edges[:-1]) / 2
    values = np.concatenate([edges[:1], middles, edges[-1:]])
    reach = np.zeros(edges.size) if rounding is None else rounding.reach(edges)
    return Bins(edges, values, float(width), reach, mixture)


def count(cells: Cells, bins: Bins) -> np.ndarray:
    """Masses (K,) of the cells in each bin."""
    return cells.total(partial(_count_block, bins))


def _count_block(bins: Bins, z: np.ndarray, mass: np.ndarray | None) -> np.ndarray:
    masses = np.zeros((1, bins.values.size))
    bins.add(masses, 0, z, 1.0 if mass is None else mass)
    return masses[0]


def points_of(bins: Bins, masses: np.ndarray) -> Points:
    """The Points at the bins that hold any of the masses (K,)."""
    return Points(bins.values[masses > 0], masses[masses > 0])


def count_draws(cells: Cells, bins: Bins, most: int) -> np.ndarray:
    """Masses (J, K) of one draw of every manager, for J draws, `most` at most."""
    n_draws = min(cells.grid.alphas.shape[1], most)
    masses = np.zeros((n_draws, bins.values.size))
    for z in single_draws(cells, most):
        there = ~np.isnan(z)
        bins.add(masses, np.nonzero(there)[1], z[there], 1.0)
    return masses


def count_managers(cells: Cells) -> int:
    """The number of managers that have a draw."""
    return sum(int((~np.isnan(z)).sum()) for z in single_draws(cells, 1))


def single_draws(cells: Cells, most: int) -> Iterator[np.ndarray]:
    """Standardised draws (n, J) of some managers at a time, `most` of each at most.

    A manager with fewer draws gives them in turn; one without any has NaN.
    """
    alphas = cells.grid.alphas
    n_draws = min(alphas.shape[1], most)
    draw = np.arange(n_draws)
    for begin in range(0, alphas.shape[0], ROWS):
        tile = np.asarray(alphas[begin : begin + ROWS], dtype=np.float64)
        missing = np.isnan(tile)
        n_there = (~missing).sum(axis=1)[:, None]
        chosen = draw * np.maximum(n_there, n_draws) // n_draws % np.maximum(n_there, 1)
        first_there = np.argsort(missing, axis=1, kind="stable")
        columns = np.take_along_axis(first_there, chosen, axis=1)
        yield (np.take_along_axis(tile, columns, axis=1) - cells.centre) / cells.scale


def count_values(cells: Cells, ruler: Ruler, most: int) -> Ticks:
    """The Ticks of single draws, `most` of each manager at most.

    Draws of a manager at one tick count once.
    """
    found = Ticks.none()
    for z in single_draws(cells, most):
        z = np.sort(z, axis=1)
        again = np.diff(ruler.nearest(z), axis=1, prepend=np.nan) == 0
        found = found + ruler.read(z[~again & ~np.isnan(z)])
    return found


def simulate(
    bins: Bins, mixture: Mixture, n_cells: int, n_grids: int, rng: Rng
) -> np.ndarray:
    """Masses (n_grids, K) of grids of `n_cells` independent draws from `mixture`.

    Cells drawn one by one and then counted would have this very distribution.
    """
    return 1.0 * rng.multinomial(n_cells, bins.probabilities(mixture), size=n_grids)
