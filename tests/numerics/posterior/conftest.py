"""Mixtures whose groups lie in all ways that an answer must be right for."""

import numpy as np
import pytest

from skem.numerics.model.mixture import Mixture
from skem.numerics.posterior.odds import Standard


def mixture(weights, means, sds):
    return Mixture(np.array(weights), np.array(means), np.square(sds, dtype=float))


MIXTURES = {
    "one group": mixture([1.0], [0.3], [2.0]),
    "two": mixture([0.4, 0.6], [-1.0, 2.0], [1.0, 0.6]),
    "equal variances": mixture([0.3, 0.7], [-1.0, 1.5], [1.0, 1.0]),
    "mirrored, with ties at 0": mixture([0.5, 0.5], [-1.0, 1.0], [1.0, 1.0]),
    "equal": mixture([0.5, 0.5], [0.2, 0.2], [1.0, 1.0]),
    "equal but for the last bit": mixture([0.5, 0.5], [0.2, 0.2 + 2**-54], [1.0, 1.0]),
    "equal but for their weights": mixture([0.4, 0.6], [0.2, 0.2], [1.0, 1.0]),
    "equal, and another": mixture([0.3, 0.3, 0.4], [0.0, 0.0, 3.0], [1.0, 1.0, 2.0]),
    "one inside another": mixture([0.7, 0.3], [0.0, 0.1], [1.0, 0.1]),
    "one inside another inside another": mixture(
        [0.4, 0.3, 0.3], [0.0, 0.05, 0.1], [1.0, 0.1, 0.01]
    ),
    "one nowhere the likeliest": mixture([0.98, 0.02], [0.0, 0.1], [1.0, 0.9]),
    "one hardly the likeliest": mixture([0.5, 0.25, 0.25], [0.0, 0.0, 0.0], [1, 0.5, 0.5]),
    "one touching another": mixture([2 / 3, 1 / 3], [0.0, 0.0], [1.0, 0.5]),
    "one empty": mixture([0.4, 0.0, 0.6], [-1.0, 0.0, 2.0], [1.0, 3.0, 0.6]),
    "far apart": mixture([0.5, 0.5], [-1e3, 1e3], [1.0, 1.0]),
    "narrow, far from 0": mixture([0.5, 0.5], [1.0, 1.0 + 1e-14], [1e-15, 2e-15]),
    "narrower than a double's spacing": mixture([0.5, 0.5], [1e8, 1e8], [1.0, 1e-9]),
    "sds 1e150 apart": mixture([0.5, 0.5], [0.0, 1.0], [1.0, 1e-150]),
    "sds near 1e-150": mixture([0.4, 0.6], [-1e-150, 2e-150], [1e-150, 0.6e-150]),
    "sds near 1e150": mixture([0.4, 0.6], [-1e150, 2e150], [1e150, 0.6e150]),
    "six": mixture(
        [0.1, 0.2, 0.3, 0.1, 0.2, 0.1], [-2, -1, 0, 0.1, 1, 2], [0.5, 2, 1, 0.1, 0.4, 3]
    ),
}


@pytest.fixture(params=MIXTURES)
def known(request):
    return Standard.of(MIXTURES[request.param])


@pytest.fixture
def mixtures():
    return MIXTURES
