"""The points that stand for cells in standard units, as a fit makes them."""

from skem.numerics.data.bins import BinnedCells
from skem.numerics.data.census import take_census


def compress(cells):
    census = take_census(cells.grid)
    return BinnedCells(census.counts, census.n_cells, cells.centre, cells.scale).joined
