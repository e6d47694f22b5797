"""What any other mixture could gain over a fit."""

import numpy as np
import pytest
from scipy.stats import norm

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.inference import gap, global_gap
from skem.numerics.nonparametric import bound
from skem.numerics.nonparametric.solve import solve

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

# Gaps of estimates by two ways of rounding, or of grids in two units, differ by the goal.
TOL = 2e-6


def panel(seed):
    """120 cells of one to four groups, which overlap."""
    rng = np.random.default_rng(seed)
    n_groups = rng.integers(1, 5)
    means, sds = rng.normal(0, 2, n_groups), rng.uniform(0.3, 1.5, n_groups)
    groups = rng.integers(n_groups, size=120)
    return rng.normal(means[groups], sds[groups]).reshape(60, 2)


def estimates(seed, degrees=None):
    """80 estimates with errors, of two groups."""
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0.2, 1.5, 80)
    true = rng.choice([-1.5, 1.0], 80) + 0.3 * rng.normal(size=80)
    noise = rng.normal(size=80) if degrees is None else rng.standard_t(degrees, 80)
    columns = [true + errors * noise, errors]
    return np.column_stack(columns + ([] if degrees is None else [np.full(80, degrees)]))


@pytest.mark.parametrize("seed", range(2))
def test_no_fit_of_a_grid_from_any_start_gains_more_than_the_gap(seed):
    X, least = panel(seed), 0.25
    found = global_gap(PanelGaussianMixture(1).fit(X), X, least_sd=least)
    for number in range(1, 5):
        for start in ("insertion", "quantile"):
            model = PanelGaussianMixture(number, init_params=start).fit(X)
            if model.variances_.min() >= least**2:
                gain = model.score(X) * X.size - found.log_likelihood
                assert gain <= found.gap


@pytest.mark.parametrize("degrees", [None, 6.0])
def test_no_fit_of_estimates_gains_more_than_the_gap(degrees):
    X = estimates(0, degrees)
    found = global_gap(DeconvolvedGaussianMixture(1).fit(X), X)
    for number in range(1, 4):
        model = DeconvolvedGaussianMixture(number).fit(X)
        assert model.log_likelihood_ * len(X) - found.log_likelihood <= found.gap


def test_a_mixture_of_normals_of_the_width_itself_has_no_gap():
    X = panel(1)
    first = global_gap(PanelGaussianMixture(2).fit(X), X, least_sd=0.5).nonparametric
    variances = np.full(first.weights.size, 0.25)
    best = PanelGaussianMixture.from_parameters(first.weights, first.locations, variances)
    assert abs(global_gap(best, X, least_sd=0.5).gap) < TOL


def test_bins_of_few_cells_leave_nothing_that_takes_all_cells_to_find(monkeypatch):
    sizes = []

    def recorded(kernels, *args):
        sizes.append(kernels.values.size)
        return solve(kernels, *args)

    monkeypatch.setattr(bound, "solve", recorded)
    monkeypatch.setattr(gap, "TOL", 2e-7)  # at this width the bins leave 2.9e-7
    X = np.random.default_rng(0).normal(size=(5000, 1))
    found = global_gap(PanelGaussianMixture(1).fit(X), X, least_sd=0.08)
    assert found.nonparametric.duality_gap <= gap.TOL
    assert len(sizes) == 1
    assert sizes[0] < 1000  # ten nodes for each sd


def test_a_loose_bound_is_said_and_is_no_higher_than_the_highest_densities(monkeypatch):
    monkeypatch.setattr(bound, "FEW_CELLS", 100)  # so bins stand for outliers too
    X = np.random.default_rng(3).standard_cauchy((5000, 1))
    model = PanelGaussianMixture(1).fit(X)
    with pytest.warns(UserWarning, match="is a loose bound: the best mixture found gains"):
        found = global_gap(model, X, least_sd=1.0)
    highest = X.size * norm.logpdf(0.0)
    assert found.gap <= highest - found.log_likelihood + 1e-6  # nats of 1e4


@pytest.fixture(scope="module")
def wrong_hill():
    """Two groups taken for one, and the third cut in two."""
    q = norm.ppf((np.arange(100) + 0.5) / 100)
    X = np.concatenate([0.05 * q, 1 + 0.05 * q, 10 + 0.05 * q])[:, None]
    start = {"means_init": [0.5, 9.99, 10.04], "variances_init": [0.25, 1e-3, 1e-3]}
    wrong = PanelGaussianMixture(3, weights_init=[2 / 3, 1 / 6, 1 / 6], **start).fit(X)
    return X, wrong, PanelGaussianMixture(3).fit(X)


def test_a_wrong_hill_has_the_gap_that_the_right_one_gains(wrong_hill):
    X, wrong, right = wrong_hill
    gain = (right.score(X) - wrong.score(X)) * X.size
    gap = global_gap(wrong, X, least_sd=np.sqrt(right.variances_.min())).gap
    assert gain > 100
    assert gain <= gap < gain + 2  # the best of any number of groups gains little more


def test_the_right_hill_has_no_gap(wrong_hill):
    X, _, right = wrong_hill
    assert global_gap(right, X).gap < 0.1


def test_the_default_table_goes_down_from_the_narrowest_group(wrong_hill):
    X, _, right = wrong_hill
    found = global_gap(right, X)
    narrowest = np.sqrt(right.variances_.min())
    assert found.least_sds == pytest.approx(narrowest * np.array([1, 0.5, 0.25]))
    assert np.all(np.diff(found.gaps) > 0)
    assert (found.gap, found.least_sd) == (found.gaps[0], found.least_sds[0])


def test_one_wide_group_over_two_real_ones_has_a_gap_at_lower_widths():
    q = norm.ppf((np.arange(200) + 0.5) / 200)
    X = np.concatenate([q, 3 + q])[:, None]
    found = global_gap(PanelGaussianMixture(1).fit(X), X)
    assert found.gaps[0] < 0.1
    assert found.gaps[1] > 10


@pytest.fixture(scope="module")
def grid_and_gap():
    X = panel(3)
    model = PanelGaussianMixture(2).fit(X)
    return X, model, global_gap(model, X, least_sd=0.4)


def test_units_change_nothing(grid_and_gap):
    X, _, found = grid_and_gap
    scaled = 1e-4 * X + 3e-3
    again = global_gap(PanelGaussianMixture(2).fit(scaled), scaled, least_sd=4e-5)
    assert again.gap == pytest.approx(found.gap, abs=TOL)
    assert again.nonparametric.log_likelihood == pytest.approx(
        found.nonparametric.log_likelihood - X.size * np.log(1e-4), abs=1e-5
    )


def test_the_order_of_cells_changes_nothing(grid_and_gap):
    X, model, found = grid_and_gap
    shuffled = np.random.default_rng(0).permutation(X.ravel())[:, None]
    model = PanelGaussianMixture.from_parameters(
        model.weights_, model.means_, model.variances_
    )
    again = global_gap(model, shuffled, least_sd=0.4)
    assert again.gap == pytest.approx(found.gap, abs=TOL)


@pytest.mark.parametrize("kind", ["grid", "estimates"])
def test_a_weight_is_a_number_of_copies(kind):
    X = panel(3) if kind == "grid" else estimates(3)
    estimator = PanelGaussianMixture if kind == "grid" else DeconvolvedGaussianMixture
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    model = estimator(2).fit(X, sample_weight=weights)
    copies = np.repeat(X, weights, axis=0)
    by_weight = global_gap(model, X, least_sd=0.3, sample_weight=weights)
    again = global_gap(model, copies, least_sd=0.3)
    assert by_weight.gap == pytest.approx(again.gap, abs=TOL)


def test_a_dask_array_and_a_file_give_the_gap_of_an_array(tmp_path, grid_and_gap):
    da = pytest.importorskip("dask.array")
    X, model, found = grid_and_gap
    np.save(tmp_path / "X.npy", X)
    for other in (da.from_array(X, chunks=(13, 2)), np.load(tmp_path / "X.npy", "r")):
        assert global_gap(model, other, least_sd=0.4).gap == pytest.approx(
            found.gap, abs=TOL
        )


def test_bins_of_many_cells_lose_less_than_a_hundredth_of_a_nat():
    rng = np.random.default_rng(0)
    X = rng.normal(rng.choice([-1.0, 1.5], 9000), 0.7)[:, None]
    found = global_gap(PanelGaussianMixture(2).fit(X), X, least_sd=0.6)
    assert found.nonparametric.duality_gap < 0.01
    assert 0 < found.gap < 10


@pytest.fixture(scope="module")
def many():
    """5,000 estimates of three point masses, their gap, and the densities of all rows."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.choice([-1.0, 0.0, 3.0], 5000), rng.uniform(0.2, 0.4, 5000)])
    X[:, 0] += X[:, 1] * rng.normal(size=5000)
    model = DeconvolvedGaussianMixture.from_parameters([1.0], [0.0], [1.7])
    free = global_gap(model, X).nonparametric
    return X, free, free.weights @ norm.pdf(X[:, 0], free.locations[:, None], X[:, 1])


def test_many_estimates_have_the_log_likelihood_of_all_rows(many):
    _, free, density = many
    assert free.log_likelihood == pytest.approx(np.log(density).sum(), abs=1e-6)


def test_no_location_gains_more_than_is_said_on_all_of_many_rows(many):
    X, free, density = many
    at = np.linspace(-3.0, 5.0, 401)[:, None]
    slopes = (norm.pdf(X[:, 0], at, X[:, 1]) / density).sum(axis=1) - len(X)
    assert slopes.max() <= free.duality_gap


def test_little_is_left_to_gain_on_many_rows(many):
    assert many[1].duality_gap < 0.05  # the goal of the rounds


def test_a_small_gap_prints_as_a_table(grid_and_gap):
    _, _, found = grid_and_gap
    lines = str(found).splitlines()
    assert lines[0] == "What any other mixture could gain over 2 groups"
    assert lines[2].split() == ["0.4", f"{found.gap:.2f}"]


@pytest.mark.parametrize(
    ("least_sd", "error", "words"),
    [
        (0.0, ValueError, "have no highest likelihood"),
        (-1.0, ValueError, "at least 0"),
        (np.inf, ValueError, "must be finite"),
        ([], TypeError, "or some"),
        ("wide", TypeError, "must be a number"),
        (True, TypeError, "must be a number"),
    ],
)
def test_what_is_no_width_is_refused(grid_and_gap, least_sd, error, words):
    X, model, _ = grid_and_gap
    with pytest.raises(error, match=words):
        global_gap(model, X, least_sd=least_sd)


def test_a_width_may_be_an_array_without_axes(grid_and_gap):
    X, model, _ = grid_and_gap
    found = global_gap(model, X, least_sd=np.array(0.5))
    assert found.least_sds == pytest.approx([0.5])


def test_a_width_at_which_every_cell_stands_alone_is_refused():
    X = np.random.default_rng(0).normal(size=(400, 1))
    with pytest.raises(ValueError, match="too small to look everywhere"):
        global_gap(PanelGaussianMixture(1).fit(X), X, least_sd=1e-7)


def test_a_sliver_has_a_table_of_wider_groups(monkeypatch):
    monkeypatch.setattr(bound, "MOST_LOCATIONS", 256)
    X = np.random.default_rng(0).normal(size=(65, 1))
    sliver = PanelGaussianMixture.from_parameters([0.99, 0.01], [0, X[0, 0]], [1, 1e-20])
    found = global_gap(sliver, X)
    assert found.least_sd > 1e-4
    assert np.isfinite(found.gaps).all()


@pytest.fixture(scope="module")
def free():
    X = estimates(5)
    return X, global_gap(DeconvolvedGaussianMixture(2).fit(X), X).nonparametric


def test_posterior_means_are_those_of_bayes_theorem(free):
    X, found = free
    z, errors = X.T[:, :, None]
    joint = found.weights * norm.pdf(z, found.locations, errors)
    expected = joint @ found.locations / joint.sum(axis=1)
    assert found.posterior_mean(X) == pytest.approx(expected, rel=1e-10)


def test_a_share_above_sums_the_weights_beyond(free):
    _, found = free
    expected = found.weights[found.locations > 0.2].sum()
    assert found.share_above(0.2) == pytest.approx(expected, abs=1e-12)


def test_quantiles_are_the_first_locations_that_reach_their_levels(free):
    _, found = free
    reached = np.cumsum(found.weights)
    levels = (np.append(0, reached[:-1]) + reached) / 2
    assert found.quantiles(levels) == pytest.approx(found.locations)


def test_a_grid_of_cells_has_no_noise_to_be_reduced(grid_and_gap):
    X, _, found = grid_and_gap
    with pytest.raises(ValueError, match="cells of a grid"):
        found.nonparametric.posterior_mean(X)


def test_quantiles_of_a_grid_leave_the_share_above(grid_and_gap):
    found = grid_and_gap[2].nonparametric
    quantile = found.quantiles([0.3])
    assert found.share_above(quantile[0]) == pytest.approx(0.7, abs=1e-12)


def test_the_estimate_becomes_a_frame_of_locations(free):
    pytest.importorskip("pandas")
    frame = free[1].to_frame()
    assert frame.index.name == "location"
    assert frame["weight"].sum() == pytest.approx(1.0)
