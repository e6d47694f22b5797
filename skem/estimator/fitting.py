"""The parameters, the search and the attributes of both estimators of a mixture."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from ..checks.arrays import place_of
from ..checks.given import FIXED, STARTS, check_agreement, check_unused
from ..checks.grid import remember_features
from ..checks.mixture import check_groups, check_mixture, check_warm_start
from ..numerics.model.constraints import Constraints
from ..numerics.model.mixture import moments, standardise
from ..numerics.model.prior import log_prior
from ..numerics.search.optima import remember
from ..numerics.search.spare import spare_groups
from ..numerics.search.starts import NAMES, starts
from ..numerics.solver import SOLVERS
from .callbacks import (
    CallbackSupportMixin,
    Watch,
    group_attributes,
    optima_attribute,
    warn_of_floor,
    warn_of_spare_groups,
    warn_unless_converged,
)
from .identification import warn_if_hardly_told_apart
from .output import no_attribute
from .parts import check_parameters, constraints_of, fixed_of, in_standard_units, mixture_of
from .validation import ValidatedOnceMixin


class MixtureFitMixin(ValidatedOnceMixin, CallbackSupportMixin):
    """Base class of the estimators that search for groups and publish what they found."""

    # Whether a variance may be fixed at 0, and what messages call an observation.
    _point_masses = False
    _observation = "cell"

    _parameter_constraints = {
        **{name: ["array-like", None] for name in STARTS + FIXED},
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "init_params": [StrOptions(set(NAMES))],
        "tied_variances": ["boolean"],
        "variance_floor": [Interval(Real, 0, 1, closed="right")],
        "solver": [StrOptions(set(SOLVERS))],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "n_jobs": [Integral, None],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components=2,
        *,
        tol=1e-6,
        max_iter=1000,
        n_init=10,
        init_params="insertion",
        weights_init=None,
        means_init=None,
        variances_init=None,
        tied_variances=False,
        fixed_weights=None,
        fixed_means=None,
        fixed_variances=None,
        variance_floor=1e-20,
        solver="newton",
        random_state=None,
        warm_start=False,
        n_jobs=None,
        verbose=0,
    ):
        self.n_components = n_components
        self.tol = tol
        self.max_iter = max_iter
        self.n_init = n_init
        self.init_params = init_params
        self.weights_init = weights_init
        self.means_init = means_init
        self.variances_init = variances_init
        self.tied_variances = tied_variances
        self.fixed_weights = fixed_weights
        self.fixed_means = fixed_means
        self.fixed_variances = fixed_variances
        self.variance_floor = variance_floor
        self.solver = solver
        self.random_state = random_state
        self.warm_start = warm_start
        self.n_jobs = n_jobs
        self.verbose = verbose

    @classmethod
    def from_parameters(cls, weights, means, variances, **parameters):
        """Make an estimator that answers for a given mixture, as if it were fitted.

        Parameters
        ----------
        weights, means, variances : array-like of shape (L,)
            The groups, in the units of X and their squares; they keep their order. Weights
            sum to 1. A variance of 0 is a point mass, which only
            :class:`DeconvolvedGaussianMixture` can have.
        **parameters
            Parameters of the constructor, except `n_components`.

        Returns
        -------
        estimator : PanelGaussianMixture or DeconvolvedGaussianMixture
            It has ``weights_``, ``means_`` and ``variances_``, and no attribute that
            tells of a fit. With ``warm_start=True`` a fit starts there.

        Raises
        ------
        ValueError
            If weights do not sum to 1, a variance is not positive, or lengths differ. If
            a parameter contradicts the mixture, such as another fixed mean, or has no use
            without a fit, such as `prior_count` without `warm_start`.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> known = DeconvolvedGaussianMixture.from_parameters(
        ...     [0.7, 0.3], [-1.0, 3.0], [1.0, 1.0]
        ... )
        >>> known.predict_proba([[0.5, 1.0]]).round(2)
        array([[0.86, 0.14]])
        """
        given = check_groups(weights, means, variances, point_masses=cls._point_masses)
        check_unused(parameters)
        model = cls(n_components=given.weights.size, **parameters)
        check_parameters(model)
        fixed = fixed_of(model)
        check_agreement(given, fixed, model.tied_variances)
        model.weights_, model.means_, model.variances_ = given
        limits = Constraints.of(fixed, model.tied_variances, 0.0)
        model.n_parameters_, model.variance_floor_ = limits.n_parameters, 0.0
        mean, sd = moments(given) if given.variances.any() else (0.0, 0.0)
        scale = sd or float(np.abs(given.means).max()) or 1.0
        model._units = mean, scale, np.nan, fixed
        return model

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit the groups and find the most probable one of every cell, or of every fund.

        Parameters
        ----------
        X : array-like of shape (N, M), (N, 2) or (N, 3)
            Alphas, or estimates with standard errors, as :meth:`fit` takes them.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each row counts.

        Returns
        -------
        groups : ndarray of shape (N, M) or (N,)
            What :meth:`predict` returns: numbers 0 to L - 1.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> PanelGaussianMixture().fit_predict([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        array([[0, 0, 0],
               [1, 1, 1]])
        """
        return self.fit(X, y, sample_weight=sample_weight).predict(X)

    @property
    def optima_(self):
        """The optima that the search of the last fit found, the published one first."""
        if not hasattr(self, "_searched"):
            raise no_attribute(self, "optima_")
        return optima_attribute(self._searched, *self._units)


def fit_cells(model, cells, points, X, y, sample_weight, *, alone=True):
    """Fit a model to cells of X and the points for them, publish the fit, and warn.

    A fit that is not `alone` is compared with fits of other numbers of groups elsewhere.
    """
    fixed = fixed_of(model)
    constraints = constraints_of(model, cells, fixed)
    found = []
    alone = alone and not (model.warm_start and hasattr(model, "weights_"))
    mixtures = _starting_mixtures(model, cells, points, constraints, found)
    metadata = None if sample_weight is None else {"sample_weight": sample_weight}
    data = {"X": X, "y": y, "metadata": metadata}
    watch = Watch(model, data, cells, constraints, fixed, len(mixtures))
    solution = SOLVERS[model.solver](
        cells,
        points,
        mixtures,
        constraints,
        tol=model.tol,
        max_iter=model.max_iter,
        watch=watch,
        found=found,
    )
    searched = remember(
        solution.mixture, solution.log_likelihoods[-1], found, points, constraints
    )
    publish(model, solution, searched, cells, constraints, fixed, X)
    watch.end_fit(solution.mixture)
    if not watch.asked_to_stop:
        warn_unless_converged(model)
    warn_of_floor(model, fixed, constraints)
    published = standardise(mixture_of(model), cells.centre, cells.scale)
    spare = spare_groups(points, published, constraints)
    warn_of_spare_groups(spare)
    if alone and model.converged_ and not spare:
        height = cells.mass * (model.log_likelihood_ + np.log(cells.scale))
        warn_if_hardly_told_apart(model, points, published, height, constraints)
    return model


def _starting_mixtures(model, cells, points, constraints, found):
    if model.warm_start and hasattr(model, "weights_"):
        check_warm_start(model.weights_.size, model.n_components)
        return [in_standard_units(mixture_of(model), cells, "{}_")]
    given = check_mixture(
        model.weights_init,
        model.means_init,
        model.variances_init,
        model.n_components,
        suffix="_init",
        source=f"n_components={model.n_components}",
    )
    return starts(
        points,
        constraints,
        model.init_params,
        model.n_init,
        check_random_state(model.random_state),
        in_standard_units(given, cells, "{}_init"),
        found,
    )


def publish(model, solution, searched, cells, constraints, fixed, X):
    """Set the fitted attributes of a model from a Solution and a Searched."""
    remember_features(model, X)
    model._place = place_of(X)
    published = group_attributes(solution.mixture, cells, constraints, fixed)
    for name, value in published.items():
        setattr(model, name, value)
    model.log_likelihoods_ = solution.log_likelihoods / cells.mass - np.log(cells.scale)
    prior = log_prior(cells.prior, solution.mixture)
    model.log_likelihood_ = float(model.log_likelihoods_[-1] - prior / cells.mass)
    model.converged_ = bool(solution.converged)
    model.n_iter_ = solution.n_iter
    model.remaining_gain_ = solution.remaining_gain
    model.variance_floor_ = 0.0
    if cells.noise_level == 0:
        model.variance_floor_ = float(constraints.variance_floor * cells.scale**2)
    model.n_cells_ = cells.n_cells
    model.n_passes_ = cells.grid.n_passes
    model._searched = searched
    model._units = cells.centre, cells.scale, cells.mass, fixed
