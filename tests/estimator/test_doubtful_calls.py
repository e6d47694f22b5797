"""Calls of skill warn where the mixture's error may double the share of false ones."""

import warnings

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture
from skem.datasets import make_fund_estimates
from skem.estimator.doubtful_calls import N_CALLED

# Estimates that one group explains, and of which the highest are called.
FEW = np.column_stack([np.linspace(-1, 4, 12), np.ones(12)])
DOUBT = "expected share of false calls"


def repeated(table, k):
    """Each row k times, which divides the error of the mixture by the root of k."""
    return np.repeat(table, k, axis=0)


def warnings_of(model, X, **options):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.false_discovery(X, **options)
    return [str(one.message) for one in caught if DOUBT in str(one.message)]


def test_calls_that_few_funds_support_warn():
    with pytest.warns(UserWarning, match=r"11 funds with q-values up to 0.1: .* 0\.08,"):
        DeconvolvedGaussianMixture(1).fit(FEW).false_discovery(FEW)


def test_calls_that_many_funds_support_do_not_warn():
    many = repeated(FEW, 50)
    assert not warnings_of(DeconvolvedGaussianMixture(1).fit(many), many)


def test_calls_that_are_nearly_certain_do_not_warn():
    certain = FEW * [1, 0.1] + [[9, 0]]
    assert not warnings_of(DeconvolvedGaussianMixture(1).fit(certain), certain)


def test_no_calls_do_not_warn():
    assert not warnings_of(DeconvolvedGaussianMixture(1).fit(FEW), FEW, above=5.0)


def test_calls_of_losses_warn_as_calls_of_skill_of_the_negative_table():
    mirrored = FEW * [-1, 1]
    model = DeconvolvedGaussianMixture(1).fit(mirrored)
    assert warnings_of(model, mirrored, side="less") == warnings_of(
        DeconvolvedGaussianMixture(1).fit(FEW), FEW
    )


def test_a_mixture_that_was_given_has_no_error_to_warn_of():
    assert not warnings_of(
        DeconvolvedGaussianMixture.from_parameters([1], [1.5], [1.5]), FEW
    )


def test_a_missing_fund_is_not_called():
    with_missing = np.vstack([FEW, np.full((10, 2), np.nan)])
    model = DeconvolvedGaussianMixture(1).fit(with_missing)
    assert warnings_of(model, with_missing)[0].startswith("11 funds")


def test_some_of_many_called_funds_stand_for_all():
    # Ten copies of each call have ten times N_CALLED funds, and the same rates.
    model = DeconvolvedGaussianMixture(1).fit(FEW)
    copies = repeated(FEW, N_CALLED)
    ends = [warnings_of(model, table)[0].split(": ")[1] for table in (FEW, copies)]
    assert ends[0].split(",")[0] == ends[1].split(",")[0]


def test_the_error_of_a_group_without_funds_is_no_doubt():
    X, _, _ = make_fund_estimates(300, random_state=14)
    held = DeconvolvedGaussianMixture(
        3, fixed_means=[np.nan, 0, np.nan], fixed_variances=[np.nan, 0, np.nan]
    ).fit(X)
    assert held.weights_[1] < 1e-9
    assert not warnings_of(DeconvolvedGaussianMixture(2).fit(X), X)
    assert not warnings_of(held, X)
