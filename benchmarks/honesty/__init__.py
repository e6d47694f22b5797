"""How often answers about simulated funds hold what they promise, before and now.

A row of the first table is an input on which the estimates' noise or number misled, with
the same measure for the answers that ignore it and for those that do not. The second table
has how often 95 % intervals of ``summarize`` hold the truth in the documented settings, the
third what makes calls false where few can be made, and the fourth how often the test of one
more group rejects. Monte Carlo errors are in brackets.
"""

import time
import warnings

from ..measuring import print_table
from . import coverage, ingredients, one_more
from .boundary import no_spread  # noqa: F401
from .dependence import missing_300  # noqa: F401  # the modules add rows
from .errors import rare_24  # noqa: F401
from .few import few_rare  # noqa: F401
from .rows import ROWS, measure


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--replications", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0, help="of the first replication")
    parser.add_argument("--rows", nargs="*", help="names of the functions; all if none")


def main(arguments):
    """Measure the rows, and print them with the processor time they took."""
    warnings.simplefilter("ignore")
    chosen = [row for row in ROWS if not arguments.rows or row.name in arguments.rows]
    begun = time.process_time()
    found = [measure(row, arguments.replications, arguments.seed) for row in chosen]
    print_table(
        f"{arguments.replications} replications a row",
        ["input", "measure", "before", "now", "nominal"],
        found,
    )
    if not arguments.rows:
        for table in (coverage, ingredients, one_more):
            table.main(arguments)
    print(f"\n{(time.process_time() - begun) / 60:.1f} minutes of processor time")
