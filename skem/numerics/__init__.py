"""The mixture numerics: pure functions on arrays, NumPy and SciPy only.

Where to start reading: `density` is the model, `em` the textbook iteration and
`solver` the default one. What they rest on: a grid is read in `blocks`, which
threads are `sharing`;
`expectation` sums over its cells, `curvature` differentiates, `constraints`
says what is fixed; `compression` makes a few thousand points of the grid, on
which `starts` and `search` look for groups and `newton` climbs. `choice` ranks what
they find. `membership` answers questions about a grid once the mixture is fitted.

Nothing here validates or publishes: that is the estimators' work.
"""
