"""Monte Carlo EM with a sampler of the caller's."""

import numpy as np
import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture, monte_carlo_em
from skem.inference import summarize


@pytest.fixture(scope="module")
def estimates():
    """300 funds of two groups that noise does not hide."""
    rng = np.random.default_rng(0)
    groups = rng.random(300) < 0.6
    true = rng.normal(np.where(groups, 1.0, -3.0), np.where(groups, 1.0, 0.7))
    errors = np.exp(rng.normal(-0.5, 0.5, 300))
    return np.column_stack([rng.normal(true, errors), errors])


@pytest.fixture(scope="module")
def sampler(estimates):
    def sample(mixture, rng):
        if mixture is None:
            return estimates[:, :1]
        known = DeconvolvedGaussianMixture.from_parameters(*mixture)
        return known.sample_posterior(estimates, 50, random_state=rng)

    return sample


@pytest.fixture(scope="module")
def found(sampler):
    return monte_carlo_em(sampler, 2, n_rounds=120, burn_in=40, random_state=0)


def test_it_agrees_with_the_exact_fit_within_its_monte_carlo_error(estimates, found):
    exact = DeconvolvedGaussianMixture().fit(estimates)
    for name in ("weights", "means", "variances"):
        after = getattr(found, name)[found.burn_in :]
        # The error of a mean of 80 rounds, each of which depends on the one before with a
        # correlation of at most .6: that of 20 independent ones. Four of them.
        error = 4 * after.std(axis=0) / np.sqrt(20)
        miss = np.abs(getattr(found.model, f"{name}_") - getattr(exact, f"{name}_"))
        assert np.all(miss < error)


def test_standard_errors_are_those_of_the_estimates(estimates, found):
    exact = DeconvolvedGaussianMixture().fit(estimates)
    expected = summarize(exact, estimates, draws="independent")
    summary = found.summarize()
    # 50 draws for each of 300 funds tell the information to some per cent.
    np.testing.assert_allclose(summary.standard_errors, expected.standard_errors, rtol=0.15)


def test_the_summary_has_the_names_of_the_groups(found):
    assert found.summarize(group_names=["bad", "good"]).names[1] == "weight good"


def test_the_model_has_the_means_of_the_path_after_the_burn_in(found):
    assert found.means.shape == (120, 2)
    np.testing.assert_array_equal(found.model.means_, found.means[40:].mean(axis=0))
    assert found.model.score(found.grid) == pytest.approx(
        found.model.score_samples(found.grid).mean(), rel=1e-12
    )


def test_the_same_seed_gives_the_same_path(sampler):
    first, again = (
        monte_carlo_em(sampler, 2, n_rounds=3, burn_in=1, random_state=1) for _ in range(2)
    )
    np.testing.assert_array_equal(first.means, again.means)


def test_a_round_maximises_over_its_own_draws(sampler):
    grids = []

    def remember(mixture, rng):
        grids.append(sampler(mixture, rng))
        return grids[-1]

    found = monte_carlo_em(remember, 2, n_rounds=2, burn_in=1, random_state=0)
    alone = PanelGaussianMixture(2).fit(grids[0])
    np.testing.assert_array_equal(found.means[0], alone.means_)
    assert len(grids) == 3  # of each round, and of the model


def test_what_is_fixed_stays_so_and_has_no_error(sampler):
    held = PanelGaussianMixture(fixed_means=[-3.0, np.nan])
    found = monte_carlo_em(
        sampler, 2, n_rounds=5, burn_in=2, estimator=held, random_state=0
    )
    np.testing.assert_array_equal(found.means[:, 0], -3.0)
    summary = found.summarize()
    assert summary.standard_errors[summary.names.index("mean 0")] == 0


def test_progress_counts_the_rounds(sampler):
    told = []
    options = {"n_rounds": 3, "burn_in": 0, "random_state": 0}
    monte_carlo_em(sampler, 1, **options, progress=lambda *at: told.append(at))
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"sampler": 3}, TypeError, "sampler=3 is not callable"),
        ({"burn_in": 5}, ValueError, "burn_in=5 leaves none of n_rounds=5"),
        ({"burn_in": -1}, ValueError, "burn_in=-1 must be at least 0"),
        ({"n_rounds": 0}, ValueError, "n_rounds=0 must be at least 1"),
        ({"n_components": 1.5}, TypeError, "n_components=1.5 must be an integer"),
        ({"estimator": 3}, TypeError, "estimator=3 must be a PanelGaussianMixture"),
        ({"progress": 3}, TypeError, "progress=3 must be"),
    ],
)
def test_what_will_not_do_is_refused(sampler, arguments, error, message):
    given = {"sampler": sampler, "n_rounds": 5, "burn_in": 2, **arguments}
    with pytest.raises(error, match=message):
        monte_carlo_em(**given)
