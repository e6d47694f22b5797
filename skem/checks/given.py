"""Checks of parameters beside a mixture that is given, and their error messages."""

import numpy as np

# Parameters with a value for each group: those that start a fit, and those that hold fixed.
STARTS = ("weights_init", "means_init", "variances_init")
FIXED = ("fixed_weights", "fixed_means", "fixed_variances")


def check_unused(parameters):
    """Raise if a parameter of the constructor has no use where the mixture is given."""
    if "n_components" in parameters:
        raise ValueError(
            f"n_components={parameters['n_components']!r}: the number of groups is that of "
            "the given weights. Leave it out."
        )
    for name in STARTS:
        if parameters.get(name) is not None:
            raise ValueError(
                f"{name}={parameters[name]!r}: a fit can start from the given mixture, but "
                "not from another one too. Leave it out, or fit without from_parameters."
            )
    if parameters.get("prior_count") and not parameters.get("warm_start"):
        raise ValueError(
            f"prior_count={parameters['prior_count']!r} is about a fit, and the mixture is "
            "given. Leave it out, or pass warm_start=True and fit from here."
        )


def check_agreement(given, fixed, tied_variances):
    """Raise if fixed values (NaN where free) or tied variances contradict a mixture."""
    for part, held, values in zip(given._fields, fixed, given, strict=True):
        if not np.array_equal(held, np.where(np.isnan(held), np.nan, values), True):
            raise ValueError(
                f"fixed_{part}={held.tolist()}, and the given {part} are "
                f"{values.tolist()}: fixed values must be those of the mixture, or NaN."
            )
    if tied_variances and np.ptp(given.variances) > 0:
        raise ValueError(
            f"tied_variances=True, and the given variances are "
            f"{given.variances.tolist()}: tied variances are equal. Pass equal ones, or "
            "leave tied_variances out."
        )
