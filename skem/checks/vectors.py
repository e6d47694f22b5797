"""Checks of alphas and shares that are asked about, and their error messages."""

import numpy as np


def check_alphas(name, alphas):
    """Raise if `alphas` is no finite number or sequence of such; return them as (n,)."""
    values = _read_vector(name, alphas, "alphas, such as 0.0 or [0.0, 0.01]")
    if not np.isfinite(values).all():
        place = int(np.argmin(np.isfinite(values)))
        raise ValueError(
            f"{name} holds {values[place]} at {place}: only finite alphas are on the scale "
            "of skill. Pass finite numbers."
        )
    return values


def check_probabilities(probabilities):
    """Raise if `probabilities` are not between 0 and 1; return them as (n,)."""
    values = _read_vector("probabilities", probabilities, "shares, such as 0.9")
    outside = ~((values > 0) & (values < 1))
    if outside.any():
        place = int(np.argmax(outside))
        raise ValueError(
            f"probabilities holds {values[place]} at {place}: a share must lie between 0 "
            "and 1. Pass 0.9 for the alpha that one in ten exceeds."
        )
    return values


def _read_vector(name, values, what):
    """The numbers as float64 (n,); a single one becomes (1,)."""
    try:
        numbers = np.atleast_1d(np.asarray(values))
    except ValueError as error:  # rows of different lengths
        raise TypeError(f"{name}={values!r} is no vector of {what}.") from error
    if numbers.dtype.kind not in "iuf" or numbers.ndim != 1 or not numbers.size:
        raise TypeError(
            f"{name}={values!r} must be a number, or a sequence of at least one. Pass "
            f"{what}."
        )
    return numbers.astype(np.float64)
