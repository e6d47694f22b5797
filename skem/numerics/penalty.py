"""Which of several optima to believe: what the choice takes off the log-likelihood.

The likelihood has no maximum, and the highest optimum found is often a sliver of a few
close cells. The penalty moves no optimum; it only ranks them.
"""

import numpy as np

# Fewer cells than this never make a group by lying closer and closer together.
KNEE = 12.0


def penalty(mixture, points):
    """The penalty of mixtures of groups, in nats (equations P and D7).

    As if each group had been seen once more, one ``1 / L`` from its mean, in the spirit
    of Chen, Tan and Zhang (2008), and with the noise of the points, if they have any:
    then a group without variance is no sliver. Beyond the knee the cost of a narrow
    group grows as what `KNEE` cells gain by lying closer. And no group gains by being
    narrower than the resolution of the points.
    """
    noise = points.noise_level
    favoured = 1 / mixture.variances.shape[-1] ** 2
    ratio = (favoured + noise) / (mixture.variances + noise)
    near = np.minimum(ratio, KNEE)
    cost = near - np.log(near) - 1 + (KNEE - 1) * np.log(ratio / near)
    if points.resolution > 0:
        blur = np.maximum(1.0, points.resolution**2 / mixture.variances)
        cost += points.mass * mixture.weights * np.log(blur)
    return 0.5 * np.sum(cost, axis=-1)
