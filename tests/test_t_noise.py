"""Estimates whose standard errors have degrees of freedom."""

import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

import skem.display
from skem import DeconvolvedGaussianMixture
from skem.inference import parameter_covariance, summarize

ANSWERS = [
    "predict_proba",
    "predict",
    "transform",
    "score_samples",
    "posterior_interval",
    "false_discovery",
]


def draw(n, degrees, seed=0):
    """Funds of two groups, some of them with normal noise."""
    rng = np.random.default_rng(seed)
    skilled = rng.random(n) < 0.3
    true = np.where(skilled, 3.0, -1.0) + rng.normal(size=n)
    errors = np.exp(rng.normal(0, 0.3, n))
    degrees = np.resize(degrees, n)
    return np.column_stack([true + errors * rng.standard_t(degrees), errors, degrees])


@pytest.fixture(scope="module")
def table():
    return draw(500, [9.0, 19.0, 55.0, 1e14])


@pytest.fixture(scope="module")
def fitted(table):
    return DeconvolvedGaussianMixture(2, tol=1e-12).fit(table)


def groups_of(fitted):
    return np.array([fitted.weights_, fitted.means_, fitted.variances_])


def answers(model, X):
    return [np.asarray(getattr(model, name)(X)) for name in ANSWERS]


def test_infinite_degrees_are_normal_noise_to_the_bit(table):
    infinite = table.copy()
    infinite[:, 2] = np.inf
    ours = DeconvolvedGaussianMixture(2).fit(infinite)
    theirs = DeconvolvedGaussianMixture(2).fit(table[:, :2])
    np.testing.assert_array_equal(groups_of(ours), groups_of(theirs))
    for a, b in zip(answers(ours, infinite), answers(theirs, table[:, :2]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_both_solvers_end_at_the_same_top(table, fitted):
    em = DeconvolvedGaussianMixture(2, solver="em", tol=1e-8, max_iter=20_000).fit(table)
    # EM stops where it moves by 1e-8 a step, some 1e2 steps from the top.
    np.testing.assert_allclose(groups_of(em), groups_of(fitted), rtol=1e-4)


def test_the_published_log_likelihood_is_that_of_the_answers(table, fitted):
    # The same sums over 500 funds, in another order.
    assert fitted.score(table) == pytest.approx(fitted.log_likelihood_, rel=1e-12)


def test_the_history_never_decreases(table):
    em = DeconvolvedGaussianMixture(2, solver="em", init_params="quantile", tol=1e-5)
    # Rounding of a mean over 500 funds.
    assert (np.diff(em.fit(table).log_likelihoods_) >= -1e-14).all()


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_heavy_tails_of_noise_are_no_group_of_skill():
    X = draw(3000, [5.0])
    rng = np.random.default_rng(0)
    X[:, 0] = rng.normal(size=3000) + X[:, 1] * rng.standard_t(5, 3000)
    one, two = (DeconvolvedGaussianMixture(n).fit(X) for n in (1, 2))
    assert one.bic(X) < two.bic(X)
    normal = X[:, :2]
    one, two = (DeconvolvedGaussianMixture(n).fit(normal) for n in (1, 2))
    assert one.bic(normal) > two.bic(normal)


def test_a_row_without_degrees_is_missing(table, fitted):
    holed = table.copy()
    holed[3, 2] = np.nan
    refitted = DeconvolvedGaussianMixture(2, tol=1e-12).fit(holed)
    assert refitted.n_cells_ == 499
    np.testing.assert_allclose(fitted.predict_proba(holed)[3], fitted.weights_)
    assert np.isnan(fitted.score_samples(holed)[3])


def test_weight_k_is_k_funds(table, fitted):
    weights = np.resize([1, 2, 0], 500)
    ours = DeconvolvedGaussianMixture(2, tol=1e-12).fit(table, sample_weight=weights)
    theirs = DeconvolvedGaussianMixture(2, tol=1e-12).fit(np.repeat(table, weights, axis=0))
    np.testing.assert_allclose(groups_of(ours), groups_of(theirs), rtol=1e-9)


@pytest.mark.parametrize("factor", [1e-3, -12.0])
def test_results_do_not_depend_on_units(table, fitted, factor):
    scaled = table * [factor, abs(factor), 1]
    model = DeconvolvedGaussianMixture(2, tol=1e-12).fit(scaled)
    means = np.sort(factor * fitted.means_)
    # Where a climb stops in units of its own, within sqrt(2 tol) standard errors.
    np.testing.assert_allclose(model.means_, means, rtol=1e-6)


def test_many_funds_have_the_same_bits_on_any_number_of_threads():
    X = draw(140_000, [19.0, 55.0, 115.0])
    one, two = (
        DeconvolvedGaussianMixture(2, n_jobs=n, init_params="quantile").fit(X)
        for n in (1, 2)
    )
    np.testing.assert_array_equal(groups_of(one), groups_of(two))
    some = X[:70_000]  # more than a block
    np.testing.assert_array_equal(one.transform(some), two.transform(some))


def test_bins_lead_to_the_top_of_all_funds():
    X = draw(20_000, [9.0, 19.0, 55.0])
    binned = DeconvolvedGaussianMixture(2, tol=1e-10).fit(X)
    start = {
        f"{part}_init": getattr(binned, f"{part}_")
        for part in ("weights", "means", "variances")
    }
    em = DeconvolvedGaussianMixture(2, solver="em", max_iter=30, tol=0, **start)
    with pytest.warns(UserWarning, match="max_iter"):
        em.fit(X)
    # What 30 steps of EM gain is less than what is left at the top, in nats of all funds.
    assert 20_000 * (em.log_likelihood_ - binned.log_likelihood_) < 1e-6


def test_weights_alone_are_fitted_under_t_noise(table, fitted):
    held = DeconvolvedGaussianMixture(
        2, fixed_means=fitted.means_, fixed_variances=fitted.variances_
    ).fit(table)
    # The weights' own top is that of all parameters, to the root of the solver's gap.
    np.testing.assert_allclose(held.weights_, fitted.weights_, atol=1e-4)


def test_standard_errors_are_the_inverse_of_the_numerical_information(table, fitted):
    covariance = parameter_covariance(fitted, table, draws="independent")
    moved, h = DeconvolvedGaussianMixture(2).fit(table), 1e-4

    def height(step):
        moved.weights_ = fitted.weights_ + step[0] * np.array([1, -1])
        moved.means_ = fitted.means_ + step[1:3]
        moved.variances_ = fitted.variances_ + step[3:]
        return len(table) * moved.score(table)

    signs = [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    curvature = [
        [sum(c * height(a * u + b * v) for a, b, c in signs) for v in h * np.eye(5)]
        for u in h * np.eye(5)
    ]
    inverse = np.linalg.inv(-np.array(curvature) / (4 * h**2))
    at = [0, 2, 3, 4, 5]  # the second weight is one less the first
    # Second differences of 1,000 nats at steps of 1e-4 keep four digits.
    np.testing.assert_allclose(covariance[np.ix_(at, at)], inverse, rtol=1e-3, atol=1e-5)


def test_summaries_take_degrees(table, fitted):
    narrow = summarize(fitted, table, draws="independent")
    assert np.isfinite(narrow.standard_errors).all()


def test_less_is_known_of_a_fund_with_fewer_degrees(fitted):
    rows = [[4.0, 2.0, 5.0], [4.0, 2.0, 1000.0]]
    few, many = fitted.transform(rows)
    assert few[1] > many[1]
    assert few[0] < many[0]


def test_the_columns_of_a_frame_are_checked_by_name(table, fitted):
    pd = pytest.importorskip("pandas")
    names = ["alpha", "standard_error", "df"]
    frame = pd.DataFrame(table, columns=names)
    fit = DeconvolvedGaussianMixture(2).fit
    assert fit(frame).n_features_in_ == 3
    with pytest.raises(ValueError, match=r'in this order.*Pass X\[\["alpha", "standard_er'):
        fit(frame[["alpha", "df", "standard_error"]])


def test_a_table_without_degrees_is_refused_after_a_fit_with_them(table, fitted):
    with pytest.raises(ValueError, match="X has 2 features, but"):
        fitted.transform(table[:, :2])


def test_float32_stays_float32(table, fitted):
    assert fitted.transform(table.astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize(
    "display", ["ShrinkageDisplay", "CaterpillarDisplay", "FalseDiscoveryDisplay"]
)
def test_pictures_take_degrees(table, fitted, display):
    figure = pytest.importorskip("matplotlib.figure")
    axes = figure.Figure().subplots()
    shown = getattr(skem.display, display).from_estimator(fitted, table[:30], ax=axes)
    assert shown.ax_ is axes


def test_it_is_tuned_and_validated_with_degrees(table):
    search = GridSearchCV(DeconvolvedGaussianMixture(), {"n_components": [1, 2]}, cv=3)
    assert search.fit(table).best_params_ == {"n_components": 2}


def test_an_exact_estimate_beside_t_noise_raises_no_warning():
    rng = np.random.default_rng(1)
    true = np.where(rng.random(300) < 0.3, 2, -1) + 0.5 * rng.normal(size=300)
    errors = np.ones(300)
    errors[0] = 0
    X = np.column_stack([true + errors * rng.normal(size=300), errors, np.full(300, 19)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert DeconvolvedGaussianMixture(2).fit(X).converged_


def test_a_row_beyond_the_nodes_of_t_noise_is_named():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_t(56, 300), np.ones(300), np.full(300, 56)])
    X[7, 0] = 30
    with pytest.warns(UserWarning, match="1 row.s., the first is 7, are too many"):
        DeconvolvedGaussianMixture(1).fit(X)


def test_far_rows_of_many_degrees_are_named_beside_those_of_few():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_t(56, 300), np.ones(300), np.full(300, 56)])
    X[7, 0], X[8] = 30, [9, 1, 3]
    with pytest.warns(UserWarning, match="1 row.s., the first is 7, are too many"):
        DeconvolvedGaussianMixture(1).fit(X)
