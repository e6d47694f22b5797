"""Answers about managers and funds keep their names, as `set_output` asks."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn import config_context

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture

NAMES = ["Ash", "Birch", "Cedar", "Elm"]
TABLE = np.array([[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]])
GRID = np.array([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3], [0.2, np.nan, 1.2], [np.nan] * 3])


@pytest.fixture(scope="module")
def plain():
    return DeconvolvedGaussianMixture(1).fit(TABLE)


def funds(frame):
    return frame(TABLE, columns=["alpha", "standard_error"], index=NAMES)


@pytest.fixture(scope="module")
def named():
    model = DeconvolvedGaussianMixture(1).set_output(transform="pandas")
    return model.fit(funds(pd.DataFrame))


ANSWERS = {
    "intervals": lambda model, X: model.posterior_interval(X),
    "draws": lambda model, X: model.sample_posterior(X, 3, random_state=0),
    "local rates": lambda model, X: model.false_discovery(X).local_rates,
    "q-values": lambda model, X: model.false_discovery(X).q_values,
    "groups": lambda model, X: model.predict_managers(X),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_pandas_answers_have_the_index_of_the_data(named, plain, answer):
    found = answer(named, funds(pd.DataFrame))
    assert list(found.index) == NAMES
    np.testing.assert_array_equal(found, answer(plain, TABLE))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_polars_answers_are_those_of_arrays(plain, answer):
    model = DeconvolvedGaussianMixture(1).set_output(transform="polars")
    X = pl.DataFrame(TABLE, schema=["alpha", "standard_error"])
    found = answer(model.fit(X), X)
    assert isinstance(found, pl.DataFrame | pl.Series)
    np.testing.assert_array_equal(found.to_numpy(), answer(plain, TABLE))


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_answers_are_arrays_by_default(plain, answer):
    assert type(answer(plain, TABLE)) is np.ndarray


def test_the_global_setting_holds_too(plain):
    with config_context(transform_output="pandas"):
        assert list(plain.posterior_interval(TABLE)) == ["lower", "upper"]


def test_draws_are_named_so_that_a_grid_of_them_can_be_fitted(named):
    grid = named.sample_posterior(funds(pd.DataFrame), 5, random_state=0)
    assert list(PanelGaussianMixture(1).fit(grid).feature_names_in_)[:2] == [
        "draw0",
        "draw1",
    ]


@pytest.fixture(scope="module")
def panel():
    return PanelGaussianMixture().fit(GRID)


def test_a_manager_is_in_the_group_of_the_highest_membership(panel):
    expected = panel.transform(GRID).argmax(axis=1)
    np.testing.assert_array_equal(panel.predict_managers(GRID), expected)


def test_managers_keep_their_names():
    frame = pd.DataFrame(GRID, index=NAMES, columns=["a", "b", "c"])
    model = PanelGaussianMixture().set_output(transform="pandas").fit(frame)
    groups = model.predict_managers(frame)
    assert groups.name == "group"
    assert list(groups.index) == NAMES


def test_a_dask_grid_has_lazy_groups(panel):
    array = pytest.importorskip("dask.array")
    groups = panel.predict_managers(array.from_array(GRID, chunks=(2, 3)))
    np.testing.assert_array_equal(groups.compute(), panel.predict_managers(GRID))


def test_another_number_of_draws_is_refused_with_two_ways_out(panel):
    message = (
        r"X has 2 features, but PanelGaussianMixture is expecting 3.*"
        r"np.pad\(X, \(\(0, 0\), \(0, 1\)\), constant_values=np.nan\).*from_parameters"
    )
    with pytest.raises(ValueError, match=message):
        panel.predict_managers(GRID[:, :2])
    with pytest.raises(ValueError, match=r"X has 6 features.*as input. PanelGaussianMix"):
        panel.transform(np.hstack([GRID, GRID]))


def test_both_ways_out_answer_for_fewer_draws_alike(panel):
    fewer = GRID[:3, :2]
    padded = np.pad(fewer, ((0, 0), (0, 1)), constant_values=np.nan)
    given = PanelGaussianMixture.from_parameters(
        panel.weights_, panel.means_, panel.variances_
    )
    np.testing.assert_array_equal(given.transform(fewer), panel.transform(padded))
