"""What the choice between optima charges for a group, and what it passes over."""

import numpy as np
import pytest

from skem import PanelGaussianMixture
from skem.numerics.compression import spacing
from skem.numerics.constraints import unconstrained
from skem.numerics.density import Mixture
from skem.numerics.penalty import penalty

USUAL = unconstrained(2, 1e-6)
KNEE = 12.0
BENT = USUAL._replace(favoured=0.01, knee=KNEE)


def one_wide_and(sd):
    return Mixture(np.array([0.7, 0.3]), np.zeros(2), np.array([1.0, sd**2]))


@pytest.mark.parametrize(("limits", "favoured"), [(USUAL, 0.25), (BENT, 0.01)])
@pytest.mark.parametrize("sd", [0.05, 0.5, 3.0])
def test_a_group_costs_what_one_more_cell_of_it_would(limits, favoured, sd):
    ratio = favoured / np.array([1.0, sd**2])
    expected = 0.5 * np.sum(ratio - np.log(ratio) - 1)
    assert penalty(one_wide_and(sd), limits) == pytest.approx(expected, rel=1e-12)


def test_beyond_a_knee_a_group_costs_what_one_cell_less_gains():
    """k cells ten times closer gain k log(10) nats."""
    gain = penalty(one_wide_and(1e-4), BENT) - penalty(one_wide_and(1e-3), BENT)
    assert gain == pytest.approx((KNEE - 1) * np.log(10), rel=1e-9)


def test_the_cost_has_no_corner_at_the_knee():
    at, step = np.sqrt(0.01 / KNEE), 1e-5
    below, middle, above = (
        penalty(one_wide_and(at * factor), BENT) for factor in (1 - step, 1, 1 + step)
    )
    # The slope in the log sd is -(KNEE - 1) on either side; curvature adds KNEE * step.
    assert below - middle == pytest.approx(middle - above, rel=10 * step)


@pytest.mark.parametrize("limits", [USUAL, BENT])
def test_many_mixtures_have_the_penalties_of_each(limits):
    both = Mixture(*map(np.stack, zip(one_wide_and(1e-3), one_wide_and(0.5), strict=True)))
    each = [penalty(one_wide_and(sd), limits) for sd in (1e-3, 0.5)]
    np.testing.assert_array_equal(penalty(both, limits), each)


def test_noise_that_vanishes_leaves_the_penalty_without_noise():
    mixture = one_wide_and(0.3)
    assert penalty(mixture, USUAL, 1e-12) == pytest.approx(
        penalty(mixture, USUAL), rel=1e-9
    )


def test_a_point_mass_is_no_sliver_among_noisy_estimates():
    points = one_wide_and(0.0)._replace(variances=np.zeros(2))
    # Each of two groups is (1/4 + 1/2) / (1/2) times narrower than it might be.
    expected = 1.5 - np.log(1.5) - 1
    assert penalty(points, USUAL, 0.5) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("n_close", [3, 6, 8])
def test_a_few_close_cells_are_no_group(n_close):
    """Without a penalty a group of sd .002 or less wins."""
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(255, 1))
    cells[:n_close] = 0.3 + 0.003 * rng.normal(size=(n_close, 1))
    found = PanelGaussianMixture(2).fit(cells)
    assert np.sqrt(found.variances_.min()) > 0.1


def rounded(unit, n=1000):
    return unit * np.round(np.random.default_rng(0).normal(size=n) / unit)


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
