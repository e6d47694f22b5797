"""Fits of small and large grids, in units of NumPy's histogram: processor time."""

from functools import partial

import numpy as np

from skem import PanelGaussianMixture

from .fit import start_of
from .measuring import print_table, processor_seconds, seconds
from .populations import POPULATIONS, draw

# The number of cells whose histogram is the unit of smaller grids.
UNIT = 25_500


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--cells", type=float, nargs="+", default=[UNIT, 255])
    parser.add_argument("--population", choices=POPULATIONS, default="two separated groups")
    parser.add_argument("--rounds", type=int, default=10)


def main(arguments):
    """Time fits from one start, and with the default search."""
    name = arguments.population
    rows = []
    for n_cells in map(int, arguments.cells):
        x = draw(name, n_cells)
        unit_cells = x if n_cells > UNIT else draw(name, UNIT)
        n_components = len(POPULATIONS[name]["weights"])
        start = start_of((x - x.mean()) / x.std(), n_components)
        given = {
            "weights_init": start.weights,
            "means_init": x.mean() + x.std() * start.means,
            "variances_init": x.var() * start.variances,
        }
        models = [
            PanelGaussianMixture(n_components, **given),
            PanelGaussianMixture(n_components),
        ]
        functions = [partial(model.fit, x) for model in models]
        functions.append(partial(np.histogram, unit_cells, 1024))
        *taken, unit = processor_seconds(functions, arguments.rounds)
        for kind, model, least in zip(("one start", "default"), models, taken, strict=True):
            row = [f"{n_cells:,}", kind, seconds(least), f"{least / unit:.3g}"]
            rows.append([*row, model.n_passes_])
    print_table(
        f"{name}, one thread; in units of np.histogram(x, 1024) of at least {UNIT:,} cells",
        ["cells", "fit", "processor time", "in units", "passes"],
        rows,
    )
