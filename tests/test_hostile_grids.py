"""Grids whose cells are in many places of very different widths."""

import numpy as np
import pytest

from skem import PanelGaussianMixture


def test_a_narrow_group_among_many_clusters_is_found():
    rng = np.random.default_rng(0)
    middles = rng.uniform(-200, 200, 10)
    sizes = [600] * 9 + [4000]
    clusters = [m + 1e-5 * rng.normal(size=n) for m, n in zip(middles, sizes, strict=True)]
    cells = np.concatenate([100 * rng.normal(size=30_000), *clusters])
    model = PanelGaussianMixture(2).fit(cells[:, None])
    assert model.means_ == pytest.approx([0, middles[-1]], abs=2)
    assert np.sqrt(model.variances_[1]) == pytest.approx(1e-5, rel=0.1)


def test_the_heavier_of_two_tight_clusters_side_by_side_is_found():
    """One wide group over both once promised as much, and was all that was tried."""
    rng = np.random.default_rng(0)
    tight = [c + 1e-5 * rng.normal(size=n) for c, n in [(91.80, 60), (91.86, 400)]]
    cells = np.concatenate([100 * rng.normal(size=4000), *tight])
    fit = PanelGaussianMixture(2).fit(cells[:, None])
    assert fit.means_[1] == pytest.approx(91.86, abs=1e-5)


@pytest.mark.filterwarnings("ignore:The data hardly tell")
@pytest.mark.filterwarnings("ignore:The variance of group")
def test_equal_cells_beside_others_are_read_once_and_hide_no_group():
    """Three in ten cells are 0: a group of no spread, at one point without width."""
    rng = np.random.default_rng(1)
    x = np.append(0.5 + 1.5 * rng.normal(size=70_000), np.zeros(30_000))
    model = PanelGaussianMixture(3).fit(x[:, None])
    known = PanelGaussianMixture(3, means_init=[0, 0.5, 4.5]).fit(x[:, None])
    assert model.log_likelihood_ > known.log_likelihood_ - 1e-9
    assert model.n_passes_ <= 2


# The outlier is a group of one cell, on the floor.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_frequent_values_beside_an_outlier_hide_no_group():
    rng = np.random.default_rng(0)
    groups = [rng.normal(-8, 1, 10_000), rng.normal(-3, 0.5, 10_000)]
    cells = np.concatenate([np.repeat(np.arange(1.0, 7), 4000), *groups, [1e6]])
    X = rng.permutation(cells)[:, None]
    model = PanelGaussianMixture(4).fit(X)
    known = PanelGaussianMixture(4, means_init=[-8, -3, 3, 1e6]).fit(X)
    assert model.log_likelihood_ == pytest.approx(known.log_likelihood_, rel=1e-9)
    assert known.means_ == pytest.approx([-8, -3, 3.5, 1e6], rel=0.01)


# The outlier is a group of one cell, on the floor.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_climb_ends_where_the_gains_are_those_of_rounding():
    cells = np.random.default_rng(3).normal(size=51)
    cells[0] = -2e10
    model = PanelGaussianMixture(3).fit(cells[:, None])
    assert model.converged_
    assert model.n_iter_ < 50  # of 1,000 that are allowed
