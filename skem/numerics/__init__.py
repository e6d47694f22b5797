"""The mixture numerics: pure functions on arrays, NumPy and SciPy only.

Each folder imports only those before it: `model` (a mixture, and what of it is fixed),
`data` (grids, estimates, and the points for them), `likelihood` (sums over cells, score and
information), `posterior` (answers of a fitted mixture), `ascent` (the ways up one hill),
`search` (which hill), `bootstrap` (many data sets at once). `candidates` takes starts to
the best optima of the points, and `solver` from these to the optimum that is published.
Start to read in `solver`.

Nothing here validates or publishes: that is the estimators' work.
"""
