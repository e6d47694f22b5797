"""Mixtures under constraints, in numbers that can be checked by hand."""

import numpy as np
import pytest

from skem.numerics.model.constraints import Constraints
from skem.numerics.model.mixture import Mixture

NAN = np.nan
FREE = np.full(2, NAN)
TIED = Constraints.of(Mixture(FREE, FREE, FREE), True, 1e-6)


def test_tied_variances_become_their_weighted_mean():
    uneven = Mixture(np.array([0.25, 0.75]), np.array([-1.0, 1.0]), np.array([1.0, 5.0]))
    assert TIED.apply(uneven).variances == pytest.approx(4.0)


def test_each_of_several_mixtures_is_tied_by_its_own_weights():
    weights = np.array([[0.25, 0.75], [0.5, 0.5]])
    batch = Mixture(weights, np.zeros((2, 2)), np.array([[1.0, 5.0], [1.0, 5.0]]))
    np.testing.assert_allclose(TIED.apply(batch).variances, [[4.0] * 2, [3.0] * 2])
