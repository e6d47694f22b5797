"""The concave problem of the weights alone, by its conditions of optimality."""

import numpy as np
import pytest
from scipy.stats import norm

from skem.numerics.ascent.weights import solve_weights
from skem.numerics.data.points import Points
from skem.numerics.model.constraints import Constraints
from skem.numerics.model.mixture import Mixture

NAN = np.nan
Z = norm.ppf((np.arange(300) + 0.5) / 300)
CELLS = np.sort(np.concatenate([Z[::2] - 2, 0.5 * Z + 1]))


def problem(means, variances, weights=None):
    """A mixture, and the constraints that leave only its weights (NaN: all) free."""
    means, variances = np.broadcast_arrays(
        np.array(means, float), np.array(variances, float)
    )
    held = np.full(means.size, NAN) if weights is None else np.array(weights, float)
    free = np.isnan(held)
    start = np.where(free, (1 - held[~free].sum()) / max(free.sum(), 1), held)
    fixed = Mixture(held, means, variances)
    return Mixture(start, means, variances), Constraints.of(fixed, False, 1e-20)


def slopes(points, mixture):
    """mean N_l / f, (L,): what a unit of weight gains, in nats per mass."""
    noise = 0.0 if points.noise is None else points.noise
    sds = np.sqrt(mixture.variances[:, None] + noise)
    logs = norm.logpdf(points.values, mixture.means[:, None], sds)
    densities = np.exp(logs - logs.max(axis=0))
    ratios = densities / (mixture.weights @ densities)
    return ratios @ points.masses / points.mass


def gap(points, mixture, free):
    """An upper bound on what other free weights can gain, in nats."""
    d, weights = slopes(points, mixture)[free], mixture.weights[free]
    return points.mass * (weights.sum() * d.max() - weights @ d)


CASES = {
    "two": ([-2, 1], [1, 0.25]),
    "50 locations": (np.linspace(-6, 6, 50), 0.04),
    "50 that overlap": (np.linspace(-6, 6, 50), 4.0),
    "50 scales": (0.0, np.geomspace(1e-4, 1e3, 50)),
    "some equal": ([-2, -2, -2, 1, 1], [1, 1, 1, 0.25, 0.25]),
    "one far away": ([-2, 1, 500], [1, 1, 1]),
    "200 locations": (np.linspace(-6, 6, 200), 0.01),
}

# The total gain that may be left, in nats: the default `tol` of a fit. A step that gains
# less than the rounding of the log-likelihood has no effect; the gap is larger than that.
LEFT = 1e-6


@pytest.mark.parametrize("name", CASES)
def test_no_other_weights_gain(name):
    start, limits = problem(*CASES[name])
    points = Points(CELLS, np.ones(CELLS.size))
    found, _ = solve_weights(points, start, limits)
    assert gap(points, found, limits.free.weights) < LEFT
    assert found.weights.min() >= 0
    assert found.weights.sum() == pytest.approx(1, abs=1e-14)


@pytest.mark.parametrize("name", ["two", "50 locations", "50 scales"])
def test_no_other_weights_gain_through_noise(name):
    start, limits = problem(*CASES[name])
    noise = np.linspace(0.01, 2, CELLS.size)
    points = Points(CELLS, np.ones(CELLS.size), noise=noise, noise_level=0.1)
    found, _ = solve_weights(points, start, limits)
    assert gap(points, found, limits.free.weights) < LEFT


def test_a_group_that_only_costs_has_weight_0():
    start, limits = problem(*CASES["one far away"])
    found, _ = solve_weights(Points(CELLS, np.ones(CELLS.size)), start, limits)
    assert found.weights[2] == 0
    assert np.all(found.weights[:2] > 0)


def test_masses_count_as_copies():
    start, limits = problem(*CASES["50 locations"])
    masses = 1.0 + np.arange(CELLS.size) % 3
    weighted, _ = solve_weights(Points(CELLS, masses), start, limits)
    copies = np.repeat(CELLS, masses.astype(int))
    repeated, _ = solve_weights(Points(copies, np.ones(copies.size)), start, limits)
    density = [
        m.weights @ norm.pdf(CELLS, m.means[:, None], np.sqrt(m.variances)[:, None])
        for m in (weighted, repeated)
    ]
    # The density at the values is unique, even if weights are not. A gap of 1e-13 nats per
    # mass leaves a few times its root.
    np.testing.assert_allclose(*density, rtol=3e-6)


def test_the_start_does_not_matter():
    start, limits = problem(*CASES["50 locations"])
    points = Points(CELLS, np.ones(CELLS.size))
    other = start._replace(weights=np.r_[1.0, np.zeros(49)])
    for one in (start, other):
        found, _ = solve_weights(points, one, limits)
        assert gap(points, found, limits.free.weights) < LEFT


@pytest.mark.parametrize("held", [0.02, 0.5, 0.9])
def test_the_rest_is_shared_as_well_as_it_can_be(held):
    start, limits = problem(
        np.r_[4.0, np.linspace(-4, 3, 9)], 0.5, np.r_[held, np.full(9, NAN)]
    )
    points = Points(CELLS, np.ones(CELLS.size))
    found, _ = solve_weights(points, start, limits)
    assert found.weights[0] == held
    assert found.weights.sum() == pytest.approx(1, abs=1e-14)
    assert gap(points, found, limits.free.weights) < LEFT


@pytest.mark.parametrize("weights", [[0.3, 0.7], [0.3, NAN]])
def test_where_no_weight_can_differ_there_is_nothing_to_solve(weights):
    start, limits = problem([-2, 1], 1.0, weights)
    found, n_iter = solve_weights(Points(CELLS, np.ones(CELLS.size)), start, limits)
    assert n_iter == 0
    np.testing.assert_array_equal(found, start)


def test_cells_far_from_every_group_have_a_share_all_the_same():
    """Their densities are 0 in double precision; their ratios are not."""
    start, limits = problem([0, 1], [1e-4, 1e-4])
    points = Points(np.array([-3.0, 0.0, 1.0, 90.0]), np.ones(4))
    found, _ = solve_weights(points, start, limits)
    np.testing.assert_allclose(found.weights, 0.5, rtol=1e-9)
