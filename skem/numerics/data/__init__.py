"""The data: grids read block by block, tables of estimates, and the points for them."""
