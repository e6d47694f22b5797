"""Fits and answers of grids on a GPU, beside GaussianMixture on the same device.

Without a GPU it runs on the CPU, and says so. ``--namespace`` names the library that holds
the grid: torch, cupy or array_api_strict.
"""

import os
import time
from functools import partial
from importlib import import_module

os.environ.setdefault("SCIPY_ARRAY_API", "1")  # SciPy reads it when it is imported

import numpy as np
import sklearn
from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture
from skem.checks.arrays import HOST, to_numpy

from .measuring import print_table, resident_peak, seconds
from .populations import DRAWS, draw

# The number of cells that are drawn at once.
BLOCK = 10**7

# Bytes per float32 cell that GaussianMixture and the memberships take, with the grid.
THEIRS, MEMBERSHIPS = 80, 24

HEADER = ["cells", "skem", "extra memory", "GaussianMixture", "extra memory", "ratio"]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--namespace", default="torch", help="the library of the grid")
    parser.add_argument("--cells", type=float, nargs="+", help="1e6 to 1e9 on a GPU")


def main(arguments):
    """Print a table of fits, one of answers, and one of memberships by the formula."""
    library = Library(import_module(arguments.namespace))
    sizes = arguments.cells or ([1e6, 1e7, 1e8, 1e9] if library.gpu else [1e6, 1e7])
    fits, answers, lean = [], [], []
    with sklearn.config_context(array_api_dispatch=True):
        for n_cells in map(int, sizes):
            if n_cells * MEMBERSHIPS < library.free_bytes():
                measure(library, n_cells, fits, answers, lean)
    where = f"{library.name} on {library.where}, float32, two groups"
    print_table(
        f"Fits from one start, {where}",
        [*HEADER, "iterations", "skem in NumPy", "ratio"],
        fits,
    )
    print_table(f"Answers, {where}", [HEADER[0], "method", *HEADER[1:]], answers)
    print_table(
        f"predict_proba beside 1 / (1 + exp(q)) written out, {where}",
        ["cells", "predict_proba", "formula", "ratio"],
        lean,
    )


class Library:
    """An array library: where its arrays are, and how time and memory are measured."""

    def __init__(self, xp):
        self.xp = xp
        self.name = xp.__name__
        self.torch_cuda = None
        if self.name == "torch":
            xp.set_num_threads(1)
            self.torch_cuda = xp.cuda if xp.cuda.is_available() else None
        self.device = "cuda" if self.torch_cuda else None
        probe = xp.asarray([0.0], device=self.device)
        self.gpu = probe.__dlpack_device__()[0] != HOST
        self.where = "a GPU" if self.gpu else "the CPU (no GPU was found), one thread"
        if self.torch_cuda:
            self.where = self.torch_cuda.get_device_name()

    def grid(self, n_cells):
        """A grid of alphas in units of 1e-3."""
        blocks = (
            1e3 * draw("two separated groups", min(BLOCK, n_cells - begin), seed)
            for seed, begin in enumerate(range(0, n_cells, BLOCK))
        )
        parts = [
            self.xp.asarray(block.astype(np.float32), device=self.device)
            for block in blocks
        ]
        return parts[0] if len(parts) == 1 else self.xp.concat(parts)

    def free_bytes(self):
        """The memory that is free where the grid is."""
        if self.torch_cuda:
            self.torch_cuda.empty_cache()
            return self.torch_cuda.mem_get_info()[0]
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")

    def run(self, call):
        """What a call returns, when the device has done all of it."""
        found = call()
        if getattr(found, "shape", ()):
            float(found[(0,) * len(found.shape)])
        return found

    def seconds(self, call, rounds=3):
        """The least time of a call: of the processor, or by the clock for a GPU."""
        clock = time.perf_counter if self.gpu else time.process_time
        self.run(call)
        taken = []
        for _ in range(rounds):
            start = clock()
            self.run(call)
            taken.append(clock() - start)
        return min(taken)

    def peak(self, call):
        """The megabytes that a call takes at its peak, above those before."""
        if self.torch_cuda:
            self.torch_cuda.reset_peak_memory_stats()
            before = self.torch_cuda.memory_allocated()
            self.run(call)
            return (self.torch_cuda.max_memory_allocated() - before) / 1e6
        return None if self.gpu else resident_peak(partial(self.run, call))


def measure(library, n_cells, fits, answers, lean):
    """Add the rows of a size to the three tables."""
    X = library.grid(n_cells)
    flat = library.xp.reshape(X, (-1, 1))
    start = {
        "weights_init": np.array([0.5, 0.5]),
        "means_init": np.array([-1.5, 1.5]),
        "variances_init": np.array([1.0, 1.0]),
    }
    ours, theirs = PanelGaussianMixture(2, **start), None
    taken = library.seconds(lambda: ours.fit(X) and None)
    row = [f"{n_cells:,}", seconds(taken), megabytes(library.peak(lambda: ours.fit(X)))]
    if n_cells * THEIRS < library.free_bytes():
        theirs = their_model(library, start)
        their_time = library.seconds(lambda: theirs.fit(flat) and None, rounds=1)
        memory = megabytes(library.peak(lambda: theirs.fit(flat)))
        row += [seconds(their_time), memory, f"{their_time / taken:.3g}", theirs.n_iter_]
    else:
        row += ["-"] * 4
    row += in_numpy(library, ours, X, taken)
    fits.append(row)
    answers += rows_of_answers(library, ours, theirs, X, flat)
    calls = partial(ours.predict_proba, X), partial(written_out, library.xp, ours, X)
    times = [library.seconds(call) for call in calls]
    ratio = f"{times[0] / times[1]:.2f}"
    lean.append([f"{n_cells:,}", *map(seconds, times), ratio])


def their_model(library, start):
    """GaussianMixture from the same start, with its own rule of when to stop."""
    given = {
        "weights_init": start["weights_init"],
        "means_init": start["means_init"][:, None],
        "precisions_init": 1 / start["variances_init"][:, None, None],
    }
    given = {
        name: library.xp.asarray(value.astype(np.float32), device=library.device)
        for name, value in given.items()
    }
    return GaussianMixture(2, reg_covar=0, max_iter=1000, init_params="random", **given)


def in_numpy(library, model, X, taken):
    """The time of a fit of the same cells in NumPy, and how it compares."""
    if X.shape[0] * DRAWS > 1e8:
        return ["-", "-"]
    cells = to_numpy(X)
    numpy_time = library.seconds(lambda: sklearn.clone(model).fit(cells) and None)
    return [seconds(numpy_time), f"{numpy_time / taken:.2g}"]


def rows_of_answers(library, ours, theirs, X, flat):
    """A row for each method."""
    rows = []
    for method in ("predict_proba", "predict", "score_samples", "score", "transform"):
        call = partial(getattr(ours, method), X)
        taken = library.seconds(call)
        row = [f"{flat.shape[0]:,}", method, seconds(taken), megabytes(library.peak(call))]
        other = getattr(theirs, method, None)
        if other is None:
            rows.append([*row, "-", "-", "-"])
            continue
        call = partial(other, flat)
        time, memory = library.seconds(call), megabytes(library.peak(call))
        rows.append([*row, seconds(time), memory, f"{time / taken:.3g}"])
    return rows


def written_out(xp, model, X):
    """Memberships in two groups by the shortest formula, in the dtype of X."""
    weights, means, variances = model.weights_, model.means_, model.variances_
    a, b, c = (
        float(np.diff(part)[0])
        for part in (
            -0.5 / variances,
            means / variances,
            np.log(weights) - 0.5 * np.log(variances) - 0.5 * means**2 / variances,
        )
    )
    p = 1 / (1 + xp.exp((a * X + b) * X + c))
    return xp.stack([p, 1 - p], axis=-1)


def megabytes(value):
    """A number of megabytes; nothing if it cannot be measured."""
    return "-" if value is None else f"{value:,.0f} MB"
