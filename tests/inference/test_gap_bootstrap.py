"""The bootstrap test of L groups against any number of groups."""

import numpy as np
import pytest
from sklearn.base import clone

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.inference import bootstrap_gap, global_gap

# The bootstrap finds the best mixture of any number of groups to .01 nats.
TOL = 0.01


def gap_test(alphas, n_components=1, n_resamples=9, **parameters):
    options = {"draws": "independent", "random_state": 0, **parameters}
    return bootstrap_gap(alphas, n_components, n_resamples=n_resamples, **options)


def noisy_test(X, n_components=1, n_resamples=9, **parameters):
    options = {"draws": None, "estimator": DeconvolvedGaussianMixture(), **parameters}
    return gap_test(X, n_components, n_resamples, **options)


def n_rejected(tests, level):
    """The number of tests above the critical gap of what is simulated for all of them.

    Few simulated panels each are enough (Giacomini, Politis and White 2013).
    """
    null = np.concatenate([test.null_statistics for test in tests])
    return sum(test.statistic > np.quantile(null, 1 - level) for test in tests)


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def noisy_table(n, means, seed=0, degrees=None):
    """Estimates of funds with one of some true alphas, and errors that differ."""
    rng = np.random.default_rng(seed)
    errors = np.exp(0.5 * rng.normal(size=n))
    noise = rng.normal(size=n) if degrees is None else rng.standard_t(degrees, n)
    columns = [rng.choice(means, n) + errors * noise, errors]
    return np.column_stack(columns + ([] if degrees is None else [np.full(n, degrees)]))


@pytest.fixture(scope="module")
def small():
    """40 managers, 8 draws, two groups two standard deviations apart."""
    populations = {"weights": [0.4, 0.6], "means": [-1e-3, 1e-3], "variances": [1e-6] * 2}
    return make_alpha_panel(40, 8, **populations, random_state=3)[0]


@pytest.fixture(scope="module")
def tested(small):
    return gap_test(small, 1, n_resamples=39)


def test_the_statistic_is_the_gap_of_the_fit(small, tested):
    exact = global_gap(tested.model, small, least_sd=tested.least_sd)
    # Cells move at random by .04 least sds at most, where the densities differ little.
    assert tested.statistic == pytest.approx(exact.gap, abs=0.2)
    assert tested.statistic > 1


def test_groups_have_half_the_narrowest_sd_at_least():
    alphas = np.concatenate([normal((200, 1)), 8 + 0.5 * normal((200, 1), 1)])
    test = gap_test(alphas, 2)
    narrowest = np.sqrt(test.model.variances_.min())
    # The sd of separate groups changes little with the bins: by h^2 / 24 of its square.
    assert test.least_sd == pytest.approx(narrowest / 2, rel=0.01)


def test_the_fit_keeps_the_least_sd():
    alphas = np.concatenate([normal((100, 1)), 3 + 0.1 * normal((100, 1), 1)])
    test = gap_test(alphas, 2, least_sd=0.5)
    assert test.least_sd == 0.5
    assert np.sqrt(test.model.variances_.min()) == pytest.approx(0.5, rel=1e-9)
    # Otherwise the fit could be higher than the best mixture of wider groups.
    assert min(test.statistic, *test.null_statistics) > -TOL


def test_the_p_value_counts_what_reaches_the_statistic(tested):
    reached = (tested.null_statistics >= tested.statistic).sum()
    assert tested.p_value == (1 + reached) / 40


def test_several_missing_groups_are_noticed():
    alphas = 3 * np.arange(4) + normal((50, 4))
    assert gap_test(alphas, 1, n_resamples=19).p_value == 0.05


def test_true_numbers_of_groups_are_rejected_no_more_often_than_stated():
    panels = np.random.default_rng(0).standard_normal((30, 15, 10))
    tests = [
        gap_test(panel, n_resamples=2, random_state=k) for k, panel in enumerate(panels)
    ]
    # 6 are expected. Of 30 panels none, or 15 or more, are above 48 of 60 that are
    # like them with a probability of .003 each.
    assert 0 < n_rejected(tests, 0.2) < 15


def test_one_group_of_skill_behind_unequal_errors_is_not_rejected_too_often():
    tests = [
        noisy_test(noisy_table(60, [0.0], seed), n_resamples=1, random_state=seed)
        for seed in range(30)
    ]
    # 6 are expected: none, or 15 or more, have a probability of .02.
    assert 0 < n_rejected(tests, 0.2) < 15


def test_the_same_seed_gives_the_same_test(small, tested):
    again = gap_test(small, 1, n_resamples=39)
    np.testing.assert_array_equal(again.null_statistics, tested.null_statistics)
    assert again.statistic == tested.statistic


def test_units_do_not_matter(small, tested):
    other = gap_test(12 * 100 * small + 5, n_resamples=39)
    assert other.least_sd == pytest.approx(1200 * tested.least_sd, rel=1e-6)
    # Rounding of the standardised cells can move one across an edge of its bin.
    assert other.statistic == pytest.approx(tested.statistic, abs=0.05)
    np.testing.assert_allclose(other.null_statistics, tested.null_statistics, atol=TOL)


def test_a_mirrored_grid_has_the_same_test(small):
    one, other = gap_test(small, 2), gap_test(-small, 2)
    # One of the two is mirrored, which rounds nothing.
    assert one.statistic == pytest.approx(other.statistic, rel=1e-9)
    np.testing.assert_allclose(one.model.means_, -other.model.means_[::-1], rtol=1e-9)


def test_copies_of_a_draw_are_one_observation(small):
    one = gap_test(small[:, :1])
    copies = gap_test(np.repeat(small[:, :1], 6, axis=1), draws="fixed")
    np.testing.assert_allclose(copies.statistics, one.statistic, atol=TOL)
    assert copies.statistics.shape == (6,)
    assert copies.model.n_cells_ == len(small)
    assert "twice the median p-value of 6 draws" in str(copies)


def test_dependent_draws_do_not_reject_what_independent_ones_would():
    """Twelve managers with fifty almost equal draws look like many groups."""
    grid = normal((12, 1)) + 0.05 * normal((12, 50), 1)
    assert gap_test(grid, n_resamples=19).p_value == 0.05
    assert gap_test(grid, draws="fixed", n_resamples=19).p_value > 0.05


@pytest.mark.parametrize("draws", ["independent", "fixed"])
@pytest.mark.parametrize("step", [0.1, 0.4])
def test_rounding_does_not_testify_against_one_group(step, draws):
    alphas = step * np.round(normal((400, 5)) / step)
    assert gap_test(alphas, draws=draws).p_value > 0.05


def test_groups_far_apart_are_not_more():
    alphas = normal((400, 1))
    alphas[200:] += 1e5
    assert gap_test(alphas, 2).p_value > 0.1


def test_no_group_is_narrower_than_a_rounding_step():
    alphas = np.round(2 * normal((200, 5)))
    with pytest.raises(ValueError, match=r"least_sd=0.5 is below 1, the width of the bins"):
        gap_test(alphas, least_sd=0.5)
    assert gap_test(alphas).least_sd >= 1


@pytest.mark.parametrize("degrees", [None, 5.0])
def test_the_statistic_of_estimates_is_the_gap_to_every_distribution(degrees):
    X = noisy_table(80, [-2.0, 2.0], degrees=degrees)
    test = noisy_test(X, 1, n_resamples=1)
    assert test.least_sd == 0
    # Student's t noise of a fit has fewer nodes than that of the bound.
    exact = global_gap(test.model, X).gap
    assert test.statistic == pytest.approx(exact, abs=TOL if degrees is None else 0.1)
    assert "any distribution" in str(test)


def test_a_fit_of_two_groups_of_funds_is_that_of_fit():
    X = noisy_table(80, [-2.0, 2.0])
    alone = DeconvolvedGaussianMixture(2).fit(X)
    np.testing.assert_array_equal(noisy_test(X, 2, 1).model.means_, alone.means_)


def test_estimates_without_errors_are_compared_with_groups_of_a_width():
    X = np.column_stack([normal(60), np.zeros(60)])
    test = noisy_test(X)
    assert test.least_sd == pytest.approx(X[:, 0].std() / 2, rel=1e-6)
    with pytest.raises(ValueError, match=r"least_sd=0.*groups without width"):
        noisy_test(X, least_sd=0.0)


def test_dask_arrays_are_tested_like_arrays(small):
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(small, chunks=(10, 8))
    for draws in ("independent", "fixed"):
        one, other = (gap_test(X, draws=draws, n_resamples=1) for X in (lazy, small))
        np.testing.assert_allclose(one.statistics, other.statistics, atol=TOL)


def test_progress_ends_with_all_panels(small):
    told = []
    gap_test(small, n_resamples=40, progress=lambda *numbers: told.append(numbers))
    assert told[-1] == (41, 41)
    assert len(told) > 1


def test_the_caller_s_grid_and_estimator_are_left_alone(small):
    estimator, grid = PanelGaussianMixture(tol=1e-4), small.copy()
    before = clone(estimator).get_params()
    gap_test(small, estimator=estimator)
    assert estimator.get_params() == before
    assert not hasattr(estimator, "weights_")
    np.testing.assert_array_equal(small, grid)


def test_text_html_and_frame_show_the_p_value(tested):
    assert "Test of 1 group against any mixture of groups as wide" in str(tested)
    assert f"{tested.p_value:.4f}" in tested._repr_html_()
    assert tested.to_frame()["p_value"].iloc[0] == tested.p_value


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_components": 0}, ValueError, "n_components=0 must be at least 1"),
        ({"n_resamples": 0}, ValueError, "n_resamples=0 must be at least 1"),
        ({"draws": "posterior"}, ValueError, "with their standard errors"),
        ({"draws": None}, ValueError, "draws=None must be"),
        ({"least_sd": -1.0}, ValueError, "least_sd=-1.0 must be finite and at least 0"),
        ({"least_sd": 0.0}, ValueError, "least_sd=0.0: without noise"),
        ({"least_sd": 1e-9}, ValueError, "least_sd=1e-09 is too small to look everywhere"),
        ({"least_sd": [1.0, 2.0]}, TypeError, r"least_sd=\[1.0, 2.0\] must be a number"),
        ({"progress": 3}, TypeError, "progress=3 must be True, False or callable"),
    ],
)
def test_what_will_not_do_is_refused(small, arguments, error, message):
    with pytest.raises(error, match=message):
        gap_test(small, **arguments)


def test_a_test_needs_more_observations_than_parameters(small):
    with pytest.raises(
        ValueError, match=r"X has 5 observed managers, .* with 2 groups has 5"
    ):
        gap_test(small[:5], 2, draws="fixed")
