"""The picture of where the data want more mass."""

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.display import GapDisplay


@pytest.fixture(scope="module")
def cells():
    q = norm.ppf((np.arange(40) + 0.5) / 40)
    return np.concatenate([q, 8 + q])[:, None]


def show(model, X, **options):
    return GapDisplay.from_estimator(model, X, ax=Figure().subplots(), **options)


def test_the_gradient_is_what_a_little_mass_gains_for_all_of_it(cells):
    model = PanelGaussianMixture(1).fit(cells)
    display = show(model, cells, least_sd=1.0)
    f = norm.pdf(cells, model.means_, np.sqrt(model.variances_))
    expected = (norm.pdf(cells, display.places, 1.0) / f).sum(axis=0) - cells.size
    assert display.gradient == pytest.approx(expected, abs=1e-9)


def test_one_group_over_two_wants_mass_at_both(cells):
    display = show(PanelGaussianMixture(1).fit(cells), cells, least_sd=1.0)
    at = display.places[display.gradient > 0]
    assert np.abs(at[:, None] - [0, 8]).min(axis=1).max() < 2.5
    assert display.gap > 20


def test_two_groups_want_none(cells):
    display = show(PanelGaussianMixture(2).fit(cells), cells, least_sd=0.9)
    assert display.gradient.max() < 2
    assert display.ax_.get_title().startswith("any mixture gains")


def test_estimates_are_drawn_with_their_noise():
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.normal(rng.choice([-3, 3], 60), 1.0), np.ones(60)])
    model = DeconvolvedGaussianMixture(1).fit(X)
    display = show(model, X)
    f = norm.pdf(X[:, 0], model.means_, np.sqrt(model.variances_ + 1))
    ratio = norm.pdf(X[:, :1], display.places, 1.0) / f[:, None]
    assert display.gradient == pytest.approx(ratio.sum(axis=0) - 60, abs=1e-9)


def test_units_scale_the_axis_and_nothing_else(cells):
    model = PanelGaussianMixture(2).fit(cells)
    display = show(model, cells, unit=(100, "%"))
    assert display.ax_.get_xlabel() == "alpha, %"
    assert display.line_.get_xdata() == pytest.approx(100 * display.places)
    assert display.line_.get_ydata() == pytest.approx(display.gradient)
