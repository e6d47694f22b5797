"""Groups that the data do not tell from a point mass at a threshold."""

import numpy as np

from ..numerics.ascent.point_masses import undecided_groups
from ..numerics.model.mixture import standardise
from .callbacks import warn
from .parts import mixture_of


def undecided(fitted, threshold):
    """Numbers of the groups of a fit that may be point masses at a threshold of X."""
    if not hasattr(fitted, "_searched"):
        return []
    centre, scale = fitted._units[:2]
    searched = fitted._searched
    # With nothing fixed, groups are published in another order than they were found in.
    given = standardise(mixture_of(fitted), centre, scale)
    place = (threshold - centre) / scale
    return undecided_groups(searched.points, given, searched.constraints, place)


def warn_of_point_masses(fitted, threshold, groups=None, end=""):
    """Warn of groups that may be point masses at a threshold; `end` adds to the message.

    `groups` are the undecided ones, if they are known.
    """
    mixture = mixture_of(fitted)
    for group in undecided(fitted, threshold) if groups is None else groups:
        weight, mean, variance = (part[group] for part in mixture)
        warn(
            f"The estimates do not tell group {group} (weight {weight:.3g}, mean "
            f"{mean:.3g}, sd {np.sqrt(variance):.3g}) from alphas of exactly "
            f"{threshold:g}: chance decides which part of it counts as above.{end} Hold it "
            "there (fixed_means, and fixed_variances of 0), or ask about a threshold that "
            "matters: false_discovery(X, above=...).",
            UserWarning,
        )


def warn_of_no_spread(fitted):
    """Warn of groups whose free variance ended at 0, before intervals of funds."""
    if not hasattr(fitted, "_searched"):
        return
    free = np.isnan(fitted._units[3].variances)
    for group in np.flatnonzero(free & (fitted.variances_ == 0)):
        warn(
            f"Group {group} (weight {fitted.weights_[group]:.3g}) has no spread: its "
            "variance ended at 0 and is taken as known, so intervals of funds in it are "
            "too short, and some have no width. Fit with prior_count=1, ask for fewer "
            "groups, or hold what you know (fixed_means, fixed_variances).",
            UserWarning,
        )
