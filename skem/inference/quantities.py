"""What a table of estimates has a row for, with the scale of its interval."""

import numpy as np
from scipy.special import expit

from ..estimator.point_masses import undecided, warn_of_point_masses
from ..numerics.model.distribution import tails
from ..numerics.model.mixture import standardise
from .delta import Quantities, tail_shares


def quantities(mixture, standard, factor):
    """Weights, means, sds and the share of positive alphas, as Quantities by kind.

    Gradients are by means in `standard` units. Means and sds are multiplied by `factor`.
    """
    weights, means = mixture.weights, factor * mixture.means
    sds, rest = factor * np.sqrt(mixture.variances), weights.sum() - weights
    by_weight, by_mean, by_variance = np.split(np.eye(3 * weights.size), 3, axis=1)
    by_variance *= 0.5 * np.where(sds > 0, sds, 1.0)  # not 0: the error may be unknown
    with np.errstate(divide="ignore"):  # the interval at the end of a range is a point
        odds, log_sds = np.log(weights) - np.log(rest), np.log(sds)
        by_odds, by_log = 1 / (weights * rest), 1 / sds
    slopes = np.ones(means.size)
    return {
        "weight": Quantities(weights, weights * by_weight, odds, by_odds, expit),
        "mean": Quantities(means, factor * standard * by_mean, means, slopes, np.positive),
        "sd": Quantities(sds, by_variance, log_sds, by_log, np.exp),
        "share": _positive(mixture, standard),
    }


def _positive(mixture, standard):
    """The share of the population with a positive alpha (equation V4)."""
    found = tails(standardise(mixture, 0.0, standard), np.zeros(1))
    return tail_shares(found.above, found.below, found.gradients)


def doubt_of_share(model, threshold):
    """NaN if a point mass may be on either side of the threshold, or 0.

    A warning names the groups beside the threshold, which is in the units of X.
    """
    groups = undecided(model, threshold)
    lost = (model.variances_[groups] == 0).any()
    share = f"the share with alpha > {threshold:g}"
    end = f" So {share} has no standard error." if lost else ""
    warn_of_point_masses(model, threshold, groups, end)
    return np.nan if lost else 0.0
