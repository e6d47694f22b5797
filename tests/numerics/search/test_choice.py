"""The cost of a group in the choice between optima, and the optima it rejects."""

import numpy as np
import pytest

from skem import PanelGaussianMixture
from skem.numerics.data.compression import spacing
from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.constraints import Constraints, unconstrained
from skem.numerics.model.mixture import Mixture, responsibilities
from skem.numerics.search.choice import (
    RESOLVED,
    height,
    least_resolved,
    price,
)

LIMITS = unconstrained(2, 1e-24)


def cost(mixture, limits, points):
    """The cost of mixtures whose log-likelihood is that of the points."""
    logs = e_step(points, mixture).log_likelihood
    return logs - height(mixture, limits, points)


def even(n=1001, copies=1.0):
    """Values that are evenly spread, all as frequent."""
    return Points(np.linspace(-1.7, 1.7, n), np.full(n, copies))


def one_wide_and(sd, mean=0.0):
    return Mixture(np.array([0.7, 0.3]), np.array([0.0, mean]), np.array([1.0, sd**2]))


@pytest.mark.parametrize("sd", [0.12, 0.5, 3.0])
def test_a_group_of_usual_width_costs_what_one_more_cell_of_it_would(sd):
    x = 0.25 / sd**2
    expected = 0.5 * (x - np.log(x) - 1)
    assert price(np.array([1.0, sd**2]))[1] == pytest.approx(expected, rel=1e-12)


def test_a_narrow_group_costs_three_halves_a_nat_for_each_factor_e():
    wide, narrow = price(np.array([1e-4, 1e-4 * np.exp(-2.0)]))
    assert narrow - wide == pytest.approx(1.5, rel=1e-9)


def test_a_group_on_one_of_n_values_costs_what_n_places_do():
    prices = price(np.array([1e-20, 1e-40]), most_places=50)
    assert prices == pytest.approx(7 + 1.5 * np.log(50))


def test_the_price_does_not_jump_where_it_bends():
    variances = np.geomspace(1e-3, 1, 20_000)
    # The steepest slope in the log variance, before the bend, is below 12.
    step = np.log(variances[1] / variances[0])
    assert np.abs(np.diff(price(variances))).max() < 12 * step


@pytest.mark.parametrize("n", [50, 200, 1000])
def test_accidents_gain_less_than_the_price(n):
    """The best of all windows of 7 to 40 uniform cells, by its Poisson gain."""
    rng = np.random.default_rng(0)
    n_paid = 0
    for _ in range(300):
        x = np.sort(rng.uniform(size=n)) * np.sqrt(12)
        sums, squares = (np.cumsum(np.append(0, y)) for y in (x, x * x))
        best = -np.inf
        for k in range(7, min(40, n // 2)):
            mean = (sums[k:] - sums[:-k]) / k
            sds = np.sqrt((squares[k:] - squares[:-k]) / k - mean**2)
            expected = n * sds * np.sqrt(2 * np.pi * np.e / 12)
            dense = (sds < 0.1) & (expected < k)
            if dense.any():
                sds, expected = sds[dense], expected[dense]
                gains = k * np.log(k / expected) - k + expected
                # The price of one group, whose usual width is 1.
                best = max(best, np.max(gains - price(np.square(sds)[:, None])[:, 0]))
        n_paid += best > 0
    # Half of the margin that the constants leave over the 99 % quantile, 3.5 nats.
    assert n_paid <= 3


def test_many_mixtures_have_the_costs_of_each():
    both = Mixture(*map(np.stack, zip(one_wide_and(1e-6), one_wide_and(0.5), strict=True)))
    each = [cost(one_wide_and(sd), LIMITS, even()) for sd in (1e-6, 0.5)]
    np.testing.assert_allclose(cost(both, LIMITS, even()), each, rtol=1e-12)


def test_where_every_value_stands_for_ten_cells_a_group_costs_ten_times_as_much():
    one, ten = (cost(one_wide_and(0.1), LIMITS, even(copies=c)) for c in (1.0, 10.0))
    assert ten == pytest.approx(10 * one, rel=1e-12)


def test_a_group_that_the_values_do_not_resolve_pays_what_it_gains_by_that():
    points, gap = even(), 3.4 / 1000
    sharp, blunt = one_wide_and(1e-3 * gap), one_wide_and(0.4 * gap)
    gained = np.subtract(
        *(points.masses @ responsibilities(points.values, one)[1] for one in (sharp, blunt))
    )
    groups = price(sharp.variances, np.array([np.inf, 1001])).sum()
    assert cost(sharp, LIMITS, points) - groups == pytest.approx(gained, rel=1e-9)
    assert gained > 0.5


def test_a_fixed_variance_is_not_asked_whether_it_is_resolved():
    sharp = one_wide_and(1e-6)
    fixed = Mixture(*np.full((3, 2), np.nan))._replace(variances=np.array([np.nan, 1e-12]))
    asked = cost(sharp, Constraints.of(fixed, False, 1e-24), even())
    assert asked == pytest.approx(price(sharp.variances).sum(), rel=1e-12)


def test_noise_that_vanishes_leaves_the_price_without_noise():
    variances = np.array([1.0, 0.09])
    assert price(variances, noise=1e-12) == pytest.approx(price(variances), rel=1e-9)


def test_a_point_mass_is_no_sliver_among_noisy_estimates():
    # Each of two groups is (1/4 + 1/2) / (1/2) times narrower than it might be.
    expected = 0.5 * (1.5 - np.log(1.5) - 1)
    assert price(np.zeros(2), noise=0.5) == pytest.approx([expected] * 2, rel=1e-12)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.parametrize("n_close", [3, 5])
def test_a_few_close_cells_are_no_group(n_close):
    """By the likelihood alone a group of sd .002 or less wins."""
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(255, 1))
    cells[:n_close] = 0.3 + 0.003 * rng.normal(size=(n_close, 1))
    found = PanelGaussianMixture(2).fit(cells)
    assert np.sqrt(found.variances_.min()) > 0.1


def test_many_close_cells_are_a_group():
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(255, 1))
    cells[:20] = 0.3 + 0.003 * rng.normal(size=(20, 1))
    found = PanelGaussianMixture(2).fit(cells)
    assert np.sqrt(found.variances_.min()) < 0.006


def rounded(unit, n=1000):
    return unit * np.round(np.random.default_rng(0).normal(size=n) / unit)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.parametrize("unit", [0.03, 0.1, 0.3])
def test_a_value_that_rounded_cells_share_is_no_group(unit):
    found = PanelGaussianMixture(2).fit(rounded(unit)[:, None])
    assert np.sqrt(found.variances_.min()) > 0.1


@pytest.mark.parametrize("unit", [0.01, 0.1, 0.5])
def test_rounded_values_have_the_spacing_of_their_rounding(unit):
    assert spacing(rounded(unit)) == pytest.approx(unit, rel=1e-9)


def test_a_few_values_that_are_not_rounded_do_not_hide_it():
    values = rounded(0.1)
    values[:20] += 0.037
    assert spacing(values) == pytest.approx(0.1, rel=1e-9)


def test_errors_of_single_precision_are_no_distance_between_values():
    values = (1 + rounded(0.1)).astype(np.float32) - np.float32(1.7)
    assert spacing(values.astype(float)) == pytest.approx(0.1, abs=1e-5)


def test_other_values_have_a_spacing_too_small_to_matter():
    assert spacing(np.random.default_rng(0).normal(size=1000)) < 1e-3


@pytest.mark.parametrize("values", [[0.3], [0.3, 0.1 + 0.2]])
def test_one_value_has_no_spacing(values):
    assert spacing(np.array(values)) == 0


def test_a_group_is_resolved_by_the_bin_that_it_is_in_and_not_by_those_beside():
    """Beside a bin that was opened into narrow ones, a wide one looked like a value."""
    opened = np.linspace(0.5, 0.501, 11)
    values = np.concatenate([[0.4985, 0.4995], opened, [0.5015]])
    widths = np.concatenate([[1e-3, 1e-3], np.full(11, 1e-4), [1e-3]])
    points = Points(values, np.full(14, 50.0), widths)
    means = Mixture(np.full(2, 0.5), np.array([0.4995, 0.5005]), np.full(2, 1e-10))
    least = least_resolved(means, unconstrained(2, 1e-20), points)
    np.testing.assert_allclose(np.sqrt(least), [RESOLVED * 1e-3, RESOLVED * 1e-4])
