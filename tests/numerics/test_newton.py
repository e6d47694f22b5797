"""Score, information and remaining gain against numerical derivatives."""

import numpy as np
import pytest

from skem.numerics.density import Mixture
from skem.numerics.em import fit_em
from skem.numerics.expectation import e_step
from skem.numerics.newton import remaining_gain, score_and_information

MIXTURE = Mixture(
    np.array([0.3, 0.5, 0.2]), np.array([-1.0, 0.1, 1.2]), np.array([0.8, 0.3, 1.1])
)


def coordinates(mixture):
    return np.concatenate(
        [np.log(mixture.weights), mixture.means, np.log(mixture.variances)]
    )


def mixture_at(theta):
    log_weights, means, log_variances = theta.reshape(3, -1)
    weights = np.exp(log_weights)
    return Mixture(weights / weights.sum(), means, np.exp(log_variances))


@pytest.fixture(params=["plain", "weighted"])
def cells(request, three_groups, cells_of):
    holed = three_groups.copy()
    holed[::7, ::5] = np.nan
    mass = np.linspace(0, 2, holed.shape[0]) if request.param == "weighted" else None
    return cells_of(holed, mass)


def test_the_score_equals_a_numerical_gradient(cells):
    score, _ = score_and_information(cells, MIXTURE)
    theta, h = coordinates(MIXTURE), 1e-5
    for k, step in enumerate(h * np.eye(theta.size)):
        up, down = (
            e_step(cells, mixture_at(theta + side * step)).log_likelihood
            for side in (1, -1)
        )
        # Central differences: 1e-10 relative of 4,000 nats over 2h, and h^2 terms.
        assert (up - down) / (2 * h) == pytest.approx(score[k], abs=1e-5)


def test_the_information_equals_a_numerical_hessian(cells):
    _, information = score_and_information(cells, MIXTURE)
    theta, h = coordinates(MIXTURE), 1e-5
    for k, step in enumerate(h * np.eye(theta.size)):
        up, down = (
            score_and_information(cells, mixture_at(theta + side * step))[0]
            for side in (1, -1)
        )
        # Differences of a score of size 1e3, good to 1e-12, over 2h.
        np.testing.assert_allclose(-(up - down) / (2 * h), information[k], atol=1e-4)


def test_a_common_factor_of_the_weights_carries_no_information(cells):
    score, information = score_and_information(cells, MIXTURE)
    common = np.repeat([1.0, 0.0, 0.0], 3)
    # Sums of 4,000 terms that cancel.
    assert abs(common @ score) < 1e-9
    assert np.abs(information @ common).max() < 1e-9


def test_the_remaining_gain_is_what_is_gained_in_the_end(three_groups, cells_of):
    cells = cells_of(three_groups)
    options = {"variance_floor": 1e-6}
    top = fit_em(cells, MIXTURE, tol=0, max_iter=5000, **options)
    near = fit_em(cells, MIXTURE, tol=0, max_iter=150, **options)
    gained = top.log_likelihoods[-1] - near.log_likelihoods[-1]
    assert gained > 1e-3
    # The log-likelihood is not a parabola; a tenth is close for so short a way.
    assert remaining_gain(cells, near.mixture, 1e-6) == pytest.approx(gained, rel=0.1)


def test_nothing_remains_to_be_gained_by_one_group(three_groups, cells_of):
    one = Mixture(np.ones(1), np.zeros(1), np.ones(1))
    assert remaining_gain(cells_of(three_groups), one, 1e-6) < 1e-20


def test_there_is_no_top_in_sight_where_the_information_is_indefinite(separated, cells_of):
    saddle = Mixture(np.full(2, 0.5), np.array([-1e-3, 1e-3]), np.ones(2))
    assert remaining_gain(cells_of(separated), saddle, 1e-6) == np.inf
