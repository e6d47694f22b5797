"""Counts in common bins, and mixtures that climb on many grids at once."""

import numpy as np
import pytest
from scipy import stats

from skem.numerics.ascent.newton import climb
from skem.numerics.bootstrap.likelihood_ratio import BINS
from skem.numerics.bootstrap.refits import highest, solve_each
from skem.numerics.bootstrap.replicates import bins_for, count, count_draws
from skem.numerics.data.points import Points
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.likelihood.information import sum_over
from skem.numerics.model.constraints import unconstrained
from skem.numerics.model.mixture import Mixture, draw, stack


def test_every_bin_holds_its_value(bins):
    np.testing.assert_array_equal(
        bins.place(bins.values)[1:], np.arange(1, bins.values.size)
    )


def test_bins_are_fine_for_the_narrowest_group(truth):
    narrow = truth._replace(variances=np.array([1.0, 1e-4]))
    edges = bins_for(narrow, 16, 2**10, 2**13).edges
    assert np.diff(edges).min() <= 0.01 / 16 * 2.1  # at most 2^13 bins


def test_bins_have_the_probabilities_of_cells(truth, bins):
    """Cells drawn one by one fall into bins as the bins' probabilities say."""
    z, _ = draw(truth, 20_000, np.random.RandomState(1))
    counts = np.bincount(bins.place(z), minlength=bins.values.size)
    blocks = np.array_split(np.arange(bins.values.size), 40)
    observed = np.array([counts[b].sum() for b in blocks])
    expected = 20_000 * np.array([bins.probabilities(truth)[b].sum() for b in blocks])
    there = expected > 5
    result = stats.chisquare(
        np.append(observed[there], observed[~there].sum()),
        np.append(expected[there], expected[~there].sum()),
    )
    assert result.pvalue > 1e-3  # one seed in a thousand is refused


def test_far_cells_are_counted_too(cells_of):
    alphas = np.append(np.random.default_rng(0).standard_normal(99), 1e6)
    cells = cells_of(alphas.reshape(10, 10))
    narrow = bins_for(Mixture(np.ones(1), np.zeros(1), np.full(1, 1e-6)), **BINS)
    assert count(cells, narrow).sum() == 100


def test_every_manager_gives_one_draw_at_a_time(cells_of, bins):
    """The one with two draws gives them in turn, and the one without has no part."""
    nan = np.nan
    ragged = np.array([[1.0, nan, 2.0, nan], [nan] * 4, [3.0, 4.0, 5.0, 6.0]])
    cells = cells_of(ragged)
    masses = count_draws(cells, bins, most=9)
    expected = np.array([[1.0, 3.0], [2.0, 4.0], [1.0, 5.0], [2.0, 6.0]])
    for row, values in zip(masses, expected, strict=True):
        z = (values - cells.centre) / cells.scale
        assert set(np.flatnonzero(row)) == set(bins.place(z))
        assert row.sum() == 2


def test_of_many_draws_evenly_spaced_ones_are_counted(cells_of, bins):
    cells = cells_of(np.arange(12.0).reshape(2, 6))
    masses = count_draws(cells, bins, most=3)
    z = (np.array([[0, 6], [2, 8], [4, 10]]) - cells.centre) / cells.scale
    for row, values in zip(masses, z, strict=True):
        assert set(np.flatnonzero(row)) == set(bins.place(values))


def test_each_mixture_sees_its_own_grid(truth, grids):
    together = stack([truth] * 6)
    for k, masses in enumerate(grids.masses):
        alone = Points(grids.values, masses)
        one = stack([truth])
        for whole, part in (
            (e_step(grids, together), e_step(alone, one)),
            (sum_over(grids, together), sum_over(alone, one)),
        ):
            for name in set(whole._fields) - {"centres"}:
                # The same sums, of the same numbers in one order or another.
                np.testing.assert_allclose(
                    getattr(whole, name)[k], getattr(part, name)[0], rtol=1e-9, atol=1e-9
                )


def test_climbing_together_ends_where_climbing_alone_does(truth, grids):
    limits = unconstrained(2, 1e-6)
    together = climb(grids, stack([truth] * 6), limits, tol=1e-9, max_iter=100)
    for k, masses in enumerate(grids.masses):
        alone = climb(
            Points(grids.values, masses), stack([truth]), limits, tol=1e-9, max_iter=100
        )
        # Both are within 1e-9 nats of one top.
        np.testing.assert_allclose(
            together.log_likelihood[k], alone.log_likelihood[0], atol=1e-6
        )


def test_the_highest_of_each_owner_are_found():
    heights = np.array([1.0, 3.0, 2.0, 5.0, 4.0])
    owners = np.array([0, 0, 0, 1, 1])
    np.testing.assert_array_equal(highest(heights, owners, 2), [1, 2, 3, 4])


@pytest.mark.parametrize("n_solved", [1, 2])
def test_a_sliver_of_higher_likelihood_is_passed_over(n_solved):
    """Six close cells gain a nat more than two real groups, and the penalty takes 4."""

    def normal(n, mean, sd):
        return mean + sd * stats.norm.ppf((np.arange(n) + 0.5) / n)

    six = 2.5 + 0.1 * (np.arange(6) - 2.5)
    z = np.concatenate([normal(12, -1.5, 0.6), normal(48, 0.5, 0.7), six])
    z = (z - z.mean()) / z.std()
    candidates = [
        Mixture(np.array([0.1, 0.9]), np.array([z[-6:].mean(), 0]), np.array([0.02, 1])),
        Mixture(np.array([0.2, 0.8]), np.array([-1.5, 0.5]), np.array([0.4, 0.5])),
    ]
    grids, limits = Points(np.sort(z), np.ones((1, z.size))), unconstrained(2, 1e-6)
    options = {"tol": 1e-6, "max_iter": 100}
    tops = climb(grids.only([0, 0]), stack(candidates), limits, **options).log_likelihood
    assert tops[0] > tops[1] + 1
    found = solve_each(grids, [candidates], limits, n_solved=n_solved, **options)
    # Both are within 1e-6 nats of one top.
    assert found.log_likelihood[0] == pytest.approx(tops[1], abs=2e-6)
