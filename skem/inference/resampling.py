"""Intervals from refits to resampled managers or funds."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from ..checks.grid import check_distinct, check_extent
from ..checks.mixture import count_movable
from ..checks.scalars import check_group_names, check_level, check_unit, check_whole
from ..estimator.callbacks import warn
from ..estimator.parts import (
    constraints_of,
    estimates_of,
    fixed_of,
    grid_of,
    mixture_of,
    observation_of,
    read_estimates,
)
from ..numerics.ascent.newton import climb, settled
from ..numerics.bootstrap.funds import refit_to_resamples
from ..numerics.bootstrap.managers import bootstrap_fits, match
from ..numerics.data.extent import measure, standard_cells
from ..numerics.model.mixture import stack, standardise, unstandardise
from ..numerics.model.prior import log_prior
from ..numerics.posterior.membership import total_manager_mass
from .checks import check_managers, check_progress
from .facts import FitFacts
from .fit_warnings import warn_below_the_top
from .fitted import fitted_mixture
from .intervals import BaseIntervals, table_of_intervals
from .progress import reporting
from .rows import KINDS, names_of_rows

# The nats that a refit leaves to be gained: 0.0014 of a standard error from the top.
TOL = 1e-6


@dataclass(frozen=True, eq=False, repr=False)
class ManagerBootstrap(BaseIntervals):
    """What ``bootstrap_managers`` makes: estimates, and those of refits.

    Attributes
    ----------
    estimates, standard_errors : dict of str to ndarray of shape (L,)
        "weights", "means" and "sds" of the model, and standard deviations of the samples.
    samples : dict of str to ndarray of shape (B, L)
        Those of every refit, with its groups in the model's order.
    intervals : dict of str to ndarray of shape (L, 2)
        Percentiles of the samples, lower and upper.
    level : float
        The share of the samples in an interval.
    unit : tuple of float and str
        The factor of means and sds, and the name of their unit.
    group_names : list of str
        Names of the groups in the table.
    facts : FitFacts
        The fit in numbers, as in a :class:`Summary`. Of a grid, `aic` and `bic` are those
        of managers.
    on_floor, not_converged : ndarray of bool of shape (B,)
        Which refits ended with a variance on the floor (for estimates that all have noise,
        with a variance of 0), and which below an optimum.
    """

    estimates: dict
    samples: dict
    standard_errors: dict
    intervals: dict
    level: float
    unit: tuple
    group_names: list
    facts: FitFacts
    on_floor: np.ndarray
    not_converged: np.ndarray

    @property
    def names(self):
        """The names of the rows of the table."""
        return names_of_rows(self.group_names)

    def _intervals_at(self, level):
        return np.concatenate([_percentiles(each, level) for each in self.samples.values()])

    @property
    def _table(self):
        found = self.estimates, self.standard_errors
        values = (np.concatenate(list(each.values())) for each in found)
        columns = *values, *self.conf_int().T
        n = self.on_floor.size
        of_funds = self.facts.rows == "funds"
        end = "at a variance of 0" if of_funds else "on the variance floor"
        return table_of_intervals(
            self.names,
            np.repeat(KINDS, len(self.group_names)),
            columns,
            title=f"{100 * self.level:g} % intervals, {self.facts.rows} resampled",
            notes=(
                f"Means and sds in {self.unit[1]}.",
                f"{n} refits: {self.on_floor.sum()} ended {end}, "
                f"{self.not_converged.sum()} did not converge.",
            ),
            facts=self.facts.written("independent" if of_funds else None),
        )


def bootstrap_managers(
    model,
    X,
    *,
    n_resamples=999,
    level=0.95,
    unit=None,
    group_names=None,
    random_state=None,
    progress=False,
):
    """Compute percentile intervals from refits to resampled managers.

    Managers are drawn with replacement, each with all its draws. So the draws of a
    manager may depend on each other in any way, and managers must be independent. The
    mixture is refitted to every resample. These intervals are better than standard errors
    for few managers, rare groups and skewed uncertainty.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A model fitted to X without weights, or a search or a pipeline that has fitted one.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and their standard errors.
    n_resamples : int, default=999
        Number of resamples B, at least 2.
    level : float, default=0.95
        The share of the refits in an interval, between 0 and 1.
    unit : tuple of float and str, default=None
        A factor that means and sds are multiplied by, and the name of their unit then.
    group_names : sequence of str of length L, default=None
        Names of the groups, such as ``["unskilled", "skilled"]``; None numbers them.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result at every call.
    progress : bool or callable, default=False
        True draws a tqdm bar if tqdm is installed, and a counter on stderr otherwise. A
        callable is called as ``progress(done, total)`` from time to time.

    Returns
    -------
    bootstrap : ManagerBootstrap
        It has estimates, standard errors, intervals and all `samples`, and prints as a
        table.

    Raises
    ------
    ValueError, TypeError
        If X does not suit the model or has fewer than two managers with draws, a
        parameter is invalid, or a fixed or tied parameter was changed after the fit.

    Warns
    -----
    UserWarning
        If there are no more managers than free parameters, or the model is not at the
        maximum of X.
    ConvergenceWarning
        If intervals may depend on refits that ended on the variance floor, or below an
        optimum.

    See Also
    --------
    bootstrap_lrt : Tests the number of groups.

    Notes
    -----
    Every manager's cells are counted once in bins of at most 1/16 of the narrowest
    group's standard deviation, or in 8,192 bins if that takes more. A resample is a sum of
    such counts. A refit is within .05 standard errors of an optimum of
    ``fit(X, sample_weight=counts)``, except that the variance floor is a fraction of the
    pooled variance of X, not of the resample. Climbs begin at the model's own parameters
    and in a few other places. The refit is the optimum with the highest log-likelihood
    less the cost of its groups (equation P1 of the theory).

    Of estimates, rows are drawn with replacement. More than 4,096 of them are counted in
    the bins that the search of ``fit`` uses. A variance that ends at 0 is a result like
    others, so the lower end of an sd's interval may be 0.

    Groups are matched to the model's by the assignment that minimises the sum of
    ``(mu - mu_l)^2 / sigma2_l + (log sigma2 - log sigma2_l)^2 / 2`` (equation B7 of
    the theory). If a parameter is fixed, groups keep their order.

    References
    ----------
    Davison and Hinkley (1997), Bootstrap Methods and their Application, Cambridge
    University Press, chapter 5.

    Examples
    --------
    >>> from skem import PanelGaussianMixture
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import bootstrap_managers
    >>> alphas, _ = make_alpha_panel(50, 20, means=[-0.002, 0.002], random_state=0)
    >>> model = PanelGaussianMixture().fit(alphas)
    >>> found = bootstrap_managers(model, alphas, n_resamples=99, random_state=0)
    >>> found.samples["means"].shape
    (99, 2)
    >>> found.intervals["means"].round(4)
    array([[-0.0021, -0.0019],
           [ 0.0018,  0.002 ]])
    """
    model, X = fitted_mixture(model, X)
    n_resamples = check_whole("n_resamples", n_resamples, 2, "resamples")
    level = check_level(level)
    unit = check_unit(unit)
    labels = check_group_names(group_names, model.weights_.size)
    check_progress(progress)
    rng = check_random_state(random_state)
    of_funds = observation_of(model) == "estimate"
    read = _read_funds if of_funds else _read_managers
    cells, n_managers, refit = read(model, X)
    check_managers(n_managers, model.n_parameters_)
    constraints = constraints_of(model, cells, fixed_of(model))
    reference = standardise(mixture_of(model), cells.centre, cells.scale)
    top = climb(cells, stack([reference]), constraints, tol=0, max_iter=0)
    warn_below_the_top(top.remaining[0])
    options = {"n_resamples": n_resamples, "tol": TOL, "rng": rng}
    with reporting(progress, "resamples", n_resamples) as report:
        mixtures, remaining = refit(reference, constraints, **options, progress=report)
    low = mixtures.variances <= constraints.variance_floor * (1 + 1e-9)
    on_floor = (low & constraints.free.variances).any(axis=1)
    not_converged = ~settled(remaining, TOL)
    noisy = cells.noise_level > 0  # there is no floor: the top is at a variance of 0
    if noisy:
        mixtures = mixtures._replace(variances=np.where(low, 0.0, mixtures.variances))
    _warn_of_failures(on_floor & (not noisy), not_converged, level)
    if not constraints.any_fixed:
        mixtures = match(mixtures, reference, cells.noise_level)
    samples = _by_name(unstandardise(mixtures, cells.centre, cells.scale), unit[0])
    height = top.log_likelihood[0] - log_prior(cells.prior, reference)
    height -= cells.mass * np.log(cells.scale)
    return ManagerBootstrap(
        _by_name(mixture_of(model), unit[0]),
        samples,
        {name: _spread(values) for name, values in samples.items()},
        {name: _percentiles(values, level) for name, values in samples.items()},
        level,
        unit,
        labels,
        FitFacts.of(model, height, cells.mass, n_managers, "fixed"),
        on_floor,
        not_converged,
    )


def _by_name(mixture, factor):
    """Copies of the weights, and the means and sds times a factor."""
    weights, means, variances = mixture
    sds = factor * np.sqrt(variances)
    return {"weights": weights.copy(), "means": factor * means, "sds": sds}


def _percentiles(values, level):
    """Ends (L, 2) of the intervals of samples (B, L)."""
    return np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0).T


def _read_managers(model, X):
    """Cells in standard units, the number of managers, and the function that refits."""
    grid = grid_of(model, X)
    extent = measure(grid)
    check_extent(extent, grid)
    n_movable = count_movable(fixed_of(model))
    check_distinct(grid, extent.sample.values, model.n_components, n_movable)
    cells = standard_cells(grid, extent)
    return cells, round(total_manager_mass(grid)), partial(bootstrap_fits, cells)


def _read_funds(model, X):
    """The same as `_read_managers`, for estimates with standard errors."""
    estimates_of(model, X)  # raises if X is not a table as that of the fit
    cells, points = read_estimates(model, X, None)
    return cells, cells.n_cells, partial(refit_to_resamples, points)


def _spread(values):
    """Standard deviations of columns, exactly 0 for fixed values."""
    return np.where(np.ptp(values, axis=0) == 0, 0.0, values.std(axis=0, ddof=1))


def _warn_of_failures(on_floor, not_converged, level):
    """Warn if the tails outside an interval may consist of failed refits."""
    failed = on_floor | not_converged
    if failed.mean() <= (1 - level) / 2:
        return
    warn(
        f"Of {failed.size} refits {on_floor.sum()} ended on the variance floor and "
        f"{not_converged.sum()} did not converge: the ends of the intervals depend on "
        "them. Ask for fewer groups, tie the variances, or raise variance_floor.",
        ConvergenceWarning,
    )
