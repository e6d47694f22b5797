"""Score, information and climbing against numerical derivatives and plain EM."""

from itertools import product

import numpy as np
import pytest
from derivatives import (
    assert_the_information_is_the_hessian,
    assert_the_score_is_the_gradient,
    derivatives_at,
)

from skem.numerics.ascent.em import fit_em
from skem.numerics.ascent.newton import climb
from skem.numerics.likelihood.information import sum_over
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture, stack, take

NAN = np.nan
MIXTURE = Mixture(
    np.array([0.3, 0.5, 0.2]), np.array([-1.0, 0.1, 1.2]), np.array([0.8, 0.3, 1.1])
)
NOTHING = np.full(3, NAN)
CONSTRAINTS = {
    "free": unconstrained(3, 1e-6),
    "tied": Constraints.of(Mixture(NOTHING, NOTHING, NOTHING), True, 1e-6),
    "fixed weight": Constraints.of(
        Mixture(np.array([NAN, 0.5, NAN]), NOTHING, NOTHING), False, 1e-6
    ),
    "fixed weights": Constraints.of(
        Mixture(np.array([0.3, 0.5, 0.2]), NOTHING, NOTHING), False, 1e-6
    ),
    "fixed mean": Constraints.of(
        Mixture(NOTHING, np.array([NAN, 0.1, NAN]), NOTHING), False, 1e-6
    ),
    "fixed variances": Constraints.of(
        Mixture(NOTHING, NOTHING, np.array([0.8, NAN, 1.1])), False, 1e-6
    ),
    "some of each": Constraints.of(
        Mixture(
            np.array([0.3, NAN, NAN]), np.array([NAN, 0.1, NAN]), np.array([0.8, NAN, NAN])
        ),
        False,
        1e-6,
    ),
}


@pytest.fixture(params=["plain", "weighted"])
def cells(request, three_groups, cells_of):
    holed = three_groups.copy()
    holed[::7, ::5] = np.nan
    mass = np.linspace(0, 2, holed.shape[0]) if request.param == "weighted" else None
    return cells_of(holed, mass)


@pytest.fixture(params=CONSTRAINTS)
def constraints(request):
    return CONSTRAINTS[request.param]


def test_the_score_equals_a_numerical_gradient(cells, constraints):
    assert_the_score_is_the_gradient(cells, MIXTURE, constraints)


def test_the_information_equals_a_numerical_hessian(cells, constraints):
    assert_the_information_is_the_hessian(cells, MIXTURE, constraints)


def test_several_mixtures_are_differentiated_as_each_alone(cells):
    other = MIXTURE._replace(means=np.array([-0.5, 0.4, 0.9]))
    both = derivatives_of_both = sum_over(cells, stack([MIXTURE, other]))
    for k, mixture in enumerate((MIXTURE, other)):
        alone = sum_over(cells, stack([mixture]))
        for ours, theirs in zip(derivatives_of_both, alone, strict=True):
            # The same sums; a matrix product may order them otherwise.
            np.testing.assert_allclose(ours[k], theirs[0], rtol=1e-10, atol=1e-9)
    assert both.log_likelihood.shape == (2,)


def test_the_remaining_gain_is_what_is_gained_in_the_end(three_groups, cells_of):
    cells, free = cells_of(three_groups), unconstrained(3, 1e-6)
    options = {"tol": 0, "constraints": free}
    top = fit_em(cells, MIXTURE, max_iter=5000, **options)
    near = fit_em(cells, MIXTURE, max_iter=150, **options)
    gained = top.log_likelihoods[-1] - near.log_likelihoods[-1]
    assert gained > 1e-3
    there = climb(cells, stack([near.mixture]), free, tol=0, max_iter=0)
    # The log-likelihood is not a parabola; a tenth is close for so short a way.
    assert there.remaining[0] == pytest.approx(gained, rel=0.1)


def test_nothing_remains_to_be_gained_by_one_group(three_groups, cells_of):
    one = stack([Mixture(np.ones(1), np.zeros(1), np.ones(1))])
    there = climb(cells_of(three_groups), one, unconstrained(1, 1e-6), tol=0, max_iter=0)
    assert there.remaining[0] < 1e-20


def test_there_is_no_top_in_sight_where_the_information_is_indefinite(separated, cells_of):
    saddle = stack([Mixture(np.full(2, 0.5), np.array([-1e-3, 1e-3]), np.ones(2))])
    there = climb(cells_of(separated), saddle, unconstrained(2, 1e-6), tol=0, max_iter=0)
    assert there.remaining[0] == np.inf


def test_a_climb_leaves_an_exact_saddle_point(separated, cells_of):
    cells = cells_of(separated)
    saddle = stack([Mixture(np.full(2, 0.5), np.zeros(2), np.ones(2))])
    top = climb(cells, saddle, unconstrained(2, 1e-6), tol=1e-9, max_iter=200)
    start = Mixture(np.full(2, 0.5), np.array([-1.0, 1.0]), np.full(2, 0.25))
    em = fit_em(cells, start, tol=0, max_iter=300, constraints=unconstrained(2, 1e-6))
    assert top.log_likelihood[0] >= em.log_likelihoods[-1] - 1e-9


@pytest.mark.parametrize(
    ("cells", "constraints"),
    [*product(["weighted"], CONSTRAINTS), ("plain", "free"), ("plain", "some of each")],
    indirect=True,
)
def test_a_climb_ends_where_em_ends(cells, constraints):
    top = climb(cells, stack([MIXTURE]), constraints, tol=1e-12, max_iter=200)
    em = fit_em(cells, MIXTURE, tol=1e-11, max_iter=50_000, constraints=constraints)
    for ours, theirs in zip(take(top.mixtures, 0), em.mixture, strict=True):
        # EM stops 1e-11 of its rate of 1 - 1e-2 or so short.
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_the_textbook_plateau_is_climbed_in_a_few_dozen_iterations(textbook, cells_of):
    cells = cells_of(textbook)
    start = stack([Mixture(np.full(2, 0.5), np.array([-1e3, 1e3]), np.full(2, 2e5))])
    top = climb(cells, start, unconstrained(2, 1e-6), tol=1e-9, max_iter=100)
    assert top.remaining[0] < 1e-9
    assert top.n_iter[0] < 60


# Variances on their floor

FLOOR = 1e-2
ON_FLOOR = Mixture(np.full(2, 0.5), np.array([-1.0, 1.0]), np.array([FLOOR, 0.5]))


@pytest.mark.parametrize("tied", [False, True])
def test_a_variance_on_its_floor_is_free_to_rise(separated, cells_of, tied):
    free = np.full(2, NAN)
    limits = Constraints.of(Mixture(free, free, free), tied, FLOOR)
    start = ON_FLOOR._replace(variances=np.full(2, FLOOR)) if tied else ON_FLOOR
    top = climb(cells_of(separated), stack([start]), limits, tol=1e-12, max_iter=200)
    em = fit_em(cells_of(separated), start, tol=1e-13, max_iter=9999, constraints=limits)
    assert em.mixture.variances.min() > 2 * FLOOR
    # As far from EM's end as in test_a_climb_ends_where_em_ends.
    np.testing.assert_allclose(take(top.mixtures, 0), em.mixture, rtol=0, atol=1e-8)


def test_a_variance_that_is_pushed_against_its_floor_is_no_coordinate(cells_of):
    narrow = np.append(-1 + 1e-3 * np.linspace(-1, 1, 50), np.linspace(0, 2, 50))
    cells = cells_of(narrow[:, None])
    start = ON_FLOOR._replace(means=np.array([narrow[:50].mean(), 1.0]))
    start = start._replace(means=(start.means - cells.centre) / cells.scale)
    there = derivatives_at(cells, start, unconstrained(2, FLOOR))
    assert there.frozen[0].tolist() == [False] * 4 + [True, False]
    assert there.score[0, 4] == 0
