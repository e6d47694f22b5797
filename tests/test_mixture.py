"""Properties of the estimator, with either solver."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture


def groups_of(fitted):
    return np.array([fitted.weights_, fitted.means_, fitted.variances_])


def fit(alphas, n_components=2, **options):
    return PanelGaussianMixture(n_components, tol=1e-12, max_iter=20_000, **options).fit(
        alphas
    )


def test_one_group_is_the_sample_mean_and_variance(three_groups):
    fitted = fit(three_groups, 1)
    assert fitted.weights_.tolist() == [1]
    # One pass over 4,000 cells.
    assert fitted.means_[0] == pytest.approx(three_groups.mean(), rel=1e-12)
    assert fitted.variances_[0] == pytest.approx(three_groups.var(), rel=1e-12)


@pytest.mark.parametrize("offset", [0.0, 1.0, -3e3])
@pytest.mark.parametrize("factor", [1e-150, 1e-3, 1e6, 1e150, -1.0])
def test_results_do_not_depend_on_units(separated, factor, offset):
    weights, means, variances = groups_of(fit(separated))
    scaled = groups_of(fit(factor * (1e3 * separated + offset)))
    expected = np.array(
        [weights, factor * (1e3 * means + offset), 1e6 * factor**2 * variances]
    )
    if factor < 0:
        expected = expected[:, ::-1]
    # An offset of 3e3 standard deviations loses some digits, and the iteration stops below
    # the top.
    np.testing.assert_allclose(scaled, expected, rtol=1e-8)


def test_rows_columns_and_cells_may_be_permuted(three_groups):
    rng = np.random.default_rng(0)
    expected = groups_of(fit(three_groups, 3))
    for shuffled in (
        rng.permutation(three_groups, axis=0),
        rng.permutation(three_groups, axis=1),
        rng.permuted(three_groups.ravel()).reshape(100, 40),
        np.asfortranarray(three_groups),
    ):
        # The order of a sum changes its last bits, and so the end of the iteration.
        np.testing.assert_allclose(groups_of(fit(shuffled, 3)), expected, rtol=1e-8)


def test_the_order_of_starting_groups_does_not_matter(three_groups):
    start = {
        "weights_init": np.array([0.2, 0.5, 0.3]),
        "means_init": np.array([-2e-3, 0.0, 2e-3]),
        "variances_init": np.array([1e-6, 5e-7, 2e-6]),
    }
    turned = {name: values[[2, 0, 1]] for name, values in start.items()}
    np.testing.assert_allclose(
        groups_of(fit(three_groups, 3, **start)),
        groups_of(fit(three_groups, 3, **turned)),
        rtol=1e-8,
    )


def test_groups_ascend_by_mean(three_groups):
    fitted = fit(three_groups, 3, means_init=[1e-3, -1e-3, 0.0])
    assert np.all(np.diff(fitted.means_) > 0)


@pytest.mark.parametrize("solver", ["newton", "em"])
def test_history_never_decreases_and_ends_at_what_is_published(three_groups, solver):
    fitted = fit(three_groups, 3, solver=solver)
    # A mean over 4,000 cells is good to about 1e-13.
    assert np.all(np.diff(fitted.log_likelihoods_) > -1e-12)
    assert fitted.log_likelihoods_[-1] == fitted.log_likelihood_
    assert fitted.log_likelihood_ == pytest.approx(fitted.score(three_groups), rel=1e-13)


def test_old_faithful_has_its_published_optimum(faithful):
    fitted = fit(faithful)
    # As many digits as are published.
    assert fitted.weights_[0] == pytest.approx(0.3608861, abs=1e-6)
    np.testing.assert_allclose(fitted.means_, [54.61486, 80.09107], atol=1e-4)
    np.testing.assert_allclose(np.sqrt(fitted.variances_), [5.871220, 5.867734], atol=1e-4)
    assert 272 * fitted.log_likelihood_ == pytest.approx(-1034.00175, abs=1e-5)


@pytest.mark.parametrize("n_components", [2, 3])
def test_it_agrees_with_gaussian_mixture_without_its_regularisation(
    three_groups, n_components
):
    z = (three_groups[::2] - three_groups.mean()) / three_groups.std()
    means = np.linspace(-1, 1, n_components)
    theirs = GaussianMixture(
        n_components,
        reg_covar=0,
        tol=1e-14,
        max_iter=20_000,
        weights_init=np.full(n_components, 1 / n_components),
        means_init=means[:, None],
        precisions_init=np.ones((n_components, 1, 1)),
    ).fit(z.reshape(-1, 1))
    ours = fit(
        z,
        n_components,
        weights_init=np.full(n_components, 1 / n_components),
        means_init=means,
        variances_init=np.ones(n_components),
    )
    order = np.argsort(theirs.means_.ravel())
    expected = [
        theirs.weights_[order],
        theirs.means_.ravel()[order],
        theirs.covariances_.ravel()[order],
    ]
    # They stop when a step gains less than 1e-14 a cell, some 1e-6 short.
    np.testing.assert_allclose(groups_of(ours), expected, atol=1e-4)


def test_counts_are_of_observed_cells_and_free_parameters(three_groups):
    holed = three_groups.copy()
    holed[0, :7] = np.nan
    fitted = fit(holed, 3)
    assert fitted.n_cells_ == three_groups.size - 7
    assert fitted.n_parameters_ == 8


def test_warm_start_goes_on_where_the_fit_ended(three_groups):
    # The default start is the result of a search, which leaves nothing to do.
    model = PanelGaussianMixture(3, init_params="quantile", warm_start=True)
    model.fit(three_groups)
    cold = model.n_iter_
    model.fit(three_groups)
    assert model.n_iter_ < cold


def test_a_fit_that_did_not_come_to_rest_says_what_remains(three_groups):
    with pytest.warns(ConvergenceWarning, match=r"can still gain about .* nats"):
        fitted = PanelGaussianMixture(
            3, max_iter=20, solver="em", init_params="quantile"
        ).fit(three_groups)
    assert not fitted.converged_
    assert fitted.remaining_gain_ > 1e-3


def test_a_group_on_the_variance_floor_is_named():
    alphas = np.concatenate([np.zeros(50), np.linspace(1, 2, 50)]).reshape(10, 10)
    with pytest.warns(ConvergenceWarning, match=r"variance of group 0 ended on the floor"):
        fitted = PanelGaussianMixture(2).fit(alphas)
    # The floor in the units of X, to rounding.
    assert fitted.variances_[0] == pytest.approx(1e-20 * alphas.var(), rel=1e-9)
    assert fitted.variances_[0] == fitted.variance_floor_


def test_verbose_prints_a_line_per_start(separated, capsys):
    PanelGaussianMixture(
        2, init_params="k-means++", n_init=3, random_state=0, verbose=1, solver="em"
    ).fit(separated)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["start 1", "start 2", "start 3"]


def test_a_fixed_value_is_published_as_it_was_given(three_groups):
    nan = np.nan
    fitted = PanelGaussianMixture(
        3,
        fixed_weights=[nan, 0.5, nan],
        fixed_means=[nan, 0.0, nan],
        fixed_variances=[1.1e-6, nan, nan],
    ).fit(three_groups)
    assert fitted.weights_[1] == 0.5
    assert fitted.means_[1] == 0.0
    assert fitted.variances_[0] == 1.1e-6
    assert fitted.n_parameters_ == 1 + 2 + 2


@pytest.mark.parametrize("init_params", ["insertion", "k-means++"])
def test_free_groups_ascend_around_a_fixed_one(three_groups, init_params):
    fitted = PanelGaussianMixture(
        3, fixed_means=[np.nan, 0, np.nan], init_params=init_params, random_state=3
    ).fit(three_groups)
    assert fitted.means_[0] < 0 < fitted.means_[2]


def test_tied_groups_share_one_variance(three_groups):
    fitted = PanelGaussianMixture(3, tied_variances=True).fit(three_groups)
    assert np.ptp(fitted.variances_) == 0
    assert fitted.n_parameters_ == 6


def test_tied_variances_of_old_faithful_are_the_published_ones(faithful):
    fitted = fit(faithful, tied_variances=True)
    # As many digits as are published.
    np.testing.assert_allclose(fitted.weights_, [0.3608498, 0.6391502], atol=1e-6)
    np.testing.assert_allclose(fitted.means_, [54.61364, 80.09031], atol=1e-4)
    np.testing.assert_allclose(np.sqrt(fitted.variances_), 5.869089, atol=1e-5)
    assert 272 * fitted.log_likelihood_ == pytest.approx(-1034.00176, abs=1e-5)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_a_fit_passes_over_well_posed_data_at_most_four_times(textbook):
    assert PanelGaussianMixture(2).fit(textbook).n_passes_ <= 4


def test_the_log_likelihood_does_not_fall_where_iterations_run_out():
    for seed in range(20):
        heavy = np.random.default_rng(seed).standard_t(3, size=(20, 20))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = PanelGaussianMixture(3, max_iter=1, init_params="quantile").fit(heavy)
        assert np.all(np.diff(fitted.log_likelihoods_) > -1e-12)


@pytest.mark.parametrize("n_components", [1, 2])
def test_a_tolerance_of_zero_ends_at_rounding(three_groups, n_components):
    fitted = PanelGaussianMixture(n_components, tol=0).fit(three_groups)
    assert fitted.converged_
    assert fitted.n_iter_ < 100


def test_a_zero_weight_does_not_hide_an_infinite_cell(three_groups):
    broken, weights = three_groups.copy(), np.ones(three_groups.shape[0])
    broken[3, 4], weights[3] = np.inf, 0
    model = PanelGaussianMixture(2)
    with pytest.raises(ValueError, match="row 3, column 4"):
        model.fit_predict(broken, sample_weight=weights)
    assert not hasattr(model, "weights_")


def test_far_cells_of_managers_without_weight_do_not_matter(three_groups):
    far, weights = three_groups.copy(), np.ones(three_groups.shape[0])
    far[0], weights[0] = 1e308, 0
    ours = PanelGaussianMixture(2, tol=1e-12).fit(far, sample_weight=weights)
    theirs = PanelGaussianMixture(2, tol=1e-12).fit(three_groups[1:])
    np.testing.assert_allclose(groups_of(ours), groups_of(theirs), rtol=1e-8)


@pytest.mark.parametrize("weight", [1e-320, 1e308])
def test_weights_beyond_reckoning_are_refused(three_groups, weight):
    weights = np.full(three_groups.shape[0], weight)
    with pytest.raises(ValueError, match=r"sample_weight is as large as .* Divide all"):
        PanelGaussianMixture(2).fit(three_groups, sample_weight=weights)


def test_tiny_weights_fit_the_same_groups(three_groups):
    weights = np.full(three_groups.shape[0], 1e-13)
    options = {"init_params": "quantile", "tol": 1e-26}
    ours = PanelGaussianMixture(2, **options).fit(three_groups, sample_weight=weights)
    theirs = PanelGaussianMixture(2, init_params="quantile", tol=1e-13).fit(three_groups)
    np.testing.assert_allclose(groups_of(ours), groups_of(theirs), rtol=1e-6)


@pytest.mark.parametrize(
    ("more", "n_starts"),
    [
        ({}, 3),  # which differ in weights and variances
        ({"weights_init": [0.5, 0.5], "variances_init": [1e-6, 1e-6]}, 1),
    ],
)
def test_no_start_is_run_twice(three_groups, capsys, more, n_starts):
    PanelGaussianMixture(
        2,
        solver="em",
        init_params="k-means++",
        n_init=3,
        means_init=[-1e-3, 1e-3],
        verbose=1,
        **more,
    ).fit(three_groups)
    assert len(capsys.readouterr().out.splitlines()) == n_starts
