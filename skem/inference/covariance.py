"""The covariance of a mixture's estimates, by how draws depend on each other."""

from typing import NamedTuple

import numpy as np

from ..checks.grid import check_grid, check_no_infinity, check_observed, check_sample_weight
from ..estimator.callbacks import warn
from ..estimator.parts import (
    constraints_of,
    estimates_of,
    fixed_of,
    mixture_of,
    noisy_cells,
    observation_of,
    place_grid,
)
from ..numerics.likelihood.covariance import ScoreProducts, precision, sum_by_manager
from ..numerics.likelihood.drift import measure_drift
from ..numerics.likelihood.information import sum_centred
from ..numerics.likelihood.shared_noise import shared_products
from ..numerics.model.constraints import Constraints
from ..numerics.model.mixture import exact_scale, stack, standardise
from ..numerics.model.prior import log_prior
from ..numerics.posterior.membership import Evidence
from .checks import check_no_residuals, check_residuals
from .fit_warnings import (
    AT_THE_TOP,
    MONTE_CARLO,
    warn_below_the_top,
    warn_of_drift,
    warn_of_given,
    warn_of_shares,
)
from .fitted import check_draws_for, fitted_mixture


def parameter_covariance(model, X, *, draws=None, sample_weight=None, residuals=None):
    """Compute the covariance matrix of the estimated weights, means and variances.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture, or a search or a pipeline that has fitted one.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and standard errors.
    draws : {"independent", "fixed", "posterior"}, default=None
        How the cells of a manager depend on each other. A grid needs it, because
        standard errors can differ many times over; for estimates None is
        "independent". With "independent", every cell is an
        observation of its own (equation V1). With "fixed", a manager's draws depend on
        each other, as bootstrap draws of one estimate do, and only managers are
        independent (V2, clustered by manager). The groups of bootstrap draws have the
        noise of the estimates in them twice; fit the mean and the sd of each row by
        :class:`skem.DeconvolvedGaussianMixture` instead. With "posterior", each manager's
        draws are from the posterior of that manager's alpha under this mixture, as at the
        end of Monte Carlo EM; every manager needs at least two draws (V3). For estimates
        with standard errors, "independent" is the inverse information, and "fixed" the
        sandwich, which is valid for a wrong mixture too.
    sample_weight : array-like of shape (N,), default=None
        How often each manager counts, as in the fit.
    residuals : array-like of shape (N, T), default=None
        For estimates: the residuals of each fund's regression, as
        :meth:`skem.FactorAlphas.residuals` gives them, NaN where there are none. Funds
        that share residuals share the error of their estimates. The covariance gets a
        term clustered by month, which allows for that. None takes funds as independent.

    Returns
    -------
    covariance : ndarray of shape (3L, 3L)
        The covariance of ``weights_``, ``means_`` and ``variances_``, in this order and
        in their units. Rows and columns of fixed parameters are 0. They are NaN where X
        has no information: for a variance on the floor, a group without cells, and
        parameters along which the log-likelihood does not curve. Variances of variances
        are fourth powers of alphas; if these underflow, use :func:`summarize`.

    Raises
    ------
    ValueError
        If `draws` is another word, X does not suit the model, `residuals` do not suit X,
        or a fixed or tied parameter was changed after the fit.

    Warns
    -----
    UserWarning
        If some standard errors are NaN or hardly identified. If none can be trusted,
        because the model is not at the maximum of X, there are no more than two managers
        for each parameter, or weights are shares. If alphas move with their standard
        errors, which biases what estimates say.

    See Also
    --------
    skem.inference.summarize : The same as a table with intervals.

    References
    ----------
    White (1982), "Maximum likelihood estimation of misspecified models", Econometrica
    50, 1-25; Liang and Zeger (1986), "Longitudinal data analysis using generalized linear
    models", Biometrika 73, 13-22; Louis (1982), "Finding the observed information matrix
    when using the EM algorithm", Journal of the Royal Statistical Society B 44, 226-233.

    Examples
    --------
    >>> import numpy as np
    >>> from skem import PanelGaussianMixture
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import parameter_covariance
    >>> alphas, _ = make_alpha_panel(means=[-0.002, 0.003], random_state=0)
    >>> fitted = PanelGaussianMixture(2).fit(alphas)
    >>> covariance = parameter_covariance(fitted, alphas, draws="independent")
    >>> np.sqrt(np.diag(covariance))[:2].round(4)
    array([0.0032, 0.0032])
    """
    model, X = fitted_mixture(model, X)
    draws = check_draws_for(model, draws)
    found = estimate_precision(model, X, draws, sample_weight, residuals)
    jacobian = np.concatenate(
        [model.weights_, np.full(model.weights_.size, found.scale), model.variances_]
    )
    return jacobian[:, None] * found.covariance * jacobian


class StandardCovariance(NamedTuple):
    """Covariance of log weights, of means in units of `scale`, and of log variances.

    `n` is the number of managers or funds. The log-likelihood is that of X in nats.
    """

    covariance: np.ndarray
    scale: float
    n: float
    n_observations: float
    log_likelihood: float


def estimate_precision(model, X, draws, sample_weight, residuals=None):
    """The StandardCovariance of a fitted model; warn of numbers not to trust."""
    of_grid = observation_of(model) == "cell"
    scores_of = _of_grid if of_grid else _of_estimates
    given = model, X, draws, sample_weight, residuals
    scores, mixture, constraints, scale, seen = scores_of(*given)
    found = precision(scores, mixture, constraints, draws)
    slack = MONTE_CARLO if draws == "posterior" else AT_THE_TOP
    if found.gain >= slack and not hasattr(model, "converged_"):
        warn_of_given(found.gain)
    else:
        _warn(found, mixture, scores.n, constraints.n_parameters, draws, of_grid, slack)
    log_likelihood = seen.log_likelihood - seen.mass * np.log(scale)
    return StandardCovariance(
        found.covariance, scale, scores.n, float(seen.mass), float(log_likelihood)
    )


def _of_grid(model, X, draws, sample_weight, residuals):
    """ScoreProducts, mixture and constraints in standard units, the scale, and Evidence."""
    check_no_residuals(residuals)
    alphas = check_grid(model, X, reset=False)
    mass = check_sample_weight(sample_weight, alphas)
    warn_of_shares(mass)
    grid = place_grid(model, alphas, mass, check=check_no_infinity)
    centre, scale = 0.0, exact_scale(mixture_of(model))
    mixture = standardise(mixture_of(model), centre, scale)
    managers = sum_by_manager(grid, mixture, centre, scale, draws == "posterior")
    check_observed(managers.n_managers, alphas)
    if managers.infinite or (mass is not None and not mass.all()):
        check_no_infinity(grid)
    constraints = Constraints.of(
        standardise(fixed_of(model), centre, scale),
        model.tied_variances,
        model.variance_floor_ / scale**2,
    )
    seen = Evidence(managers.sums.log_likelihood[0], 0.0, managers.sums.mass.sum())
    return managers.score_products(mixture), mixture, constraints, scale, seen


def _of_estimates(model, X, draws, sample_weight, residuals):
    """The same as `_of_grid`, for estimates with standard errors."""
    if draws == "posterior":
        raise ValueError(
            'draws="posterior" is about a grid of draws, and X holds estimates with their '
            'standard errors. Pass draws="independent" (the observed information) or '
            'draws="fixed" (robust to a wrong mixture).'
        )
    cells = noisy_cells(model, estimates_of(model, X, sample_weight))
    warn_of_shares(cells.grid.mass)
    mixture = standardise(mixture_of(model), cells.centre, cells.scale)
    constraints = constraints_of(model, cells, fixed_of(model))
    sums = sum_centred(cells, stack([mixture]))
    rows, units, shared = cells.grid, (cells.centre, cells.scale), None
    warn_of_drift(measure_drift(rows, mixture, constraints, *units))
    if residuals is not None:
        residuals = check_residuals(residuals, rows.table)
        shared = shared_products(rows, mixture, *units, residuals)
    scores = ScoreProducts(sums, sums.products[0], cells.mass, shared)
    height = sums.log_likelihood[0] - log_prior(cells.prior, mixture)
    seen = Evidence(height, 0.0, cells.mass)
    return scores, mixture, constraints, cells.scale, seen


def names_of(which):
    """The names of parameters (3L,), such as ``means_[1]``, that a mask selects."""
    kinds = np.repeat(["weights_", "means_", "variances_"], which.size // 3)
    numbers = np.tile(np.arange(which.size // 3), 3)
    chosen = zip(kinds[which], numbers[which], strict=True)
    return ", ".join(f"{kind}[{number}]" for kind, number in chosen)


def _warn(found, mixture, n, n_parameters, draws, of_grid, slack):
    if draws != "independent" and n <= 2 * n_parameters:
        units = "managers" if of_grid else "funds"
        warn(
            f"X has {n:g} {units} (by sample_weight, if given) and the mixture "
            f"{n_parameters} free parameters: no standard error can be trusted. Use many "
            f"more {units} than parameters, or fix or tie some.",
            UserWarning,
        )
    if found.unknown.any():
        why, remedy = (
            (
                "a variance is 0 or on the floor, a group is empty, or the log-likelihood "
                "does not curve downwards along them",
                "Ask for fewer groups, fix what you know, or take "
                "skem.inference.profile_interval.",
            )
            if draws != "posterior"
            else (
                "the managers have too few draws, which leave only noise",
                "Pass more draws, at least two for each manager; if they are not from "
                'posteriors, pass draws="fixed" or "independent".',
            )
        )
        warn(
            f"X has no information on {names_of(found.unknown)}: {why}. Their standard "
            f"errors are NaN. {remedy}",
            UserWarning,
        )
    warn_below_the_top(found.gain, slack)
    ones = np.ones_like(mixture.weights)
    units = np.concatenate([ones, np.sqrt(mixture.variances), ones])
    error = np.sqrt(np.where(found.unknown, 0.0, found.covariance.diagonal()))
    weak = error > units
    weak[mixture.weights.size : 2 * mixture.weights.size] &= mixture.variances > 0
    if weak.any():
        warn(
            f"{names_of(weak)}: hardly identified. The standard error of a weight or a "
            "variance is larger than the value, or that of a mean is larger than its "
            "group's standard deviation, so intervals mean little. Ask for fewer groups, "
            "take skem.inference.profile_interval, or refit on resampled managers "
            "(skem.inference.bootstrap_managers).",
            UserWarning,
        )
