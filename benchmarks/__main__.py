"""Print one table of measurements: ``python -m benchmarks NAME [options]``."""

import argparse
import sys
from importlib import import_module

from threadpoolctl import threadpool_limits

TABLES = (
    "alphas",
    "bands",
    "coverage",
    "deconvolution",
    "device",
    "fit",
    "funds",
    "fuzz",
    "gap",
    "gap_test",
    "honesty",
    "iteration",
    "lrt",
    "lrt_time",
    "moderation",
    "optima",
    "predict",
    "publish",
    "scale",
    "small",
    "threads",
)


def main():
    """Parse the command line and print the table, on one thread.

    Only the table's own module is imported: each needs other libraries.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("table", choices=TABLES)
    name = parser.parse_args(sys.argv[1:2]).table
    module = import_module(f".{name}", __package__)
    options = argparse.ArgumentParser(
        prog=f"python -m benchmarks {name}", description=module.__doc__
    )
    module.add_arguments(options)
    with threadpool_limits(1):
        module.main(options.parse_args(sys.argv[2:]))


if __name__ == "__main__":
    main()
