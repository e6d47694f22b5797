"""The mixture numerics: pure functions on arrays, NumPy and SciPy only.

Each folder imports only those before it: `model` (a mixture, and what of it is fixed),
`data` (grids, estimates, and the points for them), `likelihood` (sums over cells, score and
information), `posterior` (answers of a fitted mixture), `ascent` (the ways up one hill),
`search` (which hill), `bootstrap` (many data sets at once). `solver` takes starts to the
optimum that is published; start to read there.

Nothing here validates or publishes: that is the estimators' work.
"""
