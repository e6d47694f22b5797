"""Fit the problems, and print the results of each way."""

import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..measuring import print_table, seconds
from .families import FAMILIES
from .ways import compare

# The shortfalls that are counted, in nats over all cells.
SMALL, LARGE = 0.01, 1.0

# The number of problems listed for each family.
N_LISTED = 8

HEADER = [
    "fit",
    "problems",
    "short > .01",
    "short > 1",
    "worst short",
    "slivers",
    "KL",
    "time",
]


def main(arguments):
    """Print a table of each family's kinds, then one of all families."""
    warnings.simplefilter("ignore", ConvergenceWarning)
    rows = []
    for name in arguments.family:
        family = FAMILIES[name]
        n_problems = arguments.problems or family.n_problems
        begun = time.perf_counter()
        outcomes = run(name, range(arguments.seed, arguments.seed + n_problems))
        rows += summarise(name, outcomes, family.invented)
        print_kinds(name, outcomes, family.invented)
        if arguments.verbose:
            print(f"\n{name} took {time.perf_counter() - begun:.0f} s")
            print_worst(name, outcomes, family.invented)
    print_table(
        f"Problems from seed {arguments.seed:,}. Short: nats below the best known height. "
        "Slivers: fits with one. KL: mean distance from the truth, in 1e-3 nats per cell. "
        "Time: mean processor time",
        ["family", *HEADER],
        rows,
    )


def run(name, seeds):
    """The outcomes of a family's problems."""
    family = FAMILIES[name]
    outcomes = []
    for seed in seeds:
        try:
            outcomes += compare(family.draw(seed), family.n_random, seed)
        except Exception as error:
            error.add_note(f"This was problem({name!r}, {seed}).")
            raise
    return outcomes


def print_kinds(name, outcomes, invented):
    """Print a table of a family that has several kinds."""
    kinds = {outcome.kind for outcome in outcomes}
    rows = []
    for kind in sorted(kinds, key=lambda kind: (len(kind), kind)):  # numbers ascend
        some = [outcome for outcome in outcomes if outcome.kind == kind]
        rows += summarise(kind, some, invented)
    if len(kinds) > 1:
        print_table(f"{name}, by kind", ["problem", *HEADER], rows)


def summarise(name, outcomes, invented):
    """A row of the table for each way."""
    rows = []
    for way in dict.fromkeys(outcome.way for outcome in outcomes):
        some = [outcome for outcome in outcomes if outcome.way == way]
        short = np.array([outcome.short for outcome in some])
        slivers = np.array([outcome.sliver for outcome in some])
        distances = np.array([outcome.distance for outcome in some])
        known = ~np.isnan(distances)
        rows.append(
            [
                "" if rows else name,
                way,
                len(some),
                share(short > SMALL),
                share(short > LARGE),
                f"{short.max():,.2f}",
                share(slivers) if invented else "-",
                f"{1e3 * distances[known].mean():.3g}" if known.any() else "-",
                seconds(np.mean([outcome.seconds for outcome in some])),
            ]
        )
    return rows


def share(hits):
    """The number of hits, and their share."""
    return f"{hits.sum()} ({100 * hits.mean():.0f} %)" if hits.any() else "0"


def print_worst(name, outcomes, invented):
    """Print the problems in which the default fit fell short most, or has a sliver."""
    ours = [outcome for outcome in outcomes if outcome.way == "skem"]
    short = sorted((o for o in ours if o.short > SMALL), key=lambda o: -o.short)
    slivers = [o for o in ours if o.sliver and invented]
    listed = {"short": short[:N_LISTED], "sliver": slivers[:N_LISTED]}
    rows = [
        [what, f"problem({name!r}, {o.seed})", o.kind, f"{o.short:.3g}", seconds(o.seconds)]
        for what, some in listed.items()
        for o in some
    ]
    if rows:
        print_table(
            f"{name}: the worst of skem", ["", "problem", "kind", "short", "time"], rows
        )
