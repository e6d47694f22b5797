"""Refits to resampled managers."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning, NotFittedError

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.inference import bootstrap_managers
from skem.inference.resampling import _warn_of_failures


@pytest.fixture(scope="module")
def model(separated):
    return PanelGaussianMixture().fit(separated)


@pytest.fixture(scope="module")
def found(model, separated):
    return bootstrap_managers(model, separated, n_resamples=200, random_state=0)


def test_one_group_s_mean_varies_as_the_mean_of_managers_does():
    """Its standard error is known: that of the mean of N rows' means."""
    rng = np.random.default_rng(0)
    alphas = rng.standard_normal((50, 1)) + 0.3 * rng.standard_normal((50, 8))
    model = PanelGaussianMixture(1).fit(alphas)
    found = bootstrap_managers(model, alphas, n_resamples=2000, random_state=0)
    known = alphas.mean(axis=1).std() / np.sqrt(50)
    # 2000 samples give a standard deviation to 1.6 %; the tolerance is three times that.
    assert found.standard_errors["means"][0] == pytest.approx(known, rel=0.05)


def test_copies_of_a_draw_say_no_more_than_the_draw(separated):
    one = separated[:, :1]
    many = np.repeat(one, 9, axis=1)
    options = {"n_resamples": 50, "random_state": 0}
    alone, copied = (
        bootstrap_managers(PanelGaussianMixture().fit(X), X, **options) for X in (one, many)
    )
    for name, values in alone.standard_errors.items():
        # The same resamples, whose optima are reached to 1e-6 nats.
        np.testing.assert_allclose(copied.standard_errors[name], values, rtol=0.01)


def test_intervals_hold_the_stated_share_of_the_samples(found):
    for name, limits in found.intervals.items():
        samples = found.samples[name]
        inside = (samples >= limits[:, 0]) & (samples <= limits[:, 1])
        # Percentiles of 200 samples fall between two of them.
        np.testing.assert_allclose(inside.mean(axis=0), 0.95, atol=0.011)


def test_a_higher_level_makes_wider_intervals(model, separated, found):
    wider = bootstrap_managers(
        model, separated, n_resamples=200, random_state=0, level=0.99
    )
    for name, limits in found.intervals.items():
        assert (np.diff(wider.intervals[name]) > np.diff(limits)).all()


def test_estimates_are_the_model_s_in_the_units_of_x(model, found):
    np.testing.assert_array_equal(found.estimates["means"], model.means_)
    np.testing.assert_array_equal(found.estimates["sds"], np.sqrt(model.variances_))


def test_samples_lie_about_the_estimates(found):
    for name, estimates in found.estimates.items():
        distance = np.abs(found.samples[name].mean(axis=0) - estimates)
        assert (distance < found.standard_errors[name]).all()


def test_units_do_not_matter(model, separated, found):
    scaled = 100 * separated + 3
    other = bootstrap_managers(
        PanelGaussianMixture().fit(scaled), scaled, n_resamples=200, random_state=0
    )
    # Rounding can move a cell across an edge of its bin, and a mean by 1e-5 of its error.
    np.testing.assert_allclose(
        other.standard_errors["means"], 100 * found.standard_errors["means"], rtol=1e-3
    )


def test_the_same_seed_gives_the_same_samples(model, separated):
    one, other = (
        bootstrap_managers(model, separated, n_resamples=20, random_state=7)
        for _ in range(2)
    )
    np.testing.assert_array_equal(one.samples["means"], other.samples["means"])


def test_a_manager_without_draws_has_no_part(model, separated):
    empty = np.full((3, separated.shape[1]), np.nan)
    with_empty = np.concatenate([separated, empty])
    options = {"n_resamples": 20, "random_state": 0}
    found = bootstrap_managers(model, with_empty, **options)
    assert found.facts.n_rows == len(separated)
    plain = bootstrap_managers(model, separated, **options)
    # The same resamples, in standard units that differ by rounding.
    np.testing.assert_allclose(found.samples["means"], plain.samples["means"], rtol=1e-4)


def test_fixed_and_tied_parameters_stay_so(separated):
    model = PanelGaussianMixture(2, fixed_means=[2e-3, np.nan]).fit(separated)
    samples = bootstrap_managers(model, separated, n_resamples=5, random_state=0).samples
    # Values are converted to standard units and back.
    np.testing.assert_allclose(samples["means"][:, 0], 2e-3, rtol=1e-12)
    assert (samples["means"][:, 1] < 0).all()
    tied = PanelGaussianMixture(2, tied_variances=True).fit(separated)
    samples = bootstrap_managers(tied, separated, n_resamples=5, random_state=0).samples
    np.testing.assert_array_equal(samples["sds"][:, 0], samples["sds"][:, 1])


def test_the_model_and_the_grid_are_left_alone(model, separated):
    grid, before = separated.copy(), dict(vars(model))
    bootstrap_managers(model, separated, n_resamples=2, random_state=0)
    assert vars(model) == before
    np.testing.assert_array_equal(separated, grid)


def test_refits_on_the_floor_are_counted_and_warned_of():
    alphas = np.random.default_rng(0).standard_normal((20, 4))
    alphas[:, 0] = 5.0
    with pytest.warns(ConvergenceWarning, match="ended on the floor"):
        model = PanelGaussianMixture(2).fit(alphas)
    with pytest.warns(ConvergenceWarning, match="20 ended on the variance floor") as caught:
        found = bootstrap_managers(model, alphas, n_resamples=20, random_state=0)
    assert found.on_floor.all()
    assert "20 ended on the variance floor" in str(found)
    assert {warning.filename for warning in caught} == {__file__}


def test_failures_that_fill_one_tail_are_no_cause_for_a_warning():
    failed = np.array([True, False, False, False])
    _warn_of_failures(failed, failed, level=0.5)


@pytest.mark.parametrize("on_floor", [0, 1, 2])
def test_more_failures_of_either_kind_than_fill_a_tail_are_warned_of(on_floor):
    low = np.arange(4) < on_floor
    short = (np.arange(4) < 2) & ~low
    with pytest.warns(ConvergenceWarning, match=f"Of 4 refits {on_floor} ended"):
        _warn_of_failures(low, short, level=0.5)


def test_another_grid_is_warned_of(model, separated):
    with pytest.warns(UserWarning, match="can still gain .* nats"):
        bootstrap_managers(model, separated + 1e-4, n_resamples=2, random_state=0)


def test_a_weighted_fit_is_warned_of(separated):
    model = PanelGaussianMixture().fit(separated, sample_weight=np.arange(60) % 3)
    with pytest.warns(UserWarning, match="can still gain .* nats"):
        bootstrap_managers(model, separated, n_resamples=2, random_state=0)


def test_what_is_fixed_after_the_fit_is_refused(separated):
    model = PanelGaussianMixture().fit(separated).set_params(fixed_means=[0, np.nan])
    with pytest.raises(ValueError, match=r"fixed_means=.*, and the fit has means_="):
        bootstrap_managers(model, separated)


def test_what_is_fixed_does_not_vary(separated):
    model = PanelGaussianMixture(fixed_means=[-1.1e-3, np.nan]).fit(separated)
    found = bootstrap_managers(model, separated, n_resamples=20, random_state=0)
    assert found.standard_errors["means"][0] == 0 < found.standard_errors["means"][1]


def test_few_managers_are_warned_of(separated):
    few = separated[:4]
    model = PanelGaussianMixture().fit(few)
    with pytest.warns(UserWarning, match="4 managers with draws and the model 5") as caught:
        bootstrap_managers(model, few, n_resamples=2, random_state=0)
    assert caught[0].filename == __file__


def test_dask_arrays_are_resampled_like_arrays(model, separated):
    da = pytest.importorskip("dask.array")
    options = {"n_resamples": 5, "random_state": 0}
    lazy = bootstrap_managers(model, da.from_array(separated, chunks=(20, 50)), **options)
    plain = bootstrap_managers(model, separated, **options)
    # Standard units differ by the order of blocks in sums.
    np.testing.assert_allclose(lazy.samples["means"], plain.samples["means"], rtol=1e-4)


def test_progress_ends_with_all_refits(model, separated):
    told = []
    bootstrap_managers(
        model, separated, n_resamples=20, progress=lambda *numbers: told.append(numbers)
    )
    assert told[-1] == (20, 20)


@pytest.mark.parametrize("progress", [3, 0, "print"])
def test_other_progress_is_refused_before_a_refit(model, progress):
    with pytest.raises(
        TypeError, match=f"progress={progress!r} must be True, False or callable"
    ):
        bootstrap_managers(model, "no grid to refit to", progress=progress)


def test_text_html_and_frame_have_a_row_per_parameter(found):
    assert "95 % intervals, managers resampled" in str(found)
    assert found._repr_html_().count("<tr>") == 7
    frame = found.to_frame()
    assert list(frame.index) == [
        f"{name} {group}" for name in ("weight", "mean", "sd") for group in (0, 1)
    ]
    assert frame.loc["mean 0", "lower"] == found.intervals["means"][0, 0]


def test_the_head_has_the_likelihood_of_the_model(found, model, separated):
    total = model.score(separated) * separated.size
    assert found.facts.log_likelihood == pytest.approx(total, rel=1e-12)  # other sums
    assert "log-likelihood" in str(found)
    assert "BIC" not in str(found)  # it depends on draws, and refits do not


def test_units_and_names_of_groups_change_the_table_only(found, model, separated):
    options = {"n_resamples": len(found.on_floor), "random_state": 0}
    other = bootstrap_managers(
        model, separated, unit=(1200, "% a year"), group_names=["low", "high"], **options
    )
    frame = other.to_frame()
    assert list(frame.index[2:4]) == ["mean low", "mean high"]
    expected = 1200 * found.intervals["means"]
    np.testing.assert_allclose(frame[["lower", "upper"]][2:4], expected, rtol=1e-12)
    np.testing.assert_array_equal(other.samples["weights"], found.samples["weights"])


def test_intervals_at_another_level_are_percentiles_of_the_samples(found):
    expected = np.quantile(found.samples["means"][:, 0], [0.25, 0.75])
    np.testing.assert_allclose(found.conf_int(0.5)[2], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_resamples": 1}, ValueError, "n_resamples=1 must be at least 2"),
        ({"n_resamples": 2.0}, TypeError, "n_resamples=2.0 must be an integer"),
        ({"level": 95}, ValueError, "level=95 must lie between 0 and 1"),
        ({"level": "high"}, TypeError, "level='high' must be a number"),
        ({"model": 3}, TypeError, "model is of type int.*a search with refit=True"),
        ({"model": PanelGaussianMixture()}, NotFittedError, "not fitted yet"),
        ({"X": [[1.0, np.inf]]}, ValueError, "X has 2 features"),
    ],
)
def test_what_will_not_do_is_refused(model, separated, arguments, error, message):
    with pytest.raises(error, match=message):
        bootstrap_managers(**{"model": model, "X": separated, **arguments})


def test_one_manager_cannot_be_resampled(model, separated):
    with pytest.raises(ValueError, match="X has 1 manager with draws"):
        bootstrap_managers(model, separated[:1])


def test_infinite_cells_are_refused(model, separated):
    infinite = separated.copy()
    infinite[3, 4] = np.inf
    with pytest.raises(ValueError, match="infinite cell"):
        bootstrap_managers(model, infinite)


def test_rare_groups_have_lopsided_intervals():
    """What Wald intervals cannot show: a weight near 0 has more room above."""
    alphas = make_alpha_panel(
        60, 5, weights=[0.03, 0.97], means=[-6.0, 0.0], variances=[1.0, 1.0], random_state=0
    )[0]
    model = PanelGaussianMixture().fit(alphas)
    found = bootstrap_managers(model, alphas, n_resamples=400, random_state=0)
    lower, upper = found.intervals["weights"][0]
    assert 0 < lower < model.weights_[0] < upper
    assert upper - model.weights_[0] > model.weights_[0] - lower


def test_another_number_of_groups_than_the_fits_is_refused(separated):
    model = PanelGaussianMixture(2).fit(separated).set_params(n_components=3)
    with pytest.raises(ValueError, match="n_components=3, and the fit has 2 groups"):
        bootstrap_managers(model, separated, n_resamples=9)
