"""How often the best optimum is found, and how far fits are from the truth.

Problems of several families are fitted in several ways. Fits are compared by their height,
by which the library chooses optima.
"""

from .families import FAMILIES, problem
from .report import main

__all__ = ["add_arguments", "main", "problem"]


def add_arguments(parser):
    """Options of these tables."""
    parser.add_argument("--family", choices=FAMILIES, nargs="+", default=list(FAMILIES))
    parser.add_argument("--problems", type=int, help="of each family")
    parser.add_argument("--seed", type=int, default=6_800_000, help="of the first problem")
    parser.add_argument("--verbose", action="store_true", help="list the worst problems")
