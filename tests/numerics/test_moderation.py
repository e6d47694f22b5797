"""Shrinkage of residual variances, against the model that it assumes."""

import numpy as np
import pytest
from scipy.special import polygamma

from skem.numerics.moderation import VariancePrior, fit_prior, invert_trigamma, moderate

N_FUNDS = 40_000


def draw(prior, degrees, seed=0):
    """Residual standard deviations of funds whose variances are drawn from a prior."""
    rng = np.random.default_rng(seed)
    chi_squares = rng.chisquare(prior.degrees, N_FUNDS) / prior.degrees
    true = prior.sd / np.sqrt(chi_squares)
    return true, true * np.sqrt(rng.chisquare(degrees, N_FUNDS) / degrees)


@pytest.mark.parametrize("x", [1e-8, 0.01, 0.5, 3.0, 1e3, 1e8])
def test_the_inverse_of_trigamma_inverts_it(x):
    assert invert_trigamma(float(polygamma(1, x))) == pytest.approx(x, rel=1e-7)


@pytest.mark.parametrize("prior", [VariancePrior(4.0, 0.02), VariancePrior(15.0, 3.0)])
@pytest.mark.parametrize("degrees", [19.0, np.resize([6.0, 19.0, 100.0], N_FUNDS)])
def test_the_prior_that_drew_the_variances_is_found(prior, degrees):
    found = fit_prior(draw(prior, degrees)[1], np.broadcast_to(degrees, N_FUNDS))
    # 4 standard errors of the excess variance, which is a third of the variance or more.
    assert found.degrees == pytest.approx(prior.degrees, rel=0.1)
    assert found.sd == pytest.approx(prior.sd, rel=0.02)


def test_moderated_variances_are_closer_to_the_true_ones():
    prior = VariancePrior(8.0, 0.02)
    true, sds = draw(prior, 12.0)
    moderated, degrees = moderate(sds, np.full(N_FUNDS, 12.0), prior)
    assert (degrees == 20).all()
    errors = [np.mean(np.log(found / true) ** 2) for found in (moderated, sds)]
    assert errors[0] < 0.75 * errors[1]


def test_misses_in_moderated_errors_have_a_t_distribution():
    prior = VariancePrior(8.0, 0.02)
    true, sds = draw(prior, 4.0)
    moderated, _ = moderate(sds, np.full(N_FUNDS, 4.0), prior)
    misses = true * np.random.default_rng(1).standard_normal(N_FUNDS) / moderated
    # Small residuals or not: 12 / 10 is the variance of t with 12 degrees of freedom.
    for half in (sds < np.median(sds), sds >= np.median(sds)):
        # Five standard errors of a variance over 20,000 funds.
        assert np.mean(misses[half] ** 2) == pytest.approx(1.2, abs=0.07)


def test_variances_that_differ_by_chance_alone_have_an_infinite_prior():
    degrees = np.full(5, 10.0)
    found = fit_prior(np.array([1.0, 1.05, 0.98, 1.02, 0.95]), degrees)
    assert found.degrees == np.inf
    moderated, after = moderate(np.array([0.5, 2.0]), degrees[:2], found)
    np.testing.assert_allclose(moderated, found.sd, rtol=1e-15)
    assert (after == 50).all()  # all there are


def test_missing_funds_do_not_count():
    sds, degrees = np.array([1.0, np.nan, 3.0, 0.4]), np.full(4, 10.0)
    there = ~np.isnan(sds)
    assert fit_prior(sds, degrees) == fit_prior(sds[there], degrees[there])
    moderated, _ = moderate(sds, degrees, fit_prior(sds, degrees))
    np.testing.assert_array_equal(np.isnan(moderated), ~there)


def test_a_single_fund_has_no_prior():
    assert fit_prior(np.ones(1), np.full(1, 9.0)).degrees == 0


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_the_prior_is_in_the_unit_of_the_residuals(unit):
    sds, degrees = np.array([1.0, 3.0, 0.4]), np.full(3, 10.0)
    one, other = fit_prior(sds, degrees), fit_prior(unit * sds, degrees)
    assert other.degrees == pytest.approx(one.degrees, rel=1e-9)
    assert other.sd / unit == pytest.approx(one.sd, rel=1e-9)


def test_no_fund_has_more_degrees_than_all_together():
    """The variances of two funds that agree by chance do not make their errors known."""
    prior = fit_prior(np.array([0.02, 0.02]), np.array([19.0, 20.0]))
    assert prior.degrees == np.inf
    degrees = np.array([19.0, 20.0, 60.0])
    _, moderated = moderate(np.full(3, 0.02), degrees, prior)
    # A fund that was not there has at least its own.
    np.testing.assert_array_equal(moderated, [39.0, 39.0, 60.0])
