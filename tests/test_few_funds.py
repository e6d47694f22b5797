"""Few funds: prior funds, and intervals that carry the error of the mixture."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from skem import DeconvolvedGaussianMixture
from skem.inference import parameter_covariance, summarize

# Few funds: most fits have groups that these hardly tell apart.
pytestmark = pytest.mark.filterwarnings("ignore:The data hardly tell")

NAN = np.nan


def draw(n, seed=0):
    rng = np.random.default_rng(seed)
    skilled = rng.random(n) < 0.3
    true = np.where(skilled, 3.0, -1.0) + rng.normal(size=n)
    errors = np.exp(0.3 * rng.standard_normal(n))
    return true, np.column_stack([rng.normal(true, errors), errors])


@pytest.fixture(scope="module")
def table():
    return draw(60)[1]


def fit(X, n_components=2, **options):
    options = {"tol": 1e-12, "prior_count": 1.0, **options}
    return DeconvolvedGaussianMixture(n_components, **options).fit(X)


@pytest.fixture(scope="module")
def fitted(table):
    return fit(table)


def groups_of(fitted):
    return np.array([fitted.weights_, fitted.means_, fitted.variances_])


def penalised(model, X, count, weights, means, variances):
    """The log-likelihood with that of `count` prior funds in each group."""
    totals = variances + X[:, 1:] ** 2
    joint = np.log(weights) + stats.norm.logpdf(X[:, :1], means, np.sqrt(totals))
    prior = np.log(weights) + stats.norm.logpdf(model.prior_sd_, 0, np.sqrt(variances))
    return special.logsumexp(joint, axis=1).sum() + count * prior.sum()


@pytest.mark.parametrize("count", [0.3, 1.0, 5.0])
def test_the_fit_is_at_the_top_of_the_penalised_likelihood(table, count):
    model = fit(table, prior_count=count)

    def loss(step):
        weights = special.softmax(np.log(model.weights_) + step[0] * np.array([1, 0]))
        variances = model.variances_ * np.exp(step[3:])
        means = model.means_ + step[1:3]
        return -penalised(model, table, count, weights, means, variances)

    assert model.converged_
    slopes = optimize.approx_fprime(np.zeros(5), loss, 1e-6)
    # Forward differences of 100 nats at steps of 1e-6.
    np.testing.assert_allclose(slopes, 0, atol=1e-4)


def test_without_prior_funds_it_is_maximum_likelihood(table):
    np.testing.assert_array_equal(
        groups_of(fit(table, prior_count=0.0)),
        groups_of(DeconvolvedGaussianMixture(2, tol=1e-12).fit(table)),
    )


def test_both_solvers_end_at_the_same_top(table, fitted):
    em = fit(table, solver="em", tol=1e-10, max_iter=20_000)
    # EM stops some 1e2 steps of 1e-10 from the top.
    np.testing.assert_allclose(groups_of(em), groups_of(fitted), rtol=1e-6)


def test_em_never_descends(table):
    history = fit(table, solver="em", tol=1e-6, max_iter=20_000).log_likelihoods_
    # Rounding of a mean over 60 funds.
    assert (np.diff(history) >= -1e-14).all()


def test_the_published_log_likelihood_is_that_of_the_funds_alone(table, fitted):
    assert fitted.score(table) == pytest.approx(fitted.log_likelihood_, rel=1e-12)
    assert fitted.optima_["log_likelihood"][0] == pytest.approx(fitted.log_likelihood_)


@pytest.mark.filterwarnings("ignore:Fewer groups fit as well")
def test_no_variance_and_no_weight_ends_at_zero():
    least = []
    for seed in range(8):
        X = draw(40, seed)[1]
        model = fit(X, 3, tol=1e-6)
        assert (model.variances_ > 0).all()
        least.append(model.weights_.min())
    assert min(least) > 1 / 43 - 1e-9  # a prior fund of 40 and three


def test_prior_funds_hardly_matter_among_many_funds():
    X = draw(20_000)[1]
    ours, theirs = (fit(X, prior_count=count) for count in (1.0, 0.0))
    # One fund in 20,000, whose effect on a group is some 20 in its thousands.
    np.testing.assert_allclose(groups_of(ours), groups_of(theirs), rtol=5e-3)


@pytest.mark.parametrize("factor", [1e-3, -12.0])
def test_results_do_not_depend_on_units(table, fitted, factor):
    scaled = fit(table * [factor, abs(factor)])
    assert scaled.prior_sd_ == pytest.approx(abs(factor) * fitted.prior_sd_, rel=1e-9)
    # Where a climb stops, within sqrt(2 tol) standard errors.
    np.testing.assert_allclose(scaled.means_, np.sort(factor * fitted.means_), rtol=1e-6)


@pytest.mark.filterwarnings("ignore:.*hardly identified")
@pytest.mark.parametrize(
    "held",
    [
        {"tied_variances": True},
        {"fixed_means": [NAN, 0.0], "fixed_variances": [NAN, 0.0]},
        {"fixed_weights": [0.6, NAN]},
    ],
)
def test_constraints_hold_with_prior_funds(table, held):
    em, newton = (fit(table, solver=s, max_iter=20_000, **held) for s in ("em", "newton"))
    np.testing.assert_allclose(groups_of(em), groups_of(newton), rtol=1e-5, atol=1e-12)
    summary = summarize(newton, table, draws="independent")
    assert np.isfinite(summary.standard_errors).all()


def test_standard_errors_count_the_prior_funds(table, fitted):
    covariance = parameter_covariance(fitted, table, draws="independent")

    def height(step):
        weights = fitted.weights_ + step[0] * np.array([1, -1])
        means, variances = fitted.means_ + step[1:3], fitted.variances_ + step[3:]
        return penalised(fitted, table, 1.0, weights, means, variances)

    h, signs = 1e-4, [(1, 1, 1), (1, -1, -1), (-1, 1, -1), (-1, -1, 1)]
    curvature = [
        [sum(c * height(a * u + b * v) for a, b, c in signs) for v in h * np.eye(5)]
        for u in h * np.eye(5)
    ]
    inverse = np.linalg.inv(-np.array(curvature) / (4 * h**2))
    at = [0, 2, 3, 4, 5]  # the second weight is one less the first
    # Second differences of 100 nats at steps of 1e-4.
    np.testing.assert_allclose(covariance[np.ix_(at, at)], inverse, rtol=1e-4, atol=1e-6)


@pytest.mark.filterwarnings("ignore:.*hardly identified")
@pytest.mark.filterwarnings("ignore:The estimates do not tell group")
def test_summaries_of_few_funds_have_no_missing_error():
    for seed in range(4):
        X = draw(60, seed)[1]
        summary = summarize(fit(X, tol=1e-6), X, draws="independent")
        assert np.isfinite(summary.lower + summary.upper).all()


def test_degrees_of_freedom_and_prior_funds_go_together(table):
    X = np.column_stack([table, np.full(60, 9.0)])
    model = fit(X)
    assert model.converged_
    assert (model.variances_ > 0).all()
    assert np.isfinite(model.posterior_interval(X, parameter_error=True)).all()


def test_prior_funds_among_exact_estimates_are_refused(table):
    exact = table * [1, 0]
    with pytest.raises(ValueError, match=r"prior_count=1\.0, and every.*prior_count=0"):
        fit(exact)


def test_a_negative_number_of_prior_funds_is_refused(table):
    with pytest.raises(ValueError, match="prior_count"):
        fit(table, prior_count=-1)


# Intervals


def test_parameter_error_widens_the_intervals_of_few_funds(table, fitted):
    narrow = np.diff(fitted.posterior_interval(table))
    wide = np.diff(fitted.posterior_interval(table, parameter_error=True))
    assert wide.mean() > 1.02 * narrow.mean()


@pytest.mark.parametrize("value", ["no", 1, None])
def test_parameter_error_is_true_or_false(table, fitted, value):
    with pytest.raises(TypeError, match=f"parameter_error={value!r} must be True or False"):
        fitted.posterior_interval(table, parameter_error=value)


def test_parameter_error_vanishes_among_many_funds():
    X = draw(20_000)[1]
    model = fit(X)
    narrow, wide = (
        model.posterior_interval(X[:50], parameter_error=p) for p in (False, True)
    )
    # Parameters have errors of 2 % of a group's sd.
    np.testing.assert_allclose(wide, narrow, atol=0.05)


def test_the_same_interval_is_given_at_every_call(table, fitted):
    one, other = (fitted.posterior_interval(table, parameter_error=True) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_an_interval_does_not_depend_on_the_other_rows(table, fitted):
    every = fitted.posterior_interval(table, parameter_error=True)
    one = fitted.posterior_interval(table[7:8], parameter_error=True)
    np.testing.assert_allclose(one[0], every[7], rtol=1e-9)


def test_a_parameter_without_error_does_not_move(table):
    held = fit(
        table,
        fixed_weights=[0.7, 0.3],
        fixed_means=[-1.0, 3.0],
        fixed_variances=[1.0, 1.0],
    )
    wide, narrow = (
        held.posterior_interval(table, parameter_error=p) for p in (True, False)
    )
    np.testing.assert_allclose(wide, narrow, rtol=1e-7)


def test_intervals_of_few_funds_hold_the_alphas_they_promise_to():
    held = []
    for seed in range(40):
        true, X = draw(60, seed)
        model = fit(X, tol=1e-6, init_params="quantile")
        lower, upper = model.posterior_interval(X, parameter_error=True).T
        held.append(np.mean((lower <= true) & (true <= upper)))
    # Three standard errors of a mean over 40 samples, whose shares have an sd of .04.
    assert 0.92 < np.mean(held) < 0.98
