"""A fit warns, once, of groups that the data hardly tell apart."""

import re
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import select_n_components
from skem.numerics.ascent import newton
from skem.numerics.search import fewer

HARDLY = "The data hardly tell"


def caught(fit, *arguments):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        fit(*arguments)
    return [str(one.message) for one in found]


@pytest.fixture(scope="module")
def one_group():
    return np.random.default_rng(0).standard_normal((40, 10))


@pytest.fixture(scope="module")
def message(one_group):
    (message,) = caught(PanelGaussianMixture(2).fit, one_group)
    return message


def test_the_numbers_are_the_gain_over_one_group_fewer_and_what_bic_takes(
    message, one_group
):
    two, one = (
        PanelGaussianMixture(number, tol=1e-9, solver="newton") for number in (2, 1)
    )
    caught(two.fit, one_group)
    one.fit(one_group)
    gain = one_group.size * (two.log_likelihood_ - one.log_likelihood_)
    found = re.search(r"only ([\d.]+) nats lower, and BIC takes ([\d.]+)", message)
    assert float(found[1]) == pytest.approx(gain, abs=0.05)  # as printed
    assert float(found[2]) == pytest.approx(1.5 * np.log(400), abs=0.05)


def test_the_message_says_how_many_groups_to_fit(message):
    assert "with 1 group the log-likelihood" in message
    assert "Fit n_components=1" in message


def test_it_warns_where_bic_prefers_one_group_fewer():
    cells = np.random.default_rng(1).standard_normal((60, 1))
    warned, preferred = [], []
    for distance in (6.0, 4.0, 3.0, 2.0, 0.0):
        alphas = cells + np.repeat([0.0, distance], 30)[:, None]
        two, one = PanelGaussianMixture(2), PanelGaussianMixture(1)
        warned.append(any(HARDLY in text for text in caught(two.fit, alphas)))
        preferred.append(one.fit(alphas).bic(alphas) < two.bic(alphas))
    assert warned == preferred
    assert warned[0] < warned[-1]


def test_three_groups_are_compared_with_the_best_merger_of_two(separated):
    (message,) = caught(PanelGaussianMixture(3).fit, separated)
    assert "with 2 groups the log-likelihood" in message


def test_the_climb_of_fewer_groups_ends_where_they_cannot_reach_bic(monkeypatch):
    reached = []

    def watched(*given, **options):
        reached.append(newton.climb(*given, **options))
        return reached[-1]

    monkeypatch.setattr(fewer, "climb", watched)
    means = np.repeat([0.0, 4.0, 8.0], 100)[:, None]
    apart = means + np.random.default_rng(2).standard_normal((300, 10))
    assert not caught(PanelGaussianMixture(3, init_params="quantile").fit, apart)
    (top,) = reached
    assert top.remaining[0] > fewer.TOL


def test_a_group_without_spread_is_named():
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.normal(0, 1.4, 60), np.ones(60)])
    fitted = DeconvolvedGaussianMixture(2)
    (message,) = caught(fitted.fit, X)
    (group,) = np.flatnonzero(fitted.variances_ == 0)
    assert f"The variance of group {group} ended at 0." in message


def test_separated_groups_raise_no_warning(separated):
    assert not caught(PanelGaussianMixture(2).fit, separated)


def test_fixed_groups_are_what_the_caller_wants(one_group):
    model = PanelGaussianMixture(2, fixed_means=[-0.1, np.nan])
    assert not caught(model.fit, one_group)


def test_a_search_warns_of_its_best_estimator_only(one_group):
    search = GridSearchCV(PanelGaussianMixture(), {"n_components": [2]}, cv=2)
    assert len(caught(search.fit, one_group)) == 1


def test_numbers_of_groups_that_are_compared_raise_no_warning(one_group):
    assert not caught(select_n_components, one_group, [1, 2, 3])


def test_a_fit_that_continues_another_one_does_not_warn_again(one_group):
    model = PanelGaussianMixture(2, warm_start=True)
    assert len(caught(model.fit, one_group)) == 1
    assert not caught(model.fit, one_group)


def test_a_fit_that_has_not_converged_raises_that_warning_only(one_group):
    model = PanelGaussianMixture(2, solver="em", init_params="quantile", max_iter=2)
    messages = caught(model.fit, one_group)
    assert [HARDLY in text for text in messages] == [False]


def test_the_category_is_that_of_other_warnings_of_a_fit(one_group):
    with pytest.warns(ConvergenceWarning, match=HARDLY):
        PanelGaussianMixture(2).fit(one_group)
