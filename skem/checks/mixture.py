"""Checks of the parameters of a mixture, and their error messages."""

import numpy as np

from ..numerics.model.mixture import Mixture
from .grid import read_numbers
from .plain import plain_vector

# The greatest distance of a parameter from X, in standard deviations (or variances) of X,
# and of X from a group, in those of the group: fourth powers must be finite.
FARTHEST = 1e50


def check_reach(given, names, least_noise=0.0):
    """Raise if starting or fixed values are too far from the cells to compute with.

    `given` is a Mixture in the cells' standard units, NaN where no value is given. The
    variance `least_noise` adds to that of every group.
    """
    for name, distance in ((names[1], given.means), (names[2], given.variances)):
        if (np.abs(distance) > FARTHEST).any():
            raise ValueError(
                f"{name} lies {np.nanmax(np.abs(distance)):.3g} standard units from the "
                f"values of X: it must be within {FARTHEST:g}. Give it in the units of X."
            )
    sds = np.sqrt(given.variances + least_noise)
    narrow = np.fmax(np.abs(given.means), 1.0) > FARTHEST * sds
    if np.any(narrow & (given.variances > 0)):  # a start of 0 is put on the floor
        raise ValueError(
            f"{names[2]} has a standard deviation {np.nanmin(sds):.3g} times as large as "
            f"that of X: the ratio must be at least {1 / FARTHEST:g}, and that to the "
            "distance of the group's mean from X as well. Give a larger variance, in "
            "squared units of X."
        )


def check_mixture(
    weights, means, variances, length, *, suffix="", source="weights", point_masses=False
):
    """Raise if weights, means or variances of `length` groups are invalid.

    Returns a Mixture of float64 arrays; a parameter that is None becomes NaN, which
    means free. A variance may be 0 only if `point_masses` are possible. In the messages,
    `suffix` ends the parameters' names, and `source` names the parameter that determines
    their length.
    """
    if weights is None and means is None and variances is None:
        return _all_free(length)
    needed = f"{source} needs ({length},): one value per group"
    given = Mixture(
        _vector(f"weights{suffix}", weights, length, needed),
        _vector(f"means{suffix}", means, length, needed),
        _vector(f"variances{suffix}", variances, length, needed),
    )
    _check_positive(f"weights{suffix}", given.weights)
    _check_positive(f"variances{suffix}", given.variances, point_masses)
    total = float(given.weights.sum())
    if abs(total - 1) > 1e-8:
        raise ValueError(
            f"weights{suffix}={given.weights.tolist()} sums to {total!r}: weights must sum "
            f"to 1. Divide them by {total:.6g}."
        )
    return given


def check_groups(weights, means, variances, *, point_masses):
    """Raise if one of weights, means and variances is None, or they are invalid.

    Returns a Mixture of float64 arrays.
    """
    given = {"weights": weights, "means": means, "variances": variances}
    for name, values in given.items():
        if values is None:
            raise TypeError(f"{name}=None: weights, means and variances are all needed.")
    length = np.size(weights)
    return check_mixture(weights, means, variances, length, point_masses=point_masses)


def check_sds(sds, length):
    """Raise if `sds` are not `length` finite numbers of at least 0.

    Returns a float64 array. A group with 0 is at one point.
    """
    sds = _vector("sds", sds, length, f"weights needs ({length},): one value per group")
    if np.any(sds < 0):
        raise ValueError(
            f"sds={sds.tolist()}: no entry may be negative. Pass standard deviations; 0 "
            "puts all of a group at its mean."
        )
    return sds


def _check_positive(name, values, or_zero=False):
    if np.any((values < 0) | ((values == 0) & (not or_zero))):
        raise ValueError(
            f"{name}={values.tolist()}: every entry must be positive. Leave an empty group "
            "out, or give it a small value."
        )


def _all_free(length):
    return Mixture(*np.full((3, length), np.nan))


def _vector(name, values, length, needed, *, missing=False):
    if values is None:
        return np.full(length, np.nan)
    if (plain := plain_vector(values, missing=missing)) is not None:
        values = plain.copy()
    else:
        finite = "allow-nan" if missing else True
        how = {"ensure_2d": False, "ensure_all_finite": finite, "copy": True}
        values = read_numbers(name, values, f"Pass finite numbers: {needed}.", **how)
    if values.shape != (length,):
        raise ValueError(
            f"{name} has shape {values.shape}, {needed}. Change one of the two."
        )
    return values


def check_fixed(
    weights, means, variances, n_components, tied_variances, *, point_masses=False
):
    """Raise if the values to hold fixed are invalid or contradict each other.

    Returns a Mixture of float64 arrays, NaN where free. A variance may be 0 only if
    `point_masses` are possible.
    """
    if weights is None and means is None and variances is None:
        return _all_free(n_components)
    needed = f"n_components={n_components} needs ({n_components},): NaN where free"
    given = {"weights": weights, "means": means, "variances": variances}
    vectors = {
        name: _vector(f"fixed_{name}", values, n_components, needed, missing=True)
        for name, values in sorted(given.items(), key=lambda item: item[1] is None)
    }  # what is given has its length checked before n_components numbers are made
    fixed = Mixture(**vectors)
    _check_positive("fixed_weights", fixed.weights)
    _check_positive("fixed_variances", fixed.variances, point_masses)
    total, n_free = float(np.nansum(fixed.weights)), np.isnan(fixed.weights).sum()
    rest = 1 - total
    if (n_free and rest <= 1e-8) or (not n_free and abs(rest) > 1e-8):
        raise ValueError(
            f"fixed_weights={fixed.weights.tolist()} sums to {total!r}: the sum must be 1 "
            "if all weights are fixed, and below 1 if some are free (NaN), which share the "
            "rest. Lower a weight, or free one."
        )
    if tied_variances and not np.isnan(fixed.variances).all():
        raise ValueError(
            f"fixed_variances={fixed.variances.tolist()} contradicts tied_variances=True: "
            "one common variance cannot be partly fixed. Fix every variance at the same "
            "value with tied_variances=False, or fix none."
        )
    return fixed


def check_size(n_components, size):
    """Raise if X has fewer cells than groups, before anything of their number is made."""
    if n_components > size:
        raise ValueError(
            f"X has {size} values at most, n_components={n_components} needs at least "
            f"{n_components} different ones: every group with a free mean or variance has "
            "one of its own. Ask for fewer groups."
        )


def count_movable(fixed):
    """The number of groups whose mean or variance is free."""
    return int(np.count_nonzero(np.isnan(fixed.means) | np.isnan(fixed.variances)))


def check_n_components(n_components):
    """Raise if `n_components` is a bool, which Python takes for an integer."""
    if isinstance(n_components, (bool, np.bool_)):
        raise TypeError(
            f"n_components={n_components!r} must be an integer of at least 1. Pass the "
            "number of groups."
        )


def check_no_point_mass(variances):
    """Raise if a variance is 0: a point mass has no density."""
    if (variances == 0).any():
        raise ValueError(
            f"variances_={variances.tolist()} has a point mass, which has no density. Draw "
            "from the mixture with sample, or fix positive variances."
        )


def check_warm_start(n_fitted, n_components):
    """Raise if the previous fit has another number of groups."""
    if n_fitted != n_components:
        raise ValueError(
            f"n_components={n_components}, and warm_start=True would start from the "
            f"{n_fitted} groups of the previous fit: the numbers must be equal. Set "
            f"warm_start=False, or n_components={n_fitted}."
        )
