"""The E-step and the M-step against slow loops, and the properties of EM."""

from functools import partial

import numpy as np
import oracle
import pytest
from compressed import compress

from skem.numerics.ascent import em
from skem.numerics.likelihood.expectation import by_log_sum_exp, by_ratios, e_step
from skem.numerics.likelihood.ratios import density_ratios
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import (
    Mixture,
    log_joint,
    normalise,
    standardise,
    unstandardise,
)
from skem.numerics.solver import best_em

TEXTBOOK_START = Mixture(np.array([0.5, 0.5]), np.array([-1.0, 1.0]), np.array([0.2, 0.2]))
FLOOR = 1e-6


class Recorder(em.Unwatched):
    def __init__(self):
        self.mixtures = []

    def end_step(self, mixture, log_likelihood):
        self.mixtures.append(mixture)
        return False


def iterates(cells, start, n_steps):
    """The mixtures after each of `n_steps` iterations, in raw units."""
    recorder = Recorder()
    em.fit_em(
        cells,
        standardise(start, cells.centre, cells.scale),
        tol=0,
        max_iter=n_steps,
        constraints=unconstrained(start.weights.size, FLOOR),
        watch=recorder,
    )
    return [unstandardise(m, cells.centre, cells.scale) for m in recorder.mixtures]


@pytest.fixture(scope="module")
def textbook_run(textbook):
    return oracle.em(textbook.tolist(), *TEXTBOOK_START, tol=1e-4)


def test_the_textbook_run_stops_within_a_few_steps(textbook_run):
    assert len(textbook_run) <= 5


def test_every_iteration_of_the_textbook_run_equals_the_slow_loops(
    textbook, textbook_run, cells_of
):
    slow = [*textbook_run]
    for _ in range(6):  # past the point where the absolute rule stops
        slow.append(oracle.em_iteration(textbook.tolist(), *slow[-1]))
    fast = iterates(cells_of(textbook), TEXTBOOK_START, len(slow))
    # The contract's 1e-12, relative: summing 25,500 terms costs about 1e-14, and
    # starting 1000 standard deviations away another factor of ten.
    for mixture, parameters in zip(fast, slow, strict=True):
        for ours, theirs in zip(mixture, parameters, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_every_responsibility_of_the_textbook_run_equals_the_slow_loops(
    textbook, textbook_run
):
    weights, means, variances = textbook_run[-1]
    p = log_joint(
        textbook.ravel(),
        Mixture(np.array(weights), np.array(means), np.array(variances)),
    )
    normalise(p)
    slow = oracle.responsibilities(textbook.tolist(), weights, means, variances)
    # A cell's p costs a handful of roundings.
    np.testing.assert_allclose(p.T.reshape(*textbook.shape, 2), slow, rtol=1e-12)


@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray])
def test_three_groups_equal_the_slow_loops(three_groups, cells_of, layout):
    start = Mixture(np.array([0.2, 0.3, 0.5]), np.array([-1e-3, 0, 1e-3]), np.full(3, 1e-6))
    slow = oracle.em_iteration(three_groups.tolist(), *start)
    [fast] = iterates(cells_of(layout(three_groups)), start, 1)
    for ours, theirs in zip(fast, slow, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_missing_cells_count_as_absent(three_groups, cells_of):
    start = Mixture(np.array([0.5, 0.5]), np.array([-1e-3, 1e-3]), np.full(2, 1e-6))
    holed = three_groups.copy()
    holed[np.random.default_rng(0).uniform(size=holed.shape) < 0.3] = np.nan
    slow = oracle.em_iteration(
        [[a for a in row if a == a] for row in holed.tolist()], *start
    )
    [fast] = iterates(cells_of(holed), start, 1)
    for ours, theirs in zip(fast, slow, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_a_manager_of_weight_k_counts_as_k_managers(three_groups, cells_of):
    start = Mixture(np.array([0.5, 0.5]), np.array([-1e-3, 1e-3]), np.full(2, 1e-6))
    mass = np.arange(three_groups.shape[0]) % 4
    [weighted] = iterates(cells_of(three_groups, mass.astype(float)), start, 1)
    [repeated] = iterates(cells_of(np.repeat(three_groups, mass, axis=0)), start, 1)
    for ours, theirs in zip(weighted, repeated, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


def test_the_log_likelihood_equals_the_slow_loops(three_groups, cells_of):
    mixture = Mixture(
        np.array([0.2, 0.3, 0.5]), np.array([-1e-3, 0, 1e-3]), np.full(3, 1e-6)
    )
    cells = cells_of(three_groups)
    total = e_step(cells, standardise(mixture, cells.centre, cells.scale)).log_likelihood
    slow = oracle.mean_log_likelihood(three_groups.tolist(), *mixture)
    assert total / cells.mass - np.log(cells.scale) == pytest.approx(slow, rel=1e-13)


@pytest.mark.parametrize("n_components", [1, 2, 3, 6])
def test_likelihood_never_decreases(textbook, cells_of, n_components):
    cells = cells_of(textbook)
    start = Mixture(
        np.full(n_components, 1 / n_components),
        np.linspace(-2, 2, n_components),
        np.full(n_components, 0.2),
    )
    fit = em.fit_em(
        cells, start, tol=0, max_iter=100, constraints=unconstrained(n_components, FLOOR)
    )
    # A sum over 25,500 cells, each near 1, is good to about 1e-11.
    assert np.diff(fit.log_likelihoods).min() > -1e-10


def test_likelihood_never_decreases_on_the_variance_floor(cells_of):
    alphas = np.array([[0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])
    start = Mixture(np.array([0.5, 0.5]), np.array([-1.4, 1.0]), np.array([0.01, 1.0]))
    fit = em.fit_em(
        cells_of(alphas), start, tol=0, max_iter=50, constraints=unconstrained(2, 1e-3)
    )
    assert fit.mixture.variances[0] == 1e-3
    assert np.diff(fit.log_likelihoods).min() > -1e-13


def test_a_group_without_cells_keeps_its_place(cells_of):
    alphas = np.array([[0.0, 1.0, 2.0, 3.0]])
    start = Mixture(np.array([0.5, 0.5]), np.array([0.0, 1e6]), np.array([1.0, 1e-6]))
    fit = em.fit_em(
        cells_of(alphas), start, tol=1e-9, max_iter=9, constraints=unconstrained(2, FLOOR)
    )
    assert fit.mixture.weights.tolist() == [1, 0]
    assert fit.mixture.means[1] == 1e6


def test_a_watch_may_stop_the_iteration(separated, cells_of):
    class StopAtThird(Recorder):
        def end_step(self, mixture, log_likelihood):
            super().end_step(mixture, log_likelihood)
            return len(self.mixtures) == 3

    start = Mixture(np.full(2, 0.5), np.array([-1.0, 1.0]), np.full(2, 0.25))
    fit = em.fit_em(
        cells_of(separated),
        start,
        tol=0,
        max_iter=9,
        constraints=unconstrained(2, FLOOR),
        watch=StopAtThird(),
    )
    assert fit.n_iter == 3


def test_the_best_start_wins(separated, cells_of):
    bad = Mixture(np.full(2, 0.5), np.array([0.0, 0.0]), np.array([1.0, 1.0]))
    good = Mixture(np.full(2, 0.5), np.array([-1.0, 1.0]), np.full(2, 0.25))
    options = {"tol": 1e-9, "max_iter": 500, "constraints": unconstrained(2, FLOOR)}
    cells = cells_of(separated)
    best = best_em(cells, compress(cells), [bad, good, bad], **options)
    np.testing.assert_array_equal(best.mixture, em.fit_em(cells, good, **options).mixture)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    "mixture",
    [
        Mixture(
            np.array([0.2, 0.5, 0.3]), np.array([-1.0, 0.1, 1.2]), np.array([0.9, 0.3, 0.6])
        ),
        Mixture(np.array([1 - 1e-4, 1e-4]), np.array([0.0, 0.0]), np.array([0.5, 9.0])),
    ],
    ids=["three", "the widest is rare"],
)
def test_density_ratios_give_the_statistics_of_the_general_form(
    three_groups, cells_of, weighted, mixture
):
    mass = np.linspace(0.1, 2, three_groups.shape[0]) if weighted else None
    cells = cells_of(three_groups, mass)
    ratios = density_ratios(cells, mixture)
    assert ratios is not None
    fast = by_ratios(cells, mixture, mixture.means, ratios)
    general = cells.total(partial(by_log_sum_exp, mixture, mixture.means))
    for ours, theirs in zip(fast, general, strict=True):
        # Sums of 4,000 terms of size 1, some of them differences.
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-11)


@pytest.mark.parametrize(
    "mixture",
    [
        Mixture(np.array([0.5, 0.5]), np.array([0.0, 0.0]), np.array([1e-3, 1.0])),
        Mixture(np.array([0.5, 0.5]), np.array([0.0, 1e3]), np.array([1.0, 1.0])),
        Mixture(np.array([1e-4, 1 - 1e-4]), np.array([0.0, 0.0]), np.array([0.5, 9.0])),
        Mixture(np.array([0.5, 0.5]), np.array([-9.0, 9.0]), np.array([0.02, 0.02])),
        Mixture(np.array([1.0, 0.0]), np.array([-1.0, 1.0]), np.array([0.5, 0.5])),
    ],
    ids=["narrow", "far", "rare", "overflowing", "empty"],
)
def test_density_ratios_are_not_used_where_they_lose_digits(
    three_groups, cells_of, mixture
):
    assert density_ratios(cells_of(three_groups), mixture) is None
