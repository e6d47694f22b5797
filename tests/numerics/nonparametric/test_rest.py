"""What the nodes of bins leave out of the bound."""

import numpy as np
import pytest

from skem.numerics.data.coarsening import Moments, nodes
from skem.numerics.nonparametric.kernels import Kernels
from skem.numerics.nonparametric.mixing import Mixing
from skem.numerics.nonparametric.rest import DIVISOR, rest_of_points
from skem.numerics.nonparametric.solve import solve

SD = 0.5


def binned(width):
    """Cells, and the nodes of their bins with masses and widths."""
    cells = np.random.default_rng(0).normal(size=400) * np.linspace(0.3, 2.0, 400)
    at = np.unique(np.floor(cells / width), return_inverse=True)[1]
    mass = np.bincount(at).astype(float)
    mean = np.bincount(at, cells) / mass
    off = cells - mean[at]
    moments = Moments(mass, mean, np.bincount(at, off**2), np.bincount(at, off**3))
    values, masses = nodes(moments)
    there = masses > 0
    return cells, values[there], masses[there], np.full(there.sum(), width)


@pytest.mark.parametrize("width", [0.02, 0.1, 0.3])
def test_the_bound_from_points_is_never_below_that_of_the_cells(width):
    cells, values, masses, widths = binned(width)
    found = solve(Kernels.of(values, SD**2, None), masses, 1e-6)
    rest = rest_of_points(values, masses, widths, SD**2, found.mixing)
    exact = solve(Kernels.of(cells, SD**2, None), np.ones(cells.size), 1e-6)
    assert exact.log_likelihood <= found.log_likelihood + found.gap + rest


def test_finer_bins_leave_out_less_by_their_fourth_power():
    rests = []
    for width in (0.01, 0.02):
        _, values, masses, widths = binned(width)
        found = solve(Kernels.of(values, SD**2, None), masses, 1e-6)
        rests.append(rest_of_points(values, masses, widths, SD**2, found.mixing))
    # What derivatives may change by within a bin grows with its width.
    assert 14 < rests[1] / rests[0] < 32


def test_values_that_are_cells_leave_out_nothing():
    _, values, masses, widths = binned(0.1)
    found = solve(Kernels.of(values, SD**2, None), masses, 1e-6)
    assert rest_of_points(values, masses, 0 * widths, SD**2, found.mixing) == 0.0


def test_bins_much_wider_than_the_normals_leave_out_more_than_is_known():
    _, values, masses, widths = binned(0.3)
    found = solve(Kernels.of(values, 1e-6, None), masses, 1e-6)
    assert rest_of_points(values, masses, widths, 1e-6, found.mixing) > 1e3


@pytest.fixture(scope="module", params=[0.02, 0.1])
def fourths(request):
    """The rest, and what the fourth derivatives at any place and at the nodes leave out."""
    _, values, masses, widths = binned(request.param)
    mixing = solve(Kernels.of(values, SD**2, None), masses, 1e-6).mixing
    shares = masses * widths**4 / (64 * 24)
    places = values + widths * np.array([0.0, -1.0, -0.5, 0.5, 1.0])[:, None]
    of_height, of_gradient = fourth_derivatives(mixing, places)
    left = [
        shares @ of_height[some].max(axis=0)
        + (of_gradient[:, some].max(axis=1) @ shares).max()
        for some in (slice(None), slice(1))
    ]
    return rest_of_points(values, masses, widths, SD**2, mixing), *left, request.param


def fourth_derivatives(mixing, places, step=0.01):
    """Their sizes, of the log density and of terms of the gradient function, to 1e-4.

    They are differences in extended precision.
    """
    sums = 0
    locations = np.linspace(-5, 5, 41)[:, None, None]
    for k, times in enumerate([1, -4, 6, -4, 1]):
        z = places.astype(np.longdouble) + (k - 2) * step
        density = sum(w * normal(z, m) for m, w in zip(*mixing, strict=True))
        ratios = normal(z, locations) / density
        sums = sums + times * np.concatenate([np.log(density)[None], ratios])
    sizes = np.abs(sums / step**4)
    return sizes[0], sizes[1:]


def normal(z, location):
    return np.exp(-np.square((z - location) / SD) / 2)


def test_the_rest_is_above_the_fourth_derivatives_at_any_place(fourths):
    rest, anywhere, _, _ = fourths
    assert rest >= anywhere


def test_the_rest_is_close_to_the_fourth_derivatives_where_bins_are_fine(fourths):
    rest, _, at_nodes, width = fourths
    assert rest < (4 if width < 0.05 else 40) * at_nodes


@pytest.mark.parametrize("outside", [[-4.0, 4.0], [-1e6, 1e6]])
@pytest.mark.parametrize("atom", [0.0, 4.0])
def test_locations_near_cells_outside_of_all_bins_count(atom, outside):
    values = np.array([outside[0], -0.003, 0.003, outside[1]])
    widths = np.array([0.0, 0.01, 0.01, 0.0])
    one = Mixing(np.array([atom]), np.ones(1))
    rest = rest_of_points(values, np.ones(4), widths, 1.0, one)
    # With one atom, a term is an exponential function of x, whose slope is m - atom.
    m = np.linspace(-4, 4, 801)
    off = m - atom
    logs = off * values[1:3, None] - (m**2 - atom**2) / 2
    fourths = np.exp(logs).sum(axis=0) * off**4
    assert rest >= 0.01**4 / DIVISOR * fourths.max()
