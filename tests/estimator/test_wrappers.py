"""Searches and pipelines stand for the fitted mixture in them."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import bootstrap_managers, parameter_covariance, summarize

TOOLS = {
    "summary": lambda model, X: summarize(model, X, draws="fixed").estimates,
    "covariance": lambda model, X: parameter_covariance(model, X, draws="fixed"),
    "bootstrap": lambda model, X: bootstrap_managers(
        model, X, n_resamples=2, random_state=0
    ).samples["means"],
}


@pytest.fixture(scope="module")
def search(separated):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [2]}, cv=2)
    return search.fit(separated)


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_search_stands_for_its_best_estimator(tool, search, separated):
    expected = tool(search.best_estimator_, separated)
    np.testing.assert_array_equal(tool(search, separated), expected)


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_pipeline_gives_its_last_step_what_the_others_give(tool, separated):
    pipeline = make_pipeline(FunctionTransformer(lambda X: 100 * X), PanelGaussianMixture())
    pipeline.fit(separated)
    expected = tool(pipeline[-1], 100 * separated)
    np.testing.assert_array_equal(tool(pipeline, separated), expected)


def test_a_search_over_a_pipeline_is_unwrapped_twice(separated):
    pipeline = make_pipeline(FunctionTransformer(), PanelGaussianMixture())
    search = GridSearchCV(pipeline, {"panelgaussianmixture__n_components": [2]}, cv=2)
    search.fit(separated)
    assert summarize(search, separated, draws="fixed").facts.n_components == 2


def test_a_search_without_a_refit_is_refused(separated):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [1]}, cv=2, refit=False)
    with pytest.raises(TypeError, match="a search with refit=True or a pipeline"):
        summarize(search.fit(separated), separated, draws="fixed")


def test_a_pipeline_that_is_not_fitted_says_so():
    pipeline = make_pipeline(FunctionTransformer(), DeconvolvedGaussianMixture())
    with pytest.raises(NotFittedError):
        summarize(pipeline, [[0.1, 0.2], [0.3, 0.2]])
