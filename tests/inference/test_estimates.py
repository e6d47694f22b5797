"""Selection, test and resampling of estimates with standard errors."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.estimator.parts import mixture_of, read_estimates
from skem.inference import bootstrap_lrt, bootstrap_managers, select_n_components
from skem.numerics.bootstrap.funds import draw_table
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, standardise
from skem.numerics.search.choice import height

NOISY = DeconvolvedGaussianMixture()


def estimates_of(true, spread, rng, error=1.0):
    """Estimates of the true values with log-normal standard errors."""
    errors = error * np.exp(spread * rng.standard_normal(true.size))
    return np.column_stack([rng.normal(true, errors), errors])


@pytest.fixture(scope="module")
def one_group():
    """One group of skill behind unequal errors: the estimates are a scale mixture."""
    rng = np.random.default_rng(1)
    return estimates_of(rng.normal(-1.0, 0.8, 255), 0.5, rng, error=1.8)


@pytest.fixture(scope="module")
def two_groups():
    """Two groups four standard deviations apart."""
    rng = np.random.default_rng(0)
    true = rng.normal(np.where(rng.random(255) < 0.7, -1.0, 3.0), 1.0)
    return estimates_of(true, 0.3, rng)


@pytest.fixture(scope="module")
def model(two_groups):
    return DeconvolvedGaussianMixture().fit(two_groups)


def lrt(X, n_components=1, n_resamples=9, **parameters):
    options = {"random_state": 0, "estimator": NOISY, **parameters}
    return bootstrap_lrt(X, n_components, n_resamples=n_resamples, **options)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_each_number_of_groups_is_the_fit_of_the_estimator(two_groups):
    found = select_n_components(two_groups, [1, 2, 3], estimator=NOISY)
    assert found.best_n_components == 2
    for model in found.models:
        alone = clone(model).fit(two_groups)
        assert model.log_likelihood_ == alone.log_likelihood_
        at = model.n_components - 1
        for name in ("aic", "bic", "icl"):
            # The fits are the same; sums run over the rows in another order.
            expected = getattr(alone, name)(two_groups)
            assert found.criteria[name][at] == pytest.approx(expected, rel=1e-12)


def test_weights_count_funds_in_the_criteria(two_groups):
    times = np.arange(255) % 3
    repeated = np.repeat(two_groups, times, axis=0)
    weighted = select_n_components(
        two_groups, [1, 2], estimator=NOISY, sample_weight=1.0 * times
    )
    plain = select_n_components(repeated, [1, 2], estimator=NOISY)
    np.testing.assert_allclose(weighted.values, plain.values, rtol=1e-12)  # rounding


def test_unequal_errors_alone_do_not_testify_against_one_group(one_group):
    assert lrt(one_group, n_resamples=19).p_value > 0.05
    grid = bootstrap_lrt(
        one_group[:, :1], 1, draws="independent", n_resamples=19, random_state=0
    )
    assert grid.p_value <= 0.05  # what the test of a grid makes of the same estimates


@pytest.fixture(scope="module")
def tested(two_groups):
    return lrt(two_groups, n_resamples=19)


def test_the_printed_test_says_what_was_simulated(tested):
    how = "true alphas were simulated, and noise of every fund's standard error"
    assert str(tested).endswith(f'draws="independent": {how}.')


def test_two_groups_are_seen_through_the_noise(tested):
    assert tested.p_value == 0.05


def test_the_statistic_is_the_gain_in_height(two_groups, tested):
    heights = []
    for model in tested.models:
        cells, points = read_estimates(model, two_groups, None)
        mixture = standardise(mixture_of(model), cells.centre, cells.scale)
        heights.append(height(mixture, unconstrained(model.n_components, 0.0), points))
    # The points are the estimates themselves. The search of a ratio leaves less than 1e-3
    # nats at the top, and does not land on variances of 0.
    assert tested.statistic == pytest.approx(2 * (heights[1] - heights[0]), abs=1e-2)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_the_models_are_the_fits_of_the_estimator(two_groups):
    tied = DeconvolvedGaussianMixture(tied_variances=True)
    test = lrt(two_groups, 1, estimator=tied, n_resamples=1)
    for number, model in zip((1, 2), test.models, strict=True):
        alone = clone(tied).set_params(n_components=number).fit(two_groups)
        np.testing.assert_array_equal(model.means_, alone.means_)


def test_the_same_seed_gives_the_same_ratios(one_group):
    first, again = (lrt(one_group, n_resamples=2).null_statistics for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_simulated_estimates_scatter_by_skill_and_their_own_errors():
    table = np.column_stack([np.zeros(40_000), np.repeat([0.5, 3.0], 20_000)])
    mixture = Mixture(np.ones(1), np.array([2.0]), np.array([4.0]))
    drawn = draw_table(table, mixture, np.random.RandomState(0))
    np.testing.assert_array_equal(drawn[:, 1], table[:, 1])
    spread = [np.std(drawn[part, 0]) for part in (slice(20_000), slice(20_000, None))]
    # Four standard errors of a standard deviation of 20,000 draws.
    np.testing.assert_allclose(spread, np.sqrt([4.25, 13.0]), rtol=0.02)


def test_simulated_noise_has_the_degrees_of_freedom_of_the_fund():
    degrees = np.repeat([5.0, np.inf, np.nan], 20_000)
    table = np.column_stack([np.zeros(60_000), np.ones(60_000), degrees])
    known = Mixture(np.ones(1), np.zeros(1), np.zeros(1))
    drawn = draw_table(table, known, np.random.RandomState(0))[:40_000, 0]
    far = np.mean(np.abs(drawn.reshape(2, -1)) > 3, axis=1)
    # Beyond 3 are 3.0 % of Student's t with 5 degrees, and .27 % of the normal
    # distribution. The tolerance is four standard errors of the larger share.
    np.testing.assert_allclose(far, [0.0301, 0.0027], atol=0.005)


def test_a_fund_without_an_estimate_is_not_simulated():
    table = np.array([[np.nan, 1.0], [0.0, np.nan], [0.0, 1.0]])
    mixture = Mixture(np.ones(1), np.zeros(1), np.ones(1))
    drawn = draw_table(table, mixture, np.random.RandomState(0))
    np.testing.assert_array_equal(np.isnan(drawn[:, 0]), [True, True, False])


def test_resampled_funds_vary_as_the_mean_of_equally_noisy_estimates_does():
    """The standard error is known: that of the mean of N estimates."""
    rng = np.random.default_rng(0)
    X = estimates_of(rng.standard_normal(50), 0.0, rng)
    model = DeconvolvedGaussianMixture(1).fit(X)
    found = bootstrap_managers(model, X, n_resamples=2000, random_state=0)
    known = X[:, 0].std() / np.sqrt(50)
    # 2000 samples give a standard deviation to 1.6 %; the tolerance is three times that.
    assert found.standard_errors["means"][0] == pytest.approx(known, rel=0.05)


def test_a_refit_is_the_fit_with_the_resamples_weights(two_groups, model):
    n = len(two_groups)
    found = bootstrap_managers(model, two_groups, n_resamples=3, random_state=0)
    times = np.random.RandomState(0).multinomial(n, np.full(n, 1 / n), size=3)
    order = np.lexsort(two_groups.T[::-1])  # the points ascend
    for number, weights in enumerate(1.0 * times):
        fitted = clone(model).fit(two_groups[order], sample_weight=weights)
        # Both are within 1e-6 nats of one top: .0014 of a standard error.
        np.testing.assert_allclose(found.samples["means"][number], fitted.means_, atol=1e-3)


def test_a_refit_may_end_at_a_variance_of_zero():
    """Estimates that scatter as their errors do leave skill no spread, or little."""
    rng = np.random.default_rng(0)
    X = estimates_of(np.zeros(100), 0.0, rng)
    model = DeconvolvedGaussianMixture(1).fit(X)
    found = bootstrap_managers(model, X, n_resamples=99, random_state=0)
    assert 0 < found.on_floor.sum() < 99
    np.testing.assert_array_equal(found.samples["sds"][found.on_floor], 0.0)
    assert "ended at a variance of 0" in str(found)


@pytest.mark.parametrize(
    "call",
    [
        lambda X: PanelGaussianMixture().fit(X),
        lambda X: select_n_components(X),
        lambda X: bootstrap_lrt(X, 1, draws="independent"),
    ],
)
def test_the_tools_of_a_grid_refuse_a_table_of_estimates(two_groups, call):
    table = pd.DataFrame(two_groups, columns=["alpha", "standard_error"])
    with pytest.raises(ValueError, match=r"not a grid of draws.*Deconvolved"):
        call(table)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"draws": "fixed"}, "draws='fixed' is about a grid"),
        ({"resolution": 0.1}, "resolution=0.1 is about the bins"),
    ],
)
def test_what_is_about_grids_is_refused_for_estimates(two_groups, parameters, message):
    with pytest.raises(ValueError, match=message):
        lrt(two_groups, **parameters)


def test_dependent_estimates_have_no_criteria(two_groups):
    with pytest.raises(ValueError, match="draws='fixed' is about a grid"):
        select_n_components(two_groups, estimator=NOISY, draws="fixed")


def test_a_test_needs_more_funds_than_parameters(two_groups):
    with pytest.raises(ValueError, match="X has 5 observed funds"):
        lrt(two_groups[:5])
