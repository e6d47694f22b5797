"""Fits of large files with threads and with Dask, and what Dask adds to a pass."""

import os
import statistics
import tempfile
import time
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import dask
import dask.array as da
import numpy as np
from distributed import Client, LocalCluster

from skem import PanelGaussianMixture
from skem.checks.dask_grid import DaskGrid
from skem.datasets import make_alpha_panel
from skem.numerics.data.census import take_census

from .measuring import peak_megabytes, print_table, seconds
from .populations import DRAWS, POPULATIONS

# The number of rows that are drawn at once.
ROWS = 50_000


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--cells", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    parser.add_argument("--chunks", type=int, default=16, help="of the Dask arrays")
    parser.add_argument("--jobs", type=int, default=2, help="threads, or processes")
    parser.add_argument("--directory", help="where files are written, and then deleted")
    parser.add_argument("--no-processes", action="store_true", help="threads alone")
    parser.add_argument(
        "--overheads", type=int, nargs="*", default=[16, 256, 4096], help="chunks"
    )


def main(arguments):
    """Print a table per size, and a table of the time that Dask adds to a pass."""
    for n_cells in map(int, arguments.cells):
        with tempfile.TemporaryDirectory(dir=arguments.directory) as folder:
            path = Path(folder, "alphas.npy")
            write(path, n_cells // DRAWS)
            table(path, n_cells, arguments)
    if arguments.overheads:
        overheads(arguments.overheads, arguments.jobs)


def write(path, n_rows):
    """A float32 file of two separated groups, drawn some rows at a time."""
    alphas = np.lib.format.open_memmap(path, "w+", np.float32, (n_rows, DRAWS))
    for start in range(0, n_rows, ROWS):
        stop = min(start + ROWS, n_rows)
        alphas[start:stop] = make_alpha_panel(
            stop - start, DRAWS, **POPULATIONS["two separated groups"], random_state=start
        )[0]
    alphas.flush()


def chunks_of(path, n_chunks):
    """The file as a Dask array whose workers open it themselves."""
    shape = np.load(path, mmap_mode="r").shape
    places = da.arange(shape[0], chunks=-(-shape[0] // n_chunks))[:, None]
    return places.map_blocks(
        partial(rows_of, path),
        chunks=(places.chunks[0], shape[1:]),
        dtype=np.float32,
        meta=np.empty((0, 0), np.float32),
    )


def rows_of(path, places):
    """Rows of the file, which are read on access."""
    return np.load(path, mmap_mode="r")[places[0, 0] : places[-1, 0] + 1]


@contextmanager
def processes(n_workers):
    """A cluster of single-threaded processes on this machine."""
    with (
        LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        Client(cluster),
    ):
        yield


@contextmanager
def processes_that_keep_memory(n_workers):
    """The same cluster, whose processes keep freed memory."""
    name = "distributed.nanny.pre-spawn-environ"
    keep = {k: v for k, v in dask.config.get(name).items() if not k.startswith("MALLOC")}
    os.environ.pop("MALLOC_TRIM_THRESHOLD_", None)  # an earlier cluster may have left it
    with dask.config.set({name: keep}), processes(n_workers):
        yield


def threads(n_threads):
    """Dask's own scheduler, on `n_threads` threads."""
    return dask.config.set(scheduler="threads", num_workers=n_threads)


def table(path, n_cells, arguments):
    """Time a fit of the file in each way."""
    n_chunks, n_jobs = arguments.chunks, arguments.jobs
    repeats = int(np.clip(1e8 / n_cells, 1, 9))
    file, lazy = np.load(path, mmap_mode="r"), chunks_of(path, n_chunks)
    rows = []
    for jobs in (1, n_jobs):
        name = f"memory map, n_jobs={jobs}"
        rows.append([name, *measured(PanelGaussianMixture(n_jobs=jobs), file, repeats)])
    ways = {f"Dask, {n_jobs} threads": threads}
    if not arguments.no_processes:
        ways[f"Dask, {n_jobs} processes"] = processes
        ways[f"Dask, {n_jobs} processes, memory kept"] = processes_that_keep_memory
    for name, where in ways.items():
        with where(n_jobs):
            PanelGaussianMixture().fit(da.ones((4, 4)) * np.arange(4))  # starts it
            rows.append([name, *measured(PanelGaussianMixture(), lazy, repeats)])
    print_table(
        f"{n_cells:,} cells of float32 in a file, two groups; Dask in {n_chunks} chunks",
        ["grid", "fit", "ns per cell", "passes", "ns per cell and pass", "memory"],
        rows,
    )


def measured(model, X, repeats):
    """Time, time per cell, passes, and the peak memory that the fit adds to the process."""
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        model.fit(X)
        taken.append(time.perf_counter() - start)
    taken = statistics.median(taken)
    per_cell = 1e9 * taken / X.size
    memory = peak_megabytes(lambda: model.fit(X))
    return [
        seconds(taken),
        f"{per_cell:.1f}",
        model.n_passes_,
        f"{per_cell / model.n_passes_:.1f}",
        f"{memory:.0f} MB",
    ]


def overheads(sizes, n_jobs):
    """Time passes over chunks of four cells."""
    rows = []
    for name, where in ((f"{n_jobs} threads", threads), (f"{n_jobs} processes", processes)):
        with where(n_jobs):
            for n_chunks in sizes:
                grid = DaskGrid(da.ones((n_chunks, 4), chunks=(1, 4)))
                taken = []
                for _ in range(4):
                    start = time.perf_counter()
                    take_census(grid)
                    taken.append(time.perf_counter() - start)
                taken = statistics.median(taken[1:])
                rows.append([name, n_chunks, seconds(taken), seconds(taken / n_chunks)])
    print_table(
        "What Dask adds to a pass: chunks of four cells",
        ["Dask on", "chunks", "a pass", "per chunk"],
        rows,
    )
