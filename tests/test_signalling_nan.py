"""A NaN that signals, as R's NA does, is a missing draw and raises no warning."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_alpha_panel, make_fund_estimates
from skem.inference import bootstrap_lrt, bootstrap_managers, parameter_covariance

# Few funds: most fits have groups that these hardly tell apart.
pytestmark = pytest.mark.filterwarnings("ignore:The data hardly tell")

R_NA = np.uint64(0x7FF00000000007A2)
SIGNALLING = np.uint32(0x7F800001)


def with_na(table, dtype, *places):
    """The table in `dtype` with a signalling NaN at each place, and with a quiet one."""
    signalling = np.array(table, dtype)
    quiet = signalling.copy()
    for place in places:
        bits = R_NA if signalling.itemsize == 8 else SIGNALLING
        signalling.view(bits.dtype)[place] = bits
        quiet[place] = np.nan
    return signalling, quiet


@pytest.fixture(params=[np.float64, np.float32], ids=["R's NA", "float32"])
def grids(request):
    alphas = make_alpha_panel(60, 100, means=[-2e-3, 3e-3], random_state=0)[0]
    return with_na(alphas, request.param, (3, 5), (10, 7))


@pytest.fixture(params=[np.float64, np.float32], ids=["R's NA", "float32"])
def tables(request):
    X = make_fund_estimates(200, random_state=0)[0]
    return with_na(X, request.param, (3, 0), (4, 1))


def test_the_bits_are_those_of_a_signalling_nan(grids):
    with pytest.warns(RuntimeWarning, match="invalid value"):
        grids[0] * np.float64(2)  # else the tests below would show nothing


@pytest.mark.parametrize("weighted", [False, True])
def test_a_fit_of_a_grid_takes_it_for_a_missing_draw(grids, weighted):
    mass = np.linspace(0, 2, 60) if weighted else None
    one, other = (PanelGaussianMixture().fit(X, sample_weight=mass) for X in grids)
    assert one.n_cells_ == other.n_cells_
    np.testing.assert_array_equal(one.means_, other.means_)


@pytest.mark.parametrize(
    "method", ["predict_proba", "predict", "score_samples", "transform", "score", "icl"]
)
def test_an_answer_about_a_grid_takes_it_for_a_missing_draw(grids, method):
    fitted = PanelGaussianMixture().fit(grids[1])
    one, other = (getattr(fitted, method)(X) for X in grids)
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("draws", ["independent", "fixed"])
def test_standard_errors_take_it_for_a_missing_draw(grids, draws):
    fitted = PanelGaussianMixture().fit(grids[1])
    one, other = (parameter_covariance(fitted, X, draws=draws) for X in grids)
    np.testing.assert_array_equal(one, other)


def test_bootstraps_take_it_for_a_missing_draw():
    alphas = make_alpha_panel(60, 100, means=[-2e-3, 3e-3], random_state=0)[0]
    signalling, _ = with_na(alphas, np.float64, (3, 5), (10, 7))
    fitted = PanelGaussianMixture().fit(signalling)
    bootstrap_managers(fitted, signalling, n_resamples=20, random_state=0)
    bootstrap_lrt(signalling, 1, draws="fixed", n_resamples=20, random_state=0)


def test_a_fit_of_estimates_takes_it_for_a_missing_one(tables):
    one, other = (DeconvolvedGaussianMixture().fit(X) for X in tables)
    assert one.n_cells_ == other.n_cells_ == 198
    np.testing.assert_array_equal(one.means_, other.means_)


@pytest.mark.parametrize(
    "method",
    ["predict_proba", "predict", "score_samples", "transform", "posterior_interval"],
)
def test_an_answer_about_a_fund_takes_it_for_a_missing_estimate(tables, method):
    fitted = DeconvolvedGaussianMixture().fit(tables[1])
    one, other = (getattr(fitted, method)(X) for X in tables)
    assert one.dtype == other.dtype
    np.testing.assert_array_equal(one, other)


def test_draws_of_true_alphas_take_it_for_a_missing_estimate(tables):
    fitted = DeconvolvedGaussianMixture().fit(tables[1])
    one, other = (fitted.sample_posterior(X, 2, random_state=0) for X in tables)
    np.testing.assert_array_equal(one, other)
