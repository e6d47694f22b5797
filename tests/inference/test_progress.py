"""Progress as a bar, a counter, the caller's function, or nothing."""

import sys

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.datasets import make_fund_estimates
from skem.inference import (
    bootstrap_gap,
    bootstrap_lrt,
    bootstrap_managers,
    select_n_components,
)
from skem.inference.progress import reporting


@pytest.fixture
def without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)


def three_steps(progress):
    with reporting(progress, "steps", 3) as report:
        for done in (1, 2, 3):
            report(done, 3)


def test_a_function_of_the_callers_is_what_is_called():
    told = []
    three_steps(lambda *numbers: told.append(numbers))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("progress", [False, None, np.False_])
def test_nothing_is_printed_unless_asked_for(progress, capsys):
    with reporting(progress, "steps", 3) as report:
        assert report is None
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("progress", [True, np.True_])
def test_the_bar_is_of_tqdm_and_arrives_at_the_end(progress, capsys):
    three_steps(progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("\rsteps:   0%|")
    assert "| 3/3 [" in err


def test_without_tqdm_a_counter_rewrites_its_line_on_stderr(without_tqdm, capsys):
    three_steps(True)
    numbers = [f"\rsteps: {done} of 3" for done in (0, 1, 2, 3)]
    assert capsys.readouterr() == ("", "".join(numbers) + "\n")


def test_an_error_ends_the_line_of_the_counter(without_tqdm, capsys):
    with pytest.raises(KeyboardInterrupt), reporting(True, "steps", 3):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "\rsteps: 0 of 3\n"


def test_all_that_takes_long_shows_its_progress(separated, without_tqdm, capsys):
    model = PanelGaussianMixture().fit(separated)
    select_n_components(separated, [1, 2], progress=True)
    assert capsys.readouterr().err.endswith("\rfits: 2 of 2\n")
    bootstrap_managers(model, separated, n_resamples=5, random_state=0, progress=True)
    assert capsys.readouterr().err.endswith("\rresamples: 5 of 5\n")
    test = {"draws": "independent", "n_resamples": 5, "random_state": 0}
    bootstrap_lrt(separated, 1, **test, progress=True)
    assert capsys.readouterr().err.endswith("\rpanels: 6 of 6\n")
    bootstrap_gap(separated, 1, **test, progress=True)
    assert capsys.readouterr().err.endswith("\rpanels: 6 of 6\n")


def test_tests_and_refits_of_estimates_tell_of_every_table_and_resample():
    X, told = make_fund_estimates(30, random_state=0)[0], []
    model = DeconvolvedGaussianMixture(1)
    options = {"n_resamples": 2, "random_state": 0, "progress": lambda *at: told.append(at)}
    bootstrap_lrt(X, 1, estimator=model, **options)
    bootstrap_gap(X, 1, estimator=model, **options)
    bootstrap_managers(model.fit(X), X, **options)
    assert told == [(1, 2), (2, 2), (1, 2), (2, 2), (2, 2)]


def test_select_n_components_tells_of_every_fit(separated):
    told = []
    select_n_components(
        separated, [1, 2, 3], progress=lambda *numbers: told.append(numbers)
    )
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("progress", [3, 0, "print"])
def test_other_progress_is_refused_before_a_fit(progress):
    message = f"progress={progress!r} must be True, False or callable.*progress=True"
    with pytest.raises(TypeError, match=message):
        select_n_components("no grid to fit", progress=progress)
