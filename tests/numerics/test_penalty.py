"""What chooses between optima: narrow groups, slivers, and rounded cells."""

import warnings

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import bootstrap_lrt
from skem.numerics.binning import NoisyPoints
from skem.numerics.compression import Points, coarsen, compress, spacing
from skem.numerics.density import Mixture
from skem.numerics.penalty import KNEE, penalty

POINTS = Points(np.linspace(-2, 2, 401), np.full(401, 0.5))
ONE_VALUE = Points(np.zeros(1), np.full(1, 200.5))


def one_wide_and(sd, weight=0.3):
    return Mixture(np.array([1 - weight, weight]), np.zeros(2), np.array([1.0, sd**2]))


def noisy(noise_level):
    return NoisyPoints(np.zeros(1), np.ones(1), np.full(1, noise_level), noise_level)


def wide_and_narrow(n, sd, share, seed=0):
    """Cells of two groups, sds 1 and `sd`, and the mixture that they are drawn from."""
    rng = np.random.default_rng(seed)
    narrow = rng.random((n, 1)) < share
    cells = np.where(narrow, rng.normal(0, sd, (n, 1)), rng.normal(0.5, 1, (n, 1)))
    truth = Mixture(np.array([share, 1 - share]), np.array([0, 0.5]), np.array([sd**2, 1]))
    return cells, truth


def fit_at(cells, truth, estimator=PanelGaussianMixture):
    start = {f"{part}_init": value for part, value in truth._asdict().items()}
    return estimator(2, **start).fit(cells)


@pytest.mark.parametrize("sd", [0.2, 0.5, 1.0, 3.0])
def test_an_ordinary_group_costs_what_one_more_cell_of_it_would(sd):
    variances = np.array([1.0, sd**2])
    ratio = 0.25 / variances
    expected = 0.5 * np.sum(ratio - np.log(ratio) - 1)
    assert penalty(one_wide_and(sd), ONE_VALUE) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("sd", [1e-2, 1e-4])
def test_a_narrow_group_costs_what_one_cell_less_than_the_knee_gains(sd):
    """k cells ten times closer gain k log(10) nats."""
    gain = penalty(one_wide_and(sd / 10), ONE_VALUE) - penalty(one_wide_and(sd), ONE_VALUE)
    assert gain == pytest.approx((KNEE - 1) * np.log(10), rel=1e-9)


def test_the_cost_has_no_corner_at_the_knee():
    at, step = np.sqrt(0.25 / KNEE), 1e-5
    below, middle, above = (
        penalty(one_wide_and(at * factor), ONE_VALUE) for factor in (1 - step, 1, 1 + step)
    )
    # The slope in the log sd is -(KNEE - 1) on either side; curvature adds KNEE * step.
    assert below - middle == pytest.approx(middle - above, rel=10 * step)


def test_a_group_gains_nothing_by_being_narrower_than_the_resolution():
    finer, fine = (penalty(one_wide_and(sd), POINTS) for sd in (1e-5, 1e-4))
    # The mass of the group is .3 * 200.5 cells, each of which gains log(10) nats.
    expected = (KNEE - 1 + 0.3 * 200.5) * np.log(10)
    assert finer - fine == pytest.approx(expected, rel=1e-9)


def test_the_resolution_costs_a_wider_group_nothing():
    assert penalty(one_wide_and(0.011), POINTS) == penalty(one_wide_and(0.011), ONE_VALUE)


def test_many_mixtures_have_the_penalties_of_each():
    both = Mixture(*map(np.stack, zip(one_wide_and(1e-3), one_wide_and(0.5), strict=True)))
    each = [penalty(one_wide_and(sd), POINTS) for sd in (1e-3, 0.5)]
    np.testing.assert_array_equal(penalty(both, POINTS), each)


def test_noise_that_vanishes_leaves_the_penalty_without_noise():
    mixture = one_wide_and(0.3)
    assert penalty(mixture, noisy(1e-12)) == pytest.approx(
        penalty(mixture, ONE_VALUE), rel=1e-9
    )


def test_a_point_mass_is_no_sliver_among_noisy_estimates():
    points = one_wide_and(0.0)._replace(variances=np.zeros(2))
    # Each of two groups is (1/4 + 1/2) / (1/2) times narrower than it might be.
    assert penalty(points, noisy(0.5)) == pytest.approx(1.5 - np.log(1.5) - 1, rel=1e-12)


def test_rounded_cells_are_as_fine_as_they_were_rounded(cells_of):
    cells = np.round(np.random.default_rng(0).normal(size=(50, 20)), 1)
    unit = 0.1 / cells.std()
    assert compress(cells_of(cells)).resolution == pytest.approx(unit, rel=1e-9)


def test_binned_rounded_cells_are_as_fine_as_that_give_or_take_a_bin(cells_of):
    cells = np.round(np.random.default_rng(0).normal(size=(500, 100)), 1)
    points = compress(cells_of(cells))
    assert points.resolution == pytest.approx(0.1 / cells.std(), rel=0.03)


def test_fewer_points_are_no_finer():
    rounded = Points(np.arange(5000) / 100, np.ones(5000))
    assert coarsen(rounded).resolution >= rounded.resolution


def test_rounding_errors_are_no_distance_between_values():
    assert spacing(np.array([0.1, 0.3, 0.1 + 0.2, 0.5])) == pytest.approx(0.2)


def test_one_value_has_no_resolution():
    assert spacing(np.array([0.1])) == 0


@pytest.mark.parametrize(
    ("n", "sd", "share"), [(255, 0.01, 0.6), (255, 0.002, 0.2), (20_000, 0.002, 0.05)]
)
def test_a_real_group_is_found_however_narrow(n, sd, share):
    cells, truth = wide_and_narrow(n, sd, share)
    best = fit_at(cells, truth)
    found = PanelGaussianMixture(2).fit(cells)
    # Both stop within tol nats of the top.
    assert n * (best.log_likelihood_ - found.log_likelihood_) < 1e-5


def test_a_narrow_group_of_true_alphas_is_found():
    cells, truth = wide_and_narrow(400, 0.01, 0.5)
    estimates = np.column_stack([cells, np.full(400, 1e-4)])
    best = fit_at(estimates, truth, DeconvolvedGaussianMixture)
    found = DeconvolvedGaussianMixture(2).fit(estimates)
    assert 400 * (best.log_likelihood_ - found.log_likelihood_) < 1e-5


@pytest.mark.parametrize("n_close", [3, 6, 8])
def test_a_few_close_cells_are_no_group(n_close):
    """Without a penalty a group of sd .002 or less wins."""
    rng = np.random.default_rng(0)
    cells = rng.normal(size=(255, 1))
    cells[:n_close] = 0.3 + 0.003 * rng.normal(size=(n_close, 1))
    found = PanelGaussianMixture(2).fit(cells)
    assert np.sqrt(found.variances_.min()) > 0.1


@pytest.mark.parametrize("n_components", [2, 3])
@pytest.mark.parametrize("solver", ["newton", "em"])
def test_rounding_makes_no_groups(n_components, solver):
    cells = np.round(np.random.default_rng(0).normal(size=(255, 100)), 1)
    fit = PanelGaussianMixture(n_components, solver=solver, max_iter=100)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one normal group in parts: em does not arrive
        fit.fit(cells)
    assert np.sqrt(fit.variances_.min()) > 0.1


def test_zeros_among_rounded_cells_are_a_group():
    cells = np.round(np.random.default_rng(0).normal(size=(255, 100)), 2)
    cells[:100] = 0
    with pytest.warns(UserWarning, match="floor"):
        found = PanelGaussianMixture(2).fit(cells)
    atom = found.variances_.argmin()
    # The zeros among the others have some .4 % of the mass.
    assert found.weights_[atom] == pytest.approx(100 / 255, abs=0.005)


@pytest.mark.parametrize("unit", [0.1, 0.5])
def test_rounding_does_not_testify_against_one_group(unit):
    cells = unit * np.round(np.random.default_rng(0).normal(size=(255, 40)) / unit)
    test = bootstrap_lrt(cells, 1, draws="independent", n_bootstraps=19, random_state=0)
    assert test.p_value > 0.05
