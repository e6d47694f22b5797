"""Estimators of a given mixture, without a fit."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.estimator.parts import mixture_of
from skem.inference import bootstrap_managers, parameter_covariance

BOTH = [PanelGaussianMixture, DeconvolvedGaussianMixture]
GIVEN = [0.4, 0.6], [-1e-3, 2e-3], [1e-6, 0.64e-6]


@pytest.fixture(scope="module")
def estimates(separated):
    errors = np.full(len(separated), 5e-4)
    return np.column_stack([separated[:, 0], errors])


@pytest.mark.parametrize("kind", BOTH)
def test_it_has_the_parameters_in_the_order_given(kind):
    weights, means, variances = GIVEN
    model = kind.from_parameters(weights[::-1], means[::-1], variances[::-1])
    np.testing.assert_array_equal(model.means_, means[::-1])
    assert model.n_components == 2
    assert not hasattr(model, "converged_")


def test_a_grid_of_any_width_gets_the_answers_of_the_fit(separated):
    fitted = PanelGaussianMixture().fit(separated)
    known = PanelGaussianMixture.from_parameters(*mixture_of(fitted))
    for answer in ("predict", "predict_proba", "score_samples", "transform", "bic"):
        expected = getattr(fitted, answer)(separated)
        np.testing.assert_array_equal(getattr(known, answer)(separated), expected)
    assert known.predict(separated[:, :3]).shape == (60, 3)


def test_estimates_get_the_answers_of_the_fit(estimates):
    fitted = DeconvolvedGaussianMixture().fit(estimates)
    known = DeconvolvedGaussianMixture.from_parameters(*mixture_of(fitted))
    answers = ["predict_proba", "transform", "score_samples", "bic", "posterior_interval"]
    for answer in (*answers, "false_discovery"):
        expected = getattr(fitted, answer)(estimates)
        np.testing.assert_array_equal(getattr(known, answer)(estimates), expected)


def test_standard_errors_are_those_of_the_fit(separated):
    fitted = PanelGaussianMixture(tol=1e-18).fit(separated)
    known = PanelGaussianMixture.from_parameters(*mixture_of(fitted))
    covariances = (
        parameter_covariance(model, separated, draws="fixed") for model in (fitted, known)
    )
    np.testing.assert_array_equal(*covariances)


def test_standard_errors_of_estimates_are_those_of_the_fit(estimates):
    fitted = DeconvolvedGaussianMixture(tol=1e-18).fit(estimates)
    known = DeconvolvedGaussianMixture.from_parameters(*mixture_of(fitted))
    covariances = (
        parameter_covariance(model, estimates, draws="independent")
        for model in (fitted, known)
    )
    np.testing.assert_array_equal(*covariances)


def test_a_fit_of_estimates_may_start_there(estimates):
    known = DeconvolvedGaussianMixture.from_parameters(*GIVEN, warm_start=True, max_iter=9)
    assert known.get_params()["max_iter"] == 9
    assert known.fit(estimates).converged_
    assert not hasattr(clone(known), "weights_")


def test_refits_to_resamples_start_there(separated):
    fitted = PanelGaussianMixture().fit(separated)
    known = PanelGaussianMixture.from_parameters(*mixture_of(fitted))
    options = {"n_resamples": 5, "random_state": 0}
    found, expected = (
        bootstrap_managers(model, separated, **options) for model in (known, fitted)
    )
    np.testing.assert_array_equal(found.samples["means"], expected.samples["means"])


@pytest.mark.parametrize("kind", BOTH)
def test_it_draws_from_the_mixture(kind):
    alphas, groups = kind.from_parameters(*GIVEN, random_state=0).sample(20_000)
    # Four standard errors of a share of 20,000.
    assert np.mean(groups == 0) == pytest.approx(0.4, abs=0.014)
    assert alphas.shape[0] == 20_000


def test_a_point_mass_answers_for_estimates():
    known = DeconvolvedGaussianMixture.from_parameters([1.0], [0.0], [0.0])
    assert known.false_discovery([[9.0, 1.0]]).local_rates[0] == 1


def test_the_error_of_a_given_mixture_is_not_known(estimates):
    known = DeconvolvedGaussianMixture.from_parameters(*GIVEN)
    with pytest.raises(ValueError, match="parameter_error=True: the mixture was given"):
        known.posterior_interval(estimates, parameter_error=True)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (([0.4, 0.5], [0, 1], [1, 1]), ValueError, r"weights=.* sums to 0\.9"),
        (([0.4, 0.6], [0, 1, 2], [1, 1]), ValueError, r"means has shape \(3,\)"),
        (([0.4, 0.6], [0, 1], [1, -1]), ValueError, "variances=.*must be positive"),
        (([0.4, 0.6], [0, 1], [1, 0]), ValueError, "variances=.*must be positive"),
        (([0.4, 0.6], None, [1, 1]), TypeError, "means=None: .* all needed"),
        (([[0.4, 0.6]], [0, 1], [1, 1]), ValueError, "weights has shape"),
    ],
)
def test_what_is_no_mixture_is_refused(given, error, message):
    with pytest.raises(error, match=message):
        PanelGaussianMixture.from_parameters(*given)


def test_a_data_frame_is_answered_without_a_warning(estimates):
    known = DeconvolvedGaussianMixture.from_parameters(*GIVEN)
    names = ["alpha", "standard_error"]
    table = pd.DataFrame(estimates, columns=names, index=[f"fund {i}" for i in range(60)])
    answer = known.set_output(transform="pandas").transform(table)
    assert answer.index[0] == "fund 0"
    assert answer.columns.tolist() == known.get_feature_names_out().tolist()
    assert not hasattr(known, "n_features_in_")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"fixed_means": [0.0, np.nan]}, r"fixed_means=\[0.0, nan\], and the given means"),
        ({"fixed_weights": [0.1, 0.9]}, "fixed_weights=.* and the given weights"),
        ({"tied_variances": True}, "tied_variances=True, and the given variances"),
        ({"means_init": [0, 1]}, "means_init=.*: a fit can start from the given"),
        ({"prior_count": 1}, "prior_count=1 is about a fit"),
        ({"n_components": 2}, "n_components=2: the number of groups is that of"),
        ({"max_iter": -1}, "max_iter"),
    ],
)
def test_a_parameter_that_contradicts_the_mixture_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        DeconvolvedGaussianMixture.from_parameters(*GIVEN, **parameters)


@pytest.mark.parametrize("name", ["log_likelihoods_", "optima_"])
def test_an_attribute_that_tells_of_a_fit_says_that_the_mixture_was_given(name):
    known = PanelGaussianMixture.from_parameters(*GIVEN)
    with pytest.raises(AttributeError, match=f"{name}: the mixture .* was given, .* fit"):
        getattr(known, name)


def test_fixed_values_of_the_mixture_have_no_error(estimates):
    known = DeconvolvedGaussianMixture.from_parameters(
        *GIVEN, fixed_means=GIVEN[1], fixed_variances=GIVEN[2], fixed_weights=GIVEN[0]
    )
    assert not parameter_covariance(known, estimates).any()


def test_standard_errors_away_from_the_maximum_are_warned_of_once(estimates):
    known = DeconvolvedGaussianMixture.from_parameters([0.5, 0.5], [0, 1e-3], [1e-6, 1e-6])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parameter_covariance(known, estimates)
    (text,) = [str(one.message) for one in caught]
    assert text.startswith("The mixture was given by from_parameters, and the log-like")
