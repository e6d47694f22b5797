"""How often the bootstrap test of the gap rejects, beside that of one more group, at 5 %.

The method is that of ``python -m benchmarks lrt``. Both tests have the same panels.
"""

import warnings
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skem import DeconvolvedGaussianMixture
from skem.inference import bootstrap_gap, bootstrap_lrt
from skem.numerics.model.mixture import Mixture

from . import lrt
from .measuring import print_table

TESTS = bootstrap_gap, bootstrap_lrt

FIVE = Mixture(np.full(5, 0.2), np.arange(-4.0, 5.0, 2.0), np.full(5, 0.25))


class Case(NamedTuple):
    """A population, the data, the number of groups tested, and the arguments of tests."""

    truth: str
    data: str
    draw: Any
    n_components: int
    options: dict
    is_true: bool


def grid_case(name, truth, shape, n_components, *, steps=(), correlation=0.0, true=False):
    """A case of ``python -m benchmarks lrt``, whose cells may be correlated or rounded."""
    draws = "fixed" if correlation else "independent"
    case = lrt.Case(name, truth, shape, correlation, n_components, draws, steps)
    data = " x ".join(map(str, shape)) + (f", {draws}" if correlation else "")
    options = {"draws": draws}
    return Case(name, data, partial(lrt.draw_panel, case), n_components, options, true)


def shape_case(name, draw, shape, n_components):
    """A case of a population that is no mixture of a few normal groups."""
    data, options = " x ".join(map(str, shape)), {"draws": "independent"}
    return Case(name, data, partial(draw, size=shape), n_components, options, False)


def funds_case(name, means, n_components, *, degrees=None, true=False):
    """A case of 255 estimates, some of each true mean, with errors that differ."""
    noise = "normal noise" if degrees is None else f"t noise, {degrees:g} degrees"
    options = {"estimator": DeconvolvedGaussianMixture()}
    draw = partial(draw_funds, means, degrees)
    return Case(name, f"255 funds, {noise}", draw, n_components, options, true)


def draw_funds(means, degrees, rng):
    """Estimates with errors about 1, of groups of skill an sd of 1 wide."""
    errors = np.exp(0.5 * rng.standard_normal(255))
    true = rng.choice(means, 255) + rng.standard_normal(255)
    if degrees is None:
        return np.column_stack([true + errors * rng.standard_normal(255), errors])
    noise = rng.standard_t(degrees, 255)
    return np.column_stack([true + errors * noise, errors, np.full(255, degrees)])


def draw_t(rng, size):
    """Draws from Student's t."""
    return rng.standard_t(5, size)


def draw_uniform(rng, size):
    """Draws from the uniform distribution."""
    return rng.uniform(size=size)


CASES = [
    grid_case("one group", lrt.ONE, (50, 20), 1, true=True),
    grid_case("one, to .5 sd", lrt.ONE, (50, 20), 1, steps=(0.5,), true=True),
    grid_case("two groups, 3 sds apart", lrt.FAR, (30, 10), 2, true=True),
    grid_case("one group", lrt.ONE, (60, 10), 1, correlation=0.8, true=True),
    funds_case("one group of skill", [0.0], 1, true=True),
    funds_case("one group of skill", [0.0], 1, degrees=5.0, true=True),
    funds_case("two groups of skill", [-2.0, 2.0], 2, true=True),
    grid_case("two, 2 sds apart", lrt.NEAR, (30, 10), 1),
    grid_case("three groups, 3 sds apart", lrt.THREE, (30, 10), 2),
    grid_case("five groups, 4 sds apart", FIVE, (20, 5), 1),
    grid_case("five groups, 4 sds apart", FIVE, (20, 5), 2),
    shape_case("Student's t, 5 degrees", draw_t, (30, 10), 1),
    shape_case("uniform", draw_uniform, (15, 10), 1),
    grid_case("two groups, 3 sds apart", lrt.FAR, (60, 10), 1, correlation=0.8),
    funds_case("two groups of skill", [-1.5, 1.5], 1),
]


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--panels", type=int, default=200, help="of each case")
    parser.add_argument("--simulated", type=int, default=3, help="per panel")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--rows", type=int, nargs="+", default=range(len(CASES)), help="from 0"
    )


def rejections(case, number, arguments):
    """The share of panels above the common critical value, of each test."""
    found = [([], []) for _ in TESTS]
    for panel in range(arguments.panels):
        rng = np.random.RandomState([arguments.seed, number, panel])
        X = case.draw(rng)
        for test, (statistics, null) in zip(TESTS, found, strict=True):
            options = {"n_resamples": arguments.simulated, "random_state": rng}
            result = test(X, case.n_components, **case.options, **options)
            statistics.append(result.statistic)
            null.extend(result.null_statistics)
    # The median of several statistics is tested at half the level (equation B6).
    level = lrt.LEVEL / 2 if case.options.get("draws") == "fixed" else lrt.LEVEL
    return [np.mean(np.array(a) > np.quantile(b, 1 - level)) for a, b in found]


def percent(share, n):
    """A share with its standard error."""
    return f"{100 * share:.1f} % ({100 * np.sqrt(share * (1 - share) / n):.1f})"


def main(arguments):
    """Test many panels of every case by both tests."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", UserWarning)  # groups that overlap
    rows = []
    for number in arguments.rows:
        case = CASES[number]
        shares = rejections(case, number, arguments)
        rows.append(
            [
                case.truth,
                case.data,
                case.n_components,
                "yes" if case.is_true else "no",
                *(percent(share, arguments.panels) for share in shares),
            ]
        )
        print(*rows[-1], sep=", ", flush=True)
    print_table(
        f"Rejections at {100 * lrt.LEVEL:g} % (standard error), {arguments.panels} panels "
        f"of each kind, {arguments.simulated} simulated from the fit to each",
        ["truth", "data", "groups tested", "true", "gap", "one more group"],
        rows,
    )
