"""One EM iteration: skem's textbook solver beside scikit-learn's GaussianMixture."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

from .measuring import median_seconds, print_table, seconds
from .populations import POPULATIONS

SHAPES = [(255, 100), (2000, 500)]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--iterations", type=int, default=40)


def main(arguments):
    """Time fits of a fixed number of iterations from the same start."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = []
    for shape in SHAPES:
        population = POPULATIONS["two separated groups"]
        alphas = make_alpha_panel(*shape, **population, random_state=0)[0]
        z = (alphas - alphas.mean()) / alphas.std()
        fits = {
            "skem": PanelGaussianMixture(
                2,
                solver="em",
                tol=0,
                max_iter=arguments.iterations,
                weights_init=[0.5, 0.5],
                means_init=[-1.0, 1.0],
                variances_init=[1.0, 1.0],
            ),
            "GaussianMixture": GaussianMixture(
                2,
                reg_covar=0,
                tol=0,
                max_iter=arguments.iterations,
                weights_init=[0.5, 0.5],
                means_init=[[-1.0], [1.0]],
                precisions_init=[[[1.0]], [[1.0]]],
            ),
        }
        times = {}
        for name, model in fits.items():
            data = z if name == "skem" else z.reshape(-1, 1)
            whole = median_seconds(lambda model=model, data=data: model.fit(data), 5)
            times[name] = whole / model.n_iter_
        gap = np.abs(np.sort(fits["GaussianMixture"].means_.ravel()) - fits["skem"].means_)
        rows.append(
            [
                f"{shape[0]} x {shape[1]}",
                seconds(times["skem"]),
                seconds(times["GaussianMixture"]),
                f"{times['GaussianMixture'] / times['skem']:.1f}",
                f"{gap.max():.0e}",
            ]
        )
    print_table(
        f"Whole fits of {arguments.iterations} EM iterations, time per iteration",
        ["grid", "skem", "GaussianMixture", "ratio", "largest difference of means"],
        rows,
    )
