"""Grids in arrays of other libraries give what the same cells give in a NumPy array."""

import copy
import pickle
from inspect import signature

import numpy as np
import pytest
import sklearn
from sklearn.utils import estimator_checks

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.checks import arrays
from skem.datasets import make_alpha_panel
from skem.display import MembershipDisplay
from skem.inference import (
    bootstrap_lrt,
    bootstrap_managers,
    profile_interval,
    select_n_components,
    summarize,
)
from skem.numerics.data.counting import Part
from skem.numerics.data.lattice import frame_of
from skem.numerics.device import grid as device_grid
from skem.numerics.device.reading import SortedCells
from skem.numerics.search.starts import NAMES

strict = pytest.importorskip("array_api_strict")

SHAPE = (120, 60)


@pytest.fixture(autouse=True)
def dispatch(monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")
    with sklearn.config_context(array_api_dispatch=True):
        yield


def on_strict(name):
    def send(values):
        return strict.asarray(values, device=strict.Device(name))

    return send


def on_torch(values):
    return pytest.importorskip("torch").asarray(values)


def on_torch_device(values):
    torch = pytest.importorskip("torch")
    return torch.asarray(values, device="cuda" if torch.cuda.is_available() else None)


# Two in the host's memory, which is shared, and two on a device.
KINDS = {
    "strict": on_strict("CPU_DEVICE"),
    "torch": on_torch,
    "strict on a device": on_strict("device1"),
    "torch on a device": on_torch_device,
}


def sender(kind, monkeypatch):
    torch = pytest.importorskip("torch") if "torch" in kind else None
    if kind == "torch on a device" and not torch.cuda.is_available():
        # The CPU stands in for a GPU.
        monkeypatch.setattr(arrays, "_in_host_memory", lambda X: None)
    return KINDS[kind]


@pytest.fixture(params=KINDS)
def send(request, monkeypatch):
    """Makes an array of each library from one of NumPy's."""
    return sender(request.param, monkeypatch)


@pytest.fixture(params=[kind for kind in KINDS if "device" in kind])
def send_to_device(request, monkeypatch):
    """Makes an array on a device of each library."""
    return sender(request.param, monkeypatch)


def to_numpy(values):
    place = arrays.place_of(values)
    return values if place is None else place.fetch(values)


def panel():
    """7,200 cells, so that they are binned, some of them missing."""
    alphas = make_alpha_panel(
        *SHAPE,
        weights=[0.4, 0.6],
        means=[-1e-3, 2e-3],
        variances=[1e-6, 0.64e-6],
        random_state=0,
    )[0]
    alphas[::7, ::5] = np.nan
    alphas[11] = np.nan
    return alphas


MASSES = np.linspace(0, 2, SHAPE[0])


def with_a_point_mass():
    """A quarter of the cells are equal, and as many are close to another value."""
    alphas = panel()
    alphas[:30] = 2.5e-4
    alphas[30:60] = 1e-3 + 1e-9 * alphas[30:60]
    return alphas


GRIDS = {
    "ordinary": panel,
    "float32": lambda: panel().astype(np.float32),
    "rounded": lambda: panel().round(4),
    "few": lambda: panel()[:4],
    "with outliers": lambda: np.where(np.isclose(panel(), panel()[0, 1]), 1e3, panel()),
    "far from 0": lambda: panel() + 10,
    "in tiny units": lambda: 1e-140 * panel(),
    "with a point mass": with_a_point_mass,
    "with columns in front": lambda: np.asfortranarray(panel()),
}


def exact(**options):
    """At the optimum: where to bin, blocks decide; not where the top is."""
    return PanelGaussianMixture(tol=1e-24, **options)


def assert_same_fit(one, other):
    """The same to 1e-9 of a standard error, or of what the doubles of X resolve."""
    weights, means, variances = one.weights_, one.means_, one.variances_
    mass = weights * one._units[2]
    sds = np.sqrt(variances)
    room = 1e-9 / np.sqrt(mass)
    digits = np.finfo(float).eps * np.abs(means) / sds
    assert np.all(np.abs(other.weights_ - weights) < room)
    assert np.all(np.abs(other.means_ - means) < (room + 4 * digits) * sds)
    assert np.all(np.abs(other.variances_ / variances - 1) < room + 4 * digits)
    assert other.n_cells_ == one.n_cells_
    assert other.log_likelihood_ == pytest.approx(one.log_likelihood_, rel=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("grid", GRIDS.values(), ids=GRIDS.keys())
def test_a_fit_is_that_of_the_same_cells_in_numpy(grid, send_to_device):
    alphas = grid()
    assert_same_fit(exact().fit(alphas), exact().fit(send_to_device(alphas)))


@pytest.mark.parametrize("kind", ["strict", "torch"])
def test_a_fit_in_host_memory_is_that_of_numpy_to_the_last_bit(kind, fitted):
    other = PanelGaussianMixture().fit(KINDS[kind](panel()))
    np.testing.assert_array_equal(other.means_, fitted.means_)
    assert other.log_likelihood_ == fitted.log_likelihood_


@pytest.mark.parametrize("init_params", NAMES)
def test_a_fit_from_every_start_is_that_in_numpy(init_params, send_to_device):
    model = exact(init_params=init_params, n_init=2, random_state=0)
    assert_same_fit(
        copy.copy(model).fit(panel()), copy.copy(model).fit(send_to_device(panel()))
    )


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["newton", "em"])
def test_exact_passes_are_those_of_numpy(solver, send_to_device):
    # A group this narrow is not resolved by the bins, and "em" reads the cells each time.
    alphas = panel()
    alphas[:40] = 3e-3 + 1e-4 * alphas[:40]
    options = {"fixed_means": [np.nan, 2e-3, np.nan], "max_iter": 5, "tol": 1e-3}
    given = {
        "weights_init": [0.3, 0.4, 0.3],
        "means_init": [-1e-3, 2e-3, 3e-3],
        "variances_init": [1e-6, 1e-6, 1e-14],
    }
    if solver == "newton":
        options |= {"max_iter": 100, "tol": 1e-20}
    mass = MASSES if solver == "newton" else None
    models = [
        PanelGaussianMixture(3, solver=solver, **options, **given).fit(X, None, mass)
        for X in (alphas, send_to_device(alphas))
    ]
    assert models[0].n_passes_ > 1
    assert_same_fit(*models)


@pytest.mark.parametrize("other", [np.asarray, on_strict("device2"), on_torch])
def test_weights_may_be_in_any_library(other, send_to_device):
    expected = exact().fit(panel(), sample_weight=MASSES)
    assert_same_fit(
        expected, exact().fit(send_to_device(panel()), sample_weight=other(MASSES))
    )


def test_weights_of_another_library_go_with_a_grid_in_numpy(send_to_device):
    expected = exact().fit(panel(), sample_weight=MASSES)
    assert_same_fit(expected, exact().fit(panel(), sample_weight=send_to_device(MASSES)))


def test_a_start_may_be_in_any_library(send_to_device):
    given = np.array([-1e-3, 2e-3])
    expected = exact(means_init=given).fit(panel())
    assert_same_fit(
        expected, exact(means_init=send_to_device(given)).fit(send_to_device(panel()))
    )


def test_published_attributes_are_numpy_arrays(send):
    fitted = exact().fit(send(panel()))
    for name in ("weights_", "means_", "variances_", "log_likelihoods_", "optima_"):
        assert isinstance(getattr(fitted, name), np.ndarray)


def test_blocks_of_any_size_give_the_same_fit(send_to_device, monkeypatch):
    expected = exact().fit(panel(), sample_weight=MASSES)
    monkeypatch.setattr(device_grid, "BLOCK", 4500)
    assert_same_fit(expected, exact().fit(send_to_device(panel()), sample_weight=MASSES))


def test_a_device_without_doubles_gives_the_same_fit():
    alphas = panel().astype(np.float32)
    send = on_strict("no_float64")
    fitted = exact().fit(send(alphas))
    assert_same_fit(exact().fit(alphas), fitted)
    assert fitted.score_samples(send(alphas)).dtype == strict.float32


def test_integers_are_read_as_doubles(send):
    whole = np.nan_to_num(1e4 * panel()).round().astype(np.int64)
    assert_same_fit(exact().fit(whole), exact().fit(send(whole)))


@pytest.fixture(scope="module")
def fitted():
    return PanelGaussianMixture().fit(panel())


@pytest.fixture(scope="module")
def three():
    alphas = np.where(np.arange(SHAPE[1]) % 3, panel(), 5 * panel())
    return PanelGaussianMixture(3, init_params="quantile").fit(alphas)


def anywhere(model):
    """An estimator of the same mixture that answers for arrays of any library."""
    return PanelGaussianMixture.from_parameters(
        model.weights_, model.means_, model.variances_, random_state=0
    )


ANSWERS = [
    "predict_proba",
    "predict",
    "score_samples",
    "transform",
    "predict_managers",
]


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(
    ("model", "dtype"),
    [("fitted", np.float64), ("fitted", np.float32), ("three", np.float64)],
)
def test_answers_are_those_of_numpy_in_the_library_of_x(name, model, dtype, send, request):
    alphas = panel().astype(dtype)
    answer = getattr(anywhere(request.getfixturevalue(model)), name)
    expected, found = answer(alphas), answer(send(alphas))
    here, there = arrays.place_of(found), arrays.place_of(send(alphas))
    assert here == there
    found = to_numpy(found)
    assert found.dtype == expected.dtype
    # Rounding errors of log odds, which are of the order of 10.
    floats = expected.dtype.kind == "f"
    room = 100 * np.finfo(expected.dtype).eps if floats else 0
    np.testing.assert_allclose(found, expected, rtol=room, atol=room)


NUMBERS = {
    "score": lambda model, X: model.score(X),
    "score with weights": lambda model, X: model.score(X, sample_weight=MASSES),
    "aic": lambda model, X: model.aic(X),
    "bic of fixed draws": lambda model, X: model.bic(X, draws="fixed"),
    "icl": lambda model, X: model.icl(X),
}


@pytest.mark.parametrize("number", NUMBERS.values(), ids=NUMBERS.keys())
def test_scores_and_criteria_are_those_of_numpy(number, fitted, send):
    model = anywhere(fitted)
    found = number(model, send(panel()))
    assert isinstance(found, float)
    # Sums of some thousand terms differ by their order.
    assert found == pytest.approx(number(model, panel()), rel=1e-12)


def test_the_summary_is_that_of_numpy(fitted, send_to_device):
    model = anywhere(fitted)
    one, other = (
        summarize(model, X, draws="independent") for X in (panel(), send_to_device(panel()))
    )
    np.testing.assert_allclose(
        other.to_frame()["standard_error"], one.to_frame()["standard_error"], rtol=1e-9
    )


TOOLS = {
    "memberships": lambda model, X: MembershipDisplay.from_estimator(model, X).memberships,
    "resampled managers": lambda model, X: bootstrap_managers(
        model, X, n_resamples=3, random_state=0
    ).samples["means"],
    "likelihood ratio": lambda model, X: (
        bootstrap_lrt(X, 1, draws="independent", n_resamples=1, random_state=0).statistic
    ),
    "criteria": lambda model, X: select_n_components(X, range(1, 3)).criteria["icl"],
    "profile": lambda model, X: (
        profile_interval(model, X, "mean 0", draws="independent").upper
    ),
}


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS.keys())
def test_tools_fetch_what_they_need(tool, fitted, send_to_device):
    on_device = PanelGaussianMixture().fit(send_to_device(panel()))
    expected = tool(fitted, panel())
    found = tool(on_device, send_to_device(panel()))
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_estimates_on_a_device_are_answered_in_numpy(send_to_device):
    table = np.column_stack([np.linspace(-1, 1, 30) ** 3, np.full(30, 0.1)])
    one, other = (
        DeconvolvedGaussianMixture(1).fit(X) for X in (table, send_to_device(table))
    )
    assert other.means_ == one.means_
    np.testing.assert_array_equal(
        other.predict_proba(send_to_device(table)), one.predict_proba(table)
    )


def test_fit_predict_is_in_the_library_of_x(fitted, send):
    groups = PanelGaussianMixture().fit_predict(send(panel()))
    assert arrays.place_of(groups) == arrays.place_of(send(panel()))
    np.testing.assert_array_equal(to_numpy(groups), fitted.predict(panel()))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_samples_are_like_the_grid_of_the_fit(dtype, send):
    X = send(panel().astype(dtype))
    draws, groups = PanelGaussianMixture(random_state=0).fit(X).sample(3)
    assert draws.dtype == X.dtype
    assert arrays.place_of(draws) == arrays.place_of(groups) == arrays.place_of(X)


def test_two_groups_far_from_all_cells_and_from_each_other(send_to_device):
    """Odds overflow on one side, and vanish on the other."""
    model = PanelGaussianMixture.from_parameters([0.5, 0.5], [-1e3, 1e3], [1e-3, 4.0])
    alphas = np.array([[-1e3, 0.0, 900.0, 1e3, 1e30, np.nan]])
    found = to_numpy(model.predict_proba(send_to_device(alphas)))
    np.testing.assert_allclose(found, model.predict_proba(alphas), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("variances", [[1.0, 1.0], [1.0, 4.0], [4.0, 1.0]])
@pytest.mark.parametrize("weight", [0.5, 1e-3, 1 - 1e-12])
def test_odds_in_factors_are_the_odds(weight, variances, send_to_device):
    """Equal widths have one root, other widths have two or none."""
    model = PanelGaussianMixture.from_parameters(
        [weight, 1 - weight], [100.0, 101.0], variances
    )
    alphas = 100 + np.linspace(-5, 5, 41)[None]
    found = to_numpy(model.predict_proba(send_to_device(alphas)))
    # The cells are rounded at 1e-14, and the odds change by 20 per unit.
    np.testing.assert_allclose(found, model.predict_proba(alphas), atol=1e-12)


@pytest.mark.parametrize("variances", [[1.0, 1.0], [1.0, 4.0], [4.0, 1.0]])
@pytest.mark.parametrize("offset", [1e3, 1e6, 1e8])
def test_odds_far_from_0_are_as_precise_as_the_cells(variances, offset, send_to_device):
    means = [offset - 0.5, offset + 1.0]
    model = PanelGaussianMixture.from_parameters([0.4, 0.6], means, variances)
    alphas = (offset + np.linspace(-5, 5, 41)[None]).astype(np.float32)
    found = to_numpy(model.predict_proba(send_to_device(alphas)))
    # Log odds of the order of 10, in single precision.
    np.testing.assert_allclose(found, model.predict_proba(alphas), atol=3e-6)


def test_weights_may_be_a_view_from_back_to_front(send_to_device):
    backwards = MASSES[::-1]
    assert backwards.strides[0] < 0
    found = PanelGaussianMixture().fit(send_to_device(panel()), sample_weight=backwards)
    known = PanelGaussianMixture().fit(panel(), sample_weight=backwards.copy())
    np.testing.assert_allclose(found.means_, known.means_, rtol=1e-9)


def test_a_sparse_tensor_is_refused():
    torch = pytest.importorskip("torch")
    with pytest.raises(TypeError, match=r"Sparse .* Pass X\.to_dense\(\)"):
        PanelGaussianMixture().fit(torch.asarray(panel()).to_sparse())


@pytest.mark.parametrize("unit", [1e-24, 1e22])
def test_odds_whose_coefficients_single_precision_cannot_hold(unit, send_to_device):
    model = PanelGaussianMixture.from_parameters(
        [0.4, 0.6], [-unit, 2 * unit], [unit**2, 2 * unit**2]
    )
    alphas = (unit * np.linspace(-4, 6, 21)[None]).astype(np.float32)
    found = to_numpy(model.predict_proba(send_to_device(alphas)))
    # Both are rounded to single precision.
    np.testing.assert_allclose(found, model.predict_proba(alphas), rtol=1e-6)


def test_a_fit_on_one_device_answers_on_no_other(send_to_device):
    fitted = PanelGaussianMixture().fit(send_to_device(panel()))
    message = (
        r"PanelGaussianMixture.predict\(\) must use the same namespace and the same dev"
    )
    with pytest.raises(ValueError, match=message):
        fitted.predict(on_strict("device2")(panel()))


def test_a_pickled_fit_answers_in_any_library(send):
    fitted = PanelGaussianMixture().fit(send(panel()))
    read = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(
        read.transform(panel()), to_numpy(fitted.transform(send(panel()))), atol=1e-12
    )


BAD = {
    "infinite": (lambda: np.where(panel() > 4e-3, np.inf, panel()), "infinite cell: inf"),
    "all missing": (lambda: np.full((5, 2), np.nan), "no observed cell"),
    "one dimension": (lambda: panel().ravel(), "Expected 2D array, got 1D"),
    "empty": (lambda: panel()[:0], "no cell"),
    "complex": (lambda: panel() * 1j, "Complex data not supported"),
    "one value": (lambda: np.ones((5, 3)), "1 different observed value"),
    "identifiers": (
        lambda: np.column_stack([np.arange(10_120, 10_240), panel()]),
        "whole numbers in the column",
    ),
}


@pytest.mark.parametrize(("grid", "message"), BAD.values(), ids=BAD.keys())
def test_bad_grids_are_refused_as_in_numpy(grid, message, send):
    with pytest.raises(ValueError, match=message):
        PanelGaussianMixture().fit(send(grid()))


def test_without_dispatch_an_array_of_another_library_is_converted():
    torch = pytest.importorskip("torch")
    with sklearn.config_context(array_api_dispatch=False):
        fitted = PanelGaussianMixture().fit(torch.asarray(panel()))
        assert isinstance(fitted.predict(torch.asarray(panel())), np.ndarray)


@pytest.mark.parametrize(
    "masses", [None, np.linspace(1, 2, 500)], ids=["plain", "weighted"]
)
def test_sorted_cells_are_counted_and_split_as_others(masses, send_to_device):
    values = np.append(np.random.default_rng(0).normal(size=499), 0.25)
    place = arrays.place_of(send_to_device(values))
    sent = None if masses is None else send_to_device(masses)
    frame = frame_of(-1.0, 1.0, 16)
    counted = []
    for cells in (
        Part(values, masses),
        SortedCells.of(place, send_to_device(values), sent),
    ):
        mass, cells = cells.apart_from(0.25)
        inside, cells = cells.split(frame, 6, 9)
        window, far = cells.count_in(frame)
        sizes = [inside.size, cells.size, far.size, *cells.ends()]
        counted.append([mass, *sizes, *sorted(far.by_value()[1]), *window.sums.ravel()])
    # In NumPy the sums of cubes tell the number of cells too, and keep eight digits.
    np.testing.assert_allclose(counted[1], counted[0], rtol=0, atol=1e-7)


def test_a_bin_whose_cells_are_equal_has_no_spread(send_to_device):
    """Cumulative sums leave 1e-10 of a bin, and two points would stand for one value."""
    values = np.repeat(np.linspace(0.1, 0.9, 7), 3000)
    place = arrays.place_of(send_to_device(values))
    cells = SortedCells.of(place, send_to_device(values), None)
    window, others = cells.count_in(frame_of(0.0, 1.0, 64))
    assert others.size == 0
    np.testing.assert_array_equal(window.filled.mass, 3000)
    # Squares of places are rounded once.
    assert window.filled.variance.max() < 1e-15


PLACES = [
    ("numpy", None, "float64"),
    ("array_api_strict", "CPU_DEVICE", "float64"),
    ("array_api_strict", "device1", "float32"),
    ("array_api_strict", "device1", "float64"),
    ("torch", "cpu", "float64"),
    ("torch", "cpu", "float32"),
    ("torch", "cuda", "float64"),
    ("torch", "cuda", "float32"),
]


# The checks fit noise: two groups may collapse or hardly differ there.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_components", [1, 2])
@pytest.mark.parametrize("place", PLACES, ids=lambda place: "-".join(map(str, place)))
def test_it_passes_the_check_of_values_in_scikit_learn(place, n_components):
    check = estimator_checks.check_array_api_input_and_values
    library, device, dtype = place
    module = pytest.importorskip(library)
    if device == "cuda" and not module.cuda.is_available():
        pytest.skip("torch has no GPU here")
    if library == "array_api_strict" and "device" in signature(check).parameters:
        device = strict.Device(device)
    name = "device" if "device" in signature(check).parameters else "device_name"
    estimator = PanelGaussianMixture(n_components)
    check("PanelGaussianMixture", estimator, library, dtype_name=dtype, **{name: device})
