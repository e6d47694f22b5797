"""Data that change while they are fitted, and data that only seem to."""

import numpy as np
import pytest

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.numerics.data.extent import measure, standard_cells
from skem.numerics.data.grid import Grid

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

SHAPE = (120, 60)
MATCH = r"X gave other cells in a later reading.*Seed the generator .* or store them"


@pytest.fixture(scope="module")
def alphas():
    return make_alpha_panel(*SHAPE, means=[-2e-3, 3e-3], random_state=0)[0]


def with_cell(value):
    def change(alphas):
        alphas[7, 3] = value
        return alphas

    return change


CHANGES = {
    "redrawn": lambda alphas: (
        np.random.default_rng(1).permuted(alphas, axis=0)[::-1] * 1.01
    ),
    "shrunk": lambda alphas: 0.1 * alphas,
    "shifted": lambda alphas: alphas + 1e-6,
    "wider": lambda alphas: 10 * alphas,
    "turned": lambda alphas: -alphas,
    "one cell": lambda alphas: with_cell(alphas[7, 3] + 1e-6)(alphas),
    "another missing": with_cell(np.nan),
    "all missing": lambda alphas: np.full_like(alphas, np.nan),
    "infinite": with_cell(np.inf),
    "both infinities": lambda alphas: with_cell(np.inf)(-with_cell(np.inf)(alphas)),
}
every_change = pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)


@every_change
@pytest.mark.parametrize("missing", [False, True], ids=["complete", "ragged"])
def test_any_reading_notices_that_the_cells_have_changed(alphas, change, missing):
    alphas = alphas.copy()
    alphas[::9, ::4] = np.nan if missing else 0.0
    grid = Grid(alphas)
    cells = standard_cells(grid, measure(grid))
    alphas[...] = change(alphas.copy())
    with pytest.raises(RuntimeError, match=MATCH):
        cells.total(lambda z, mass: np.zeros(1))


@every_change
@pytest.mark.parametrize("reading", [2, 3, 5])
def test_a_fit_stops_at_the_reading_that_finds_other_cells(alphas, change, reading):
    n_read = 0

    def read(chunk):
        nonlocal n_read
        n_read += 1
        return change(chunk.copy()) if n_read >= reading else chunk

    changing = da.from_array(alphas, chunks=SHAPE).map_blocks(
        read, dtype=float, meta=np.empty((0, 0))
    )
    model = PanelGaussianMixture(solver="em", init_params="quantile", tol=0, max_iter=20)
    with (
        dask.config.set(scheduler="synchronous"),
        pytest.raises(RuntimeError, match=MATCH),
    ):
        model.fit(changing)
    assert n_read == reading
    assert not hasattr(model, "weights_")


def test_a_manager_of_other_weight_is_noticed(alphas):
    mass = np.linspace(0.5, 2, SHAPE[0])
    grid = Grid(alphas, mass)
    cells = standard_cells(grid, measure(grid))
    mass[5] += 1e-6
    with pytest.raises(RuntimeError, match=MATCH):
        cells.total(lambda z, mass: np.zeros(1))


STEADY = {
    "plain": lambda alphas: alphas,
    "float32": lambda alphas: alphas.astype(np.float32),
    "far from 0": lambda alphas: 1e6 + alphas,
    "as far from 0 as doubles reach": lambda alphas: 1e12 + alphas,
    "an outlier": lambda alphas: with_cell(1e9)(alphas.copy()),
    "tiny": lambda alphas: 1e-148 * alphas,
    "huge": lambda alphas: 1e148 * alphas,
    "sorted": lambda alphas: np.sort(alphas, axis=None).reshape(SHAPE),
    "skewed": lambda alphas: np.exp(1e4 * alphas),
    "few values": lambda alphas: np.round(alphas, 3),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("n_copies", [1, 100])
@pytest.mark.parametrize("change", STEADY.values(), ids=STEADY)
def test_rounding_is_not_taken_for_a_change(alphas, change, n_copies, weighted):
    alphas = np.tile(change(alphas), (n_copies, 1))
    mass = np.geomspace(1e-9, 1, len(alphas)) if weighted else None
    grid = Grid(alphas, mass)
    cells = standard_cells(grid, measure(grid))
    assert cells.total(lambda z, mass: z.size) == alphas.size


def test_a_constant_grid_is_not_taken_for_a_change():
    fixed = {"fixed_means": [0.1, 0.3], "fixed_variances": [0.01, 0.01]}
    fitted = PanelGaussianMixture(**fixed).fit(np.full((9, 8), 0.1))
    assert fitted.weights_[0] > 0.5
