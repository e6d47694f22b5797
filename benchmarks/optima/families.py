"""The families of problems."""

from collections.abc import Callable
from typing import NamedTuple

from . import constrained, estimates, grids
from .problem import Problem


class Family(NamedTuple):
    """A function that draws the problem of a seed, and how the family is reported.

    `n_random` is the number of starts of each of the two random kinds. Slivers are counted
    if `invented`, that is if no group of the population is narrow.
    """

    draw: Callable[[int], Problem]
    n_problems: int
    n_random: int = 20
    invented: bool = True


FAMILIES = {
    "separated": Family(grids.separated, 200),
    "mixed units": Family(grids.mixed_units, 200, invented=False),
    "narrow": Family(grids.narrow, 200, invented=False),
    "random": Family(grids.random, 150),
    "rounded": Family(grids.rounded, 210),
    "repeated": Family(grids.repeated, 100),
    "none narrow": Family(grids.none_narrow, 420),
    "heavy tails": Family(grids.heavy_tails, 120),
    "constrained": Family(constrained.constrained, 210, n_random=25, invented=False),
    "estimates": Family(estimates.estimates, 210, n_random=25, invented=False),
}


def problem(family, seed):
    """The problem of a family by its seed."""
    return FAMILIES[family].draw(seed)
