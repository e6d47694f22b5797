"""Which of several optima to believe: what the choice takes off the log-likelihood.

The likelihood has no maximum, and the highest optimum found is often a sliver of a few
close cells. The penalty moves no optimum; it only ranks them.
"""

import numpy as np


def penalty(mixture, constraints, noise=0.0):
    """The penalty of mixtures, in nats (equations P and D7; with a knee, B8).

    As if each group had been seen once more, one ``1 / L`` (or what `constraints` favour)
    from its mean, in the spirit of Chen, Tan and Zhang (2008). Seen with a `noise`
    variance, if the cells are: then a group without variance is no sliver. Beyond a knee
    it grows only as what ``knee - 1`` cells gain by lying closer.
    """
    favoured = constraints.favoured or 1 / mixture.variances.shape[-1] ** 2
    ratio = (favoured + noise) / (mixture.variances + noise)
    near = np.minimum(ratio, constraints.knee)
    cost = near - np.log(near) - 1
    if np.isfinite(constraints.knee):
        cost += (constraints.knee - 1) * np.log(ratio / near)
    return 0.5 * np.sum(cost, axis=-1)
