"""What any mixture of groups of some width can reach at most, from cells or estimates."""

from typing import NamedTuple

import numpy as np

from ..ascent.certificate import LARGEST_ERROR
from ..data.points import Points
from ..data.protocol import Data
from ..likelihood.expectation import by_deviations, e_step
from ..likelihood.remainder import bound as remainder_of
from ..model.mixture import Mixture, normalise
from ..model.scales import EXACT, Scales, log_groups
from .kernels import NOTHING, Kernels
from .mixing import Mixing
from .rest import rest_of_points
from .rows import best_on_rows
from .solve import approach, search_grid, solve

# The nats of the gap of a nonparametric estimate, and those that bins may leave out before
# finer ones are taken.
TOL, COARSENESS = 1e-6, 1e-2

# The most locations that are looked at.
MOST_LOCATIONS = 2**10

# How wide half of the bins of coarse points may be in kernels' sds.
COARSE_WIDTH = 0.5


class Best(NamedTuple):
    """The best mixture of normals of one sd, and what any other can reach.

    Parameters
    ----------
    mixing : Mixing
        Where the normals are, and their weights.
    sd : float
        Their standard deviation.
    log_likelihood : float
        That of all cells, in nats.
    duality_gap : float
        The nats by which any other mixture of such normals may be higher on the points.
    rest : float
        The nats that the points may leave out of all this.
    n_iter : int
        The number of iterations.
    """

    mixing: Mixing
    sd: float
    log_likelihood: float
    duality_gap: float
    rest: float
    n_iter: int

    @property
    def bound(self) -> float:
        """What no mixture of groups at least as wide exceeds, in nats."""
        return self.log_likelihood + self.duality_gap + self.rest

    @property
    def mixture(self) -> Mixture:
        """The mixture of normals."""
        locations, weights = self.mixing
        return Mixture(weights, locations, np.full(weights.size, self.sd**2))


def best_of_width(cells: Data, points: Points, sd: float, tol: float = TOL) -> Best:
    """The Best mixture of normals of an sd, for cells and the points that stand for them.

    With noise the sd may be 0. Where the points leave out too much, all bins are taken.
    Bins of many estimates do not bound their gradient function, so all rows are read.
    """
    start = _start(points.coarse, points, sd)
    best = _best(points, sd, tol, start)
    if best.rest > COARSENESS and cells.bins is not None and not cells.bins.exact:
        best = _best(cells.bins.points, sd, tol, best.mixing)
    if _is_approximate(points):
        wide = np.append(points.values, [cells.low, cells.high])
        sds = kernels_of(points, sd, exact=False).sds
        found = best_on_rows(cells, wide, sds, sd, best.mixing)
        best = best._replace(**found._asdict())
    return best


def gradient_of(
    points: Points, mixture: Mixture, sd: float, locations: np.ndarray
) -> np.ndarray:
    """The nats that mass of an sd gains over a mixture at each location (J,), per mass."""
    kernels = kernels_of(points, sd)
    joint = log_groups(points.values, mixture, _noise_of(points))
    peak, total = normalise(joint)
    logs = np.minimum(kernels.log_peaks - peak - np.log(total), -NOTHING)
    return kernels.at(locations) @ (points.masses * np.exp(logs)) - points.mass


def _is_approximate(points: Points) -> bool:
    """Whether points are bins of estimates, which do not bound the gradient function."""
    return points.noisy and points.widths is not None


def is_affordable(points: Points, sd: float) -> bool:
    """Whether the locations where normals of an sd may stand are not too many."""
    grid, _ = search_grid(kernels_of(points, sd, exact=False))
    return grid.size <= MOST_LOCATIONS


def _best(points: Points, sd: float, tol: float, start: Mixing | None) -> Best:
    kernels = kernels_of(points, sd)
    found = solve(kernels, points.masses, tol, start)
    rest = 0.0
    if points.widths is not None and not points.noisy:
        given = points.values, points.masses, points.widths
        rest = rest_of_points(*given, sd * sd, found.mixing)
    return Best(found.mixing, sd, found.log_likelihood, found.gap, rest, found.n_iter)


def _start(coarse: Points, points: Points, sd: float) -> Mixing | None:
    """The mixing distribution after some iterations on coarse points, or None."""
    if coarse is points:
        return None
    wide = 0.0 if coarse.widths is None or coarse.noisy else np.median(coarse.widths)
    if wide > COARSE_WIDTH * sd:
        return None
    return approach(kernels_of(coarse, sd, exact=False), coarse.masses)


def kernels_of(points: Points, sd: float, exact: bool = True) -> Kernels:
    """The Kernels of points, for normals of an sd; t noise in its most nodes if `exact`."""
    noise = _noise_of(points) if exact else points.seen
    return Kernels.of(points.values, sd * sd, noise)


def _noise_of(points: Points) -> np.ndarray | Scales | None:
    """The noise of points, in the most nodes if it is Student's t."""
    if points.noise is None or points.degrees is None:
        return points.noise
    return Scales.of(points.noise, points.degrees, EXACT)


def reached_by(cells: Data, mixture: Mixture) -> float:
    """The log-likelihood of all cells, at least; they are read if bins say too little."""
    bins = cells.bins
    if bins is None:
        return float(by_deviations(cells, mixture).log_likelihood)  # without prior funds
    height = float(e_step(bins.points, mixture).log_likelihood)
    if bins.exact:
        return height
    error = remainder_of(bins.panels, mixture).log_likelihood
    if error <= LARGEST_ERROR * cells.mass:
        return height - error
    return float(e_step(cells, mixture).log_likelihood)
