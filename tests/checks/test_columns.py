"""Columns of a grid that are no draws: identifiers, dates, standard errors."""

import numpy as np
import pandas as pd
import pytest

from skem import DeconvolvedGaussianMixture, FactorAlphas, PanelGaussianMixture
from skem.datasets import make_fund_estimates
from skem.inference import bootstrap_lrt, select_n_components

N = 40


@pytest.fixture
def draws():
    values = np.random.default_rng(0).normal(0, 0.02, (N, 4))
    return pd.DataFrame(values, columns=["a", "b", "c", "d"])


IDENTIFIERS = {
    "numbers of funds": 10001 + 7 * np.arange(N),
    "counted rows": np.arange(N) + 1,
    "years": 2001 + np.arange(N) % 3,
    "months": 200101 + np.arange(N) % 12,
}


@pytest.mark.parametrize("numbers", IDENTIFIERS.values(), ids=IDENTIFIERS)
@pytest.mark.parametrize("place", [0, 4])
def test_a_column_of_identifiers_in_a_grid_is_refused(draws, numbers, place):
    draws.insert(place, "permno", numbers)
    message = rf"'permno' \(from {numbers.min()} .*X\.set_index\('permno'\)"
    with pytest.raises(ValueError, match=message):
        PanelGaussianMixture(1).fit(draws)


def test_identifiers_in_an_array_are_refused_by_number(draws):
    X = np.column_stack([draws, IDENTIFIERS["years"]])
    with pytest.raises(
        ValueError, match=r"column\(s\) 4 .*numpy\.delete\(X, \[4\], axis=1"
    ):
        PanelGaussianMixture(1).fit(X)


def test_long_data_in_numbers_are_refused(draws):
    long = pd.DataFrame(
        {"fund": 7 + np.arange(N) // 12, "month": IDENTIFIERS["months"], "r": draws["a"]}
    )
    message = r"'fund', 'month' .*X\.pivot\(index"
    with pytest.raises(ValueError, match=message):
        FactorAlphas().fit(long)


def test_identifiers_beside_estimates_are_refused():
    X, *_ = make_fund_estimates(N, random_state=0)
    X = pd.DataFrame(np.column_stack([IDENTIFIERS["years"], X]), columns=["id", "a", "s"])
    with pytest.raises(ValueError, match=r"'id' .*identifiers or dates"):
        DeconvolvedGaussianMixture(1).fit(X)


@pytest.mark.parametrize("column", [np.zeros(N), np.full(N, 1.0)], ids=["0", "1"])
def test_a_constant_column_is_no_identifier(draws, column):
    PanelGaussianMixture(1).fit(np.column_stack([draws, column]))


def test_rounded_draws_are_no_identifiers(draws):
    rounded = (100 * draws).round()
    PanelGaussianMixture(1).fit(rounded)


NAMES = ["standard_error", "se", "SE", "std_err", "stderr", "alpha_se", "se_alpha"]


@pytest.mark.parametrize("name", NAMES)
def test_a_column_that_is_called_standard_error_is_refused(draws, name):
    with pytest.raises(ValueError, match="Use DeconvolvedGaussianMixture"):
        PanelGaussianMixture(1).fit(draws.rename(columns={"c": name}))


ESTIMATES = make_fund_estimates(300, random_state=0)[0]
TABLES = {"two columns": ESTIMATES, "three": np.column_stack([ESTIMATES, np.full(300, 55)])}


@pytest.mark.parametrize("X", TABLES.values(), ids=TABLES)
def test_estimates_without_names_are_warned_of(X):
    with pytest.warns(UserWarning, match="like alphas with standard errors") as caught:
        PanelGaussianMixture(1).fit(X)
    assert caught[0].filename == __file__


TOOLS = {
    "select_n_components": lambda X: select_n_components(X, [1]),
    "bootstrap_lrt": lambda X: bootstrap_lrt(X, 1, draws="independent", n_resamples=19),
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_the_tools_warn_of_estimates_without_names_too(tool):
    with pytest.warns(UserWarning, match="like alphas with standard errors"):
        tool(ESTIMATES[:60])


def test_two_draws_are_not_taken_for_estimates(draws):
    PanelGaussianMixture(1).fit(draws[["a", "b"]])
    PanelGaussianMixture(1).fit(draws[["a", "b"]].abs())
