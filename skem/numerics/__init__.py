"""The mixture numerics: pure functions on arrays, with NumPy and SciPy only.

Each folder imports only those before it: `model` (a mixture and its constraints), `data`
(grids, estimates, and the points for them), `likelihood` (sums over cells, score and
information), `posterior` (answers of a fitted mixture), `ascent` (climbs to one optimum),
`search` (the choice of the optimum), `bootstrap` (many data sets at once). `candidates`
finds the best optima of the points from starts, and `solver` the published optimum from
these. Start reading in `solver`.

The estimators, not these modules, validate input and publish results.
"""
