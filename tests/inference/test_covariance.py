"""The covariance of estimates, against closed forms, derivatives and repetition."""

import warnings

import numpy as np
import pytest

import skem.estimator.parts
from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.checks.scalars import DRAWS
from skem.estimator.parts import mixture_of
from skem.inference import parameter_covariance

N, M = 60, 50


def covariance(model, X, draws="independent", **options):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return parameter_covariance(model, X, draws=draws, **options)


@pytest.fixture(scope="module")
def fitted(separated):
    return PanelGaussianMixture(2, tol=1e-18).fit(separated)


@pytest.fixture(scope="module")
def dependent():
    """Managers whose draws share most of their noise."""
    rng = np.random.default_rng(3)
    group = rng.random((300, 1)) < 0.6
    noise = np.sqrt(0.7) * rng.standard_normal((300, 1)) + np.sqrt(0.3) * (
        rng.standard_normal((300, 20))
    )
    return np.where(group, 2e-3, -2e-3) + 1e-3 * noise


def numerical_covariance(log_likelihood, at):
    """Inverse of minus the Hessian by differences of differences."""
    steps = 1e-4 * np.abs(at)
    n = at.size
    hessian = np.empty((n, n))
    for i in range(n):
        for j in range(n):
            corners = []
            for si, sj in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                point = at.copy()
                point[i] += si * steps[i]
                point[j] += sj * steps[j]
                corners.append(log_likelihood(point))
            hessian[i, j] = np.dot(corners, [1, -1, -1, 1]) / (4 * steps[i] * steps[j])
    return np.linalg.inv(-hessian)


def log_likelihood_of(cells, weight, means, variances):
    d = (cells - means[:, None]) ** 2 / variances[:, None]
    weights = np.array([weight, 1 - weight])[:, None]
    density = weights * np.exp(-d / 2) / np.sqrt(2 * np.pi * variances[:, None])
    return np.log(density.sum(axis=0)).sum()


def test_independent_cells_have_the_inverse_of_the_numerical_information(separated, fitted):
    cells = separated.ravel() * 1e3  # steps then have one size
    at = np.concatenate([fitted.weights_[:1], 1e3 * fitted.means_, 1e6 * fitted.variances_])
    expected = numerical_covariance(
        lambda p: log_likelihood_of(cells, p[0], p[1:3], p[3:]), at
    )
    units = np.array([1, 1e-3, 1e-3, 1e-6, 1e-6])
    found = covariance(fitted, separated)
    which = [0, 2, 3, 4, 5]
    np.testing.assert_allclose(
        found[np.ix_(which, which)] / np.outer(units, units), expected, rtol=1e-4, atol=1e-8
    )


def test_weights_sum_to_one_without_error(separated, fitted):
    for draws in ["independent", "fixed"]:
        found = covariance(fitted, separated, draws)
        np.testing.assert_allclose(found[0], -found[1], rtol=1e-9)


def test_one_group_has_the_textbooks_covariance(separated):
    one = PanelGaussianMixture(1).fit(separated)
    variance, n = one.variances_[0], separated.size
    found = covariance(one, separated)
    assert np.all(found[0] == 0)
    # The estimates are the sample's to rounding.
    assert found[1, 1] == pytest.approx(variance / n, rel=1e-9)
    assert found[2, 2] == pytest.approx(2 * variance**2 / n, rel=1e-4)


def test_clusters_of_one_group_have_the_textbooks_variance_of_the_mean(dependent):
    one = PanelGaussianMixture(1).fit(dependent)
    sums = (dependent - one.means_[0]).sum(axis=1)
    n = dependent.shape[0]
    expected = np.sum(sums**2) / dependent.size**2 * n / (n - 1)
    found = covariance(one, dependent, "fixed")[1, 1]
    assert found == pytest.approx(expected, rel=1e-6)


def test_repeated_draws_are_evidence_only_if_called_independent(dependent):
    fitted = PanelGaussianMixture(2, tol=1e-18).fit(dependent)
    thrice = np.repeat(dependent, 3, axis=1)
    again = PanelGaussianMixture(2, tol=1e-18).fit(thrice)
    for draws, factor in (("independent", 1 / 3), ("fixed", 1.0)):
        once = covariance(fitted, dependent, draws)
        np.testing.assert_allclose(
            covariance(again, thrice, draws), factor * once, rtol=1e-6, atol=1e-18
        )


def test_one_draw_of_each_posterior_tells_nothing(separated):
    column = separated.reshape(-1, 1)
    fitted = PanelGaussianMixture(2).fit(column)
    with pytest.warns(UserWarning, match="X has no information"):
        found = parameter_covariance(fitted, column, draws="posterior")
    assert np.isnan(found).all()


@pytest.mark.parametrize("draws", DRAWS)
@pytest.mark.filterwarnings("ignore:.*hardly identified")
def test_weight_k_is_k_managers(dependent, draws):
    weights = np.arange(dependent.shape[0]) % 3
    copies = np.repeat(dependent, weights, axis=0)
    weighted = PanelGaussianMixture(2, tol=1e-18).fit(dependent, sample_weight=weights)
    copied = PanelGaussianMixture(2, tol=1e-18).fit(copies)
    np.testing.assert_allclose(
        parameter_covariance(weighted, dependent, draws=draws, sample_weight=weights),
        parameter_covariance(copied, copies, draws=draws),
        rtol=1e-6,
        atol=1e-18,
    )


@pytest.mark.parametrize("draws", DRAWS)
@pytest.mark.filterwarnings("ignore:.*hardly identified")
def test_a_missing_draw_is_absence(dependent, draws):
    wider = np.insert(dependent, [4, 20], np.nan, axis=1)
    wider = np.vstack([wider, np.full((1, wider.shape[1]), np.nan)])
    fitted = PanelGaussianMixture(2, tol=1e-18).fit(dependent)
    ragged = PanelGaussianMixture(2, tol=1e-18).fit(wider)
    np.testing.assert_allclose(
        parameter_covariance(ragged, wider, draws=draws),
        parameter_covariance(fitted, dependent, draws=draws),
        rtol=1e-9,
        atol=1e-18,
    )


@pytest.mark.parametrize("factor", [-3.0, 1e4])
def test_standard_errors_have_the_units_of_what_they_are_of(dependent, factor):
    order = [1, 0] if factor < 0 else [0, 1]
    order = np.concatenate([order, np.add(order, 2), np.add(order, 4)])
    units = np.repeat([1, abs(factor), factor**2], 2)
    shifted = factor * dependent + 7 * factor * 1e-3
    one = covariance(PanelGaussianMixture(2).fit(dependent), dependent, "fixed")
    other = covariance(PanelGaussianMixture(2).fit(shifted), shifted, "fixed")
    found = np.sqrt(other.diagonal()) / units
    # Fits agree to the root of tol, in standard errors.
    np.testing.assert_allclose(found[order], np.sqrt(one.diagonal()), rtol=1e-3)


def test_what_is_fixed_has_no_error_and_tells_the_rest(three_groups):
    free = PanelGaussianMixture(3).fit(three_groups)
    zero = PanelGaussianMixture(3, fixed_means=[np.nan, 0, np.nan]).fit(three_groups)
    with_all, with_zero = (covariance(m, three_groups) for m in (free, zero))
    assert np.all(with_zero[4] == 0)
    assert np.all(with_zero[:, 4] == 0)
    others = [0, 1, 2, 3, 5, 6, 7, 8]
    assert np.all(with_zero.diagonal()[others] <= with_all.diagonal()[others] * 1.05)


def test_fixed_weights_and_variances_leave_the_error_of_a_known_normal_mean(separated):
    """Two groups so far apart that cells are told from each other without doubt."""
    far = separated + np.where(np.arange(N)[:, None] < 20, -1.0, 1.0)
    variance = 1e-6
    model = PanelGaussianMixture(
        2, fixed_weights=[1 / 3, 2 / 3], fixed_variances=[variance, variance]
    ).fit(far)
    found = covariance(model, far).diagonal()
    np.testing.assert_allclose(found[2:4], variance / (M * np.array([20, 40])), rtol=1e-9)
    assert np.all(found[[0, 1, 4, 5]] == 0)


def test_tied_variances_have_one_error(three_groups):
    model = PanelGaussianMixture(3, tied_variances=True).fit(three_groups)
    found = covariance(model, three_groups)[6:, 6:]
    np.testing.assert_allclose(found, found[0, 0], rtol=1e-9)


def test_a_dask_array_has_the_covariance_of_the_array(dependent):
    da = pytest.importorskip("dask.array")
    fitted = PanelGaussianMixture(2).fit(dependent)
    chunked = da.from_array(dependent, chunks=(70, 6))
    np.testing.assert_allclose(
        covariance(fitted, chunked, "fixed"),
        covariance(fitted, dependent, "fixed"),
        rtol=1e-9,
    )


def test_the_grid_is_read_once(monkeypatch, dependent):
    fitted = PanelGaussianMixture(2).fit(dependent)
    grids = []

    class Counted(skem.estimator.parts.Grid):
        def __init__(self, *args, **options):
            super().__init__(*args, **options)
            grids.append(self)

        def find_infinity(self):
            raise AssertionError("reads the grid once more")

    monkeypatch.setattr(skem.estimator.parts, "Grid", Counted)
    covariance(fitted, dependent, "fixed")
    assert [grid.n_passes for grid in grids] == [1]


def test_it_is_the_optimum_that_has_a_covariance(separated, fitted):
    with pytest.warns(UserWarning, match="can still gain .* nats"):
        parameter_covariance(fitted, separated + 1e-4, draws="independent")


@pytest.mark.filterwarnings(
    "ignore:X has no information on weights", "ignore:.*hardly identified"
)
@pytest.mark.parametrize("draws", ["fixed", "posterior"])
@pytest.mark.parametrize("n", [4, 10])
def test_few_managers_for_the_parameters_are_warned_of(separated, draws, n):
    few = separated[:n]
    fitted = PanelGaussianMixture(2).fit(few)
    with pytest.warns(UserWarning, match=f"{n} managers .* the mixture 5 free parameters"):
        parameter_covariance(fitted, few, draws=draws)


@pytest.mark.filterwarnings("ignore:.*hardly identified")
def test_weights_that_are_shares_are_warned_of(separated):
    shares = np.full(len(separated), 1 / len(separated))
    fitted = PanelGaussianMixture().fit(separated, sample_weight=shares)
    with pytest.warns(UserWarning, match="as much evidence as 1 rows"):
        parameter_covariance(fitted, separated, draws="independent", sample_weight=shares)


@pytest.mark.filterwarnings("ignore:.*hardly identified")
def test_shares_of_funds_are_warned_of():
    X = np.column_stack([np.linspace(-9.0, 9.0, 40), np.ones(40)])
    fitted = DeconvolvedGaussianMixture(1).fit(X)
    with pytest.warns(UserWarning, match="sample_weight is 0.025 on average"):
        parameter_covariance(
            fitted, X, draws="independent", sample_weight=np.full(40, 1 / 40)
        )


@pytest.mark.filterwarnings("error")
def test_weights_of_one_or_none_are_no_shares(separated, fitted):
    weights = np.zeros(len(separated))
    weights[:40] = 1
    fitted = PanelGaussianMixture().fit(separated, sample_weight=weights)
    parameter_covariance(fitted, separated, draws="independent", sample_weight=weights)


@pytest.mark.filterwarnings("ignore:.*hardly identified")
def test_fewer_funds_than_parameters_are_warned_of():
    few = [[0.0, 0.1], [3.0, 0.1]]
    fitted = DeconvolvedGaussianMixture(1).fit(few)
    with pytest.warns(UserWarning, match=r"2 funds .* the mixture 2 .* more funds than"):
        parameter_covariance(fitted, few, draws="fixed")


@pytest.mark.filterwarnings("ignore:The variance of group")
def test_a_variance_on_the_floor_is_unknown():
    rng = np.random.default_rng(0)
    alphas = np.append(rng.standard_normal(500), np.full(80, 0.25)).reshape(58, 10)
    model = PanelGaussianMixture(
        2, weights_init=[0.8, 0.2], means_init=[0, 0.25], variances_init=[1, 1e-5]
    ).fit(alphas)
    narrow = int(model.variances_.argmin())
    with pytest.warns(UserWarning, match=rf"no information on variances_\[{narrow}\]"):
        found = parameter_covariance(model, alphas, draws="independent")
    assert np.isnan(found[4 + narrow, 4 + narrow])
    assert np.isfinite(found[5 - narrow, 5 - narrow])


@pytest.mark.filterwarnings("ignore:Stopped moving", "ignore:Fewer groups")
def test_two_equal_groups_cannot_be_told_apart(separated):
    model = PanelGaussianMixture(
        2,
        solver="em",
        max_iter=3,
        weights_init=[0.5, 0.5],
        means_init=[0, 0],
        variances_init=[1e-6, 1e-6],
    ).fit(separated)
    with pytest.warns(
        UserWarning, match=r"no information on weights_\[0\], weights_\[1\], "
    ):
        found = parameter_covariance(model, separated, draws="independent")
    assert np.isnan(found[0, 0])


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_what_is_hardly_identified_is_named(textbook):
    fitted = PanelGaussianMixture(2).fit(textbook)
    with pytest.warns(UserWarning, match=r"weights_\[0\].*: hardly identified.*bootstrap_"):
        parameter_covariance(fitted, textbook, draws="independent")


@pytest.mark.parametrize("draws", ["cells", None, 3, ["fixed"]])
def test_another_word_for_draws_is_refused(separated, fitted, draws):
    with pytest.raises(ValueError, match=r"draws=.*must be .*draws come from"):
        parameter_covariance(fitted, separated, draws=draws)


def test_forgotten_draws_are_explained_as_wrong_ones_are(separated, fitted):
    with pytest.raises(ValueError, match=r"draws=None must be .*draws come from"):
        parameter_covariance(fitted, separated)


def test_other_models_are_refused(separated):
    with pytest.raises(TypeError, match="a fitted PanelGaussianMixture or"):
        parameter_covariance("model", separated, draws="fixed")
    with pytest.raises(ValueError, match="not fitted"):
        parameter_covariance(PanelGaussianMixture(), separated, draws="fixed")


def test_an_infinite_cell_is_refused_with_its_place(separated, fitted):
    broken = separated.copy()
    broken[5, 7] = np.inf
    with pytest.raises(ValueError, match="infinite cell: inf in row 5, column 7"):
        parameter_covariance(fitted, broken, draws="fixed")


@pytest.fixture(scope="module")
def funds():
    """Estimates whose noise is as large as a group is wide."""
    rng = np.random.default_rng(0)
    true = np.where(rng.random(3000) < 0.4, -2.0, 2.0) + rng.standard_normal(3000)
    errors = np.exp(0.3 * rng.standard_normal(3000))
    return np.column_stack([true + errors * rng.standard_normal(3000), errors])


@pytest.fixture(scope="module")
def deconvolved(funds):
    return DeconvolvedGaussianMixture(2, tol=1e-18).fit(funds)


def test_estimates_without_noise_are_a_grid_of_one_column(separated):
    column = separated.reshape(-1, 1)
    estimates = np.hstack([column, np.zeros_like(column)])
    panel = PanelGaussianMixture(2).fit(column)
    plain = DeconvolvedGaussianMixture(2).fit(estimates)
    for draws in ("independent", "fixed"):
        np.testing.assert_allclose(
            covariance(plain, estimates, draws), covariance(panel, column, draws), rtol=1e-6
        )


def test_equal_noise_widens_the_groups_and_no_mean_gets_more_precise(separated):
    """With one noise variance the estimates are a mixture whose variances are larger."""
    column = separated.reshape(-1, 1)
    noise = 5e-4
    estimates = np.hstack([column, np.full_like(column, noise)])
    plain = DeconvolvedGaussianMixture(2, tol=1e-18).fit(estimates)
    panel = PanelGaussianMixture(2, tol=1e-18).fit(column)
    np.testing.assert_allclose(plain.variances_ + noise**2, panel.variances_, rtol=1e-8)
    # The weights, means and variances are the panel's up to a constant factor.
    np.testing.assert_allclose(
        covariance(plain, estimates), covariance(panel, column), rtol=1e-6, atol=1e-24
    )


def test_pairs_of_posterior_draws_tell_what_the_estimates_tell(funds, deconvolved):
    start = {
        "weights_init": deconvolved.weights_,
        "means_init": deconvolved.means_,
        "variances_init": deconvolved.variances_,
    }
    grid = deconvolved.sample_posterior(funds, 100, random_state=0)
    panel = PanelGaussianMixture(2, **start).fit(grid)
    exact = np.sqrt(covariance(deconvolved, funds).diagonal())
    drawn = np.sqrt(covariance(panel, grid, "posterior").diagonal())
    # An outer product of 3,000 scores, good to some 5 %.
    np.testing.assert_allclose(drawn, exact, rtol=0.15)


def test_the_information_and_the_sandwich_agree_for_a_true_mixture(funds, deconvolved):
    exact, robust = (
        np.sqrt(covariance(deconvolved, funds, draws).diagonal())
        for draws in ("independent", "fixed")
    )
    np.testing.assert_allclose(robust, exact, rtol=0.15)


def test_the_scale_of_a_covariance_by_pairs_is_that_of_the_scores(dependent):
    """Against scores by differences, pair by pair."""
    model = PanelGaussianMixture(2, tol=1e-18).fit(dependent)
    cells = 1e3 * dependent  # steps then have one size
    at = np.concatenate([model.weights_[:1], 1e3 * model.means_, 1e6 * model.variances_])

    def log_densities(p):
        d = (cells - p[1:3, None, None]) ** 2 / p[3:, None, None]
        weights = np.array([p[0], 1 - p[0]])[:, None, None]
        scaled = np.sqrt(2 * np.pi * p[3:, None, None])
        return np.log((weights * np.exp(-d / 2) / scaled).sum(axis=0))

    scores = [
        (log_densities(at + step) - log_densities(at - step)) / (2 * step.sum())
        for step in 1e-5 * np.diag(np.abs(at))
    ]
    scores = np.array(scores)
    sums, m = scores.sum(axis=2), cells.shape[1]
    pairs = np.einsum("ki,li->kl", sums, sums) - np.einsum("kij,lij->kl", scores, scores)
    units = np.array([1, 1e-3, 1e-3, 1e-6, 1e-6])
    expected = np.linalg.inv(pairs / (m * (m - 1))) * np.outer(units, units)
    found = covariance(model, dependent, "posterior")[
        np.ix_([0, 2, 3, 4, 5], [0, 2, 3, 4, 5])
    ]
    # Differences to second order in steps of 1e-5.
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_estimates_are_no_posterior_draws(funds, deconvolved):
    with pytest.raises(ValueError, match='draws="posterior" is about a grid'):
        parameter_covariance(deconvolved, funds, draws="posterior")


def test_a_point_mass_at_zero_has_a_weight_with_an_error(funds):
    skilled = np.vstack([funds, np.column_stack([funds[:, 1], funds[::-1, 1]])])
    model = DeconvolvedGaussianMixture(
        2, fixed_means=[0, np.nan], fixed_variances=[0, np.nan]
    ).fit(skilled)
    found = covariance(model, skilled, "fixed").diagonal()
    assert np.all(found[[2, 4]] == 0)
    assert np.all(found[[0, 1, 3, 5]] > 0)


def test_a_variance_that_ends_at_zero_is_unknown():
    rng = np.random.default_rng(0)
    errors = rng.uniform(0.8, 1.2, 400)
    X = np.column_stack([0.9 * errors * rng.standard_normal(400), errors])
    model = DeconvolvedGaussianMixture(1).fit(X)
    assert model.variances_[0] == 0
    with pytest.warns(UserWarning, match=r"X has no information on variances_\[0\]"):
        found = parameter_covariance(model, X, draws="independent")
    assert found[1, 1] == pytest.approx(1 / np.sum(errors**-2), rel=1e-9)


def test_a_far_cell_of_a_manager_without_weight_is_no_matter(separated):
    wild = np.vstack([separated, np.full((1, M), 1e80)])
    weights = np.append(np.ones(N), 0.0)
    model = PanelGaussianMixture(2).fit(wild, sample_weight=weights)
    alone = PanelGaussianMixture(2).fit(separated)
    for draws in ("independent", "fixed"):
        np.testing.assert_allclose(
            covariance(model, wild, draws, sample_weight=weights),
            covariance(alone, separated, draws),
            rtol=1e-6,
            atol=1e-24,
        )


def test_an_infinite_cell_without_weight_is_refused_as_in_a_fit(separated, fitted):
    wild = np.vstack([separated, np.full((1, M), np.inf)])
    with pytest.raises(ValueError, match="infinite cell: inf in row 60, column 0"):
        parameter_covariance(
            fitted, wild, draws="fixed", sample_weight=np.append(np.ones(N), 0.0)
        )


@pytest.mark.filterwarnings(
    "ignore:The variance of group", "ignore:X has no information on means"
)
def test_a_group_on_the_floor_does_not_hide_that_the_grid_is_another():
    rng = np.random.default_rng(0)
    alphas = np.append(rng.standard_normal(500), np.full(80, 0.25)).reshape(58, 10)
    model = PanelGaussianMixture(
        2, weights_init=[0.8, 0.2], means_init=[0, 0.25], variances_init=[1, 1e-5]
    ).fit(alphas)
    with pytest.warns(UserWarning, match="can still gain .* nats"):
        parameter_covariance(model, 1.5 * alphas + 0.1, draws="independent")


@pytest.mark.filterwarnings("ignore:The variance of group")
@pytest.mark.parametrize("draws", ["independent", "fixed"])
def test_what_is_known_beside_a_frozen_variance_is_as_if_that_were_fixed(draws):
    rng = np.random.default_rng(0)
    alphas = np.append(rng.standard_normal(500), np.full(80, 0.25)).reshape(10, 58).T
    start = {"weights_init": [0.8, 0.2], "means_init": [0, 0.25]}
    free = PanelGaussianMixture(2, variances_init=[1, 1e-5], tol=1e-16, **start)
    free.fit(alphas)
    narrow = int(free.variances_.argmin())
    fixed = np.full(2, np.nan)
    fixed[narrow] = free.variances_[narrow]
    start = {"weights_init": free.weights_, "means_init": free.means_}
    other = PanelGaussianMixture(2, fixed_variances=fixed, tol=1e-16, **start).fit(alphas)
    with pytest.warns(
        UserWarning, match=rf"X has no information on variances_\[{narrow}\]"
    ):
        found = parameter_covariance(free, alphas, draws=draws)
    rest = [k for k in range(6) if k != 4 + narrow]
    np.testing.assert_allclose(
        found[np.ix_(rest, rest)],
        covariance(other, alphas, draws)[np.ix_(rest, rest)],
        rtol=1e-6,
        atol=1e-14,
    )


def test_a_model_whose_parameters_changed_after_the_fit_is_refused(separated):
    model = PanelGaussianMixture(2).fit(separated).set_params(n_components=3)
    with pytest.raises(ValueError, match="n_components=3, and the fit has 2 groups"):
        parameter_covariance(model, separated, draws="fixed")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"fixed_means": [-0.001, np.nan]},
            r"fixed_means=\[-0.001, nan\], and the fit",
        ),
        ({"tied_variances": True}, "leave 4 parameters free, and the fit had 5"),
    ],
)
def test_what_is_fixed_or_tied_after_the_fit_is_refused(separated, changed, message):
    model = PanelGaussianMixture().fit(separated).set_params(**changed)
    with pytest.raises(ValueError, match=message):
        parameter_covariance(model, separated, draws="independent")


def test_variances_tied_for_a_mean_that_was_fixed_are_refused(separated):
    model = PanelGaussianMixture(fixed_means=[-0.001, np.nan]).fit(separated)
    model.set_params(fixed_means=None, tied_variances=True)
    with pytest.raises(ValueError, match=r"tied_variances=True.*with variances_="):
        parameter_covariance(model, separated, draws="independent")


@pytest.mark.filterwarnings("error")
def test_new_posterior_draws_at_the_fitted_mixture_are_at_its_top(funds, deconvolved):
    draws = [deconvolved.sample_posterior(funds, 50, random_state=k) for k in range(2)]
    start = {f"{k}_init": v for k, v in mixture_of(deconvolved)._asdict().items()}
    model = PanelGaussianMixture(2, **start).fit(draws[0])
    parameter_covariance(model, draws[1], draws="posterior")


def test_posterior_draws_of_other_funds_are_warned_of(funds, deconvolved):
    grid = deconvolved.sample_posterior(funds, 50, random_state=0)
    model = PanelGaussianMixture(2).fit(grid)
    with pytest.warns(UserWarning, match="can still gain .* nats"):
        parameter_covariance(model, grid + 0.5, draws="posterior")


def test_what_is_freed_after_the_fit_is_refused(separated):
    model = PanelGaussianMixture(fixed_means=[-0.001, np.nan]).fit(separated)
    model.set_params(fixed_means=None)
    with pytest.raises(ValueError, match="leave 5 parameters free, and the fit had 4"):
        parameter_covariance(model, separated, draws="independent")


def test_a_value_fixed_as_it_was_published_changes_the_number_of_parameters(separated):
    model = PanelGaussianMixture().fit(separated)
    model.set_params(fixed_means=[np.nan, model.means_[1]])
    with pytest.raises(ValueError, match="leave 4 parameters free, and the fit had 5"):
        parameter_covariance(model, separated, draws="independent")


def test_a_grid_without_draws_is_refused(separated, fitted):
    with pytest.raises(ValueError, match="no observed cell"):
        parameter_covariance(fitted, np.full_like(separated, np.nan), draws="fixed")
