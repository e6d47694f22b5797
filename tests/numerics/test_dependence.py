"""Whether residuals move together more than chance makes them."""

import numpy as np
import pytest

from skem.numerics.dependence import measure_dependence


def residuals_of(shocks, factors):
    """Residuals of regressions of funds, which may be short, on a constant and factors."""
    design = np.column_stack([np.ones(len(factors)), factors])
    out = np.full(shocks.shape, np.nan)
    for row, own in zip(out, shocks, strict=True):
        there = ~np.isnan(own)
        fitted = np.linalg.lstsq(design[there], own[there], rcond=None)[0]
        row[there] = own[there] - design[there] @ fitted
    return out


@pytest.mark.parametrize("ragged", [False, True])
def test_p_values_of_independent_residuals_are_uniform(ragged):
    rng, found = np.random.default_rng(0), []
    for _ in range(150):
        shocks = rng.standard_normal((40, 36))
        if ragged:
            shocks[np.arange(36) < rng.integers(0, 20, (40, 1))] = np.nan
        found.append(measure_dependence(residuals_of(shocks, rng.normal(size=(36, 2))), 3))
    inflations, p_values = np.array(found).T
    # Four standard errors of 150 draws: of the mean of variables with a standard deviation
    # of .25, and of a share of .1.
    assert np.mean(inflations) == pytest.approx(1.0, abs=0.08)
    assert np.mean(p_values < 0.1) == pytest.approx(0.1, abs=0.1)


def test_a_common_shock_is_found():
    rng = np.random.default_rng(1)
    shocks = rng.standard_normal((200, 60)) + 0.3 * rng.standard_normal(60)
    found = measure_dependence(residuals_of(shocks, rng.normal(size=(60, 2))), 3)
    # A shock with 8 % of the variance inflates that of the mean by 200 * .08.
    assert 8 < found.inflation < 32
    assert found.p_value < 1e-6


def test_one_fund_or_none_depends_on_nobody():
    assert measure_dependence(np.array([[1.0, -1.0], [np.nan, np.nan]]), 1).p_value == 1.0
    assert measure_dependence(np.full((2, 3), np.nan), 1).p_value == 1.0


def test_funds_that_never_meet_do_not_depend_on_each_other():
    apart = np.array([[1.0, -1.0, np.nan, np.nan], [np.nan, np.nan, 1.0, -1.0]])
    assert measure_dependence(apart, 1).inflation == pytest.approx(1.0, rel=1e-15)
