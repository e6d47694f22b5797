"""Bins of noisy estimates."""

import numpy as np
import pytest

from skem.numerics.data.noisy_bins import FINE, NoisyBins, count_noisy
from skem.numerics.data.points import Points
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture


@pytest.fixture
def estimates():
    return np.sort(np.random.default_rng(0).exponential(size=5000))


def points_of(z, error):
    noise = np.full(z.size, error**2)
    bins = NoisyBins.within(noise[0], noise[0], FINE)
    return Points(**count_noisy(bins, z, None, noise).points())


def test_a_group_on_a_bin_is_as_wide_on_the_estimates_as_the_bin_hides(estimates):
    points = points_of(estimates, 1e-9)
    several = np.flatnonzero(points.masses > 3)
    at = points.values[several[::20]]
    n = at.size
    narrow = Mixture(np.full(n, 1 / n), at, np.zeros(n))
    blunt = unconstrained(n, 0.0).blunt(narrow, points)
    nearest = np.abs(estimates[:, None] - at).min(axis=0)
    assert np.all(nearest > 1e-6)  # a group without variance has no estimate here
    assert np.all(np.sqrt(blunt.variances) > nearest / 4)


def test_bins_narrower_than_the_errors_hide_nothing(estimates):
    assert not points_of(estimates, 1.0).widths.any()


def test_a_bin_of_one_estimate_hides_nothing(estimates):
    points = points_of(estimates[::500], 1e-9)
    assert points.masses.max() == 1
    # Rounding of the squares stays.
    assert points.widths.max() < 1e-6
