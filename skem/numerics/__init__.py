"""The mixture numerics: pure functions on arrays, NumPy and SciPy only.

Read `density` first (the model), then `em` (the textbook iteration). A grid
is read in `blocks`; `compression` turns it into a few thousand points for
`starts`; `newton` tells how far from the optimum a mixture is; `membership`
answers questions about a grid once the mixture is fitted.

Nothing here validates or publishes: that is the estimators' work.
"""
