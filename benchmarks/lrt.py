"""How often the bootstrap test of L against L + 1 groups rejects, at the 5 % level.

The method is the warp-speed bootstrap (Giacomini, Politis and White 2013): a few panels are
simulated from the fit to each panel, and all panels of a case share their statistics.
"""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skem.inference import bootstrap_lrt
from skem.numerics.model.mixture import Mixture

from .measuring import print_table

LEVEL = 0.05

ONE = Mixture(np.ones(1), np.zeros(1), np.ones(1))
FAR = Mixture(np.array([0.3, 0.7]), np.array([-2.0, 1.0]), np.ones(2))
APART = Mixture(np.array([0.3, 0.7]), np.array([0.0, 500.0]), np.ones(2))
NEAR = Mixture(np.array([0.3, 0.7]), np.array([-1.5, 0.5]), np.ones(2))
THREE = Mixture(np.array([0.3, 0.4, 0.3]), np.array([-3.0, 0.0, 3.0]), np.ones(3))
NARROW = Mixture(np.array([0.95, 0.05]), np.zeros(2), np.array([1.0, 0.05**2]))


class Case(NamedTuple):
    """A population, a grid's shape, the correlation of a manager's draws, and the test.

    Rows are rounded to the `steps` in turn, or all cells to significant `digits`.
    """

    name: str
    truth: Mixture
    shape: tuple
    correlation: float
    n_components: int
    draws: str
    steps: tuple = ()
    digits: int | None = None


CASES = [
    Case("one group", ONE, (50, 20), 0.0, 1, "independent"),
    Case("one, to .1 sd", ONE, (50, 20), 0.0, 1, "independent", (0.1,)),
    Case("one, to .5 sd", ONE, (50, 20), 0.0, 1, "independent", (0.5,)),
    Case("one, to 2 digits", ONE, (50, 20), 0.0, 1, "independent", digits=2),
    Case("one, to .5 and .01 sd", ONE, (50, 20), 0.0, 1, "independent", (0.5, 0.01)),
    Case("one, to .25 and .1 sd", ONE, (50, 20), 0.0, 1, "independent", (0.25, 0.1)),
    Case("two groups, 500 sds apart", APART, (50, 20), 0.0, 2, "independent"),
    Case("two groups, 3 sds apart", FAR, (30, 10), 0.0, 2, "independent"),
    Case("5 % twenty times narrower", NARROW, (50, 10), 0.0, 2, "independent"),
    Case("two, 2 sds apart", NEAR, (30, 10), 0.0, 1, "independent"),
    Case("two, to .1 sd", NEAR, (30, 10), 0.0, 1, "independent", (0.1,)),
    Case("two, to .5 sd", NEAR, (30, 10), 0.0, 1, "independent", (0.5,)),
    Case("two, to 2 digits", NEAR, (30, 10), 0.0, 1, "independent", digits=2),
    Case("5 % narrower, to .02 sd", NARROW, (30, 10), 0.0, 1, "independent", (0.02,)),
    Case("three groups, 3 sds apart", THREE, (30, 10), 0.0, 2, "independent"),
    Case("one group", ONE, (60, 10), 0.8, 1, "independent"),
    Case("one group", ONE, (60, 10), 0.8, 1, "fixed"),
    Case("two groups, 3 sds apart", FAR, (60, 10), 0.8, 1, "fixed"),
    Case("two groups, 3 sds apart", FAR, (255, 10), 0.8, 1, "fixed"),
    Case("two groups, 3 sds apart", FAR, (60, 1), 0.8, 1, "independent"),
]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--panels", type=int, default=400, help="of each case")
    parser.add_argument("--simulated", type=int, default=3, help="per panel")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=range(len(CASES)), help="from 0"
    )


def draw_panel(case, rng):
    """A grid whose cells are draws from the truth, correlated within a manager.

    With a correlation, all draws of a manager come from one group and share that fraction
    of its variance. Some cases are rounded.
    """
    n_managers, n_draws = case.shape
    dependent = case.correlation > 0
    groups = rng.choice(
        case.truth.weights.size,
        size=(n_managers, 1 if dependent else n_draws),
        p=case.truth.weights,
    )
    own = rng.standard_normal((n_managers, 1))
    noise = rng.standard_normal(case.shape)
    u = np.sqrt(case.correlation) * own + np.sqrt(1 - case.correlation) * noise
    alphas = case.truth.means[groups] + np.sqrt(case.truth.variances)[groups] * u
    for first, step in enumerate(case.steps):
        rows = slice(first, None, len(case.steps))
        alphas[rows] = step * np.round(alphas[rows] / step)
    if case.digits:
        alphas = np.vectorize(lambda alpha: float(f"{alpha:.{case.digits}g}"))(alphas)
    return alphas


def rejections(case, number, arguments):
    """The share of panels above the common critical value, and the number refused."""
    statistics, null = [], []
    for panel in range(arguments.panels):
        rng = np.random.RandomState([arguments.seed, number, panel])
        alphas = draw_panel(case, rng)
        try:
            test = bootstrap_lrt(
                alphas,
                case.n_components,
                draws=case.draws,
                n_resamples=arguments.simulated,
                random_state=rng,
            )
        except ValueError:  # ties, or a group no wider than the rounding
            continue
        statistics.append(test.statistic)
        null.extend(test.null_statistics)
    # The median of several statistics is tested at half the level (equation B6).
    level = LEVEL if case.draws == "independent" else LEVEL / 2
    share = np.mean(np.array(statistics) > np.quantile(null, 1 - level))
    return share, arguments.panels - len(statistics)


def main(arguments):
    """Test many panels of every case."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = []
    for number in arguments.rows:
        case = CASES[number]
        share, n_refused = rejections(case, number, arguments)
        rows.append(
            [
                case.name,
                " x ".join(map(str, case.shape)),
                f"{case.correlation:g}",
                f"{case.n_components} against {case.n_components + 1}",
                case.draws,
                f"{100 * share:.1f} %",
                f"{100 * np.sqrt(share * (1 - share) / arguments.panels):.1f} %",
                n_refused,
            ]
        )
        print(*rows[-1], sep=", ", flush=True)
    print_table(
        f"Rejections at {100 * LEVEL:g} %, {arguments.panels} panels of each kind, "
        f"{arguments.simulated} simulated from the fit to each",
        ["truth", "grid", "correlation", "test", "draws", "rejected", "+-", "refused"],
        rows,
    )
