"""What a distribution says where a group has no spread but may have some.

A variance that ended at 0 has no standard error. The profile likelihood says how large it
may be, and the mixture that is the likeliest with that variance says what would change.
"""

import numpy as np
from scipy.stats import chi2
from sklearn.base import clone

from ..estimator.parts import constraints_of, fixed_of, mixture_of, read_cells
from ..numerics.ascent.profile_likelihood import Profile, profile_interval_ends
from ..numerics.model.mixture import standardise, unstandardise
from .delta import Answers


def wider_mixtures(model, X, sample_weight, level):
    """Mixtures in which a free variance that ended at 0 is as large as it may be.

    There is one for each such variance whose profile interval has an upper end.
    """
    free = np.isnan(fixed_of(model).variances)
    zero = np.flatnonzero(free & (model.variances_ == 0) & (model.weights_ > 0))
    if not zero.size:
        return []
    cells, points = read_cells(clone(model), X, sample_weight)
    units = cells.centre, cells.scale
    given = standardise(mixture_of(model), *units)
    constraints = constraints_of(model, cells, fixed_of(model))
    found = []
    for group in zero:
        profile = Profile(points, given, constraints, 2, group)
        _, upper = profile_interval_ends(profile, 0.5 * chi2.ppf(level, 1))
        if np.isfinite(upper):
            profile.loss(upper)
            found.append(unstandardise(profile.found[-1][1], *units))
    return found


def leave_out(answers, others):
    """Answers without errors and intervals where one of the `others` is outside of these.

    `others` are the same values of wider mixtures.
    """
    values, errors, lower, upper = answers
    outside = np.zeros(values.shape, dtype=bool)
    for other in others:
        outside |= (other < lower) | (other > upper)
    return Answers(values, *(np.where(outside, np.nan, p) for p in (errors, lower, upper)))
