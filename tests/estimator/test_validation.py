"""Parameters are validated once, and nothing that scikit-learn would refuse gets by."""

import threading

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.estimator import validation

X = np.array([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])


def refusal(validate):
    """What a refusal says, or None."""
    try:
        validate()
    except ValueError as refused:
        return str(refused)


@pytest.fixture
def validated(monkeypatch):
    """The parameters that scikit-learn was asked to validate, call by call."""
    seen = []
    plain = validation.validate_parameter_constraints

    def validate(constraints, parameters, name):
        seen.append(parameters)
        plain(constraints, parameters, name)

    monkeypatch.setattr(validation, "validate_parameter_constraints", validate)
    validation._validate_constant.cache_clear()
    return seen


def test_a_combination_is_validated_once(validated):
    for _ in range(3):
        PanelGaussianMixture(2, tol=1e-5).fit(X)
    assert len(validated) == 1


def test_another_combination_is_validated(validated):
    for tol in (1e-5, 1e-6):
        PanelGaussianMixture(2, tol=tol).fit(X)
    assert [parameters["tol"] for parameters in validated] == [1e-5, 1e-6]


def test_what_can_change_is_validated_each_time(validated):
    for _ in range(3):
        PanelGaussianMixture(random_state=np.random.RandomState(0)).fit(X)
    constant, *others = validated
    assert "random_state" not in constant
    assert [list(parameters) for parameters in others] == 3 * [["random_state"]]


def test_an_array_costs_no_validation_where_arrays_are_allowed(validated):
    for means in ([0.2, 1.2], np.array([0.3, 1.3])):
        PanelGaussianMixture(2, means_init=means).fit(X)
    assert len(validated) == 1
    assert "means_init" not in validated[0]


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ({"n_init": 1}, {"n_init": 1.0}),
        ({"tied_variances": True}, {"tied_variances": 1.0}),
        ({"max_iter": 5}, {"max_iter": 5.0}),
        ({"warm_start": False}, {"warm_start": 0.0}),
    ],
)
def test_an_equal_value_of_another_type_is_refused(good, bad):
    PanelGaussianMixture(**good).fit(X)
    with pytest.raises(ValueError, match=f"The {next(iter(bad))!r} parameter of Panel"):
        PanelGaussianMixture(**bad).fit(X)


def test_what_was_refused_is_refused_again():
    for _ in range(2):
        with pytest.raises(ValueError, match="The 'tol' parameter of PanelGaussianMixture"):
            PanelGaussianMixture(tol=-1.0).fit(X)


def test_a_parameter_that_is_set_later_is_validated():
    model = PanelGaussianMixture().fit(X)
    with pytest.raises(ValueError, match="The 'solver' parameter"):
        model.set_params(solver="fastest").fit(X)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_validation_may_be_switched_off():
    with config_context(skip_parameter_validation=True):
        assert PanelGaussianMixture(tol=-1.0, max_iter=1, solver="em").fit(X).n_iter_ == 1


def test_classes_have_constraints_of_their_own():
    class Patient(PanelGaussianMixture):
        _parameter_constraints = {
            **PanelGaussianMixture._parameter_constraints,
            "tol": [str],
        }

    PanelGaussianMixture(tol=1e-3).fit(X)
    with pytest.raises(ValueError, match="The 'tol' parameter of Patient"):
        Patient(tol=1e-3).fit(X)


@pytest.mark.parametrize("kind", [PanelGaussianMixture, DeconvolvedGaussianMixture])
@pytest.mark.parametrize(
    "value", [None, -1, 0, 1, 1.5, "word", np.nan, [1.0], np.int64(2), ()]
)
def test_all_that_scikit_learn_refuses_is_refused_in_its_words(kind, value):
    for name in kind().get_params():
        model = kind(**{name: value})
        assert refusal(model._validate_params) == refusal(
            lambda model=model: BaseEstimator._validate_params(model)
        )


def test_the_memory_of_combinations_is_bounded():
    limit = validation._validate_constant.cache_info().maxsize
    for n in range(limit + 10):
        PanelGaussianMixture(max_iter=n + 1)._validate_params()
    assert validation._validate_constant.cache_info().currsize == limit


def test_threads_may_validate_at_once():
    refused = []

    def validate(n):
        for _ in range(200):
            try:
                PanelGaussianMixture(max_iter=n)._validate_params()
            except ValueError:
                refused.append(n)

    threads = [threading.Thread(target=validate, args=(n,)) for n in (0, 1, 2, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == 400 * [0]
