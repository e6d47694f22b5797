"""Newton's steps in locations and weights."""

import numpy as np

from skem.numerics.nonparametric.kernels import Kernels
from skem.numerics.nonparametric.mixing import Mixing
from skem.numerics.nonparametric.moves import moved_up


def test_two_locations_reach_a_stationary_point():
    values = np.random.default_rng(0).choice([-2.0, 2.0], 50)
    values += np.random.default_rng(1).normal(size=50)
    kernels, masses = Kernels.of(values, 1.0, None), np.ones(50)
    start = Mixing(np.array([-1.0, 1.0]), np.array([0.5, 0.5]))
    state, _ = moved_up(kernels, masses, start, 1e-6, -np.inf)
    score = kernels.derivatives(state.mixing.locations) @ (masses / state.density)
    assert np.abs(score[0] - 50).max() < 1e-6  # what remains is less than `tol`
    assert np.abs(score[1]).max() < 1e-2  # 2e-6 times the curvature, its square root
