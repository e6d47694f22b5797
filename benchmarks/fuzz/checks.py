"""Checks of a fit, of its answers, and of the message of a refusal."""

import re
import traceback
import warnings

import numpy as np
from sklearn.utils._param_validation import InvalidParameterError

from skem import DeconvolvedGaussianMixture

from .textbook import (
    PARTS,
    Groups,
    climb,
    fixed_values,
    memberships,
    observe,
    observed,
    published,
    rounding,
)

# The most nats that the steps of EM may gain.
GAIN = 1e-4

# The relative rounding error of a mean log-likelihood.
SUMMED = 1e-14

# The relative difference below which values count as equal, and the share of the mass
# below which a group counts as empty.
SAME, NO_WEIGHT = 1e-9, 1e-12

# The least number of characters of a message with a remedy.
SHORTEST_REMEDY = 60


def check(estimator, X, sample_weight, verbose=False):
    """Failures, marks, and the message of a refusal, of a fit and its answers."""
    before = X.copy()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator.fit(X, sample_weight=sample_weight)
            found = [*answer_faults(estimator, X, sample_weight)]
        except Exception as error:
            if verbose:
                traceback.print_exc()
            found = [*refusal_faults(estimator, X, sample_weight, error)]
            return found, ["refused"], str(error)
    for warning in caught:
        if verbose:
            print(f"{warning.category.__name__}: {warning.message}")
        if issubclass(warning.category, RuntimeWarning):
            place = f"{'/'.join(warning.filename.split('/')[-3:])} line {warning.lineno}"
            found.append(f"RuntimeWarning {warning.message} in {place}: {warning.filename}")
    if not np.array_equal(before, X, equal_nan=True):
        found.append("X was changed: in place")
    data = observe(estimator, X, sample_weight)
    told = any(issubclass(w.category, UserWarning) for w in caught)
    marks = ["warned"] * told
    found += attribute_faults(estimator, data)
    if not estimator.converged_:
        marks.append("not converged")
        if not told:
            found.append("not converged in silence: no warning")
        return found, marks, ""
    if not told:
        found += group_faults(estimator, data)
    if estimator.solver == "newton":
        marks.append("climbed")
        found += climb_faults(estimator, data)
    return found, marks, ""


def refusal_faults(estimator, X, sample_weight, error):
    """Faults of an exception: of its class, message, reason or traceback."""
    message = str(error)
    names = "|".join(["X", "sample_weight", *estimator.get_params()])
    if type(error) not in (ValueError, InvalidParameterError):
        yield f"{type(error).__name__} {without_numbers(message)}: {message}"
    elif len(message) <= SHORTEST_REMEDY or not re.search(rf"\b({names})\b", message):
        yield f"refused without a remedy: {message}"
    elif hasattr(estimator, "weights_"):
        yield f"refused after publication: {message}"
    elif " different " in message:
        fixed = fixed_values(estimator)
        n_moving = np.isnan(fixed.means + fixed.variances).sum()
        values, errors, _ = observed(estimator, X, sample_weight)
        n_values = np.unique(values).size
        if n_values >= max(n_moving, 1 if errors.all() else 2):
            reason = f"{n_values} values, {n_moving} groups with more than a free weight"
            yield f"refused without need: {reason}: {message}"


def attribute_faults(fitted, data):
    """Faults of the fitted attributes."""
    for name in ("weights_", "means_", "variances_", "log_likelihoods_"):
        if not np.isfinite(value := getattr(fitted, name)).all():
            yield f"{name} not finite: {value}"
    if not fitted.remaining_gain_ >= 0:
        yield f"remaining_gain_ is no gain: {fitted.remaining_gain_}"
    history = fitted.log_likelihoods_
    if (fall := -np.diff(history).min(initial=0)) > SAME * max(1, np.abs(history).max()):
        yield f"log_likelihoods_ fall: by {fall:.3g}"
    if fitted.log_likelihood_ != history[-1]:
        yield f"log_likelihood_ is not the last: {fitted.log_likelihood_} {history[-1]}"
    weights, variances = fitted.weights_, fitted.variances_
    if weights.min() < 0 or abs(weights.sum() - 1) > weights.size * np.finfo(float).eps * 8:
        yield f"weights_ are no shares: {weights}"
    if variances.min() < 0:
        yield f"variances_ negative: {variances}"
    free = np.isnan(fixed_values(fitted).variances)
    if (variances < fitted.variance_floor_ * (1 - SAME))[free].any():
        yield f"variances_ below the floor: {variances} {fitted.variance_floor_}"
    for name in PARTS:
        given, value = getattr(fitted, f"fixed_{name}"), getattr(fitted, f"{name}_")
        if given is not None and not np.all(np.isnan(given) | (given == value)):
            yield f"fixed_{name} not kept: {value}"
    if fitted.tied_variances and np.ptp(variances) > SAME * variances.max():
        yield f"tied variances differ: {variances}"
    yield from optima_faults(fitted, data)


def optima_faults(fitted, data):
    """Faults of the array of optima, whose first row is the published fit."""
    optima = fitted.optima_
    for name in optima.dtype.names:
        if not np.isfinite(optima[name]).all():
            yield f"optima_ not finite: {name} {optima[name]}"
    for name in PARTS:
        if not np.array_equal(optima[name][0], value := getattr(fitted, f"{name}_")):
            yield f"optima_ does not begin with the fit: {name} {optima[name][0]} {value}"
    heights = optima["log_likelihood"] * float(data.mass.sum()) - optima["cost"]
    if np.any(np.diff(heights[1:]) > SAME * np.abs(heights).max()):
        yield f"optima_ not sorted: {heights}"


def group_faults(fitted, data):
    """Groups that a converged fit should have warned of."""
    groups = published(fitted, data)
    weights, means, variances = groups
    shares = memberships(groups, data).sum(axis=1) / data.mass.sum()
    fixed = Groups(*(~np.isnan(part) for part in fixed_values(fitted)))
    scales = fixed.variances | fitted.tied_variances
    placed = fixed.means & scales  # the caller placed them
    least = np.minimum(weights, shares)
    if fixed.weights.any():  # these determine the others
        least = shares
    empty = (least < NO_WEIGHT) & ~placed
    if empty.any():
        how = circumstances(fitted, np.any(fixed, axis=0)[empty].all())
        yield f"a group without cells {how}: {fitted.weights_}, {shares.astype(float)}"
    totals = variances + data.noise.min()
    for k, j in zip(*np.triu_indices(weights.size, 1), strict=True):
        pair = [k, j]
        near = abs(means[k] - means[j]) <= SAME * np.sqrt(totals[k])
        same = abs(variances[k] - variances[j]) <= SAME * totals[k]
        if near and same and not placed[pair].all():
            how = circumstances(fitted, (fixed.means | scales)[pair].any())
            what = "groups" if variances[k] > 0 else "point masses"
            yield f"two {what} are one {how}: {k} and {j}, weights {fitted.weights_}"
            return


def circumstances(fitted, held):
    """Whether parameters are constrained, or a start was given, in words."""
    if held:
        return "(held by constraints)"
    given = any(getattr(fitted, f"{name}_init") is not None for name in PARTS)
    return "(free, from a given start)" if given else "(free)"


def answer_faults(fitted, X, sample_weight):
    """Faults of the answers about the fitted rows."""
    noisy = isinstance(fitted, DeconvolvedGaussianMixture)
    there = ~np.isnan(X).any(axis=1) if noisy else ~np.isnan(X)
    answered = np.ones(len(X), bool) if noisy else there
    proba = fitted.predict_proba(X)
    eps = np.finfo(proba.dtype).eps * proba.shape[-1] * 8
    if not np.all(np.abs(proba[answered].sum(axis=-1) - 1) <= eps):
        yield f"predict_proba does not sum to 1: {proba[answered].sum(axis=-1)}"
    if not np.isnan(proba[~answered]).all():
        yield "predict_proba of missing cells: not NaN"
    if not np.array_equal(fitted.predict(X) >= 0, answered):
        yield "predict: not -1 exactly where a cell is missing"
    if not np.isfinite(summaries := fitted.transform(X)).all():
        yield f"transform not finite: {summaries[~np.isfinite(summaries).all(axis=1)][:3]}"
    if not np.array_equal(np.isfinite(fitted.score_samples(X)), there):
        yield "score_samples: not finite exactly where a cell is observed"
    score = fitted.score(X, sample_weight=sample_weight)
    data = observe(fitted, X, sample_weight)
    gap = abs(score - fitted.log_likelihood_)
    allowed = SAME * max(1.0, abs(score)) + rounding(fitted, data)[0]
    if not gap <= allowed:
        yield f"score is not log_likelihood_: by {gap:.3g}, {allowed:.3g} allowed"


def climb_faults(fitted, data):
    """Faults of a converged fit from which steps of EM gain too much."""
    gain, allowed = climb(fitted, data), rounding(fitted, data)[1]
    # Twice Newton's decrement bounds the gain at a quadratic top.
    allowed += max(GAIN, 2 * fitted.tol)
    # A gain below the rounding error of the sum is no gain.
    allowed += SUMMED * data.mass.sum() * max(1.0, abs(fitted.log_likelihood_))
    if not gain <= allowed:
        yield f"EM gains: {gain:.3g} nats, {allowed:.3g} allowed"


def without_numbers(message):
    """The beginning of a message, without the values that were received."""
    return re.sub(r"\[.*?\]|[-+]?\d[\d.e+-]*", "#", message)[:70]
