"""The gain of a second thread for passes of a fit, whole fits, and answers."""

import statistics
import time

import numpy as np

from skem import PanelGaussianMixture
from skem.numerics.data.census import take_census
from skem.numerics.data.compression import counted_cells
from skem.numerics.data.grid import Grid
from skem.numerics.likelihood.expectation import e_step
from skem.numerics.model.mixture import Mixture, standardise

from .measuring import print_table, seconds
from .populations import POPULATIONS, draw

POPULATION = "two separated groups"


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--cells", type=float, default=1e7)
    parser.add_argument("--jobs", type=int, default=2, help="threads")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--dtype", default="float64", choices=["float32", "float64"])


def main(arguments):
    """Time every part on one thread and on several, in turn."""
    alphas = draw(POPULATION, int(arguments.cells)).astype(arguments.dtype)
    parts = [parts_of(alphas, n_threads) for n_threads in (1, arguments.jobs)]
    rows = []
    for name, alone in parts[0].items():
        one, many = in_turn(alone, parts[1][name], arguments.repeats)
        rows.append([name, seconds(one), seconds(many), f"{one / many:.2f}"])
    print_table(
        f"{alphas.size:,} cells of {alphas.dtype}, two groups",
        ["part", "one thread", f"{arguments.jobs} threads", "ratio"],
        rows,
    )


def parts_of(alphas, n_threads):
    """The functions to time, by name."""
    grid = Grid(alphas, n_threads=n_threads)
    cells = counted_cells(grid, take_census(grid))
    population = Mixture(*map(np.array, POPULATIONS[POPULATION].values()))
    mixture = standardise(population, cells.centre, cells.scale)
    model = PanelGaussianMixture(n_jobs=n_threads).fit(alphas)
    return {
        "reading": lambda: take_census(grid),
        "E-step": lambda: e_step(cells, mixture),
        "fit": lambda: model.fit(alphas),
        "predict_proba": lambda: model.predict_proba(alphas),
        "transform": lambda: model.transform(alphas),
    }


def in_turn(one, other, repeats):
    """Median times of two functions, each after one call that is not counted."""
    taken = [], []
    for _ in range(repeats + 1):
        for function, times in zip((one, other), taken, strict=True):
            start = time.perf_counter()
            function()
            times.append(time.perf_counter() - start)
    return [statistics.median(times[1:]) for times in taken]
