"""Random and hostile fits of both estimators, and their failures.

A case follows from its seed: data, weights and parameters. A fit may refuse it with a
ValueError that names a remedy. Otherwise its attributes and answers must be finite and
consistent, and 30 steps of EM from a converged fit must gain less than 1e-4 nats.
"""

import re
import sys
import time
from collections import Counter, defaultdict
from typing import NamedTuple

from joblib import Parallel, delayed

from .cases import case
from .checks import check, without_numbers

# The number of seeds that each of several processes gets at once.
BATCH = 25


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--fits", type=int, help="number of fits, instead of a time")
    parser.add_argument("--seed", type=int, default=0, help="of the first fit")
    parser.add_argument("--only", type=int, help="a seed whose case and result are printed")
    parser.add_argument("--processes", type=int, default=1)


def main(arguments):
    """Run cases and print every failure; exit with status 1 if there is any."""
    if arguments.only is not None:
        sys.exit(show(arguments.only))
    marks, failed, refused = Counter(), defaultdict(list), defaultdict(list)
    slowest, begun = (0.0, None), time.perf_counter()
    for result in results(arguments, begun):
        marks.update(["fits", *result.marks])
        slowest = max(slowest, (result.seconds, result.seed))
        if "refused" in result.marks:
            refused[without_numbers(result.refusal)].append(result.seed)
        for failure in result.failures:
            failed[failure.partition(":")[0]].append(result.seed)
            line = f"seed {result.seed}: {failure} | {result.description}"
            print(" ".join(line.split()), flush=True)
    elapsed = time.perf_counter() - begun
    for title, found in (("refused", refused), ("FAILED", failed)):
        for what, seeds in sorted(found.items(), key=lambda item: -len(item[1])):
            print(f"{title} {len(seeds)}: {what} (seeds {', '.join(map(str, seeds[:5]))})")
    n_failed = len({seed for seeds in failed.values() for seed in seeds})
    print(
        f"{marks['fits']} fits from seed {arguments.seed} in {elapsed:.0f} s: "
        f"{marks['refused']} refused, {marks['not converged']} not converged, "
        f"{marks['warned']} warned, {marks['climbed']} climbed on by EM, {n_failed} failed "
        f"(the slowest took {slowest[0]:.2f} s, seed {slowest[1]})"
    )
    sys.exit(1 if n_failed else 0)


def results(arguments, begun):
    """The Results of one seed after the other, until the time or the number is reached."""
    seed, n_processes = arguments.seed, arguments.processes
    end = float("inf") if arguments.fits is None else seed + arguments.fits
    size = 1 if n_processes == 1 else BATCH * n_processes
    with Parallel(n_jobs=n_processes) as pool:
        while seed < end:
            seeds = range(seed, int(min(seed + size, end)))
            yield from pool(delayed(run)(one) for one in seeds)
            seed = seeds.stop
            if arguments.fits is None and time.perf_counter() - begun > arguments.seconds:
                return


class Result(NamedTuple):
    """The outcome of a case. A failure reads "what: how much"."""

    seed: int
    description: str
    failures: list
    marks: list
    refusal: str
    seconds: float


def run(seed):
    """The Result of a seed."""
    estimator, X, sample_weight, description = case(seed)
    begun = time.perf_counter()
    failures, marks, refusal = check(estimator, X, sample_weight)
    seconds = time.perf_counter() - begun
    failures = list(dict.fromkeys(failures))  # a warning can come several times
    return Result(seed, brief(description), failures, marks, refusal, seconds)


def brief(description):
    """A description on one line, its numbers rounded."""
    text = ", ".join(f"{name}={value}" for name, value in description.items())
    return re.sub(r"\d+\.\d{4,}", lambda found: f"{float(found[0]):.4g}", text)


def show(seed):
    """Print a case and its outcome, and return the exit status."""
    estimator, X, sample_weight, description = case(seed)
    print(description, estimator, X, sample_weight, sep="\n")
    failures, marks, refusal = check(estimator, X, sample_weight, verbose=True)
    for name, value in sorted(vars(estimator).items()):
        if name.endswith("_"):
            print(f"{name} = {value}")
    print(*marks, *filter(None, [refusal]), *failures, sep="\n")
    return 1 if failures else 0
