"""The choice of the number of groups."""

import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import global_gap, select_n_components
from skem.numerics.data.grid import Grid


@pytest.fixture(scope="module")
def selection(separated):
    return select_n_components(separated, range(1, 4))


@pytest.mark.parametrize("criterion", ["aic", "bic", "icl"])
@pytest.mark.parametrize("draws", ["independent", "fixed", "posterior"])
def test_values_are_those_of_the_models_own_criteria(separated, criterion, draws):
    holed = separated[:20].copy()
    holed[3, 5:] = np.nan
    holed[4] = np.nan
    found = select_n_components(holed, range(1, 3), criterion=criterion, draws=draws)
    own = [getattr(model, criterion)(holed, draws=draws) for model in found.models]
    # Both are the same sums over the same blocks.
    np.testing.assert_allclose(found.values, own, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_every_model_is_what_a_fit_of_its_own_gives(separated, selection):
    for number, model in zip(selection.n_components, selection.models, strict=True):
        alone = PanelGaussianMixture(int(number)).fit(separated)
        np.testing.assert_array_equal(model.means_, alone.means_)
        np.testing.assert_array_equal(model.variances_, alone.variances_)


def test_two_groups_are_found_where_there_are_two(selection):
    assert selection.best_n_components == 2
    assert selection.best_model.n_components == 2


def test_the_best_is_the_lowest_criterion(selection):
    assert selection.best_model is selection.models[np.argmin(selection.values)]


@pytest.mark.filterwarnings("ignore:The data hardly tell")
def test_the_grid_is_read_once_for_all_fits_and_all_criteria(separated, monkeypatch):
    passes = []
    plain = Grid.total

    def counting(self, *arguments):
        passes.append(1)
        return plain(self, *arguments)

    monkeypatch.setattr(Grid, "total", counting)
    found = select_n_components(separated, range(1, 4))
    certificates = sum(model.n_passes_ for model in found.models)
    # The passes of the first fit include those that measure and compress; one more
    # pass is for the criteria of all.
    assert len(passes) == certificates + 1
    assert len(passes) < sum(
        PanelGaussianMixture(k).fit(separated).n_passes_ for k in (1, 2, 3)
    )


def test_managers_that_share_all_draws_count_once_each(separated):
    """M equal draws of a manager are no more evidence than one."""
    one = select_n_components(separated[:, :1], [1, 2])
    copies = np.repeat(separated[:, :1], 7, axis=1)
    many = select_n_components(copies, [1, 2], draws="fixed")
    for name in ("aic", "bic", "icl"):
        # Fits of equal likelihoods, each within its tol of 1e-6 nats.
        np.testing.assert_allclose(many.criteria[name], one.criteria[name], atol=1e-4)


@pytest.mark.parametrize("draws", ["independent", "fixed"])
def test_weight_k_counts_as_k_managers_in_the_criteria(separated, draws):
    weights = np.arange(len(separated)) % 3
    weighted = select_n_components(separated, [1, 2], draws=draws, sample_weight=weights)
    copies = np.repeat(separated, weights, axis=0)
    repeated = select_n_components(copies, [1, 2], draws=draws)
    for name in ("aic", "bic", "icl"):
        # Two fits, each within its tol of 1e-6 nats of the same optimum.
        np.testing.assert_allclose(
            weighted.criteria[name], repeated.criteria[name], atol=1e-4
        )


def test_the_estimators_parameters_are_used_and_it_is_left_alone(separated):
    estimator = PanelGaussianMixture(5, tied_variances=True)
    before = clone(estimator).get_params()
    found = select_n_components(separated, [2, 3], estimator=estimator)
    assert [np.ptp(model.variances_) for model in found.models] == [0, 0]
    assert estimator.get_params() == before
    assert not hasattr(estimator, "weights_")


def test_gaps_are_those_of_each_fit_at_the_width_of_the_best(separated, selection):
    for model, gap in zip(selection.models, selection.gaps, strict=True):
        own = global_gap(model, separated, least_sd=selection.least_sd).gap
        assert gap == pytest.approx(own, abs=0.01)  # which it is found to


def test_gaps_of_estimates_bound_every_distribution():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(rng.choice([-2, 2], 60), 0.6), np.full(60, 0.5)])
    found = select_n_components(X, [1, 2], estimator=DeconvolvedGaussianMixture())
    assert found.least_sd == 0
    assert found.gaps[0] > found.gaps[1] > 0
    assert "any distribution of true alphas" in str(found)


def test_text_names_the_choice(selection):
    assert str(selection).splitlines()[-1] == (
        'Lowest BIC, draws="independent": n_components=2'
    )


def test_a_notebook_and_a_frame_show_a_row_per_number(selection):
    assert selection._repr_html_().count("<tr>") == 4
    frame = selection.to_frame()
    assert list(frame.index) == [1, 2, 3]
    np.testing.assert_array_equal(frame["bic"], selection.values)


def test_no_frame_without_pandas(selection, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas"):
        selection.to_frame()


def test_a_warning_says_of_how_many_groups(separated):
    hasty = PanelGaussianMixture(max_iter=1, init_params="quantile")
    with pytest.warns(ConvergenceWarning, match="n_components=3: Not converged") as caught:
        select_n_components(separated, [1, 3], estimator=hasty)
    assert {warning.filename for warning in caught} == {__file__}


def test_dask_arrays_are_compared_like_arrays(separated):
    da = pytest.importorskip("dask.array")
    lazy = select_n_components(da.from_array(separated, chunks=(20, 50)), [1, 2])
    plain = select_n_components(separated, [1, 2])
    # Sums in blocks of another order, of numbers of this size.
    np.testing.assert_allclose(lazy.values, plain.values, rtol=1e-9)


def test_weights_that_are_shares_are_warned_of(separated):
    shares = np.full(len(separated), 1 / len(separated))
    with pytest.warns(UserWarning, match=r"sample_weight is 0\.0167 on average"):
        select_n_components(separated, [1], sample_weight=shares)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"n_components": 3}, TypeError, "n_components=3 is not a sequence"),
        ({"n_components": "12"}, TypeError, "n_components='12' is not a sequence"),
        ({"n_components": []}, ValueError, r"n_components=\[\] is empty"),
        ({"n_components": [1, 0]}, ValueError, "n_components holds 0"),
        ({"n_components": [1, 2.5]}, TypeError, "n_components holds 2.5"),
        ({"n_components": [True]}, TypeError, "n_components holds True"),
        ({"criterion": "dic"}, ValueError, "criterion='dic' must be"),
        ({"criterion": None}, ValueError, "criterion=None must be"),
        ({"criterion": np.array(["aic", "bic"])}, ValueError, "criterion=array.* must be"),
        ({"draws": "rows"}, ValueError, "draws='rows' must be"),
        ({"estimator": object()}, TypeError, "must be a PanelGaussianMixture"),
        (
            {"estimator": DeconvolvedGaussianMixture()},
            ValueError,
            r"n_features=50 column\(s\), needs 2 or 3. Pass two columns",
        ),
        (
            {"estimator": PanelGaussianMixture(fixed_means=[0, np.nan])},
            ValueError,
            "estimator has fixed_means: one entry per group",
        ),
        (
            {"estimator": PanelGaussianMixture(tol=-1)},
            ValueError,
            "'tol' parameter of PanelGaussianMixture",
        ),
        ({"sample_weight": [1.0]}, ValueError, "sample_weight has shape"),
    ],
)
def test_what_will_not_do_is_refused(separated, arguments, error, message):
    with pytest.raises(error, match=message):
        select_n_components(separated, **arguments)


def test_more_groups_than_values_are_refused():
    with pytest.raises(ValueError, match="n_components=3 needs at least 3"):
        select_n_components([[1.0, 2.0]], [1, 3])
