"""The grids of the benchmarks."""

from skem.datasets import make_alpha_panel

POPULATIONS = {
    "two separated groups": {
        "weights": [0.6, 0.4],
        "means": [-1e-3, 2e-3],
        "variances": [1e-6, 0.64e-6],
    },
    "three overlapping groups": {
        "weights": [0.25, 0.5, 0.25],
        "means": [-2e-3, 0.0, 2.5e-3],
        "variances": [2.25e-6, 0.49e-6, 1.44e-6],
    },
    "five groups": {
        "weights": [0.1, 0.2, 0.4, 0.2, 0.1],
        "means": [-4e-3, -2e-3, 0.0, 2e-3, 5e-3],
        "variances": [1e-6, 0.5e-6, 1e-6, 0.3e-6, 1e-6],
    },
}
DRAWS = 100


def draw(name, n_cells, seed=0):
    """A grid of `n_cells` cells in rows of 100 draws."""
    groups = POPULATIONS[name]
    return make_alpha_panel(n_cells // DRAWS, DRAWS, **groups, random_state=seed)[0]
