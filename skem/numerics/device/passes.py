"""Exact passes over the cells of a grid on a device: E-steps, and their derivatives."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..data.readings import Reading, changed
from ..likelihood.expectation import Statistics, by_log_sum_exp
from ..likelihood.information import Sums, sum_block
from ..likelihood.ratios import Ratios, sum_ratios
from ..model.mixture import Mixture
from .answers import respond
from .reading import flat_cells


def standardised_on_device(
    place: Any,
    function: Any,
    centre: float,
    scale: float,
    complete: bool,
    most: float,
    tile: Any,
    row_mass: Any,
) -> Reading:
    """The Reading of a tile, as :func:`~skem.numerics.data.cells.read_standardised`'s."""
    xp = place.xp
    values, mass = flat_cells(place, tile, row_mass)
    z = (xp.astype(values, xp.float64, copy=False) - float(centre)) * float(1.0 / scale)
    if not complete:
        there = ~xp.isnan(z) if mass is None else ~xp.isnan(z) & (mass > 0)
        z, mass = z[there], None if mass is None else mass[there]
    one = xp.ones_like(z) if mass is None else mass
    sums = _fetched(place, [one, one * z, one * z * z])
    if not sums[2] <= most:
        raise changed()
    inner = function.func if isinstance(function, partial) else function
    if inner in PASSES:
        return Reading(PASSES[inner](place, *function.args, z, mass), sums)
    masses = None if mass is None else place.fetch(mass)
    return Reading(function(place.fetch(z), masses), sums)


def _fetched(place: Any, terms: list[Any]) -> np.ndarray:
    """The sums of several arrays of the device."""
    xp = place.xp
    return place.fetch(xp.stack([xp.sum(term) for term in terms]))


def _weighted(mass: Any, values: Any) -> Any:
    return values if mass is None else mass * values


def statistics(
    place: Any, mixture: Mixture, centres: np.ndarray, z: Any, mass: Any
) -> Statistics:
    """The Statistics of a block about some centres (equations E and S of the theory)."""
    shares, log_density = respond(place.xp, z, mixture)
    terms = [_weighted(mass, log_density)]
    for share, centre in zip(shares, centres.tolist(), strict=True):
        share, deviation = _weighted(mass, share), z - centre
        terms += [share, share * deviation, share * deviation * deviation]
    log_likelihood, *sums = _fetched(place, terms)
    mass, shift, square = np.reshape(sums, (-1, 3)).T
    return Statistics(centres, mass, shift, square, log_likelihood)


def ratio_sums(place: Any, ratios: Ratios, z: Any, mass: Any) -> np.ndarray:
    """The sums of a block, as :func:`~skem.numerics.likelihood.ratios.sum_ratios`'."""
    xp = place.xp
    rows = np.column_stack([ratios.a, ratios.b, ratios.c]).tolist()
    odds = [xp.exp((a * z + b) * z + c) for a, b, c in rows]
    total = 1.0 + sum(odds)
    shares = [one / total for one in odds[:-1]] + [1.0 / total]
    shares = [_weighted(mass, share) for share in shares]
    terms = [_weighted(mass, xp.log(total)), *shares]
    terms += [share * z for share in shares] + [share * z * z for share in shares]
    return _fetched(place, terms)


def information_sums(place: Any, mixtures: Mixture, z: Any, mass: Any) -> Sums:
    """The Sums of a block for C mixtures (equations G and H of the theory)."""
    parts = [
        _sums_of(place, Mixture(*rows), z, mass) for rows in zip(*mixtures, strict=True)
    ]
    return Sums(*(np.array(part) for part in zip(*parts, strict=True)))


def _sums_of(place: Any, mixture: Mixture, z: Any, mass: Any) -> tuple[Any, ...]:
    """The log-likelihood, the moments (5, L) and the products (3, L, 3, L) of a mixture."""
    xp, n = place.xp, mixture.weights.size
    shares, log_density = respond(xp, z, mixture)
    places = zip(mixture.means.tolist(), np.sqrt(mixture.variances).tolist(), strict=True)
    u = xp.stack([(z - mean) / sd for mean, sd in places])
    p = xp.stack(shares)
    powers = xp.concat([p, p * u, p * u * u])
    weighted = _weighted(mass, powers)
    cubes = weighted[2 * n :, :] * u
    sums = [xp.sum(part, axis=1) for part in (weighted, cubes, cubes * u)]
    products = place.fetch(xp.matmul(weighted, powers.T))
    return (
        _fetched(place, [_weighted(mass, log_density)])[0],
        place.fetch(xp.concat(sums)).reshape(5, n),
        products.reshape(3, n, 3, n),
    )


PASSES: dict[Any, Callable[..., Any]] = {
    by_log_sum_exp: statistics,
    sum_ratios: ratio_sums,
    sum_block: information_sums,
}
