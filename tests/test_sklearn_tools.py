"""Inside scikit-learn's tools: pipelines, searches, output containers, routing."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

# Three folds of 20.
N_MANAGERS = 60


@pytest.fixture(scope="module")
def alphas():
    """Two groups five standard deviations apart; a tenth of the draws are missing."""
    grid, _ = make_alpha_panel(
        N_MANAGERS,
        8,
        weights=[0.4, 0.6],
        means=[-2e-3, 3e-3],
        variances=[1e-6, 1e-6],
        random_state=0,
    )
    grid[np.random.default_rng(0).random(grid.shape) < 0.1] = np.nan
    return grid


@pytest.fixture(scope="module")
def weight():
    return np.arange(N_MANAGERS) % 3 + 0.5


def pipeline(**parameters):
    percent = FunctionTransformer(lambda X: 100 * X)
    return Pipeline([("percent", percent), ("clf", PanelGaussianMixture(**parameters))])


def test_a_pipeline_transforms_what_its_last_step_transforms(alphas):
    piped = pipeline().fit(alphas)
    np.testing.assert_array_equal(
        piped.transform(alphas), piped["clf"].transform(100 * alphas)
    )


def test_a_pipeline_of_another_unit_gives_the_same_memberships(alphas):
    # Fits of X and 100 X differ by rounding; memberships are of order 1.
    np.testing.assert_allclose(
        pipeline().fit(alphas).transform(alphas),
        PanelGaussianMixture().fit(alphas).transform(alphas),
        atol=1e-8,
    )


def test_a_pipeline_scores_by_the_mean_log_density(alphas):
    piped = pipeline().fit(alphas)
    assert piped.score(alphas) == piped["clf"].score(100 * alphas)


def test_a_search_over_the_number_of_groups_finds_the_two_that_are_there(alphas):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [1, 2]}, cv=3)
    assert search.fit(alphas).best_params_ == {"n_components": 2}


@pytest.mark.parametrize(
    "grid",
    [
        {"init_params": ["quantile", "k-means++", "random_from_data"]},
        {"means_init": [[-2e-3, 3e-3], [0.0, 1e-3]]},
        {"weights_init": [[0.4, 0.6]], "variances_init": [[1e-6, 1e-6], None]},
    ],
    ids=lambda grid: "+".join(grid),
)
def test_a_search_tries_every_start(alphas, grid):
    search = GridSearchCV(
        PanelGaussianMixture(random_state=0, n_init=2), grid, cv=3, error_score="raise"
    )
    scores = search.fit(alphas).cv_results_["mean_test_score"]
    # From any start, a fit of groups so far apart ends at the same optimum, up to its
    # stopping rule.
    np.testing.assert_allclose(scores, scores[0], rtol=1e-5)


def test_a_search_in_processes_equals_one_without(alphas):
    grid = {"n_components": [1, 2]}
    one = GridSearchCV(PanelGaussianMixture(), grid, cv=3).fit(alphas)
    two = GridSearchCV(PanelGaussianMixture(), grid, cv=3, n_jobs=2).fit(alphas)
    np.testing.assert_array_equal(
        one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"]
    )


def test_a_search_transforms_like_its_best_estimator(alphas):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [1, 2]}, cv=3)
    np.testing.assert_array_equal(
        search.fit(alphas).transform(alphas), search.best_estimator_.transform(alphas)
    )


def folds(n_managers):
    return np.array_split(np.arange(n_managers), 3)


def test_cross_validation_holds_out_managers(alphas):
    by_hand = []
    for held_out in folds(len(alphas)):
        fitted = PanelGaussianMixture().fit(np.delete(alphas, held_out, axis=0))
        by_hand.append(fitted.score(alphas[held_out]))
    scores = cross_val_score(PanelGaussianMixture(), alphas, cv=3)
    np.testing.assert_array_equal(scores, by_hand)


@pytest.mark.parametrize("method", ["predict_proba", "predict"])
def test_out_of_sample_answers_keep_the_shape_of_the_grid(alphas, method):
    by_hand = [
        getattr(PanelGaussianMixture().fit(np.delete(alphas, held_out, axis=0)), method)(
            alphas[held_out]
        )
        for held_out in folds(len(alphas))
    ]
    answer = cross_val_predict(PanelGaussianMixture(), alphas, cv=3, method=method)
    np.testing.assert_array_equal(answer, np.concatenate(by_hand))


@pytest.mark.parametrize(
    "parameters",
    [{}, {"n_components": 3, "means_init": [0.0, 1e-3, 2e-3]}, {"random_state": 0}],
    ids=["defaults", "means_init", "random_state"],
)
def test_a_clone_has_the_same_parameters(parameters):
    estimator = PanelGaussianMixture(**parameters)
    assert clone(estimator).get_params() == estimator.get_params()


# Containers


@pytest.fixture
def frame(alphas):
    managers = pd.Index([f"Fund {i}" for i in range(len(alphas))], name="manager")
    return pd.DataFrame(alphas, index=managers).add_prefix("draw")


def test_pandas_output_keeps_the_index_of_managers(frame):
    estimator = PanelGaussianMixture().set_output(transform="pandas")
    memberships = estimator.fit(frame).transform(frame)
    pd.testing.assert_index_equal(memberships.index, frame.index)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_columns_of_the_output_are_named_by_the_estimator(frame, container):
    estimator = PanelGaussianMixture().set_output(transform=container)
    memberships = estimator.fit_transform(frame)
    assert list(memberships.columns) == ["panelgaussianmixture0", "panelgaussianmixture1"]


@pytest.mark.parametrize(
    ("container", "kind"), [("pandas", pd.DataFrame), ("polars", pl.DataFrame)]
)
def test_the_output_is_the_container_asked_for(frame, container, kind):
    with sklearn.config_context(transform_output=container):
        assert isinstance(PanelGaussianMixture().fit_transform(frame), kind)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_the_container_does_not_change_the_numbers(frame, container):
    fitted = PanelGaussianMixture().fit(frame)
    plain = fitted.transform(frame)
    framed = fitted.set_output(transform=container).transform(frame)
    np.testing.assert_array_equal(framed.to_numpy(), plain)


@pytest.mark.parametrize("container", ["pandas", "polars"])
def test_the_container_leaves_cells_alone(frame, container):
    fitted = PanelGaussianMixture().set_output(transform=container).fit(frame)
    assert fitted.predict_proba(frame).shape == (*frame.shape, 2)


def test_a_polars_frame_is_a_grid(frame, alphas):
    fitted = PanelGaussianMixture().fit(pl.DataFrame(frame.to_dict("list")))
    # A frame is stored by column: the sums are taken in another order.
    np.testing.assert_allclose(
        fitted.means_, PanelGaussianMixture().fit(alphas).means_, rtol=1e-10
    )


# Routing of sample weights


@pytest.fixture
def routing():
    with sklearn.config_context(enable_metadata_routing=True):
        yield


@pytest.fixture
def weighted(alphas, weight):
    return PanelGaussianMixture().fit(alphas, sample_weight=weight)


def test_a_pipeline_passes_weights_by_the_name_of_the_step(alphas, weight):
    piped = pipeline().fit(alphas, clf__sample_weight=weight)
    direct = PanelGaussianMixture().fit(100 * alphas, sample_weight=weight)
    np.testing.assert_array_equal(piped["clf"].means_, direct.means_)


def test_a_search_passes_weights_to_every_fit(alphas, weight, weighted):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [2]}, cv=3)
    search.fit(alphas, sample_weight=weight)
    np.testing.assert_array_equal(search.best_estimator_.means_, weighted.means_)


@pytest.mark.usefixtures("routing")
def test_a_pipeline_routes_weights_that_fit_asks_for(alphas, weight):
    piped = pipeline()
    piped["clf"].set_fit_request(sample_weight=True)
    piped.fit(alphas, sample_weight=weight)
    direct = PanelGaussianMixture().fit(100 * alphas, sample_weight=weight)
    np.testing.assert_array_equal(piped["clf"].means_, direct.means_)


@pytest.mark.usefixtures("routing")
def test_a_pipeline_routes_weights_that_score_asks_for(alphas, weight):
    piped = pipeline()
    piped["clf"].set_score_request(sample_weight=True).set_fit_request(sample_weight=True)
    score = piped.fit(alphas).score(alphas, sample_weight=weight)
    log_density = piped["clf"].score_samples(100 * alphas)
    mass = np.where(np.isnan(alphas), 0, weight[:, None])
    # Two orders of summing 480 numbers of order 1.
    assert score == pytest.approx(np.nansum(mass * log_density) / mass.sum(), abs=1e-12)


@pytest.mark.usefixtures("routing")
def test_weights_that_nobody_asked_for_are_refused(alphas, weight):
    with pytest.raises(ValueError, match=r"sample_weight.* not explicitly set"):
        pipeline().fit(alphas, sample_weight=weight)


@pytest.mark.usefixtures("routing")
def test_weights_may_be_declined(alphas, weight):
    estimator = PanelGaussianMixture().set_fit_request(sample_weight=False)
    search = GridSearchCV(
        estimator.set_score_request(sample_weight=True), {"n_components": [2]}, cv=3
    )
    search.fit(alphas, sample_weight=weight)
    plain = PanelGaussianMixture().fit(alphas)
    np.testing.assert_array_equal(search.best_estimator_.means_, plain.means_)


@pytest.mark.usefixtures("routing")
def test_a_search_routes_weights_to_fits_and_scores(alphas, weight):
    estimator = PanelGaussianMixture()
    estimator.set_fit_request(sample_weight=True).set_score_request(sample_weight=True)
    search = GridSearchCV(estimator, {"n_components": [2]}, cv=3)
    search.fit(alphas, sample_weight=weight)
    by_hand = []
    for held_out in folds(len(alphas)):
        kept = np.delete(np.arange(len(alphas)), held_out)
        fitted = PanelGaussianMixture().fit(alphas[kept], sample_weight=weight[kept])
        by_hand.append(fitted.score(alphas[held_out], sample_weight=weight[held_out]))
    scores = [search.cv_results_[f"split{fold}_test_score"][0] for fold in range(3)]
    np.testing.assert_array_equal(scores, by_hand)


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("method", ["fit_predict", "fit_transform"])
def test_fits_that_answer_at_once_use_the_weights(alphas, weight, weighted, method):
    estimator = PanelGaussianMixture().set_fit_request(sample_weight=True)
    getattr(estimator, method)(alphas, sample_weight=weight)
    np.testing.assert_array_equal(estimator.means_, weighted.means_)


# Representations


@pytest.mark.parametrize("fit", [False, True])
def test_a_notebook_shows_it_by_name(alphas, fit):
    estimator = PanelGaussianMixture(3, means_init=[0.0, 1e-3, 2e-3])
    if fit:
        estimator = PanelGaussianMixture().fit(alphas)
    assert "PanelGaussianMixture" in estimator._repr_html_()


def test_its_text_says_what_differs_from_the_defaults():
    text = repr(PanelGaussianMixture(3, max_iter=7))
    assert text == "PanelGaussianMixture(max_iter=7, n_components=3)"
