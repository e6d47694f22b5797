"""The time on one core of the bootstrap test of L against L + 1 groups."""

import time

import numpy as np

from skem.inference import bootstrap_lrt
from skem.numerics.model.mixture import Mixture

from .lrt import FAR, ONE, Case, draw_panel
from .measuring import print_table, seconds

GRID = (255, 100)
NARROWER = Mixture(np.array([0.95, 0.05]), np.zeros(2), np.array([1.0, 0.01**2]))
APART = Mixture(np.array([0.3, 0.7]), np.array([0.0, 500.0]), np.ones(2))
TEXTBOOK = Mixture(np.array([0.49, 0.51]), np.array([5.7e-4, 5.9e-4]), np.full(2, 9.5e-7))

CASES = [
    Case("one group", ONE, GRID, 0.0, 1, "independent"),
    Case("one, rounded to .05 sd", ONE, GRID, 0.0, 1, "independent", (0.05,)),
    Case("two groups, 3 sds apart", FAR, GRID, 0.0, 2, "independent"),
    Case("two groups, 500 sds apart", APART, GRID, 0.0, 2, "independent"),
    Case("5 % a hundred times narrower", NARROWER, GRID, 0.0, 2, "independent"),
    Case("two groups, .02 sds apart", TEXTBOOK, GRID, 0.0, 2, "independent"),
]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--resamples", type=int, default=999)
    parser.add_argument("--seed", type=int, default=0)


def main(arguments):
    """Time one test of every case."""
    rows = []
    for case in CASES:
        alphas = draw_panel(case, np.random.RandomState(arguments.seed))
        begin = time.process_time()
        test = bootstrap_lrt(
            alphas,
            case.n_components,
            draws=case.draws,
            n_resamples=arguments.resamples,
            random_state=arguments.seed,
        )
        rows.append(
            [
                case.name,
                f"{case.n_components} against {case.n_components + 1}",
                f"{test.p_value:.3f}",
                seconds(time.process_time() - begin),
            ]
        )
        print(*rows[-1], sep=", ", flush=True)
    print_table(
        f"Processor time of {arguments.resamples} simulated panels of "
        f"{GRID[0]} x {GRID[1]} cells",
        ["truth", "test", "p-value", "time"],
        rows,
    )
