"""Score and information of cells, and those by differences of log-likelihoods."""

import numpy as np
import pytest

from skem.numerics.likelihood.coordinates import free_directions, move
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.likelihood.information import differentiate, sum_over
from skem.numerics.model.mixture import stack, take

# The step of central differences.
STEP = 1e-5


def derivatives_at(cells, mixture, constraints):
    batch = stack([mixture])
    return differentiate(sum_over(cells, batch), batch, constraints)


def neighbours(mixture, constraints):
    """The mixtures a small step up and down each free coordinate."""
    batch = stack([mixture])
    for step in STEP * np.eye(free_directions(batch, constraints).shape[-1]):
        yield tuple(
            take(move(batch, side * step[None], constraints), 0) for side in (1, -1)
        )


def assert_the_score_is_the_gradient(cells, mixture, constraints):
    here = take(constraints.apply(stack([mixture])), 0)
    score = derivatives_at(cells, here, constraints).score[0]
    for k, (up, down) in enumerate(neighbours(here, constraints)):
        difference = e_step(cells, up).log_likelihood - e_step(cells, down).log_likelihood
        # 1e-10 relative of 4,000 nats over two steps, and squares of a step.
        assert difference / (2 * STEP) == pytest.approx(score[k], abs=1e-5)


def assert_the_information_is_the_hessian(cells, mixture, constraints):
    here = take(constraints.apply(stack([mixture])), 0)
    information = derivatives_at(cells, here, constraints).information[0].copy()
    free = constraints.free.weights
    if free.sum() > 1:  # its arbitrary part, along the log weights' common constant
        mass = e_step(cells, here).mass[free].sum()
        shares = here.weights[free] / here.weights[free].sum()
        n = shares.size
        information[:n, :n] -= mass * np.outer(shares, shares)
    for k, pair in enumerate(neighbours(here, constraints)):
        up, down = (derivatives_at(cells, side, constraints).score[0] for side in pair)
        # Differences of a score of size 1e3, good to 1e-12, over two steps.
        np.testing.assert_allclose(-(up - down) / (2 * STEP), information[k], atol=1e-4)
