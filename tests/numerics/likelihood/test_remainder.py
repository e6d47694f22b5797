"""Bounds on what the nodes of bins leave out, against extended precision."""

import numpy as np
import pytest

from skem.numerics.data.bins import Panels
from skem.numerics.data.census import take_census
from skem.numerics.data.compression import counted_cells
from skem.numerics.data.grid import Grid
from skem.numerics.likelihood.remainder import bound
from skem.numerics.model.mixture import Mixture

LONG = np.longdouble

MIXTURES = {
    "apart": ([0.6, 0.4], [-0.6, 0.95], [0.4, 0.3]),
    "overlapping": ([0.2, 0.6, 0.2], [-0.5, 0.0, 0.7], [0.3, 0.25, 0.5]),
    "inside": ([0.5, 0.5], [0.0, 0.0], [1.0, 0.25]),
    "narrow": ([0.8, 0.2], [0.0, 0.3], [1.0, 0.01]),
    "very narrow": ([0.8, 0.2], [0.0, 0.3], [1.0, 1e-5]),
    "one": ([1.0], [0.1], [0.8]),
    "six": ([1 / 6] * 6, [-2, -1, -0.3, 0.3, 1, 2], [0.2, 0.1, 0.1, 0.1, 0.1, 0.2]),
}


@pytest.fixture(params=MIXTURES.values(), ids=MIXTURES)
def mixture(request):
    return Mixture(*(np.array(part, dtype=float) for part in request.param))


def draw(mixture, n, seed=0):
    rng = np.random.default_rng(seed)
    group = rng.choice(mixture.weights.size, n, p=mixture.weights)
    return mixture.means[group] + np.sqrt(mixture.variances)[group] * rng.normal(size=n)


def parts_of(z, mixture):
    """Log densities, and scores (3, L, n) by log weights, means and log variances."""
    w, mu, v = (part.astype(LONG)[:, None] for part in mixture)
    joint = np.log(w) - np.log(2 * LONG(np.pi) * v) / 2 - (z - mu) ** 2 / v / 2
    peak = joint.max(axis=0)
    p = np.exp(joint - peak)
    logs = peak + np.log(p.sum(axis=0))
    p /= p.sum(axis=0)
    return logs, np.array([p, p * (z - mu) / v, p * ((z - mu) ** 2 / v - 1) / 2])


def errors_of(points, cells, mixture):
    """The differences of sums over points and over cells, in extended precision."""
    found, expected = (
        [mass.astype(LONG) @ np.moveaxis(part, -1, 0).reshape(z.size, -1) for part in parts]
        for z, mass in ((points.values, points.masses), (cells, np.ones(cells.size)))
        for parts in [parts_of(z.astype(LONG), mixture)]
    )
    return [
        np.abs(one - other).astype(float)
        for one, other in zip(found, expected, strict=True)
    ]


@pytest.mark.parametrize("n", [5000, 100_000])
def test_no_error_is_above_its_bound(mixture, n):
    alphas = draw(mixture, n)
    grid = Grid(alphas[:, None])
    cells = counted_cells(grid, take_census(grid))
    z = (alphas.astype(LONG) - LONG(cells.centre)) / LONG(cells.scale)
    there = Mixture(
        mixture.weights,
        (mixture.means - cells.centre) / cells.scale + 0.01,
        1.02 * mixture.variances / cells.scale**2,
    )
    log_likelihood, score = errors_of(cells.bins.points, z, there)
    most = bound(cells.bins.panels, there)
    rounding = 2e-16 * n * np.max(np.abs(z)) ** 2 / there.variances.min()
    assert log_likelihood[0] <= most.log_likelihood + rounding
    assert np.all(score.reshape(3, -1) <= most.score + rounding)
    if mixture.variances.min() > 0.2:
        assert most.log_likelihood < 1e-12 * n


def fourth_differences(function, at, step):
    """Fourth derivatives by differences of order 4, in extended precision."""
    weights = np.array([-1, 12, -39, 56, -39, 12, -1], dtype=LONG) / 6
    places = at[:, None] + step * np.arange(-3, 4)
    values = function(places.ravel())
    return (values.reshape(*values.shape[:-1], at.size, 7) @ weights) / step**4


@pytest.mark.parametrize("width", [1e-3, 0.1, 1.0])
def test_no_fourth_derivative_in_a_panel_is_above_its_bound(mixture, width):
    sd = np.sqrt(mixture.variances.min())
    for middle in np.linspace(-3, 3, 13):
        panel = Panels(np.array([middle]), np.array([width * sd / 2]), np.ones(1))
        log_likelihood, score = bound(panel, mixture)
        at = middle + width * sd * np.linspace(-0.5, 0.5, 9).astype(LONG)
        step = LONG(2e-3 * sd)
        logs = fourth_differences(lambda z: parts_of(z, mixture)[0], at, step)
        own = fourth_differences(lambda z: parts_of(z, mixture)[1], at, step)
        # Differences are off by the fourth power of the step, and round in 19 digits.
        slack = 1 + 1e-4
        size = 1e-4 / mixture.variances.min() ** 2
        assert np.abs(logs).max() <= slack * log_likelihood + size
        assert np.all(np.abs(own).max(axis=-1) <= slack * score + size * (1 + 1 / sd))


def test_the_bound_is_not_far_above_the_fourth_derivative_of_a_narrow_panel(mixture):
    sd = np.sqrt(mixture.variances.min())
    middles = np.linspace(-1, 1, 9)
    for middle in middles:
        panel = Panels(np.array([middle]), np.array([1e-9 * sd]), np.ones(1))
        at = np.array([middle], dtype=LONG)
        expected = fourth_differences(
            lambda z: parts_of(z, mixture)[0], at, LONG(1e-2 * sd)
        )
        found = bound(panel, mixture).log_likelihood
        assert found == pytest.approx(float(abs(expected[0])), rel=1e-3, abs=1e-3 / sd**4)
