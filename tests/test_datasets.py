"""Artificial grids."""

import numpy as np
import pytest

from skem.datasets import make_alpha_panel


def test_the_default_population_is_the_textbooks():
    alphas, groups = make_alpha_panel(random_state=0)
    assert alphas.shape == groups.shape == (255, 100)
    # Five standard errors of 25,500 draws.
    assert alphas.mean() == pytest.approx(5.802e-4, abs=5 * 9.75e-4 / 160)
    assert alphas.var() == pytest.approx(9.5e-7, rel=5 * np.sqrt(2 / 25_500))
    assert groups.mean() == pytest.approx(0.51, abs=5 * 0.5 / 160)


def test_cells_come_from_their_groups():
    alphas, groups = make_alpha_panel(
        200, 50, weights=[0.2, 0.8], means=[-9, 9], variances=[1, 4], random_state=0
    )
    np.testing.assert_array_equal(groups, alphas > 0)
    assert alphas[groups == 0].var() == pytest.approx(1, rel=5 * np.sqrt(2 / 2000))
    assert alphas[groups == 1].var() == pytest.approx(4, rel=5 * np.sqrt(2 / 8000))


def test_a_seed_repeats_the_grid():
    first, again, other = (make_alpha_panel(random_state=s)[0] for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"weights": [0.5, 0.4]}, r"weights=\[0.5, 0.4\] sums to 0.9: .* sum to 1"),
        ({"weights": [1.5, -0.5]}, "every entry must be positive"),
        ({"variances": [1, 0]}, "variances=.*every entry must be positive"),
        ({"means": [1, 2, 3]}, r"means has shape \(3,\), weights needs \(2,\)"),
        ({"n_managers": 0}, "'n_managers' parameter .* Got 0 instead"),
        ({"n_draws": 1.5}, "'n_draws' parameter .* Got 1.5 instead"),
    ],
)
def test_a_population_that_does_not_fit_is_refused(bad, message):
    with pytest.raises(ValueError, match=message):
        make_alpha_panel(**bad)
