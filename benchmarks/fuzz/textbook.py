"""The textbook's EM, from a published mixture, in extended precision."""

from typing import NamedTuple

import numpy as np

from skem import DeconvolvedGaussianMixture

# The steps of EM from a converged fit.
N_STEPS = 30

EPS = np.finfo(float).eps
PARTS = "weights", "means", "variances"


class Data(NamedTuple):
    """Observed values, noise variances and masses (n,), in units of `scale` from `centre`.

    They are in extended precision if the machine has it, because gains are differences of
    sums.
    """

    values: np.ndarray
    noise: np.ndarray
    mass: np.ndarray
    centre: np.longdouble
    scale: np.longdouble


class Groups(NamedTuple):
    """Weights, means and variances (L,)."""

    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray


class Limits(NamedTuple):
    """Fixed Groups, NaN where free; whether variances are tied; the lowest variances."""

    fixed: Groups
    tied: bool
    floors: np.ndarray


def observed(estimator, X, sample_weight):
    """Values, standard errors and masses (n,) of the observed cells with a weight."""
    X = X.astype(np.longdouble)
    mass = np.ones(len(X)) if sample_weight is None else sample_weight
    if isinstance(estimator, DeconvolvedGaussianMixture):
        values, errors = X.T
    else:
        values, errors = X.ravel(), np.zeros(X.size)
        mass = np.repeat(mass, X.shape[1])
    there = ~np.isnan(values + errors) & (mass > 0)
    return values[there], errors[there], mass[there].astype(np.longdouble)


def observe(estimator, X, sample_weight):
    """The Data of the rows that count."""
    values, errors, mass = observed(estimator, X, sample_weight)
    centre = mass @ values / mass.sum()
    scale = np.sqrt(mass @ np.square(values - centre) / mass.sum())
    if scale == 0:
        centre, scale = values[0], errors.max() or abs(values[0]) or np.longdouble(1)
    return Data((values - centre) / scale, np.square(errors / scale), mass, centre, scale)


def fixed_values(estimator):
    """The fixed Groups in the units of X, NaN where free."""
    free = np.full(estimator.n_components, np.nan)
    parts = (getattr(estimator, f"fixed_{name}") for name in PARTS)
    return Groups(*(free if part is None else np.array(part, float) for part in parts))


def standard(groups, data):
    """Groups in the units of the data."""
    weights, means, variances = (part.astype(np.longdouble) for part in groups)
    return Groups(weights, (means - data.centre) / data.scale, variances / data.scale**2)


def published(fitted, data):
    """The fitted Groups in the units of the data."""
    return standard((fitted.weights_, fitted.means_, fitted.variances_), data)


def limits_of(fitted, groups, data):
    """The Limits of a fit to standard `groups`, whose variances keep them."""
    fixed = standard(fixed_values(fitted), data)
    floor = np.longdouble(fitted.variance_floor_) / data.scale**2
    return Limits(fixed, fitted.tied_variances, np.minimum(floor, groups.variances))


def log_joint(groups, data):
    """Log of weight times density, (L, n)."""
    totals = groups.variances[:, None] + data.noise
    square = np.square(data.values - groups.means[:, None]) / totals
    with np.errstate(divide="ignore"):
        logs = np.log(groups.weights)[:, None] - 0.5 * np.log(2 * np.pi * totals)
    return logs - 0.5 * square


def log_likelihood(groups, data):
    """The total, in nats."""
    joint = log_joint(groups, data)
    peak = joint.max(axis=0)
    return data.mass @ (peak + np.log(np.exp(joint - peak).sum(axis=0)))


def memberships(groups, data):
    """Probabilities of the groups, times the mass, (L, n)."""
    joint = log_joint(groups, data)
    p = np.exp(joint - joint.max(axis=0))
    return p * (data.mass / p.sum(axis=0))


def em_step(groups, data, limits):
    """One step of EM; with noise, that of Bovy, Hogg and Roweis (2011).

    A point mass stays one. Only its group counts as missing data, so its mean moves to the
    mean weighted by precision. With the true values as missing data it would not move.
    """
    p = memberships(groups, data)
    mass = p.sum(axis=1)
    alive = mass > 0
    divisor = np.where(alive, mass, 1)
    totals = groups.variances[:, None] + data.noise
    own = groups.variances[:, None] / totals
    true = groups.means[:, None] + own * (data.values - groups.means[:, None])
    means = (p * true).sum(axis=1) / divisor
    if (points := groups.variances == 0).any():
        precise = p[points] / totals[points]
        means[points] = precise @ data.values / np.maximum(precise.sum(axis=1), 1e-300)
    means = np.where(np.isnan(limits.fixed.means), means, limits.fixed.means)
    means = np.where(alive, means, groups.means)
    square = (p * (np.square(true - means[:, None]) + own * data.noise)).sum(axis=1)
    variances = np.where(alive, square / divisor, groups.variances)
    if limits.tied:
        variances = np.full(mass.size, square.sum() / mass.sum())
    variances = np.where(points, 0, variances)
    return within(Groups(mass, means, variances), limits)


def within(groups, limits):
    """Groups with fixed values in place, weights that sum to 1, and variances bounded."""
    free = Groups(*map(np.isnan, limits.fixed))
    weights, variances = groups.weights, np.maximum(groups.variances, limits.floors)
    if (held := weights[free.weights].sum()) > 0:
        weights = weights * ((1 - limits.fixed.weights[~free.weights].sum()) / held)
    parts = weights, groups.means, variances
    return Groups(*map(np.where, free, parts, limits.fixed))


def climb(fitted, data):
    """The nats that steps of EM gain from the published parameters.

    The steps are made in double precision. The log-likelihoods before and after are
    compared in the precision of the data.
    """
    start = groups = published(fitted, data)
    limits = limits_of(fitted, start, data)
    fast, floors = in_double(data), limits.floors.astype(float)
    fast_limits = limits._replace(fixed=in_double(limits.fixed), floors=floors)
    for _ in range(N_STEPS):
        groups = em_step(in_double(groups), fast, fast_limits)
    end = within(Groups(*(part.astype(np.longdouble) for part in groups)), limits)
    return float(log_likelihood(end, data) - log_likelihood(within(start, limits), data))


def in_double(parts):
    """A tuple of arrays in double precision."""
    return type(parts)(*(part.astype(float) for part in parts))


def rounding(fitted, data):
    """Bounds of the rounding errors of the mean log density, and of the total at a top.

    Cells and means are known to within ``d = 2 eps (|mean| + |centre|)``. In a group whose
    standard deviation is tau, the log density of a value ``u tau`` from the mean changes by
    up to ``d |u| / tau + d^2 / (2 tau^2)``. At a top the first terms add up to 0.
    """
    groups = published(fitted, data)
    p = memberships(groups, data)
    taus = np.sqrt(groups.variances[:, None] + data.noise)
    blur = 2 * EPS * (np.abs(fitted.means_) + np.abs(data.centre)) / data.scale
    first = blur[:, None] / taus * np.abs(data.values - groups.means[:, None]) / taus
    second = 0.5 * np.square(blur[:, None] / taus)
    mean = (p * (first + second)).sum() / data.mass.sum()
    return float(mean), float((p * second).sum())
