"""What any mixture of groups of some width can reach at most, from cells or estimates."""

from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..ascent.certificate import LARGEST_ERROR
from ..data.points import Points
from ..data.protocol import Data
from ..likelihood.expectation import by_deviations, e_step
from ..likelihood.remainder import bound as remainder_of
from ..model.mixture import Mixture, normalise
from ..model.scales import EXACT, Scales, log_groups
from .boxes import supremum_of_equal
from .condense import condensed
from .kernels import NOTHING, Kernels
from .many import best_of_many
from .mixing import Mixing
from .rest import rest_of_points
from .rows import best_on_rows
from .solve import approach, search_grid, solve
from .supremum import Supremum

# The nats of the gap of a nonparametric estimate.
TOL = 1e-6

# The number of cells that are few enough to read all of them.
FEW_CELLS = 2**16

# The nats left above which the bound may be no better than that of the highest densities.
LOOSE = 1.0

# The most locations that are looked at.
MOST_LOCATIONS = 2**10


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
    """

    mixing: Mixing
    sd: float
    log_likelihood: float
    duality_gap: float
    rest: float

    @property
    def bound(self) -> float:
        """What no mixture of groups at least as wide exceeds, in nats."""
        return self.log_likelihood + self.duality_gap + self.rest

    @property
    def mixture(self) -> Mixture:
        """The mixture of normals."""
        locations, weights = self.mixing
        return Mixture(weights, locations, np.full(weights.size, self.sd**2))

    @property
    def left(self) -> float:
        """The nats of the bound that the mixture does not reach."""
        return self.duality_gap + self.rest


def best_of_width(cells: Data, points: Points, sd: float, tol: float = TOL) -> Best:
    """The Best mixture of normals of an sd, for cells and the points that stand for them.

    With noise the sd may be 0. Cells without noise are all read if they are few, and taken
    in their finest bins if not. Bins of many estimates do not bound their gradient
    function, so all rows are read. No bound is above the sum of all highest densities.
    """
    found = _best_of_width(cells, points, sd, tol)
    if found.left <= LOOSE:
        return found
    ceiling = cells.total(partial(_highest, sd)) - found.log_likelihood
    if found.left <= ceiling:
        return found
    return found._replace(duality_gap=ceiling, rest=0.0)


def _highest(sd: float, z: np.ndarray, mass: np.ndarray | None, noise: Any = None) -> float:
    """The log-likelihood if every cell were where its density is highest."""
    peaks = Kernels.of(z, sd * sd, noise).log_peaks
    return float(peaks.sum() if mass is None else mass @ peaks)


def _best_of_width(cells: Data, points: Points, sd: float, tol: float) -> Best:
    if not points.noisy:
        return _best_of_cells(_finest(cells, points), sd, tol)
    start = _start(points.coarse, points, sd)
    if points.widths is not None:
        return _best_of_rows(cells, points, sd, start)
    kernels = kernels_of(points, sd)
    found = solve(kernels, points.masses, tol, start)
    return Best(found.mixing, sd, found.log_likelihood, found.gap, 0.0)


def _best_of_rows(cells: Data, points: Points, sd: float, start: Mixing | None) -> Best:
    """The Best mixture for many estimates, from one of coarse points on."""
    wide = np.append(points.values, [cells.low, cells.high])
    sds = kernels_of(points, sd, exact=False).sds
    found = None
    if points.degrees is None:
        found = best_of_many(cells, wide, sds, sd, start)
    if found is None:
        on_points = solve(kernels_of(points, sd), points.masses, TOL, start)
        found = best_on_rows(cells, wide, sds, sd, on_points.mixing)
    return Best(found.mixing, sd, found.log_likelihood, found.duality_gap, 0.0)


def gradient_of(
    points: Points, mixture: Mixture, sd: float, locations: np.ndarray
) -> np.ndarray:
    """The nats that mass of an sd gains over a mixture at each location (J,), per mass."""
    kernels = kernels_of(points, sd)
    joint = log_groups(points.values, mixture, _noise_of(points))
    peak, total = normalise(joint)
    logs = np.minimum(kernels.log_peaks - peak - np.log(total), -NOTHING)
    return kernels.at(locations) @ (points.masses * np.exp(logs)) - points.mass


def is_affordable(points: Points, sd: float) -> bool:
    """Whether the locations where normals of an sd may stand are not too many."""
    grid, _ = search_grid(kernels_of(points, sd, exact=False))
    return grid.size <= MOST_LOCATIONS


def _finest(cells: Data, points: Points) -> Points:
    """The cells, or the points of their finest bins if they are many."""
    if cells.bins is None or cells.bins.exact:
        return points
    if cells.bins.n_cells > FEW_CELLS:
        return cells.bins.points
    parts = cells.total(_keep)
    values, masses = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(values)
    return Points(values[order], masses[order])


def _keep(z: np.ndarray, mass: np.ndarray | None) -> list[tuple[np.ndarray, np.ndarray]]:
    return [(z.copy(), np.ones_like(z) if mass is None else mass)]


def _best_of_cells(points: Points, sd: float, tol: float) -> Best:
    """The Best mixture without noise, by way of fewer points of the same moments.

    What is said of it holds for all points.
    """
    values, masses = points.values, points.masses
    kernels = kernels_of(points, sd)

    def density(mixing: Mixing) -> np.ndarray:
        return mixing.weights @ kernels.at(mixing.locations)

    def supremum(mixing: Mixing) -> Supremum:
        multiples = masses / density(mixing)
        return supremum_of_equal(values, multiples, sd, tol / 4, masses.sum())

    few, joint = condensed(values, masses, sd)
    found = solve(Kernels.of(few, sd * sd, None), joint, tol, None, supremum)
    height = float(masses @ (np.log(density(found.mixing)) + kernels.log_peaks))
    rest = 0.0
    if points.widths is not None:
        rest = rest_of_points(values, masses, points.widths, sd * sd, found.mixing)
    return Best(found.mixing, sd, height, found.gap, rest)


def _start(coarse: Points, points: Points, sd: float) -> Mixing | None:
    """The mixing distribution after some iterations on coarse points, or None."""
    if coarse is points:
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
