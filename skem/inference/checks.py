"""What callers of this package may pass, and what they are told when it will not do."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np

from ..mixture import PanelGaussianMixture

CRITERIA = ("aic", "bic", "icl")

# Parameters of an estimator that have one entry per group.
PER_GROUP = (
    "weights_init",
    "means_init",
    "variances_init",
    "fixed_weights",
    "fixed_means",
    "fixed_variances",
)


def check_numbers(n_components):
    """The numbers of groups as a list of int."""
    remedy = "Pass integers of at least 1, such as range(1, 7)."
    if not isinstance(n_components, Iterable) or isinstance(n_components, str):
        raise TypeError(f"n_components={n_components!r} is not a sequence. {remedy}")
    numbers = list(n_components)
    if not numbers:
        raise ValueError(f"n_components={n_components!r} is empty. {remedy}")
    for number in numbers:
        if isinstance(number, (bool, np.bool_)) or not isinstance(number, Integral):
            raise TypeError(f"n_components holds {number!r}, not an integer. {remedy}")
        if number < 1:
            raise ValueError(f"n_components holds {number!r}. {remedy}")
    return [int(number) for number in numbers]


def check_criterion(criterion):
    """Refuse any criterion but those of CRITERIA."""
    if criterion not in CRITERIA:
        raise ValueError(
            f'criterion={criterion!r} must be "aic", "bic" or "icl". "bic" is the default.'
        )


def check_estimator(estimator):
    """A PanelGaussianMixture whose parameters suit any number of groups."""
    if estimator is None:
        return PanelGaussianMixture()
    if not isinstance(estimator, PanelGaussianMixture):
        raise TypeError(
            f"estimator={estimator!r} must be a PanelGaussianMixture, whose parameters are "
            "used for every fit. Pass PanelGaussianMixture(...)."
        )
    given = [name for name in PER_GROUP if getattr(estimator, name) is not None]
    if given:
        raise ValueError(
            f"estimator has {', '.join(given)}: one entry per group suits one number of "
            "groups only, and several are fitted. Leave them out, or fit each number of "
            "groups yourself and compare bic(X)."
        )
    return estimator
