"""The nonparametric estimate, against EM on a fine grid and by its gradient."""

import numpy as np
import pytest
from scipy.optimize import minimize

from skem.numerics.model.scales import EXACT, Scales
from skem.numerics.nonparametric import solve as module
from skem.numerics.nonparametric.kernels import Kernels
from skem.numerics.nonparametric.mixing import Mixing
from skem.numerics.nonparametric.solve import solve
from skem.numerics.nonparametric.supremum import Supremum

TOL = 1e-6


def problem(kind, seed=0, n=60):
    rng = np.random.default_rng(seed)
    values = rng.choice([-2.0, 1.0], n) + rng.normal(size=n)
    if kind == "plain":
        return Kernels.of(values, 0.5, None), np.ones(n)
    noise = rng.uniform(0.3, 2.0, n)
    values += np.sqrt(noise) * rng.normal(size=n)
    if kind == "t":
        noise = Scales.of(noise, np.full(n, 6.0), EXACT)
    return Kernels.of(values, 0.0, noise), rng.integers(1, 4, n).astype(float)


def em_to_the_end(kernels, masses, grid):
    """The log-likelihood of the best weights on a grid, by the slow iteration."""
    densities = kernels.at(grid)
    weights = np.full(grid.size, 1 / grid.size)
    for _ in range(20000):
        weights *= densities @ (masses / (weights @ densities)) / masses.sum()
    return masses @ (np.log(weights @ densities) + kernels.log_peaks)


@pytest.fixture(params=["plain", "noisy", "t"])
def solved(request):
    kernels, masses = problem(request.param)
    return kernels, masses, solve(kernels, masses, TOL)


def test_no_location_gains_more_than_the_gap(solved):
    kernels, masses, found = solved
    assert found.gap <= TOL
    density = found.mixing.weights @ kernels.at(found.mixing.locations)
    every = kernels.at(np.linspace(-9, 9, 4001)) @ (masses / density)
    assert every.max() - masses.sum() <= found.gap


def test_it_is_as_high_as_em_at_its_locations(solved):
    kernels, masses, found = solved
    # EM can only put mass where it is best, and converges from below.
    slow = em_to_the_end(kernels, masses, found.mixing.locations)
    assert found.log_likelihood == pytest.approx(slow, abs=1e-6)


def test_em_on_a_fine_grid_does_not_exceed_it():
    kernels, masses = problem("plain")
    found = solve(kernels, masses, TOL)
    grid = np.sort(np.append(np.linspace(-6, 6, 121), found.mixing.locations))
    assert em_to_the_end(kernels, masses, grid) <= found.log_likelihood + found.gap


def slsqp_from(kernels, masses, start):
    """The log-likelihood of the best locations and weights that SLSQP finds."""
    k, n = start.size, masses.sum()

    def loss(x):
        here, slope, _ = kernels.derivatives(x[:k])
        multiples = masses / (x[k:] @ here)
        gradient = np.concatenate([x[k:] * (slope @ multiples), here @ multiples])
        return -masses @ np.log(x[k:] @ here) / n, -gradient / n

    sums_to_one = {
        "type": "eq",
        "fun": lambda x: x[k:].sum() - 1,
        "jac": lambda x: np.repeat([0.0, 1.0], k),
    }
    found = minimize(
        loss,
        np.append(start, np.full(k, 1 / k)),
        jac=True,
        method="SLSQP",
        bounds=[(-9, 9)] * k + [(0, 1)] * k,
        constraints=sums_to_one,
        options={"maxiter": 1000, "ftol": 1e-15},
    )
    return -n * found.fun + masses @ kernels.log_peaks


def test_it_is_as_high_as_scipy_s_slsqp(solved):
    kernels, masses, found = solved
    slow = slsqp_from(kernels, masses, np.linspace(-4, 4, 8))
    assert found.log_likelihood == pytest.approx(slow, abs=1e-6)


def test_weights_are_positive_and_sum_to_one(solved):
    weights = solved[2].mixing.weights
    assert (weights > 0).all()
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)


def test_mass_k_is_k_observations():
    kernels, masses = problem("noisy")
    rows = np.repeat(np.arange(masses.size), masses.astype(int))
    copies = solve(kernels.take(rows), np.ones(rows.size), TOL)
    assert solve(kernels, masses, TOL).log_likelihood == pytest.approx(
        copies.log_likelihood, abs=2 * TOL
    )


def test_order_changes_nothing():
    kernels, masses = problem("noisy")
    rows = np.random.default_rng(1).permutation(masses.size)
    shuffled = solve(kernels.take(rows), masses[rows], TOL)
    assert solve(kernels, masses, TOL).log_likelihood == pytest.approx(
        shuffled.log_likelihood, abs=2 * TOL
    )


def test_an_observation_far_from_all_others_gets_a_location():
    values = np.append(np.random.default_rng(0).normal(size=50), 1e6)
    found = solve(Kernels.of(values, 1.0, None), np.ones(51), TOL)
    assert found.gap <= TOL
    assert found.mixing.locations[-1] == pytest.approx(1e6)
    assert found.mixing.weights[-1] == pytest.approx(1 / 51, rel=1e-6)


def test_equal_observations_have_one_location():
    found = solve(Kernels.of(np.full(4, 3.0), 1.0, None), np.ones(4), TOL)
    assert found.mixing.locations == pytest.approx([3.0], abs=1e-9)
    assert found.gap <= TOL


@pytest.mark.parametrize("seed", [1, 3, 6, 24])
def test_few_iterations_are_enough_where_locations_are_hard_to_tell_apart(seed):
    rng = np.random.default_rng(seed)
    values = rng.choice([-2.0, 0.0, 2.5], 400, p=[0.25, 0.5, 0.25])
    values += rng.normal(size=400)
    found = solve(Kernels.of(values, 0.36, None), np.ones(400), TOL)
    assert found.gap <= TOL
    assert found.n_iter <= 5  # Newton's method converges quadratically


def test_a_location_between_two_groups_becomes_two():
    values = np.repeat([-2.0, 2.0], 20)
    start = Mixing(np.zeros(1), np.ones(1))
    found = solve(Kernels.of(values, 1.0, None), np.ones(40), TOL, start)
    # A location moves by half of D' / D'': the gap allows 1e-3.
    assert found.mixing.locations == pytest.approx([-2.0, 2.0], abs=1e-2)


def test_the_gap_is_a_bound_where_quadratic_problems_stay_unsolved(monkeypatch):
    kernels, masses = problem("plain")
    best = solve(kernels, masses, TOL).log_likelihood
    monkeypatch.setattr(module, "nonnegative", lambda curvature, slope, start, least: start)
    found = solve(kernels, masses, TOL)
    assert found.log_likelihood <= best + TOL
    assert best <= found.log_likelihood + found.gap + TOL


def test_neighbours_with_tiny_errors_stay_apart():
    values = np.append(np.random.default_rng(0).normal(size=40), [0.0, 0.1])
    noise = np.append(np.ones(40), [1e-8, 1e-8])
    masses = np.append(np.full(40, 1e4), [1.0, 1.0])  # so midway there is no density
    found = solve(Kernels.of(values, 0.0, noise), masses, TOL)
    assert found.gap <= TOL
    for value in (0.0, 0.1):
        assert np.abs(found.mixing.locations - value).min() < 1e-3  # ten of their sds


@pytest.mark.parametrize("seed", [2, 10, 18])
def test_masses_of_a_million_to_one_leave_no_observation_without_density(recwarn, seed):
    rng = np.random.default_rng(seed)
    n = 100
    errors = 0.01 * np.exp(2 * rng.normal(size=n))
    values = rng.normal(0, 2, n) + errors * rng.normal(size=n)
    masses = np.where(rng.uniform(size=n) < 0.2, 1e6, 1.0)
    kernels = Kernels.of(values, 0.0, np.square(errors))
    assert solve(kernels, masses, TOL).gap <= TOL
    assert not recwarn.list


def test_a_start_without_density_at_precise_observations_is_mended_in_few_iterations(
    recwarn,
):
    rng = np.random.default_rng(0)
    n = 200
    errors = np.where(np.arange(n) < 20, 1e-3, 1.0)
    values = rng.standard_cauchy(n) + errors * rng.normal(size=n)
    kernels = Kernels.of(values, 0.0, np.square(errors))
    start = Mixing(np.zeros(1), np.ones(1))  # hundreds of sds from most precise ones
    found = solve(kernels, np.ones(n), TOL, start)
    assert found.gap <= TOL
    assert found.n_iter <= 10
    assert not recwarn.list


def test_iterations_end_when_the_proof_no_longer_improves():
    kernels, masses = problem("plain")
    proofs = []

    def highest_of(mixing):
        proofs.append(mixing)
        return Supremum(0.0, 3e-6, 3e-6)  # of other observations, slightly different

    found = solve(kernels, masses, TOL, None, highest_of)
    assert found.gap == 3e-6
    assert len(proofs) == 2
