"""Memberships and log densities from odds, against extended precision."""

import numpy as np
import pytest

from skem.numerics.model.mixture import Mixture
from skem.numerics.posterior.odds import Standard, tile_log_densities, tile_memberships

LONG = np.longdouble


def exactly(known, cells):
    """Memberships (L, n), log densities (n,) and log joint densities, extended."""
    weights, means, variances = (part.astype(LONG)[:, None] for part in known.mixture)
    z = cells.astype(LONG) / LONG(known.scale)
    with np.errstate(divide="ignore"):
        joint = np.log(weights) - 0.5 * np.log(2 * LONG(np.pi) * variances)
    joint = joint - 0.5 * (z - means) ** 2 / variances
    peak = joint.max(axis=0)
    p = np.exp(joint - peak)
    log_density = peak + np.log(p.sum(axis=0)) - np.log(LONG(known.scale))
    return p / p.sum(axis=0), log_density, joint


def cells_of(known, n_sds):
    """Cells of every group, and between them, up to some sds away."""
    sds = np.sqrt(known.mixture.variances)
    near = known.mixture.means + sds * np.linspace(-n_sds, n_sds, 101)[:, None]
    return known.scale * np.concatenate([near.ravel(), np.linspace(near.min(), near.max())])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_sds", [3, 30])
def test_memberships_are_exact_to_the_rounding_of_log_densities(known, n_sds):
    cells = cells_of(known, n_sds)
    expected, _, joint = exactly(known, cells)
    # The log odds are sums of terms as large as the larger of two log densities, but for
    # groups that are out of the question: a dozen roundings.
    in_question = np.where(expected > 1e-30, np.abs(joint), 0).max(axis=0) + 10
    error = np.abs(tile_memberships(cells[None], known)[:, 0] - expected)
    assert np.all(error <= 12 * 2.0**-53 * in_question)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n_sds", [3, 30])
def test_log_densities_are_exact_to_1e_12(known, n_sds):
    cells = cells_of(known, n_sds)
    expected = exactly(known, cells)[1]
    # Beside that, the rounding of numbers of up to 1e3 nats and their logarithms.
    np.testing.assert_allclose(
        tile_log_densities(cells[None], known)[0],
        expected.astype(float),
        rtol=1e-14,
        atol=1e-12,
    )


@pytest.mark.filterwarnings("error")
def test_a_far_cell_is_in_the_widest_group_or_the_nearest_of_these(known):
    far = known.scale * np.array([1e10, 1e100, 1e157])
    p = tile_memberships(np.append(-far, far)[None], known)[:, 0]
    there = known.mixture.weights > 0
    widest = known.mixture.variances == known.mixture.variances[there].max()
    np.testing.assert_array_equal(p[~(widest & there)], 0)
    np.testing.assert_allclose(p.sum(axis=0), 1, rtol=1e-15)


@pytest.mark.filterwarnings("error")
def test_a_far_cell_has_a_finite_log_density(known):
    far = np.array([[-1e300, -1e150, 1e150, 1e300]])
    assert np.all(np.isfinite(tile_log_densities(far, known)))


def test_a_missing_cell_has_no_answer(known):
    cells = np.array([[np.nan, 0.0, np.nan]])
    there = ~np.isnan(cells)
    np.testing.assert_array_equal(np.isnan(tile_log_densities(cells, known)), ~there)
    for one in tile_memberships(cells, known):
        np.testing.assert_array_equal(np.isnan(one), ~there)


def test_an_empty_group_has_no_cell(mixtures):
    known = Standard.of(mixtures["one empty"])
    p = tile_memberships(np.linspace(-9, 9)[None], known)
    np.testing.assert_array_equal(p[1], 0)


@pytest.mark.parametrize("name", ["two", "one inside another inside another", "six"])
def test_odds_against_the_widest_are_finite_wherever_a_cell_is(mixtures, name):
    assert Standard.of(mixtures[name]).odds.bounded


def test_odds_beyond_the_largest_double_are_not_taken(mixtures):
    known = Standard.of(mixtures["far apart"])
    assert not known.odds.bounded
    np.testing.assert_array_equal(
        tile_memberships(np.array([[-1e3, 1e3]]), known)[:, 0], np.eye(2)
    )


def test_coefficients_beyond_the_largest_double_are_not_taken():
    scaled = Mixture(
        np.array([0.5, 0.5]), np.array([0.0, 1e-150]), np.array([1e-300, 1e-312])
    )
    assert Standard.of(scaled).odds is None
    p = tile_memberships(np.array([[1e-150, -1e-150]]), Standard.of(scaled))[:, 0]
    np.testing.assert_allclose(p[1], [1.0, 0.0], atol=1e-5)  # sds are a million apart


@pytest.mark.parametrize("order", ["C", "F"])
def test_memberships_go_where_they_are_asked_to(known, order):
    tile = np.asarray(np.linspace(-3, 3, 12).reshape(3, 4), order=order) * known.scale
    out = np.empty((3, 4, known.mixture.weights.size))
    tile_memberships(tile, known, out.transpose(2, 0, 1))
    np.testing.assert_array_equal(out.transpose(2, 0, 1), tile_memberships(tile, known))
