"""The rule that chooses among optima: the log-likelihood less a cost.

The likelihood has no maximum. The highest optimum found often has a very narrow group: on
a few close cells, or on one value of rounded cells. The rule moves no optimum; it only
ranks them.
"""

import numpy as np

from ..data.points import Points
from ..likelihood.expectation import e_step
from ..model.constraints import Constraints
from ..model.mixture import Mixture

# The most nats that the best of all groups of one narrow width gains by accident, and the
# further nats for every factor e by which there is room for more of them.
CHANCE, SLOPE = 7.0, 1.5

# The share of the distance between values that a group's sd must reach to be resolved. It
# is 1 / sqrt(2 pi): a narrower normal group gives one value a probability above 1.
RESOLVED = 0.4


def cost(
    mixtures: Mixture,
    log_likelihoods: np.ndarray | float,
    constraints: Constraints,
    points: Points,
) -> np.ndarray:
    """The cost that the choice subtracts from the log-likelihoods of mixtures, in nats.

    It is the price of the groups (equation P1), in units of the evidence of one value
    (equation P2), and the gain of the log-likelihoods by groups that the points do not
    resolve (equation P3).
    """
    variances = mixtures.variances
    least = least_resolved(mixtures, constraints, points)
    noise = points.noise_level
    if not (variances < least).any():
        return points.unit * price(variances, noise=noise).sum(axis=-1)
    resolved = _places(np.maximum(least, variances), noise)
    most_places = np.where(
        variances < least, np.maximum(points.values.size, resolved), np.inf
    )
    groups = price(variances, most_places, noise)
    lost = unresolved(mixtures, log_likelihoods, least, points)
    return points.unit * groups.sum(axis=-1) + lost


def height(mixtures: Mixture, constraints: Constraints, points: Points) -> np.ndarray:
    """The log-likelihoods of mixtures less their costs, in nats, which rank them."""
    log_likelihoods = e_step(points, mixtures).log_likelihood
    return log_likelihoods - cost(mixtures, log_likelihoods, constraints, points)


def price(
    variances: np.ndarray,
    most_places: np.ndarray | float = np.inf,
    noise: np.ndarray | float = 0.0,
    n_components: int | None = None,
) -> np.ndarray:
    """The price of each of L groups (..., L), in nats (equation P1).

    Close to the usual width ``1 / L`` it is the cost of one further cell at that distance
    from the mean. A narrower group pays no more than the best of all groups of its width
    gains by accident; there is room for ``1 / (L sd)`` of them, or `most_places`.
    Groups are compared as they are seen, through the noise.
    """
    ratio = np.square(_places(variances, noise, n_components))
    near = 0.5 * (ratio - np.log(ratio) - 1)
    places = np.clip(np.sqrt(ratio), 1.0, most_places)
    return np.where(ratio > 1, np.minimum(near, CHANCE + SLOPE * np.log(places)), near)


def _places(
    variances: np.ndarray,
    noise: np.ndarray | float = 0.0,
    n_components: int | None = None,
) -> np.ndarray:
    """The number of groups of these widths that have room within one of the usual width."""
    usual = 1 / (n_components or variances.shape[-1]) ** 2
    return np.sqrt((usual + noise) / (variances + noise))


def least_resolved(
    mixtures: Mixture, constraints: Constraints, points: Points
) -> np.ndarray:
    """The variances (..., L) below which the points do not resolve a group.

    A group must be as wide as the distance between values, and as its own bin: beside that
    others may be opened. They are 0 where nothing is asked: of fixed variances, and of
    noisy points.
    """
    least = narrowest_shown(points, mixtures.means)
    return np.where(constraints.free.variances, least, 0.0)


def narrowest_shown(points: Points, means: np.ndarray) -> np.ndarray:
    """The variances (..., L) below which the points resolve no group at these means."""
    if points.noisy:
        return np.zeros(means.shape)
    apart = np.maximum(points.apart_at(means), points.width_at(means))
    return np.square(RESOLVED * apart)


def unresolved(
    mixtures: Mixture,
    log_likelihoods: np.ndarray | float,
    least: np.ndarray,
    points: Points,
) -> np.ndarray:
    """The gain of mixtures by groups below their `least` variances, in nats."""
    loss = np.zeros(mixtures.variances.shape[:-1])
    rows = (mixtures.variances < least).any(axis=-1)
    if rows.any():
        blunt = mixtures._replace(variances=np.maximum(mixtures.variances, least))
        if loss.ndim:
            points, blunt = (
                points.only(np.asarray(rows)),
                Mixture(*(part[rows] for part in blunt)),
            )
        blunted = e_step(points, blunt).log_likelihood
        loss[rows] = np.asarray(log_likelihoods)[rows] - blunted
    return loss
