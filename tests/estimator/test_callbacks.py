"""Callbacks, which scikit-learn has since 1.9."""

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

try:
    from sklearn.callback import AutoPropagatedCallback, FitCallback, ProgressBar
except ImportError:
    AutoPropagatedCallback = FitCallback = ProgressBar = None

needs_callbacks = pytest.mark.skipif(
    FitCallback is None, reason="scikit-learn has callbacks from 1.9"
)


class Recorder:
    """Notes what happens, and what `ask` answers about every estimator on the way."""

    def __init__(self, ask=None, stop_after=()):
        self.events, self.answers, self.seen = [], [], []
        self.ask, self.stop_after = ask, stop_after

    def setup(self, estimator, context):
        self.events.append("setup")

    def teardown(self, estimator, context):
        self.events.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.events.append(("begin", context.task_name))

    def on_fit_task_end(
        self,
        estimator,
        context,
        *,
        X=None,
        y=None,
        metadata=None,
        fitted_estimator=None,
    ):
        self.events.append(("end", context.task_name))
        self.seen.append((X, y, metadata))
        if self.ask is not None:
            self.answers.append(self.ask(fitted_estimator))
        return context.task_name in self.stop_after

    def count(self, event):
        return self.events.count(event)


class PropagatedRecorder(Recorder):
    """A Recorder that a pipeline or a search hands down."""

    max_propagation_depth = None


@pytest.fixture(scope="module")
def alphas():
    """Two groups three standard deviations apart: a fit of several iterations."""
    return make_alpha_panel(
        40,
        10,
        weights=[0.4, 0.6],
        means=[0.0, 3e-3],
        variances=[1e-6, 1e-6],
        random_state=0,
    )[0]


def one_start(**parameters):
    return PanelGaussianMixture(init_params="quantile", **parameters)


@pytest.mark.skipif(FitCallback is not None, reason="scikit-learn has callbacks")
def test_there_are_no_callbacks_where_scikit_learn_has_none():
    assert not hasattr(PanelGaussianMixture, "set_callbacks")


@needs_callbacks
def test_the_recorder_is_a_callback():
    assert isinstance(Recorder(), FitCallback)
    assert isinstance(PropagatedRecorder(), AutoPropagatedCallback)


@needs_callbacks
def test_every_task_that_begins_ends(alphas):
    recorder = Recorder()
    PanelGaussianMixture().set_callbacks(recorder).fit(alphas)
    open_tasks = []
    for event in recorder.events[1:-1]:
        kind, name = event
        if kind == "begin":
            open_tasks.append(name)
        else:
            assert open_tasks.pop() == name
    assert open_tasks == []


@needs_callbacks
def test_a_fit_is_set_up_first_and_torn_down_last(alphas):
    recorder = Recorder()
    PanelGaussianMixture().set_callbacks(recorder).fit(alphas)
    assert (recorder.events[0], recorder.events[-1]) == ("setup", "teardown")


@needs_callbacks
def test_the_whole_fit_is_one_task(alphas):
    recorder = Recorder()
    PanelGaussianMixture().set_callbacks(recorder).fit(alphas)
    assert recorder.count(("begin", "fit")) == recorder.count(("end", "fit")) == 1


@needs_callbacks
@pytest.mark.parametrize("n_init", [1, 3])
def test_every_random_start_is_a_task(alphas, n_init):
    recorder = Recorder()
    estimator = PanelGaussianMixture(
        init_params="k-means++", n_init=n_init, random_state=0, solver="em"
    )
    estimator.set_callbacks(recorder).fit(alphas)
    assert recorder.count(("end", "start")) == n_init


@needs_callbacks
@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "transform", "score_samples", "score"]
)
@pytest.mark.parametrize("container", [np.asarray, pd.DataFrame])
def test_every_task_ends_with_an_estimator_that_answers(alphas, method, container):
    grid = container(alphas)
    if container is pd.DataFrame:
        grid = grid.add_prefix("draw")
    recorder = Recorder(ask=lambda fitted: getattr(fitted, method)(grid))
    fitted = PanelGaussianMixture().set_callbacks(recorder).fit(grid)
    np.testing.assert_array_equal(recorder.answers[-1], getattr(fitted, method)(grid))


@needs_callbacks
def test_an_estimator_on_the_way_knows_the_grid_of_this_fit(alphas):
    before = pd.DataFrame(alphas[:, :5]).add_prefix("draw")
    recorder = Recorder(ask=lambda fitted: fitted.sample(2)[0].shape)
    PanelGaussianMixture().fit(before).set_callbacks(recorder).fit(alphas)
    assert set(recorder.answers) == {(2, 10)}


@needs_callbacks
def test_the_likelihood_rises_on_the_way(alphas):
    recorder = Recorder(ask=lambda fitted: fitted.score(alphas))
    one_start().set_callbacks(recorder).fit(alphas)
    # Per cell, of order 1: the score sums in another order than the fit.
    assert np.diff(recorder.answers).min() > -1e-12


@needs_callbacks
def test_a_task_is_told_of_the_data_and_the_weights(alphas):
    recorder, weight = Recorder(), np.ones(len(alphas))
    PanelGaussianMixture().set_callbacks(recorder).fit(alphas, sample_weight=weight)
    for X, y, metadata in recorder.seen:
        assert X is alphas
        assert y is None
        assert metadata["sample_weight"] is weight


@needs_callbacks
def test_a_callback_does_not_change_the_fit(alphas):
    watched = PanelGaussianMixture().set_callbacks(Recorder(ask=vars)).fit(alphas)
    plain = PanelGaussianMixture().fit(alphas)
    np.testing.assert_array_equal(watched.means_, plain.means_)


@needs_callbacks
def test_a_fit_leaves_nothing_but_its_results(alphas):
    watched = PanelGaussianMixture().set_callbacks(Recorder()).fit(alphas)
    plain = PanelGaussianMixture().fit(alphas)
    assert vars(watched).keys() - vars(plain).keys() == {"_skl_callbacks"}


@needs_callbacks
def test_a_callback_may_stop_the_iterations(alphas):
    recorder = Recorder(stop_after=["iteration"])
    one_start().set_callbacks(recorder).fit(alphas)
    assert recorder.count(("end", "iteration")) == 1


@needs_callbacks
def test_a_stopped_fit_publishes_where_it_stood(alphas):
    recorder = Recorder(stop_after=["iteration"])
    stopped = one_start().set_callbacks(recorder).fit(alphas)
    # Per cell, of order 1: the score sums in another order than the fit.
    assert stopped.score(alphas) == pytest.approx(stopped.log_likelihood_, abs=1e-12)


class MishapError(Exception):
    pass


def fail(fitted):
    raise MishapError


@needs_callbacks
def test_a_failing_callback_leaves_the_fit_before(alphas):
    estimator = PanelGaussianMixture().fit(alphas)
    means = estimator.means_
    with pytest.raises(MishapError):
        estimator.set_callbacks(Recorder(ask=fail)).fit(2 * alphas)
    assert estimator.means_ is means


@needs_callbacks
def test_callbacks_are_torn_down_after_a_failing_fit(alphas):
    recorder = Recorder(ask=fail)
    with pytest.raises(MishapError):
        PanelGaussianMixture().set_callbacks(recorder).fit(alphas)
    assert recorder.events[-1] == "teardown"


@needs_callbacks
def test_what_is_set_up_is_torn_down_when_the_grid_is_refused():
    recorder = Recorder()
    with pytest.raises(ValueError, match="different observed value"):
        PanelGaussianMixture().set_callbacks(recorder).fit(np.ones((3, 3)))
    assert recorder.count("setup") == recorder.count("teardown")


@needs_callbacks
def test_a_pipeline_hands_callbacks_down(alphas):
    recorder = PropagatedRecorder()
    piped = Pipeline([("clf", one_start())])
    piped.set_callbacks(recorder).fit(alphas)
    assert recorder.count(("end", "start")) == 1


@needs_callbacks
def test_a_search_hands_callbacks_down(alphas):
    recorder = PropagatedRecorder()
    search = GridSearchCV(one_start(), {"n_components": [1, 2]}, cv=3)
    search.set_callbacks(recorder).fit(alphas)
    # Two candidates in three folds each, and the best one on all managers.
    assert recorder.count(("end", "start")) == 2 * 3 + 1


@needs_callbacks
def test_a_callback_of_the_estimator_alone_works_in_a_search(alphas):
    estimator = PanelGaussianMixture().set_callbacks(Recorder())
    search = GridSearchCV(estimator, {"n_components": [1, 2]}, cv=3)
    assert search.fit(alphas).best_params_ == {"n_components": 2}


@needs_callbacks
@pytest.mark.parametrize("verbose", [0, 2])
def test_a_progress_bar_shows_the_fit_and_its_starts(alphas, capsys, verbose):
    pytest.importorskip("rich")
    estimator = one_start(verbose=verbose).set_callbacks(ProgressBar())
    estimator.fit(alphas)
    shown = capsys.readouterr().out
    assert "PanelGaussianMixture - fit" in shown
    assert "PanelGaussianMixture - start" in shown


@needs_callbacks
def test_a_progress_bar_of_a_search_shows_the_fits(alphas, capsys):
    pytest.importorskip("rich")
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [1, 2]}, cv=3)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(alphas)
    assert "PanelGaussianMixture - fit" in capsys.readouterr().out


@needs_callbacks
def test_a_fit_without_callbacks_asks_for_no_context(alphas, monkeypatch):
    def refuse(self, **options):
        raise AssertionError("a context was asked for")

    monkeypatch.setattr(PanelGaussianMixture, "_init_callback_context", refuse)
    PanelGaussianMixture().fit(alphas)
    with pytest.raises(AssertionError, match="a context was asked for"):
        PanelGaussianMixture().set_callbacks(Recorder()).fit(alphas)


@needs_callbacks
def test_callbacks_see_the_fit_of_a_dask_array(alphas):
    da = pytest.importorskip("dask.array")
    recorder = Recorder(ask=lambda fitted: fitted.transform(alphas).shape)
    chunked = da.from_array(alphas, chunks=(15, 5))
    model = PanelGaussianMixture().set_callbacks(recorder).fit(chunked)
    assert recorder.count(("begin", "iteration")) == model.log_likelihoods_.size
    assert all(X is chunked for X, _, _ in recorder.seen)
    assert set(recorder.answers) == {(40, 2)}
