"""A Dask array gives the same answers as an array, without moving its chunks."""

import multiprocessing
import os
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.numerics.data import threads

dask = pytest.importorskip("dask")
da = pytest.importorskip("dask.array")

SHAPE = (120, 60)
CHUNKS = {
    "one chunk": SHAPE,
    "rows": (50, 60),
    "columns": (120, 25),
    "both": (50, 25),
    "empty chunks": ((0, 70, 0, 50), (20, 0, 40)),
    "two rows each": (2, 60),
}
LAZY = ["predict_proba", "predict", "score_samples", "transform"]


@pytest.fixture(scope="module")
def alphas():
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


@pytest.fixture(scope="module")
def fitted(alphas):
    return PanelGaussianMixture().fit(alphas)


@pytest.fixture(params=CHUNKS.values(), ids=CHUNKS.keys())
def chunked(alphas, request):
    return da.from_array(alphas, chunks=request.param)


def groups_of(fitted):
    """Weights, means and variances, in units of 1e-3."""
    return np.array([fitted.weights_, 1e3 * fitted.means_, 1e6 * fitted.variances_])


def assert_same_fit(one, other):
    # Sums of some thousand terms differ by their order.
    np.testing.assert_allclose(groups_of(one), groups_of(other), rtol=0, atol=1e-12)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=1e-13)
    assert one.n_cells_ == other.n_cells_


def exact_fit(X, **options):
    """At the optimum: where to sample and to bin, chunks decide; not where the top is."""
    sample_weight = options.pop("sample_weight", None)
    model = PanelGaussianMixture(tol=1e-24, **options)
    return model.fit(X, sample_weight=sample_weight)


@pytest.fixture(scope="module")
def exact_fits(alphas):
    """Without weights and with them."""
    masses = None, np.linspace(0, 2, SHAPE[0])
    return [(mass, exact_fit(alphas, sample_weight=mass)) for mass in masses]


@pytest.mark.parametrize("weighted", [False, True])
def test_the_fit_is_that_of_the_array(exact_fits, chunked, weighted):
    mass, expected = exact_fits[weighted]
    assert_same_fit(exact_fit(chunked, sample_weight=mass), expected)


def test_the_textbooks_iteration_is_that_of_the_array(alphas):
    model = PanelGaussianMixture(
        solver="em",
        weights_init=[0.5, 0.5],
        means_init=[-1e-3, 2e-3],
        variances_init=[1e-6, 1e-6],
        tol=1e-3,
    )
    chunked = da.from_array(alphas, chunks=(50, 25))
    one, other = (clone(model).fit(X) for X in (chunked, alphas))
    assert_same_fit(one, other)
    assert one.n_iter_ == other.n_iter_


def test_the_fit_of_one_cell_chunks_is_that_of_the_array(alphas):
    few = alphas[:8, :9]
    assert_same_fit(exact_fit(da.from_array(few, chunks=(1, 1))), exact_fit(few))


@pytest.mark.parametrize("weighted", [False, True])
def test_the_same_blocks_give_the_same_bits(monkeypatch, weighted):
    monkeypatch.setattr("skem.numerics.data.tiles.BLOCK", 2**8)
    alphas = make_alpha_panel(1000, 16, random_state=0, means=[-1e-3, 3e-3])[0]
    mass = np.linspace(0, 2, 1000) if weighted else None
    # Blocks of 16 rows, which are added up in eights.
    same = da.from_array(alphas, chunks=(16, 16))
    assert same.npartitions > threads.FAN_IN
    one, other = (PanelGaussianMixture().fit(X, sample_weight=mass) for X in (same, alphas))
    np.testing.assert_array_equal(groups_of(one), groups_of(other))
    assert one.log_likelihood_ == other.log_likelihood_


def test_float32_is_fitted_and_answered_in_float32(alphas):
    alphas = alphas.astype(np.float32)
    chunked = da.from_array(alphas, chunks=(50, 25))
    fitted = exact_fit(chunked)
    assert_same_fit(fitted, exact_fit(alphas))
    for method in ("predict_proba", "transform"):
        answer = getattr(fitted, method)(chunked)
        assert answer.dtype == answer.compute().dtype == np.float32


@pytest.mark.parametrize("kind", ["integers", "masked", "fortran"])
def test_chunks_of_other_kinds_are_converted(alphas, kind):
    if kind == "integers":
        X = np.nan_to_num(1e5 * alphas).astype(int)
        chunks = da.from_array(X, chunks=(50, 25))
    elif kind == "masked":
        X = np.ma.masked_invalid(alphas)
        chunks = da.from_array(np.ma.masked_array(alphas, X.mask), chunks=(50, 25))
    else:
        X = np.asfortranarray(alphas)
        chunks = da.from_array(X, chunks=(50, 25))
    one, other = exact_fit(chunks), exact_fit(X)
    np.testing.assert_allclose(one.weights_, other.weights_, rtol=1e-12)
    # Two sums over a row differ by their order.
    np.testing.assert_allclose(one.transform(chunks), other.transform(X), rtol=1e-10)


@pytest.mark.parametrize("lazy", [False, True])
def test_weights_may_be_a_dask_array(alphas, lazy):
    mass = np.linspace(0, 2, SHAPE[0])
    X = da.from_array(alphas, chunks=(50, 25)) if lazy else alphas
    given = PanelGaussianMixture().fit(X, sample_weight=da.from_array(mass, chunks=17))
    expected = PanelGaussianMixture().fit(X, sample_weight=mass)
    np.testing.assert_array_equal(groups_of(given), groups_of(expected))
    assert given.score(X, sample_weight=da.from_array(mass, chunks=17)) == pytest.approx(
        expected.score(alphas, sample_weight=mass), rel=1e-13
    )


@pytest.mark.parametrize("method", LAZY)
def test_answers_are_lazy_and_those_of_the_array(fitted, alphas, chunked, method):
    answer = getattr(fitted, method)(chunked)
    expected = getattr(fitted, method)(alphas)
    assert isinstance(answer, da.Array)
    assert answer.shape == expected.shape
    assert answer.dtype == expected.dtype
    groups = () if method == "predict" else (2,)
    if method == "transform":
        assert answer.chunks == (chunked.chunks[0], groups)
    else:
        assert answer.chunks[:2] == chunked.chunks
    computed = answer.compute()
    assert computed.dtype == expected.dtype
    # A manager's sums differ by their order.
    np.testing.assert_allclose(computed, expected, rtol=1e-13)


@pytest.mark.parametrize("call", ["score", "aic", "bic", "icl"])
def test_criteria_are_floats_and_those_of_the_array(fitted, alphas, chunked, call):
    value = getattr(fitted, call)(chunked)
    assert type(value) is float
    assert value == pytest.approx(getattr(fitted, call)(alphas), rel=1e-13)


@pytest.mark.parametrize("call", ["bic", "icl"])
def test_managers_are_counted_across_chunks(fitted, alphas, chunked, call):
    expected = getattr(fitted, call)(alphas, draws="fixed")
    value = getattr(fitted, call)(chunked, draws="fixed")
    assert value == pytest.approx(expected, rel=1e-13)


def test_cells_are_grouped_while_they_are_fitted(alphas):
    chunked = da.from_array(alphas, chunks=(50, 60))
    groups = PanelGaussianMixture().fit_predict(chunked)
    assert isinstance(groups, da.Array)
    np.testing.assert_array_equal(groups, PanelGaussianMixture().fit_predict(alphas))
    memberships = PanelGaussianMixture().fit_transform(chunked)
    assert isinstance(memberships, da.Array)


class Reads:
    """Counts how often each chunk is read."""

    def __init__(self, alphas, chunks):
        self.counts = {}
        self.array = da.from_array(alphas, chunks=chunks).map_blocks(
            self.read, dtype=alphas.dtype, meta=np.empty((0, 0), alphas.dtype)
        )

    def read(self, chunk, block_id=None):
        self.counts[block_id] = self.counts.get(block_id, 0) + 1
        return chunk


def test_a_fit_reads_each_chunk_as_often_as_it_says(alphas):
    reads = Reads(alphas, (50, 25))
    with dask.config.set(scheduler="synchronous"):
        fitted = PanelGaussianMixture().fit(reads.array)
    assert len(reads.counts) == 9
    assert set(reads.counts.values()) == {fitted.n_passes_}
    assert fitted.n_passes_ <= 4


@pytest.mark.parametrize("method", LAZY)
def test_a_lazy_answer_reads_nothing_until_it_is_computed(fitted, alphas, method):
    reads = Reads(alphas, (50, 25))
    answer = getattr(fitted, method)(reads.array)
    assert not reads.counts
    with dask.config.set(scheduler="synchronous"):
        answer.compute()
    assert set(reads.counts.values()) == {1}


def test_a_score_is_one_pass(fitted, alphas):
    reads = Reads(alphas, (50, 25))
    with dask.config.set(scheduler="synchronous"):
        fitted.score(reads.array)
    assert set(reads.counts.values()) == {1}


@pytest.mark.parametrize("chunks", CHUNKS.values(), ids=CHUNKS.keys())
def test_an_infinite_cell_is_found_at_its_place(fitted, alphas, chunks):
    alphas = alphas.copy()
    alphas[101, 47] = -np.inf
    chunked = da.from_array(alphas, chunks=chunks)
    match = "infinite cell: -inf in row 101, column 47"
    for call in ("fit", "score", "bic"):
        with pytest.raises(ValueError, match=match):
            getattr(clone(fitted) if call == "fit" else fitted, call)(chunked)
    for call in LAZY:
        answer = getattr(fitted, call)(chunked)
        with pytest.raises(ValueError, match=match):
            answer.compute()


def test_a_failing_block_raises_its_own_error_and_changes_nothing(fitted, alphas):
    calls = []

    def fail(chunk, block_id=None):
        if block_id == (1, 0):
            calls.append(block_id)
            raise ZeroDivisionError("this block is broken")
        return chunk

    broken = da.from_array(alphas, chunks=(50, 25)).map_blocks(fail, dtype=float)
    calls.clear()  # Dask tries the function on an empty chunk
    model = clone(fitted).fit(alphas)
    before = dict(vars(model))
    with pytest.raises(ZeroDivisionError, match="this block is broken"):
        model.fit(broken)
    assert calls == [(1, 0)]
    assert vars(model) == before


def without_sizes(alphas):
    array = da.from_array(alphas, chunks=(50, 25))
    return array[array[:, 0] > 0]


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (without_sizes, ValueError, r"unknown chunk sizes.*compute_chunk_sizes\(\)"),
        (lambda a: da.from_array(a[0]), ValueError, "Expected 2D array, got 1D"),
        (lambda a: da.from_array(a + 1j), ValueError, "complex128 does not hold real"),
        (lambda a: da.from_array(a.astype(str)), ValueError, "does not hold real"),
        (lambda a: da.from_array(a[:0]), ValueError, r"no cell, shape \(0, 60\)"),
        (lambda a: da.from_array(a[:, :1]), ValueError, "X has 1 features, but Panel"),
        (lambda a: dask.delayed(a), TypeError, r"to_dask_array\(lengths=True\)"),
    ],
    ids=["sizes", "1-D", "complex", "text", "empty", "features", "delayed"],
)
def test_what_is_not_a_grid_is_refused(fitted, alphas, make, error, match):
    for call in LAZY:
        with pytest.raises(error, match=match):
            getattr(fitted, call)(make(alphas))
    if "features" not in match:
        with pytest.raises(error, match=match):
            clone(fitted).fit(make(alphas))


def test_a_grid_without_cells_or_spread_is_refused(alphas):
    for cells, match in ((np.nan, "no observed cell"), (1.0, "1 different observed")):
        nothing = da.full(SHAPE, cells, chunks=(50, 25))
        with pytest.raises(ValueError, match=match):
            PanelGaussianMixture().fit(nothing)


def test_a_dask_dataframe_is_told_how_to_become_an_array(alphas):
    frames = pytest.importorskip("dask.dataframe")
    pandas = pytest.importorskip("pandas")
    names = [f"draw {j}" for j in range(SHAPE[1])]
    frame = frames.from_pandas(pandas.DataFrame(alphas, columns=names), npartitions=3)
    with pytest.raises(TypeError, match=r"DataFrame.*to_dask_array\(lengths=True\)"):
        PanelGaussianMixture().fit(frame)
    assert_same_fit(exact_fit(frame.to_dask_array(lengths=True)), exact_fit(alphas))


def test_a_warm_start_goes_on_from_the_array(alphas):
    model = PanelGaussianMixture(init_params="quantile", warm_start=True, tol=1e-20)
    model.fit(alphas)
    first = clone(model).fit(alphas)
    assert_same_fit(model.fit(da.from_array(alphas, chunks=(50, 25))), first)
    assert model.n_iter_ < first.n_iter_
    assert model.n_features_in_ == SHAPE[1]


def test_transform_fills_a_dataframe_when_asked_to(fitted, alphas):
    pandas = pytest.importorskip("pandas")
    model = clone(fitted).set_output(transform="pandas").fit(alphas)
    frame = model.transform(da.from_array(alphas, chunks=(50, 25)))
    assert isinstance(frame, pandas.DataFrame)
    np.testing.assert_allclose(frame, fitted.transform(alphas), rtol=1e-10)


@pytest.fixture(scope="module")
def client():
    distributed = pytest.importorskip("distributed")
    method = "spawn"
    if "forkserver" in multiprocessing.get_all_start_methods():
        from multiprocessing import forkserver

        method = "forkserver"  # imports once for all workers
        forkserver.set_forkserver_preload(["distributed", "skem"])
        forkserver.ensure_running()
    with (
        dask.config.set({"distributed.worker.multiprocessing-method": method}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def test_separate_processes_give_the_fit_of_the_array(client, alphas, exact_fits):
    chunked = da.from_array(alphas, chunks=(50, 25))
    fitted, expected = exact_fit(chunked), exact_fits[False][1]
    assert_same_fit(fitted, expected)
    workers = set(client.run(os.getpid).values())
    assert len(workers) == 2
    assert os.getpid() not in workers
    for method in LAZY:
        answer = getattr(fitted, method)(chunked).compute()
        np.testing.assert_allclose(answer, getattr(fitted, method)(alphas), rtol=1e-13)
    assert fitted.score(chunked) == pytest.approx(fitted.score(alphas), rel=1e-13)


def die_on_the_second_pass(chunk, folder, block_id=None):
    """Pass a chunk on; the first time that block (1, 1) is read again, die."""
    if block_id == (1, 1):
        first, second = Path(folder, "first"), Path(folder, "second")
        if first.exists() and not second.exists():
            second.touch()
            os._exit(1)
        first.touch()
    return chunk


# The warnings after the death of a worker depend on its moment.
@pytest.mark.filterwarnings("ignore")
def test_the_death_of_a_worker_changes_nothing(client, alphas, tmp_path):
    chunked = da.from_array(alphas, chunks=(50, 25))
    mortal = chunked.map_blocks(
        die_on_the_second_pass, str(tmp_path), dtype=float, meta=np.empty((0, 0))
    )
    model = PanelGaussianMixture(solver="em", max_iter=3)  # a pass for each iteration
    fitted = clone(model).fit(mortal)
    assert (tmp_path / "second").exists()
    expected = model.fit(chunked)
    np.testing.assert_array_equal(groups_of(fitted), groups_of(expected))


def fail_on_one_block(chunk, folder, block_id=None):
    """Pass a chunk on; block (1, 1) fails, and says so in a file."""
    if block_id == (1, 1):
        with Path(folder, "failures").open("a") as file:
            file.write("x")
        raise ZeroDivisionError("this block is broken")
    return chunk


def test_a_block_that_fails_in_a_process_raises_its_own_error(client, alphas, tmp_path):
    broken = da.from_array(alphas, chunks=(50, 25)).map_blocks(
        fail_on_one_block, str(tmp_path), dtype=float, meta=np.empty((0, 0))
    )
    model = PanelGaussianMixture()
    with pytest.raises(ZeroDivisionError, match="this block is broken"):
        model.fit(broken)
    assert (tmp_path / "failures").read_text() == "x"
    assert not hasattr(model, "weights_")
