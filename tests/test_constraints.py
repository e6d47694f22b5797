"""Parameters that are fixed or tied, in both solvers."""

from functools import cache

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skem import PanelGaussianMixture

NAN = np.nan
SOLVERS = ["newton", "em"]
# In the units of the grid of three groups; scaled along with it.
CONSTRAINTS = {
    "tied": {"tied_variances": True},
    "one weight": {"fixed_weights": [NAN, 0.5, NAN]},
    "two weights": {"fixed_weights": [0.25, 0.5, NAN]},
    "all weights": {"fixed_weights": [0.25, 0.5, 0.25]},
    "zero skill": {"fixed_means": [NAN, 0.0, NAN]},
    "all means, tied": {"fixed_means": [-2e-3, 0.0, 2e-3], "tied_variances": True},
    "one variance": {"fixed_variances": [2e-6, NAN, NAN]},
    "all variances": {"fixed_variances": [2e-6, 5e-7, 1e-6]},
    "some of each": {
        "fixed_weights": [0.25, NAN, NAN],
        "fixed_means": [NAN, 0.0, NAN],
        "fixed_variances": [NAN, NAN, 1e-6],
    },
    "everything": {
        "fixed_weights": [0.25, 0.5, 0.25],
        "fixed_means": [-2e-3, 0.0, 2e-3],
        "fixed_variances": [1e-6, 1e-6, 1e-6],
    },
}
N_PARAMETERS = dict(zip(CONSTRAINTS, [6, 7, 6, 6, 7, 3, 7, 5, 5, 0], strict=True))


@pytest.fixture(params=CONSTRAINTS)
def name(request):
    return request.param


def fit(alphas, solver="newton", **parameters):
    return PanelGaussianMixture(
        3, solver=solver, tol=1e-12, max_iter=20_000, init_params="quantile", **parameters
    ).fit(alphas)


@pytest.fixture(scope="module")
def fit_once(three_groups):
    """The fit to the three groups under constraints of a name, made once for each."""

    @cache
    def fit_once(name, solver="newton"):
        return fit(three_groups, solver, **CONSTRAINTS[name])

    return fit_once


def groups_of(fitted):
    return np.array([fitted.weights_, fitted.means_, fitted.variances_])


def scaled(constraints, factor, offset):
    changed = dict(constraints)
    if "fixed_means" in changed:
        changed["fixed_means"] = factor * np.array(changed["fixed_means"]) + offset
    if "fixed_variances" in changed:
        changed["fixed_variances"] = factor**2 * np.array(changed["fixed_variances"])
    return changed


@pytest.mark.parametrize("solver", SOLVERS)
def test_fixed_values_are_kept_to_the_bit(fit_once, name, solver):
    constraints = CONSTRAINTS[name]
    fitted = fit_once(name, solver)
    for part in ("weights", "means", "variances"):
        given = np.array(constraints.get(f"fixed_{part}", np.full(3, NAN)))
        published = getattr(fitted, f"{part}_")
        assert np.all((published == given) | np.isnan(given))


@pytest.mark.parametrize("solver", SOLVERS)
def test_weights_sum_to_one(fit_once, name, solver):
    weights = fit_once(name, solver).weights_
    assert weights.sum() == pytest.approx(1, abs=1e-12)


def test_only_free_parameters_are_counted(three_groups, fit_once, name):
    fitted = fit_once(name)
    assert fitted.n_parameters_ == N_PARAMETERS[name]
    total = fitted.score(three_groups) * three_groups.size
    expected = -2 * total + N_PARAMETERS[name] * np.log(three_groups.size)
    assert fitted.bic(three_groups) == pytest.approx(expected, rel=1e-12)


def test_both_solvers_agree(fit_once, name):
    newton, em = (fit_once(name, solver) for solver in SOLVERS)
    # EM stops when a step moves less than 1e-12 in all.
    np.testing.assert_allclose(groups_of(newton), groups_of(em), rtol=1e-6, atol=1e-12)


def test_results_do_not_depend_on_units(three_groups, fit_once, name):
    factor, offset = 1e3, 0.5
    weights, means, variances = groups_of(fit_once(name))
    other = fit(factor * three_groups + offset, **scaled(CONSTRAINTS[name], factor, offset))
    expected = [weights, factor * means + offset, factor**2 * variances]
    np.testing.assert_allclose(groups_of(other), expected, rtol=1e-8)


@pytest.fixture(scope="module")
def free(three_groups):
    return PanelGaussianMixture(3).fit(three_groups)


def test_more_freedom_is_never_less_likely(free, fit_once, name):
    bound = fit_once(name)
    assert bound.log_likelihood_ <= free.log_likelihood_ + 1e-9


@pytest.mark.parametrize("solver", SOLVERS)
def test_groups_keep_the_order_in_which_they_were_fixed(three_groups, solver):
    fitted = fit(three_groups, solver, fixed_means=[2e-3, -2e-3, NAN])
    assert fitted.means_[:2].tolist() == [2e-3, -2e-3]


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_fixed_group_far_from_all_cells_does_no_harm(three_groups, solver):
    model = PanelGaussianMixture(2, fixed_means=[NAN, 0.1], solver=solver)
    with pytest.warns(
        ConvergenceWarning, match="Fewer groups fit as well: group 1 is empty"
    ):
        fitted = model.fit(three_groups)
    assert np.isfinite(groups_of(fitted)).all()
    assert fitted.weights_[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
def test_free_weights_share_the_rest_even_where_no_cell_is(three_groups, solver):
    fitted = PanelGaussianMixture(
        3,
        fixed_weights=[0.9, NAN, NAN],
        fixed_means=[0.0, 1e3, 2e3],
        fixed_variances=[1e-6, 1e-6, 1e-6],
        solver=solver,
    ).fit(three_groups)
    assert fitted.weights_.sum() == pytest.approx(1)
    assert fitted.sample(2)[0].shape == (2, three_groups.shape[1])


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"fixed_weights": [0.6, 0.5, NAN]}, r"fixed_weights=.* sums to 1\.1.*Lower"),
        ({"fixed_weights": [0.5, 0.5, NAN]}, r"sums to 1\.0.*share the rest"),
        ({"fixed_weights": [0.2, 0.2, 0.2]}, r"fixed_weights=.*must be 1 if"),
        ({"fixed_weights": [0.0, NAN, NAN]}, r"fixed_weights=.*must be positive"),
        ({"fixed_variances": [-1.0, NAN, NAN]}, r"fixed_variances=.*must be positive"),
        ({"fixed_means": [0.0, NAN]}, r"fixed_means has shape \(2,\), n_components=3"),
        ({"fixed_means": [np.inf, NAN, NAN]}, r"fixed_means: .*[Ii]nf"),
        ({"fixed_means": [1e150, NAN, NAN]}, r"fixed_means lies .* units of X"),
        (
            {"fixed_variances": [1.0, NAN, NAN], "tied_variances": True},
            r"contradicts tied_variances=True",
        ),
    ],
)
def test_what_cannot_be_held_is_refused(three_groups, bad, message):
    model = PanelGaussianMixture(3, **bad)
    with pytest.raises(ValueError, match=message):
        model.fit(three_groups)
    assert not hasattr(model, "weights_")


def test_a_masked_fixed_value_is_free(three_groups):
    masked = np.ma.array([0.0, 5.0, 0.0], mask=[True, True, False])
    fitted = PanelGaussianMixture(3, fixed_means=masked).fit(three_groups)
    assert fitted.means_[2] == 0
    assert np.abs(fitted.means_).max() < 1


def test_the_floor_does_not_bind_a_fixed_variance(three_groups):
    fitted = PanelGaussianMixture(2, fixed_variances=[1e-12, NAN], variance_floor=1e-3).fit(
        three_groups
    )
    assert fitted.variances_[0] == 1e-12
