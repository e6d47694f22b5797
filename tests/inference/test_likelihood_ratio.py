"""The bootstrap test of one more group."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from sklearn.base import clone

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.estimator.parts import mixture_of, read_grid
from skem.inference import bootstrap_lrt
from skem.numerics.bootstrap.likelihood_ratio import combined_p_value
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import standardise
from skem.numerics.search.choice import height


def lrt(alphas, n_components=1, draws="independent", n_resamples=9, **parameters):
    options = {"random_state": 0, **parameters}
    return bootstrap_lrt(
        alphas, n_components, draws=draws, n_resamples=n_resamples, **options
    )


def n_rejected(panels, n_components, *, level, n_resamples):
    """The number of panels above the critical ratio of what is simulated for all of them.

    Few simulated panels each are enough (Giacomini, Politis and White 2013).
    """
    options = {"n_resamples": n_resamples, "random_state": np.random.RandomState(0)}
    tests = [lrt(panel, n_components, **options) for panel in panels]
    null = np.concatenate([test.null_statistics for test in tests])
    return sum(test.statistic > np.quantile(null, 1 - level) for test in tests)


@pytest.fixture(scope="module")
def small():
    """40 managers, 8 draws, two groups two standard deviations apart."""
    return make_alpha_panel(
        40,
        8,
        weights=[0.4, 0.6],
        means=[-1e-3, 1e-3],
        variances=[1e-6, 1e-6],
        random_state=3,
    )[0]


@pytest.fixture(scope="module")
def one_group():
    return make_alpha_panel(
        40, 8, weights=[1.0], means=[1e-3], variances=[1e-6], random_state=4
    )[0]


@pytest.fixture(scope="module")
def tested(separated):
    return lrt(separated, 1, n_resamples=39)


def statistic_of(models, alphas):
    """Equation B4, of fits to all cells."""
    heights = []
    for model in models:
        cells, points = read_grid(model, alphas, None)
        mixture = standardise(mixture_of(model), cells.centre, cells.scale)
        heights.append(height(mixture, unconstrained(model.n_components, 0.0), points))
    return 2 * (heights[1] - heights[0])


def test_the_statistic_is_twice_what_one_group_more_gains(separated, tested):
    exact = statistic_of(tested.models, separated)
    # In its bin a cell moves by .003 standard deviations at random. Times the slopes of
    # the log densities, some 4, that adds up over 3,000 cells to .6, twice in a ratio.
    assert tested.statistic == pytest.approx(exact, abs=5)
    assert exact > 500


def statistic_published(models):
    """Equation B4, of what the models say of themselves."""
    heights = []
    for model in models:
        log_likelihood, cost = model.optima_[["log_likelihood", "cost"]][0]
        heights.append(model.n_cells_ * log_likelihood - cost)
    return 2 * (heights[1] - heights[0])


def test_models_are_the_fits_of_the_statistic(separated, tested):
    # Both climbs of the test stop within 1e-3 nats of their tops; ratios are twice that.
    assert tested.statistic == pytest.approx(statistic_published(tested.models), abs=4e-3)
    for number, model in zip((1, 2), tested.models, strict=True):
        assert model.converged_
        assert model.n_components == number
        alone = PanelGaussianMixture(number).fit(separated)
        # Cells are moved to the middles of bins a hundredth of an sd wide.
        np.testing.assert_allclose(model.means_, alone.means_, atol=1e-3 * separated.std())
        assert model.predict(separated).shape == separated.shape


def test_models_of_fixed_draws_are_the_fits_of_the_draw_of_the_statistic(small):
    test = lrt(small, draws="fixed")
    assert test.models[1].n_cells_ == len(small)
    assert test.statistic == pytest.approx(statistic_published(test.models), abs=4e-3)


def test_models_of_rounded_cells_are_fits_to_these(small):
    """Each bin holds one value, which is its middle."""
    step = 0.5 * small.std()
    rounded = step * np.round(small / step)
    test = lrt(rounded)
    exact = statistic_of(test.models, rounded)
    assert test.statistic == pytest.approx(exact, abs=4e-3)


def test_the_p_value_counts_what_reaches_the_statistic(small):
    test = lrt(small, 2, n_resamples=9)
    reached = (test.null_statistics >= test.statistic).sum()
    assert test.p_value == (1 + reached) / 10


def test_two_clear_groups_are_not_one(tested):
    assert tested.p_value == 1 / 40


def test_true_numbers_of_groups_are_rejected_no_more_often_than_stated():
    panels = np.random.default_rng(0).standard_normal((30, 15, 10))
    # 6 are expected. Of 30 panels none, or 15 or more, are above 48 of 60 that are
    # like them with a probability of .003 each.
    assert 0 < n_rejected(panels, 1, level=0.2, n_resamples=2) < 15


def test_the_same_seed_gives_the_same_test(small):
    one, other = lrt(small), lrt(small)
    np.testing.assert_array_equal(one.null_statistics, other.null_statistics)
    assert one.p_value == other.p_value


def test_units_do_not_matter(small):
    one, other = lrt(small), lrt(12 * 100 * small + 5)
    # Rounding of the standardised cells, which can move one across an edge of its bin.
    np.testing.assert_allclose(one.statistics, other.statistics, atol=0.05)
    np.testing.assert_allclose(one.null_statistics, other.null_statistics, atol=1e-3)


def test_a_missing_draw_is_no_cell(small):
    holed = np.column_stack([small, np.full(len(small), np.nan)])
    # The cells are the same, in blocks of another shape.
    assert lrt(holed).statistic == pytest.approx(lrt(small).statistic, abs=1e-6)


def test_tied_variances_hold_in_every_fit(small):
    tied = PanelGaussianMixture(tied_variances=True)
    test = lrt(small, 1, estimator=tied)
    assert np.ptp(test.models[1].variances_) == 0
    exact = statistic_of(test.models, small)
    # Bins of 1/100 standard deviation.
    assert test.statistic == pytest.approx(exact, abs=0.05)


def test_the_caller_s_grid_and_estimator_are_left_alone(small):
    estimator = PanelGaussianMixture(tol=1e-4)
    before, grid = clone(estimator).get_params(), small.copy()
    lrt(small, estimator=estimator)
    assert estimator.get_params() == before
    assert not hasattr(estimator, "weights_")
    np.testing.assert_array_equal(small, grid)


def test_copies_of_a_draw_are_one_observation(small):
    """M equal draws of a manager are as much evidence as one, and p-values combine."""
    one = lrt(small[:, :1], n_resamples=19)
    copies = lrt(np.repeat(small[:, :1], 6, axis=1), draws="fixed", n_resamples=19)
    # Fits of L groups to copies end within a tol of those to one draw.
    np.testing.assert_allclose(copies.statistics, one.statistic, atol=1e-2)
    assert copies.statistics.shape == (6,)
    assert copies.p_value == pytest.approx(min(1, 2 * one.p_value), abs=0.11)


def test_dependent_draws_do_not_reject_what_independent_ones_would():
    """Twelve managers with fifty almost equal draws look like many groups."""
    rng = np.random.default_rng(0)
    managers = rng.standard_normal((12, 1))
    grid = managers + 0.05 * rng.standard_normal((12, 50))
    assert lrt(grid, n_resamples=19).p_value <= 0.05
    assert lrt(grid, draws="fixed", n_resamples=19).p_value > 0.05


def test_many_draws_are_thinned(one_group):
    wide = np.tile(one_group, (1, 20))
    assert lrt(wide, draws="fixed", n_resamples=1).statistics.shape == (100,)


def test_dask_arrays_are_tested_like_arrays(small):
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(small, chunks=(10, 8))
    for draws in ("independent", "fixed"):
        # Sums differ by the order of blocks.
        np.testing.assert_allclose(
            *(lrt(X, draws=draws, n_resamples=1).statistics for X in (lazy, small)),
            atol=1e-3,
        )


def test_twice_the_median_p_value_is_at_most_one():
    null = np.arange(9.0)
    assert combined_p_value(np.array([-1.0, -1.0, -1.0]), null) == 1
    assert combined_p_value(np.array([8.5, 7.5, 0.0]), null) == pytest.approx(2 * 0.2)
    assert combined_p_value(np.array([7.5]), null) == 0.2


def test_a_simulated_ratio_that_equals_the_observed_one_reaches_it():
    assert combined_p_value(np.zeros(1), np.zeros(3)) == 1


def test_twice_the_median_is_valid_under_any_dependence():
    """Half of the statistics must be high together to reject: here they just are."""
    rng = np.random.default_rng(0)
    null = np.arange(1.0, 100.0)
    n_trials, rejected = 4000, 0
    for _ in range(n_trials):
        # With probability .05 two of four are among the highest 2.5 % of the null;
        # each of them is so with probability .025, as the null says.
        statistics = rng.uniform(0, 97.5, size=4)
        if rng.uniform() < 0.05:
            statistics[rng.permutation(4)[:2]] = rng.uniform(97.5, 100, size=2)
        rejected += combined_p_value(statistics, null) <= 0.05
    # The worst dependence gives 5 %; this adds three standard errors.
    assert 0.02 < rejected / n_trials < 0.05 + 3 * np.sqrt(0.05 * 0.95 / n_trials)


def test_progress_ends_with_all_panels(small):
    told = []
    lrt(small, n_resamples=40, progress=lambda *numbers: told.append(numbers))
    assert told[-1] == (41, 41)
    assert len(told) > 1


def test_the_critical_ratio_of_several_draws_is_that_of_half_the_level(tested):
    null = np.arange(100.0)
    one = dataclasses.replace(tested, null_statistics=null, statistics=np.zeros(1))
    many = dataclasses.replace(tested, null_statistics=null, statistics=np.zeros(3))
    assert one.to_frame()["critical_5_percent"].iloc[0] == np.quantile(null, 0.95)
    assert many.to_frame()["critical_5_percent"].iloc[0] == np.quantile(null, 0.975)
    assert "twice the median p-value of 3 draws" in str(many)


def test_text_html_and_frame_show_the_p_value(tested):
    assert "Likelihood-ratio test of 1 against 2 groups" in str(tested)
    assert "0.0250" in tested._repr_html_()
    assert tested.to_frame()["p_value"].iloc[0] == tested.p_value


@pytest.mark.parametrize("progress", [3, 0, "print"])
def test_other_progress_is_refused_before_a_fit(progress):
    with pytest.raises(
        TypeError, match=f"progress={progress!r} must be True, False or callable"
    ):
        lrt("no grid to fit", progress=progress)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_components": 0}, ValueError, "n_components=0 must be at least 1"),
        ({"n_components": 1.5}, TypeError, "n_components=1.5 must be an integer"),
        ({"n_components": True}, TypeError, "n_components=True must be an integer"),
        ({"n_resamples": 0}, ValueError, "n_resamples=0 must be at least 1"),
        ({"draws": "posterior"}, ValueError, "with their standard errors"),
        ({"draws": "paired"}, ValueError, "draws='paired' must be"),
        ({"estimator": 3}, TypeError, "estimator=3 must be a PanelGaussianMixture"),
        (
            {"estimator": PanelGaussianMixture(means_init=[0, 1])},
            ValueError,
            "estimator has means_init",
        ),
    ],
)
def test_what_will_not_do_is_refused(small, arguments, error, message):
    with pytest.raises(error, match=message):
        lrt(small, **arguments)


def test_a_test_needs_more_observations_than_parameters(small):
    with pytest.raises(ValueError, match=r"X has 5 observed managers, .* more managers"):
        lrt(small[:5], draws="fixed")


def test_one_manager_is_in_the_singular(small):
    with pytest.raises(ValueError, match=r"X has 1 observed manager, .* more managers"):
        lrt(small[:1], draws="fixed")


def test_a_grid_needs_draws(small):
    with pytest.raises(ValueError, match="draws=None must be"):
        bootstrap_lrt(small, 1)


def narrow_and_wide(n, share, sd, seed):
    rng = np.random.default_rng(seed)
    groups = rng.choice(2, n, p=[1 - share, share])
    return rng.normal(0, np.array([1, sd])[groups])[:, None]


@pytest.mark.parametrize(
    ("n", "share", "sd"), [(500, 0.4, 0.00125), (500, 0.07, 0.05), (1000, 0.02, 0.001)]
)
def test_a_narrow_group_does_not_make_the_true_number_too_small(n, share, sd):
    """Fits often pass over such a group, or disagree, L and L + 1, whether there is one."""
    panels = [narrow_and_wide(n, share, sd, 1000 + seed) for seed in range(3)]
    # Of 3 panels 2 or more are above 12 that are like them with a probability of 3 %.
    assert n_rejected(panels, 2, level=0, n_resamples=4) < 2


def normal(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("distance", [500, 1e5])
def test_groups_however_far_apart_are_not_one_more(distance):
    alphas = normal((1000, 1))
    alphas[500:] += distance
    assert lrt(alphas, 2, n_resamples=19).p_value > 0.05


def partly_rounded(alphas, steps):
    """Each row rounded to one of the steps in turn; 0 is not."""
    alphas = alphas.copy()
    for first, step in enumerate(steps):
        rows = slice(first, None, len(steps))
        alphas[rows] = step * np.round(alphas[rows] / step) if step else alphas[rows]
    return alphas


@pytest.mark.parametrize("draws", ["independent", "fixed"])
@pytest.mark.parametrize("steps", [[0.1], [0.4]])
def test_rounding_does_not_testify_against_one_group(recwarn, steps, draws):
    alphas = partly_rounded(normal((400, 5)), steps)
    assert lrt(alphas, 1, draws=draws).p_value > 0.05
    assert not recwarn.list


@pytest.mark.parametrize("draws", ["independent", "fixed"])
@pytest.mark.parametrize("steps", [[0.5, 0.01], [0.4, 0.001], [0, 0.4]])
def test_rounding_of_half_the_rows_does_not_testify_against_one_group(
    recwarn, steps, draws
):
    alphas = partly_rounded(normal((400, 5)), steps)
    assert lrt(alphas, 1, draws=draws).p_value > 0.05
    assert not recwarn.list


@pytest.mark.parametrize("steps", [[0.25, 0.1], [0.2, 0.5]])
def test_steps_without_common_middles_do_not_testify_against_one_group(steps):
    panels = [partly_rounded(normal((100, 100), seed), steps) for seed in range(3)]
    # Of 3 panels 2 or more are above 12 that are like them with a probability of 3 %.
    assert n_rejected(panels, 1, level=0, n_resamples=4) < 2


@pytest.mark.parametrize(
    ("n_components", "steps"), [(2, []), (1, [0.1]), (2, [0.25, 0.1]), (1, [0, 0.4])]
)
def test_a_mirrored_grid_has_the_same_test(n_components, steps):
    alphas = normal((50, 20), 7)
    alphas[: 10 * n_components] += 3.0 * (n_components - 1)
    alphas = partly_rounded(alphas, steps) if steps else alphas
    one, other = (lrt(x, n_components, n_resamples=1) for x in (alphas, -alphas))
    # One of the two is mirrored, which rounds nothing.
    assert one.statistic == pytest.approx(other.statistic, rel=1e-9)
    np.testing.assert_allclose(one.null_statistics, other.null_statistics, rtol=1e-9)
    for model, mirrored in zip(one.models, other.models, strict=True):
        np.testing.assert_allclose(model.means_, -mirrored.means_[::-1], rtol=1e-9)


@pytest.mark.parametrize(
    ("steps", "seed"), [([0.1], 0), ([0.25, 0.1], 10), ([0, 0.4], 0), ([0.5, 0.01], 10)]
)
def test_the_order_of_managers_does_not_matter(steps, seed):
    alphas = partly_rounded(normal((50, 20), seed), steps)
    # The sums of the cells' mean and scale in another order, and what a climb makes of it.
    one, other = (lrt(x, n_resamples=1) for x in (alphas, alphas[::-1]))
    assert one.statistic == pytest.approx(other.statistic, abs=1e-6)


def test_significant_digits_do_not_testify_against_one_group():
    alphas = 0.01 + 0.003 * normal((5000, 1))
    alphas = np.array([float(f"{alpha:.2g}") for alpha in alphas.ravel()])[:, None]
    tested = lrt(alphas, 1, n_resamples=19)
    assert tested.p_value > 0.05


def test_rounding_of_many_cells_does_not_testify_against_one_group():
    alphas = partly_rounded(normal((1000, 100)), [0.05])
    assert lrt(alphas, 1, n_resamples=19).p_value > 0.05


def test_rounding_does_not_hide_a_group():
    alphas = normal((200, 5))
    alphas[:80] = 2 + 0.3 * alphas[:80]
    assert lrt(partly_rounded(alphas, [0.05]), 1).p_value == 0.1


def test_many_cells_have_no_narrow_groups_on_the_values_of_bins():
    """A statistic that grew with the number of cells would hide every real group."""
    # About 6 is usual for one group; without a floor for bins it is a hundred times that.
    assert np.median(lrt(normal((1000, 100)), 1, n_resamples=9).null_statistics) < 60


@pytest.mark.parametrize("draws", ["independent", "fixed"])
@pytest.mark.parametrize(
    "spoil",
    [
        lambda x: np.clip(x, *np.quantile(x, [0.05, 0.95])),
        lambda x: np.where(np.arange(len(x))[:, None] < 30, 0.0, x),
        lambda x: np.where(np.arange(len(x))[:, None] < 30, 0.0, np.round(x, 2)),
        lambda x: 3 * np.round(x / 3),
    ],
    ids=["winsorised", "some zero", "some zero, others rounded", "rounded"],
)
def test_heaps_of_equal_cells_are_refused(spoil, draws):
    what = "cells" if draws == "independent" else "managers with a draw"
    with pytest.raises(ValueError, match=rf"X has \d+ {what} of about .* Leave such cells"):
        lrt(spoil(normal((500, 1))), 1, draws=draws)


def test_the_value_of_a_heap_is_said_as_exactly_as_it_is_known():
    alphas = 0.02 * normal((500, 1))
    alphas[:20] = 0.0
    with pytest.raises(ValueError, match="X has 20 cells of about 0, "):
        lrt(alphas, 1)


def test_an_outlier_however_far_takes_no_longer():
    alphas = np.append(normal(1999), 1e7)[:, None]
    tracemalloc.start()
    lrt(np.round(alphas, 1), 1, n_resamples=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Some tables of 2^17 ticks; ticks up to the outlier are 6e9.
    assert peak < 6e7


@pytest.mark.parametrize(
    ("sd", "message"),
    [
        (0.16, "X is rounded to steps of 0.2, and one of n_components=2 groups"),
        (0.1, "X has 5.. cells of about 4, .* to about the width of a group"),
    ],
)
def test_rounding_wider_than_the_narrowest_group_is_refused(sd, message):
    alphas = normal((400, 10))
    alphas[:100] = 4.1 + sd * alphas[:100]  # between two values
    with pytest.raises(ValueError, match=message):
        lrt(partly_rounded(alphas, [0.2]), 2)


def test_no_group_is_narrower_than_a_given_resolution():
    alphas = normal((100, 5))
    alphas[:30] *= 0.1
    assert lrt(alphas).models[1].variances_.min() < 0.2**2
    within = lrt(alphas, resolution=0.5)
    assert within.models[1].variances_.min() >= 0.5**2 * (1 - 1e-9)
    assert within.statistic < 0.5 * lrt(alphas).statistic


@pytest.mark.parametrize(
    ("resolution", "error"),
    [
        (0, ValueError),
        (-0.1, ValueError),
        (np.nan, ValueError),
        (10**400, ValueError),
        ("0.1", TypeError),
    ],
)
def test_a_resolution_that_is_no_step_is_refused_before_a_fit(resolution, error):
    with pytest.raises(error, match=r"resolution=.* must be .* Pass"):
        lrt("no grid to fit", resolution=resolution)


def test_a_resolution_below_the_step_that_ties_show_is_refused():
    alphas = partly_rounded(normal((50, 20)), [0.5])
    with pytest.raises(
        ValueError, match=r"resolution=0.01 is finer than the step of 0.5 .*"
    ):
        lrt(alphas, resolution=0.01)
    assert lrt(alphas, resolution=0.5).statistic == lrt(alphas).statistic


@pytest.mark.parametrize("resolution", [1e300, 1.2])
def test_a_resolution_wider_than_all_cells_is_refused(resolution):
    with pytest.raises(ValueError, match=r"must be below the standard deviation .* Pass"):
        lrt(normal((50, 20)), resolution=resolution)


def test_a_resolution_that_is_too_fine_to_matter_changes_nothing():
    alphas = normal((50, 20))
    assert lrt(alphas, resolution=1e-300).statistic == lrt(alphas).statistic


@pytest.mark.parametrize("resolution", [0.01, 0.5])
def test_a_resolution_excuses_no_heap(resolution):
    with pytest.raises(ValueError, match=r"X has .* cells of about"):
        lrt(np.clip(normal((50, 20)), -1.5, 1.5), resolution=resolution)
