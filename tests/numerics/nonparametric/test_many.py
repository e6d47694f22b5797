"""The bound of many estimates, against all rows in extended precision."""

import numpy as np
import pytest

from skem.numerics.data.points import Points
from skem.numerics.nonparametric import many as module
from skem.numerics.nonparametric.many import best_of_many
from skem.numerics.nonparametric.noisy_boxes import Layout
from skem.numerics.nonparametric.noisy_nodes import nodes_in, sums_of
from skem.numerics.nonparametric.rows import best_on_rows

N = 3000


def table(kind):
    """Estimates as points: a row each."""
    rng = np.random.default_rng(3)
    errors, masses = rng.uniform(0.3, 2.0, N), np.ones(N)
    if kind == "widely different":
        errors = np.exp(rng.normal(size=N) - 1)
    elif kind == "few precise":
        errors[:20] = 0.01
    values = rng.choice([-1.0, 0.0, 3.0], N) + errors * rng.normal(size=N)
    if kind == "outliers":
        values[:3] = 150.0, -90.0, 60.0
    elif kind == "ties":
        values, errors = np.round(values, 1), np.full(N, 0.5)
    elif kind == "weights":
        masses = 10.0 ** rng.integers(-3, 3, N)
    return Points(values, masses, None, None, errors**2, 1.0)


@pytest.fixture(
    scope="module",
    params=["plain", "widely different", "few precise", "outliers", "ties", "weights"],
)
def found(request):
    """Points, the bound, and the densities of all rows under its mixture."""
    points = table(request.param)
    sds = np.sqrt(points.noise)
    best = best_of_many(points, points.values, sds, 0.0, None)
    z = points.values.astype(np.longdouble)
    off = (z - best.mixing.locations[:, None]) / sds
    density = best.mixing.weights @ np.exp(-off * off / 2)
    return points, best, density


def test_the_log_likelihood_is_that_of_all_rows(found):
    points, best, density = found
    logs = np.log(density) - np.log(2 * np.pi * points.noise) / 2
    assert best.log_likelihood == pytest.approx(float(points.masses @ logs), rel=1e-13)


def test_no_location_gains_more_than_is_said(found):
    points, best, density = found
    z = points.values.astype(np.longdouble)
    near = best.mixing.locations[:, None] + np.linspace(-0.02, 0.02, 5)
    for places in (np.linspace(-4, 5, 40), near.ravel(), points.values[::150]):
        off = z - places[:, None]
        gains = np.exp(-off * off / points.noise / 2) @ (points.masses / density)
        assert float(gains.max() - points.mass) <= best.duality_gap


def test_little_is_left_to_gain(found):
    assert found[1].duality_gap < module.NEARLY


def test_reading_by_reading_leaves_less():
    points = table("plain")
    sds = np.sqrt(points.noise)
    start = best_of_many(points, points.values, sds, 0.0, None).mixing
    slow = best_on_rows(points, points.values, sds, 0.0, start)
    assert slow.duality_gap < 2 * module.NEARLY
    assert slow.log_likelihood == pytest.approx(slow.bound, abs=2 * module.NEARLY)


def test_nodes_have_the_masses_and_nearly_the_sums_of_all_rows():
    points = table("plain")
    low, high = points.low, points.high
    layout = Layout.of(low, high, points.noise.min(), points.noise.max())
    sums = sums_of(layout.n_boxes, layout.place(points.values, points.noise), None)
    nodes = nodes_in(layout, sums)
    assert nodes.masses.sum() == pytest.approx(N)
    assert (nodes.masses > 0).all()
    for place in np.linspace(-3, 4, 8):
        exact = np.exp(-np.square(points.values - place) / points.noise / 2).sum()
        off = nodes.values - place
        few = nodes.masses @ np.exp(-off * off / nodes.variances / 2)
        # Third derivatives within boxes of an eighth of an sd, and of few rows.
        assert few == pytest.approx(exact, rel=1e-3)
