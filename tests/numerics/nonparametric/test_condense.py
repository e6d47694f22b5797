"""Few points with the moments of many."""

import numpy as np
import pytest

from skem.numerics.nonparametric.condense import condensed


def cells(kind):
    rng = np.random.default_rng(0)
    x = rng.choice([-2.0, 0.0, 3.0], 3000) + rng.normal(size=3000)
    if kind == "outliers":
        x[:3] = 1e6, -3e4, 80.0
    elif kind == "ties":
        x = np.round(x, 2)
    values, masses = np.unique(x, return_counts=True)
    masses = masses.astype(float)
    if kind == "weights":
        masses *= 10.0 ** rng.integers(-3, 4, masses.size)
    return values, masses


@pytest.mark.parametrize("kind", ["plain", "outliers", "ties", "weights"])
def test_sums_of_smooth_functions_stay_the_same(kind):
    values, masses = cells(kind)
    few, joint = condensed(values, masses, 0.5)
    assert few.size < values.size
    for place in np.linspace(-6, 8, 29):
        for function in (bell, logarithm):
            expected = masses @ function(values, place)
            # A logarithm has poles half a panel away, so its nodes err by about 3^-20.
            found = joint @ function(few, place)
            assert found == pytest.approx(expected, abs=3e-9 * masses.sum())


def bell(z, place):
    return np.exp(-np.square((z - place) / 0.5) / 2)


def logarithm(z, place):
    return np.log(0.25 + np.square(z - place))


@pytest.mark.parametrize("kind", ["plain", "outliers", "ties", "weights"])
def test_masses_are_positive_and_their_sum_is_kept(kind):
    values, masses = cells(kind)
    few, joint = condensed(values, masses, 0.5)
    assert (joint > 0).all()
    assert joint.sum() == pytest.approx(masses.sum(), rel=1e-12)
    assert (np.diff(few) >= 0).all()


def test_few_values_are_kept():
    values, masses = np.array([0.0, 0.1, 5.0]), np.array([1.0, 2.0, 3.0])
    few, joint = condensed(values, masses, 1.0)
    assert few is values
    assert joint is masses
