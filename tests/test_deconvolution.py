"""Properties of the estimator for estimates with standard errors."""

import warnings
from functools import cache

import numpy as np
import oracle
import pytest
from scipy.special import xlogy
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.numerics.data.noisy_cells import AS_GOOD_AS_ZERO

NAN = np.nan
ANSWERS = ["predict_proba", "predict", "transform", "score_samples", "posterior_interval"]
PARTS = ["weights", "means", "variances"]
NAMES = ["posterior_mean", "posterior_sd", "prob_positive", "lfsr"]


def draw(n, weights, means, sds, log_error=0.0, log_spread=0.5, seed=0):
    rng = np.random.default_rng(seed)
    groups = rng.choice(len(weights), size=n, p=weights)
    true = np.array(means)[groups] + np.array(sds)[groups] * rng.normal(size=n)
    errors = np.exp(rng.normal(log_error, log_spread, n))
    return np.column_stack([rng.normal(true, errors), errors])


@pytest.fixture(scope="module")
def separated():
    """400 funds of two groups that noise does not hide."""
    return draw(400, [0.4, 0.6], [-3.0, 1.0], [0.5, 1.0], log_error=-0.5)


@pytest.fixture(scope="module")
def three_groups():
    return draw(600, [0.25, 0.5, 0.25], [-3.0, 0.0, 4.0], [0.7, 0.4, 1.0], -0.5)


@pytest.fixture(scope="module")
def funds():
    """3,619 funds from the literature, in annual percent, with more noise than skill."""
    return draw(
        3619, [0.283, 0.717], [-2.277, -0.685], [1.513, 0.586], log_error=np.log(1.8)
    )


@pytest.fixture(scope="module")
def fitted(separated):
    return DeconvolvedGaussianMixture(2, tol=1e-12).fit(separated)


def groups_of(fitted):
    return np.array([fitted.weights_, fitted.means_, fitted.variances_])


def fit(X, n_components=2, sample_weight=None, **options):
    options = {"tol": 1e-12, "max_iter": 20_000, **options}
    return DeconvolvedGaussianMixture(n_components, **options).fit(
        X, sample_weight=sample_weight
    )


def test_the_fit_is_the_fixed_point_of_the_oracles_iteration(separated, fitted):
    parameters = [part.tolist() for part in groups_of(fitted)]
    for _ in range(60):
        parameters, height = oracle.deconvolution_iteration(
            *separated.T.tolist(), *parameters
        )
    # Wherever the oracle drifts to in 60 iterations of rate .9 or so is its top.
    np.testing.assert_allclose(np.array(parameters), groups_of(fitted), atol=1e-6)
    assert height == pytest.approx(fitted.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize("n_iter", [1, 3])
def test_em_is_the_oracle_iteration_by_iteration(separated, n_iter):
    start = [0.5, 0.5], [-1.0, 1.0], [1.0, 2.0]
    with pytest.warns(ConvergenceWarning):
        ours = DeconvolvedGaussianMixture(
            2,
            solver="em",
            max_iter=n_iter,
            weights_init=start[0],
            means_init=start[1],
            variances_init=start[2],
        ).fit(separated)
    theirs = start
    for _ in range(n_iter):
        theirs, _ = oracle.deconvolution_iteration(*separated.T.tolist(), *theirs)
    # Sums of 400 terms, to standard units and back.
    np.testing.assert_allclose(groups_of(ours), np.array(theirs), rtol=1e-12, atol=1e-12)


def test_both_solvers_end_at_the_same_top(separated, fitted):
    em = fit(separated, solver="em", max_iter=100_000)
    # EM stops 1e-12 of its rate of 1 - 1e-3 or so short.
    np.testing.assert_allclose(groups_of(em), groups_of(fitted), atol=1e-7)


@pytest.mark.parametrize("init_params", ["insertion", "quantile"])
@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_without_noise_it_is_the_panel_mixture(three_groups, n_components, init_params):
    exact = three_groups * [1.0, 0.0]
    options = {"tol": 1e-12, "init_params": init_params}
    ours = DeconvolvedGaussianMixture(n_components, **options).fit(exact)
    theirs = PanelGaussianMixture(n_components, **options).fit(exact[:, :1])
    np.testing.assert_array_equal(groups_of(ours), groups_of(theirs))
    assert ours.log_likelihood_ == theirs.log_likelihood_
    # The posterior without noise is the panel's, computed in other units.
    np.testing.assert_allclose(
        ours.predict_proba(exact), theirs.predict_proba(exact[:, :1])[:, 0], atol=1e-10
    )
    np.testing.assert_allclose(
        ours.score_samples(exact), theirs.score_samples(exact[:, :1])[:, 0], rtol=1e-10
    )


def test_next_to_no_noise_comes_to_the_same_as_none(three_groups):
    tiny = fit(three_groups * [1.0, 1e-7], 3)
    none = fit(three_groups * [1.0, 0.0], 3)
    # Noise variances of 1e-14, and another path to the same top.
    np.testing.assert_allclose(groups_of(tiny), groups_of(none), atol=1e-6)


def test_without_noise_it_agrees_with_gaussian_mixture(three_groups):
    z = (three_groups[:, 0] - three_groups[:, 0].mean()) / three_groups[:, 0].std()
    theirs = GaussianMixture(
        2,
        reg_covar=0,
        tol=1e-14,
        max_iter=20_000,
        weights_init=[0.5, 0.5],
        means_init=[[-1.0], [1.0]],
        precisions_init=[[[1.0]], [[1.0]]],
    ).fit(z[:, None])
    ours = fit(
        np.column_stack([z, 0 * z]),
        weights_init=[0.5, 0.5],
        means_init=[-1.0, 1.0],
        variances_init=[1.0, 1.0],
    )
    expected = [theirs.weights_, theirs.means_.ravel(), theirs.covariances_.ravel()]
    # They stop when a step gains less than 1e-14 a row, some 1e-6 short.
    np.testing.assert_allclose(groups_of(ours), expected, atol=1e-5)


def test_one_group_with_equal_errors_is_the_sample_less_the_noise():
    rng = np.random.default_rng(3)
    estimates = rng.normal(0.5, 2.0, 300)
    one = fit(np.column_stack([estimates, np.full(300, 0.7)]), 1)
    # Closed form; sqrt(2 tol) of a standard error short at most.
    assert one.means_[0] == pytest.approx(estimates.mean(), abs=1e-6)
    assert one.variances_[0] == pytest.approx(estimates.var() - 0.49, abs=1e-6)


def test_noise_that_explains_all_spread_leaves_a_variance_of_zero():
    rng = np.random.default_rng(3)
    estimates = rng.normal(0.5, 1.0, 300)
    errors = rng.uniform(1.5, 2.0, 300)
    one = fit(np.column_stack([estimates, errors]), 1)
    assert one.variances_.tolist() == [0.0]
    # The precision-weighted mean, the textbook's fixed effect.
    assert one.means_[0] == pytest.approx(np.average(estimates, weights=errors**-2.0))
    assert one.converged_
    assert np.all(np.diff(one.log_likelihoods_) >= 0)


@pytest.mark.parametrize("value", [0.0, 0.1, -3e-4, 1e120])
def test_equal_estimates_have_no_spread_behind_their_noise(value):
    unit = abs(value) or 1.0
    one = fit([[value, 0.2 * unit], [value, 0.3 * unit], [value, 0.5 * unit]], 1)
    assert (one.means_.tolist(), one.variances_.tolist()) == ([value], [0.0])
    assert one.converged_


def test_equal_estimates_are_answered_by_the_point_mass_that_they_are():
    X = np.array([[1.0, 0.2], [1.0, 0.3], [1.0, 0.5]])
    one = fit(X, 1)
    assert one.transform(X).tolist() == [[1.0, 0.0, 1.0, 0.0]] * 3
    expected = norm.logpdf(0, scale=X[:, 1])
    np.testing.assert_allclose(one.score_samples(X), expected, rtol=1e-12)
    assert one.log_likelihood_ == pytest.approx(expected.mean(), rel=1e-12)


@pytest.mark.parametrize("X", [[[1.0, 0.0], [1.0, 0.2]], [[1.0, 0.0], [1.0, 0.0]]])
def test_equal_estimates_of_which_one_has_no_noise_are_refused(X):
    with pytest.raises(ValueError, match=r"1 different estimate.*two if .* error is 0"):
        fit(X, 1)


def test_a_variance_of_zero_is_likelier_than_those_near_it():
    X = draw(3000, [0.5, 0.5], [0.0, 4.0], [0.0, 1.0], log_error=-1.0, seed=1)
    landed = fit(X)
    near = fit(X, fixed_variances=[1e-4, NAN])
    assert landed.variances_[0] == 0 or landed.variances_[0] > 1e-4
    assert landed.log_likelihood_ >= near.log_likelihood_


def test_a_variance_of_zero_that_is_less_likely_is_not_published():
    """The likelihood is highest at a variance between 0 and where the search stops."""
    error, n = 0.5, 2000
    estimates = norm.ppf((np.arange(n) + 0.5) / n)
    best = 0.8 * AS_GOOD_AS_ZERO * error**2
    estimates *= np.sqrt(best + error**2) / estimates.std()
    one = fit(np.column_stack([estimates, np.full(n, error)]), 1)
    zero = norm.logpdf(estimates, one.means_[0], error).mean()
    assert one.log_likelihood_ > zero
    assert one.variances_[0] == pytest.approx(AS_GOOD_AS_ZERO * error**2, rel=1e-9)
    assert np.all(np.diff(one.log_likelihoods_) >= 0)


def test_tied_variances_may_all_be_zero():
    X = draw(2000, [0.5, 0.5], [-2.0, 2.0], [0.0, 0.0], log_error=0.0, seed=4)
    X[:, 1] *= 1.1  # the errors claim more noise than there is
    assert fit(X, tied_variances=True).variances_.tolist() == [0.0, 0.0]


def test_some_estimates_without_noise_need_the_floor():
    X = draw(300, [0.5, 0.5], [-2.0, 2.0], [1.0, 1.0], seed=2)
    X[:5] = [[1.0, 0.0]] * 5
    with pytest.warns(ConvergenceWarning, match=r"ended on the floor.* equal estimates"):
        fitted = DeconvolvedGaussianMixture(
            2, means_init=[0.0, 1.0], variances_init=[4.0, 1e-5], tol=1e-8
        ).fit(X)
    typical = np.exp(np.log(X[5:, 1]).mean())
    weights = 1 / (X[:, 1] ** 2 + typical**2)
    mean = np.average(X[:, 0], weights=weights)
    pooled = np.average((X[:, 0] - mean) ** 2, weights=weights)
    # The floor in the units of X, to rounding.
    assert fitted.variances_.min() == pytest.approx(1e-20 * pooled, rel=1e-9)
    assert fitted.variances_.min() == fitted.variance_floor_


@pytest.mark.parametrize("far", [1e2, 1e5, 1e8])
def test_estimates_as_noisy_as_they_are_far_out_say_nothing(separated, fitted, far):
    lost = far * np.array([[1.3, 1.0], [-0.7, 1.0], [0.2, 2.0]])
    other = fit(np.append(separated, lost, axis=0))
    # Information of order 1 / far^2 each, and what 1e8 rounds away of the rest.
    np.testing.assert_allclose(groups_of(other), groups_of(fitted), atol=10 / far**2 + 1e-6)


@pytest.mark.parametrize("offset", [0.0, 30.0])
@pytest.mark.parametrize("factor", [1e-120, 1e-3, 1e6, 1e120, -1.0])
def test_results_do_not_depend_on_units(separated, fitted, factor, offset):
    scaled = separated * [factor, abs(factor)] + [factor * offset, 0.0]
    other = fit(scaled)
    weights, means, variances = groups_of(fitted)
    expected = np.array([weights, factor * (means + offset), factor**2 * variances])
    if factor < 0:
        expected = expected[:, ::-1]
    # An offset of 30 loses some digits, and the iteration stops below the top.
    np.testing.assert_allclose(groups_of(other), expected, rtol=1e-6)
    np.testing.assert_allclose(
        other.transform(scaled)[:, 1],
        abs(factor) * fitted.transform(separated)[:, 1],
        rtol=1e-5,
    )


@pytest.mark.parametrize("init_params", ["insertion", "quantile", "k-means++"])
def test_weight_k_is_k_funds(separated, init_params):
    counts = np.arange(400) % 4
    options = {"init_params": init_params, "random_state": 0}
    weighted = fit(separated, sample_weight=counts, **options)
    copied = fit(np.repeat(separated, counts, axis=0), **options)
    # Sums differ by their order, and the iteration stops below the top.
    np.testing.assert_allclose(groups_of(weighted), groups_of(copied), atol=1e-6)
    assert weighted.score(separated, sample_weight=counts) == pytest.approx(
        copied.score(np.repeat(separated, counts, axis=0)), rel=1e-10
    )


@pytest.mark.parametrize("row", [[NAN, NAN], [NAN, 0.5], [0.5, NAN]])
def test_a_missing_row_is_as_if_it_were_not_there(separated, fitted, row):
    holed = np.insert(separated, 100, row, axis=0)
    other = fit(holed)
    np.testing.assert_allclose(groups_of(other), groups_of(fitted), atol=1e-7)
    assert other.n_cells_ == 400
    assert other.score(holed) == pytest.approx(fitted.score(separated), rel=1e-9)


def test_a_missing_row_has_the_answers_of_the_fitted_mixture(separated, fitted):
    missing = [[NAN, 0.5]]
    weights, means, _ = groups_of(fitted)
    assert fitted.predict_proba(missing)[0].tolist() == weights.tolist()
    assert fitted.predict(missing)[0] == weights.argmax()
    assert np.isnan(fitted.score_samples(missing)[0])
    mean, sd, positive, lfsr = fitted.transform(missing)[0]
    population = fitted.to_scipy()
    assert mean == pytest.approx(weights @ means)
    assert sd == pytest.approx(float(population.standard_deviation()))
    assert positive == pytest.approx(float(population.ccdf(0.0)))
    assert lfsr == pytest.approx(min(positive, 1 - positive))
    low, high = fitted.posterior_interval(missing)[0]
    # SciPy's inversion is good to some 1e-8.
    assert low == pytest.approx(float(population.icdf(0.025)), abs=1e-5)
    assert high == pytest.approx(float(population.icdf(0.975)), abs=1e-5)
    rates = fitted.false_discovery(np.append(separated, missing, axis=0))
    assert rates.local_rates[-1] == pytest.approx(1 - positive)


@pytest.mark.parametrize("solver", ["newton", "em"])
def test_history_never_decreases_and_ends_at_what_is_published(three_groups, solver):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = fit(three_groups, 3, solver=solver, init_params="quantile", max_iter=300)
    # A mean over 600 rows is good to about 1e-13.
    assert np.all(np.diff(fitted.log_likelihoods_) > -1e-12)
    assert fitted.log_likelihoods_[-1] == fitted.log_likelihood_
    assert fitted.log_likelihood_ == pytest.approx(fitted.score(three_groups), rel=1e-12)


def test_funds_of_the_literature_are_fitted_as_well_as_by_em_from_many_starts(funds):
    ours = DeconvolvedGaussianMixture(2).fit(funds)
    assert ours.converged_
    for seed in range(5):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            em = DeconvolvedGaussianMixture(
                2,
                solver="em",
                init_params="random_from_data",
                n_init=1,
                random_state=seed,
                max_iter=300,
                tol=1e-9,
            ).fit(funds)
        # In nats over all funds; `tol` is 1e-6.
        assert funds.shape[0] * (em.log_likelihood_ - ours.log_likelihood_) < 1e-5


@pytest.mark.parametrize("solver", ["newton", "em"])
def test_fits_and_answers_have_the_same_bits_on_any_number_of_threads(solver):
    X = draw(140_000, [0.4, 0.6], [-3.0, 1.0], [0.5, 1.0])
    models = [
        DeconvolvedGaussianMixture(
            2, n_jobs=n, solver=solver, max_iter=5, init_params="quantile"
        )
        for n in (1, 3)
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits = [model.fit(X) for model in models]
    for other in fits[1:]:
        np.testing.assert_array_equal(groups_of(other), groups_of(fits[0]))
        assert other.log_likelihood_ == fits[0].log_likelihood_
        for answer in ANSWERS if solver == "newton" else ():
            np.testing.assert_array_equal(
                getattr(other, answer)(X[:70_000]), getattr(fits[0], answer)(X[:70_000])
            )


def test_the_layout_of_the_table_does_not_matter(separated, fitted):
    for other in (np.asfortranarray(separated), np.repeat(separated, 2, axis=1)[:, ::2]):
        np.testing.assert_allclose(groups_of(fit(other)), groups_of(fitted), rtol=1e-9)


def test_the_table_is_not_changed(separated):
    before = separated.copy()
    fit(separated).transform(separated)
    np.testing.assert_array_equal(separated, before)


# Constraints.

CONSTRAINTS = {
    "tied": ({"tied_variances": True}, 6),
    "one weight": ({"fixed_weights": [NAN, 0.5, NAN]}, 7),
    "zero alpha": ({"fixed_means": [NAN, 0, NAN], "fixed_variances": [NAN, 0, NAN]}, 6),
    "a point mass": ({"fixed_variances": [NAN, 0, NAN]}, 7),
    "everything": (
        {
            "fixed_weights": [0.25, 0.5, 0.25],
            "fixed_means": [-3.0, 0.0, 4.0],
            "fixed_variances": [0.5, 0.0, 1.0],
        },
        0,
    ),
}


@pytest.fixture(scope="module")
def fit_once(three_groups):
    """The fit of three groups under constraints of a name, or none, made once for each."""

    @cache
    def fit_once(name=None):
        return fit(three_groups, 3, **(CONSTRAINTS[name][0] if name else {}))

    return fit_once


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_fixed_values_are_kept_to_the_bit(fit_once, name):
    constraints, n_parameters = CONSTRAINTS[name]
    fitted = fit_once(name)
    assert fitted.converged_
    assert fitted.n_parameters_ == n_parameters
    for part in ("weights", "means", "variances"):
        given = np.array(constraints.get(f"fixed_{part}", np.full(3, NAN)), dtype=float)
        published = getattr(fitted, f"{part}_")
        assert np.all((published == given) | np.isnan(given))


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_more_freedom_is_never_less_likely(fit_once, name):
    assert fit_once(name).log_likelihood_ <= fit_once().log_likelihood_ + 1e-9


@pytest.mark.parametrize("name", ["tied", "one weight", "zero alpha", "everything"])
def test_constrained_solvers_end_at_the_same_top(three_groups, name):
    constraints = CONSTRAINTS[name][0]
    newton = fit(three_groups, 3, init_params="quantile", **constraints)
    em = fit(three_groups, 3, solver="em", init_params="quantile", **constraints)
    # EM stops 1e-12 of its rate of 1 - 1e-3 or so short.
    np.testing.assert_allclose(groups_of(em), groups_of(newton), atol=1e-6)


def test_funds_without_alpha_are_found():
    X = draw(4000, [0.3, 0.5, 0.2], [-4.0, 0.0, 4.0], [1.0, 0.0, 1.0], log_error=-0.3)
    fitted = fit(X, 3, fixed_means=[NAN, 0, NAN], fixed_variances=[NAN, 0, NAN])
    # 4,000 draws: three standard errors of a share.
    np.testing.assert_allclose(fitted.weights_, [0.3, 0.5, 0.2], atol=0.03)
    assert fitted.transform([[0.0, 1e-3]])[0, 3] > 0.9  # neither sign is likely


def test_around_a_point_mass_it_ends_as_high_as_any_random_start():
    X = draw(3000, [0.2, 0.75, 0.05], [-3.0, 0.0, 3.0], [0.8, 0.0, 0.8], 0.4, seed=2)
    zero = {"fixed_means": [NAN, 0, NAN], "fixed_variances": [NAN, 0, NAN]}
    ours = fit(X, 3, tol=1e-6, **zero)
    for kind in ("k-means++", "random_from_data"):
        theirs = fit(X, 3, tol=1e-6, init_params=kind, random_state=0, **zero)
        # In nats over all funds.
        assert X.shape[0] * (theirs.log_likelihood_ - ours.log_likelihood_) < 1e-5


@pytest.mark.parametrize("factor", [1e3, 1e9, 1e60])
def test_noise_beyond_all_spread_leaves_nothing_but_a_mean(separated, factor):
    drowned = fit(separated * [1.0, factor], 1, tol=1e-6)
    assert drowned.variances_[0] < separated[:, 0].var()
    precisions = (factor * separated[:, 1]) ** -2.0
    expected = np.average(separated[:, 0], weights=precisions)
    # This is the promise of `tol`, for a variance far below that of the noise.
    distance = np.sqrt(2e-6 / precisions.sum())
    assert drowned.means_[0] == pytest.approx(expected, abs=distance)
    assert drowned.converged_


# Posterior answers.


def test_interval_ends_have_equal_tails(separated, fitted):
    low, high = fitted.posterior_interval(separated, level=0.9).T
    above = []
    for end in (low[0], high[0]):
        moved = holding(fitted).set_params(fixed_means=fitted.means_ - end)
        moved.fit(separated - [end, 0.0])
        above.append(moved.transform(separated[:1] - [end, 0.0])[0, 2])
    np.testing.assert_allclose(above, [0.95, 0.05], atol=1e-9)


def test_intervals_hold_the_true_alphas_they_promise_to():
    rng = np.random.default_rng(5)
    true = np.append(rng.normal(-2, 0.5, 3000), rng.normal(1, 1.0, 7000))
    errors = rng.uniform(0.3, 2.0, true.size)
    X = np.column_stack([rng.normal(true, errors), errors])
    low, high = fit(X).posterior_interval(X, level=0.8).T
    # Three standard errors of a share of 10,000 funds.
    assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.8, abs=0.012)


def test_false_discovery_rates_are_the_share_of_false_discoveries():
    rng = np.random.default_rng(6)
    true = np.append(rng.normal(-1, 0.5, 12_000), rng.normal(2, 1.0, 8000))
    errors = rng.uniform(0.3, 2.0, true.size)
    X = np.column_stack([rng.normal(true, errors), errors])
    q_values = fit(X).false_discovery(X).q_values
    called = q_values <= 0.1
    # About 7,000 funds are called: three standard errors of the share are .011.
    assert np.mean(true[called] <= 0) == pytest.approx(q_values[called].max(), abs=0.012)


def test_rates_of_a_threshold_are_those_of_estimates_moved_by_it(separated, fitted):
    moved = separated - [0.7, 0.0]
    held = {f"fixed_{part}": getattr(fitted, f"{part}_") for part in PARTS}
    there = fit(moved, **{**held, "fixed_means": fitted.means_ - 0.7})
    rates = fitted.false_discovery(separated, above=0.7).local_rates
    expected = there.false_discovery(moved).local_rates
    # The posterior's distance from the threshold is subtracted in another order.
    np.testing.assert_allclose(rates, expected, atol=1e-12)


def test_rates_of_calls_below_are_those_of_the_mirror_image(separated, fitted):
    mirrored = separated * [-1.0, 1.0]
    held = {f"fixed_{part}": getattr(fitted, f"{part}_") for part in PARTS}
    there = fit(mirrored, **{**held, "fixed_means": -fitted.means_})
    rates = fitted.false_discovery(separated, above=-2.0, side="less")
    expected = there.false_discovery(mirrored, above=2.0)
    np.testing.assert_array_equal(rates.local_rates, expected.local_rates)


@pytest.mark.parametrize("side", ["greater", "less"])
def test_a_point_mass_at_the_threshold_is_all_null(side):
    held = {"fixed_weights": [1.0], "fixed_means": [0.5], "fixed_variances": [0.0]}
    known = fit([[0.0, 1.0], [2.0, 1.0]], 1, **held)
    rates = known.false_discovery([[9.0, 1.0]], above=0.5, side=side)
    assert rates.local_rates[0] == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"above": np.inf}, ValueError, "above=inf must be finite"),
        ({"above": 10**400}, ValueError, "above=10+ must be finite"),
        ({"above": "0"}, TypeError, "above='0' must be a number"),
        ({"above": True}, TypeError, "above=True must be a number"),
        ({"side": "both"}, ValueError, "side='both' must be \"greater\""),
        ({"side": -1}, ValueError, 'side=-1 must be "greater"'),
    ],
)
def test_no_call_is_about_another_side_or_no_threshold(
    separated, fitted, arguments, error, message
):
    with pytest.raises(error, match=message):
        fitted.false_discovery(separated, **arguments)


def test_the_local_rate_is_that_of_not_being_positive(separated, fitted):
    local, q_values = fitted.false_discovery(separated)
    np.testing.assert_allclose(local, 1 - fitted.transform(separated)[:, 2], atol=1e-12)
    assert np.all(q_values <= local)


def test_draws_have_the_posteriors_moments(separated, fitted):
    few = separated[:20]
    grid = fitted.sample_posterior(few, 40_000, random_state=0)
    mean, sd, positive, _ = fitted.transform(few).T
    # Five standard errors of 40,000 draws; sds of heavier tails than normal.
    np.testing.assert_allclose((grid.mean(axis=1) - mean) / sd, 0, atol=5 / 200)
    np.testing.assert_allclose(grid.std(axis=1) / sd, 1, atol=0.05)
    np.testing.assert_allclose((grid > 0).mean(axis=1), positive, atol=2.5 / 200)


def test_draws_follow_the_random_state(separated, fitted):
    first, again, other = (
        fitted.sample_posterior(separated, 3, random_state=seed) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def holding(mixture):
    return DeconvolvedGaussianMixture(
        2,
        fixed_weights=mixture.weights_,
        fixed_means=mixture.means_,
        fixed_variances=mixture.variances_,
    )


def test_monte_carlo_em_comes_to_the_exact_fit(separated, fitted):
    panel = PanelGaussianMixture(2, warm_start=True).fit(separated[:, :1])
    path = []
    for seed in range(60):
        model = holding(panel).fit(separated)
        panel.fit(model.sample_posterior(separated, 50, random_state=seed))
        path.append(groups_of(panel))
    # The mean of the last 40 steps, each with noise of some .02, which are dependent.
    np.testing.assert_allclose(np.mean(path[20:], axis=0), groups_of(fitted), atol=0.03)


def test_samples_are_of_the_true_alphas(separated, fitted):
    alphas, groups = fit(separated, random_state=0).sample(50_000)
    # Five standard errors of 50,000 draws.
    assert alphas.std() == pytest.approx(
        float(fitted.to_scipy().standard_deviation()), rel=0.03
    )
    assert np.mean(groups == 1) == pytest.approx(fitted.weights_[1], abs=0.012)


def test_criteria_count_free_parameters_and_observed_funds(separated, fitted):
    total = 400 * fitted.score(separated)
    holed = np.append(separated, [[NAN, 1.0]], axis=0)
    assert fitted.aic(holed) == pytest.approx(-2 * total + 10, rel=1e-12)
    assert fitted.bic(holed) == pytest.approx(-2 * total + 5 * np.log(400), rel=1e-12)


def test_icl_is_bic_and_twice_the_entropy_of_the_memberships(fitted, separated):
    p = fitted.predict_proba(separated)
    expected = fitted.bic(separated) - 2 * xlogy(p, p).sum()
    assert fitted.icl(separated) == pytest.approx(expected, rel=1e-12)  # sums of 400 rows


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_the_number_of_groups_is_told_by_bic(three_groups):
    models = [DeconvolvedGaussianMixture(n).fit(three_groups) for n in (2, 3, 4)]
    scores = [model.bic(three_groups) for model in models]
    assert int(np.argmin(scores)) == 1


def test_a_point_mass_has_no_scipy_distribution(separated):
    fitted = fit(separated, 2, fixed_variances=[NAN, 0.0])
    with pytest.raises(ValueError, match=r"variances_=.*point mass.*no density.*sample"):
        fitted.to_scipy()


# scikit-learn's ways.


def test_answers_have_one_row_per_fund(separated, fitted):
    assert fitted.predict_proba(separated).shape == (400, 2)
    np.testing.assert_allclose(fitted.predict_proba(separated).sum(axis=1), 1, rtol=1e-12)
    for answer in ("predict", "score_samples"):
        assert getattr(fitted, answer)(separated).shape == (400,)
    assert fitted.transform(separated).shape == (400, 4)
    assert fitted.fit_transform(separated).shape == (400, 4)
    assert fitted.get_feature_names_out().tolist() == NAMES
    assert isinstance(fitted.score(separated), float)


def test_frames_keep_their_index_and_names(separated):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        separated, columns=["alpha", "standard_error"], index=[f"f{i}" for i in range(400)]
    )
    model = DeconvolvedGaussianMixture(2).set_output(transform="pandas").fit(frame)
    answers = model.transform(frame)
    assert answers.columns.tolist() == NAMES
    assert answers.index.equals(frame.index)
    assert model.feature_names_in_.tolist() == ["alpha", "standard_error"]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_columns_in_the_wrong_order_are_refused_by_name(separated, fitted, library):
    frames = pytest.importorskip(library)
    names = ["alpha", "standard_error"]
    frame = frames.DataFrame(dict(zip(names, separated.T, strict=True)))
    with pytest.raises(ValueError, match=r'in this order.*Pass X\[\["alpha", "standard_er'):
        fit(frame[names[::-1]])
    np.testing.assert_array_equal(groups_of(fit(frame[names])), groups_of(fitted))


def test_columns_of_other_names_are_taken_in_their_order(separated, fitted):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(separated, columns=["error", "estimate"])
    np.testing.assert_array_equal(groups_of(fit(frame)), groups_of(fitted))


def test_it_works_in_pipelines_searches_and_cross_validation(separated):
    pipeline = make_pipeline(FunctionTransformer(), DeconvolvedGaussianMixture(2))
    assert np.isfinite(cross_val_score(pipeline, separated, cv=3)).all()
    search = GridSearchCV(DeconvolvedGaussianMixture(), {"n_components": [1, 2]}, cv=3)
    assert search.fit(separated).best_params_ == {"n_components": 2}


def test_float32_stays_float32(separated, fitted):
    single = separated.astype(np.float32)
    for answer in ("predict_proba", "transform"):
        ours = getattr(fitted, answer)(single)
        assert ours.dtype == np.float32
        # Seven digits of the input.
        np.testing.assert_allclose(ours, getattr(fitted, answer)(separated), atol=1e-5)


def test_a_dask_table_is_read(separated, fitted):
    da = pytest.importorskip("dask.array")
    lazy = da.from_array(separated, chunks=(100, 2))
    np.testing.assert_array_equal(groups_of(fit(lazy)), groups_of(fitted))


@pytest.mark.parametrize("call", ["fit", "fit_predict", "fit_transform"])
def test_a_warning_of_a_fit_points_at_the_call(three_groups, call):
    model = DeconvolvedGaussianMixture(3, max_iter=2, solver="em", init_params="quantile")
    with pytest.warns(ConvergenceWarning, match="Not converged") as caught:
        getattr(model, call)(three_groups)
    assert caught[0].filename == __file__


def test_a_fit_prints_its_log_likelihood_per_estimate(separated, capsys):
    DeconvolvedGaussianMixture(verbose=1).fit(separated)
    assert "log-likelihood per estimate" in capsys.readouterr().out


def test_a_dask_array_that_is_no_table_is_refused():
    da = pytest.importorskip("dask.array")
    with pytest.raises(ValueError, match=r"Expected 2D array.*two columns.*column_stack"):
        DeconvolvedGaussianMixture().fit(da.ones(4))


def test_a_score_of_no_estimate_is_refused(fitted):
    with pytest.raises(ValueError, match="no observed estimate: all 2 funds"):
        fitted.score([[NAN, 1.0], [0.1, NAN]])


def test_warm_start_goes_on_where_the_fit_ended(three_groups):
    model = DeconvolvedGaussianMixture(3, warm_start=True).fit(three_groups)
    first = groups_of(model)
    assert model.fit(three_groups).n_passes_ <= 4
    np.testing.assert_allclose(groups_of(model), first, atol=1e-3)


def test_an_early_end_says_what_remains(three_groups):
    with pytest.warns(
        ConvergenceWarning, match=r"gain about .* nats over the 600 estimates\."
    ):
        fitted = DeconvolvedGaussianMixture(
            3, max_iter=5, solver="em", init_params="quantile"
        ).fit(three_groups)
    assert not fitted.converged_
    assert fitted.remaining_gain_ > 1e-3


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[0.1], [0.2]], r"n_features=1 column.*needs 2.*column_stack"),
        (np.ones((3, 4)), r"n_features=4 column.*needs 2 or 3"),
        (
            [[0.1, 1, 9], [0.2, 1, 0.5]],
            r"0\.5 degrees of freedom in row 1.*at least 1.*inf",
        ),
        ([0.1, 0.2], r"(?s)Expected 2D array.*two columns.*column_stack"),
        ([[0.1, 1.0], [0.2, -1.0]], r"standard error -1\.0 in row 1.*not be negative.*NaN"),
        ([[0.1, 1.0], [np.inf, 1.0]], r"infinite estimate: inf in row 1, column 0.*NaN"),
        ([[0.1, np.inf], [0.2, 1.0]], r"infinite standard error: inf in row 0, column 1"),
        ([[NAN, 1.0], [0.1, NAN]], r"no observed estimate: all 2 funds.*FactorAlphas"),
        ([[0.1, 1.0]], r"one fund only \(n_samples=1\).*Add funds"),
        ([[0.1, 1.0], [0.1, 2.0]], r"1 different estimate.*needs at least 2.*fewer"),
        ([[0.1, 1e200], [0.2, 1.0]], r"standard error .* times as large.*NaN"),
        ([["a", "b"], ["c", "d"]], r"X: 'a' of type str_.*two columns.*column_stack"),
    ],
)
def test_a_bad_table_is_refused(X, message):
    model = DeconvolvedGaussianMixture(2)
    with pytest.raises(ValueError, match=message):
        model.fit(X)
    assert not hasattr(model, "weights_")
    assert not hasattr(model, "n_features_in_")


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"fixed_variances": [-1.0, NAN]}, r"fixed_variances=.*must be"),
        ({"fixed_weights": [0.7, 0.7]}, r"fixed_weights=.*sums to 1\.4"),
        ({"fixed_means": [0.0]}, r"fixed_means has shape \(1,\), n_components=2"),
        ({"variances_init": [0.0, 1.0]}, r"variances_init=.*must be positive"),
        ({"means_init": [0.0, 1e200]}, r"means_init lies .* units of X"),
        ({"fixed_variances": [0.0, NAN], "tied_variances": True}, r"contradicts"),
    ],
)
def test_bad_parameters_are_refused(separated, bad, message):
    model = DeconvolvedGaussianMixture(2, **bad)
    with pytest.raises(ValueError, match=message):
        model.fit(separated)
    assert not hasattr(model, "weights_")


def test_a_point_mass_among_estimates_without_noise_is_refused(separated):
    exact = separated.copy()
    exact[7, 1] = 0.0
    with pytest.raises(ValueError, match=r"fixed_variances=.*standard error of 0.*Fix"):
        fit(exact, fixed_variances=[0.0, NAN])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), r"sample_weight has shape \(3,\)"),
        (-np.ones(400), r"must not be negative"),
        (np.zeros(400), r"zero for all 400 rows"),
    ],
)
def test_bad_weights_are_refused(separated, weights, message):
    with pytest.raises(ValueError, match=message):
        fit(separated, sample_weight=weights)


@pytest.mark.parametrize("level", [0.0, 1.0, -1, 95])
def test_a_level_out_of_range_is_refused(separated, fitted, level):
    with pytest.raises(ValueError, match=r"level=.*between 0 and 1.*0\.95"):
        fitted.posterior_interval(separated, level=level)


def test_other_values_than_counts_of_draws_are_refused(separated, fitted):
    with pytest.raises(ValueError, match=r"n_draws=0 must be at least 1"):
        fitted.sample_posterior(separated, 0)
    with pytest.raises(TypeError, match=r"n_draws=2\.5 must be an integer"):
        fitted.sample_posterior(separated, 2.5)
    with pytest.raises(TypeError, match=r"level='x' must be a number"):
        fitted.posterior_interval(separated, level="x")


@pytest.mark.parametrize("answer", [*ANSWERS, "false_discovery", "score", "bic"])
def test_nothing_is_answered_before_a_fit_or_about_other_columns(separated, fitted, answer):
    with pytest.raises(NotFittedError):
        getattr(DeconvolvedGaussianMixture(), answer)(separated)
    with pytest.raises(ValueError, match="X has 1 features, but"):
        getattr(fitted, answer)(separated[:, :1])
    with pytest.raises(ValueError, match="must not be negative"):
        getattr(fitted, answer)(-separated)


def test_an_alpha_that_is_known_to_be_zero_is_not_positive(separated):
    known = DeconvolvedGaussianMixture(1).fit([[1.0, 0.2], [2.0, 0.3], [-1.0, 0.5]])
    summary = known.transform([[0.0, 0.0]])[0]
    assert summary[[0, 1, 2]].tolist() == [0, 0, 0]
    assert known.false_discovery([[0.0, 0.0]]).local_rates[0] == 1
