"""Print one table of measurements: ``python -m benchmarks NAME [options]``."""

import argparse

from threadpoolctl import threadpool_limits

from . import fit, iteration, optima, predict, scale

TABLES = {
    "fit": fit,
    "iteration": iteration,
    "optima": optima,
    "predict": predict,
    "scale": scale,
}


def main():
    """Parse the command line and print the table, on one thread."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(dest="table", required=True)
    for name, module in TABLES.items():
        command = commands.add_parser(name, help=module.__doc__.splitlines()[0])
        module.add_arguments(command)
    arguments = parser.parse_args()
    with threadpool_limits(1):
        TABLES[arguments.table].main(arguments)


if __name__ == "__main__":
    main()
