"""The estimator: validate, call the numerics, publish what they found."""

import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.base import _fit_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions

from .base import BasePanelMixture
from .callbacks import CallbackSupportMixin, Watch, group_attributes
from .numerics.blocks import measure, standard_cells
from .numerics.compression import compress
from .numerics.density import standardise
from .numerics.em import best_fit
from .numerics.newton import remaining_gain
from .numerics.starts import DETERMINISTIC, RANDOM, starts
from .validation import (
    check_distinct,
    check_extent,
    check_grid,
    check_mixture,
    check_n_components,
    check_sample_weight,
    check_warm_start,
    remember_features,
)


class PanelGaussianMixture(CallbackSupportMixin, BasePanelMixture):
    """Fit a mixture of normal groups to an N x M grid of fund managers' alphas.

    Every observed cell is an independent draw from
    ``f(a) = sum_l pi_l N(a; mu_l, sigma2_l)``. The cells are pooled for the
    fit, by expectation-maximisation on all of them; answers keep the grid's
    shape, and :meth:`transform` summarises each manager.

    Parameters
    ----------
    n_components : int, default=2
        Number of groups L.
    tol : float, default=1e-6
        Stop when the sum over the 3L parameters of ``|new - old|`` is at most
        this, with means in units of the pooled standard deviation and
        variances in units of the pooled variance.
    max_iter : int, default=1000
        Most iterations for each start.
    n_init : int, default=10
        Number of random starts; the highest likelihood wins. A deterministic
        `init_params` makes one start.
    init_params : {"quantile", "k-means++", "random_from_data"}, default="quantile"
        Where the means start: in the middles of L groups of equal mass, which
        is deterministic; at random cells far from each other; at random cells.
        Weights start equal, variances at the pooled variance over ``L ** 2``.
    weights_init : array-like of shape (L,), default=None
        Starting weights, which replace those of every start.
    means_init : array-like of shape (L,), default=None
        Starting means, in the units of X.
    variances_init : array-like of shape (L,), default=None
        Starting variances, in squared units of X.
    variance_floor : float, default=1e-6
        No group's variance may fall below this fraction of the pooled
        variance: the likelihood is unbounded there. It is a bound, applied as a
        maximum, and nothing is added to a variance above it.
    random_state : int, RandomState instance or None, default=None
        Draws the random starts, and :meth:`sample`.
    warm_start : bool, default=False
        Start from the previous fit's parameters.
    verbose : int, default=0
        1 prints a line per start, 2 a line per iteration.

    Attributes
    ----------
    weights_ : ndarray of shape (L,)
        Weights ``pi_l`` of the groups, which ascend by mean, then variance.
    means_ : ndarray of shape (L,)
        Means ``mu_l``, in the units of X.
    variances_ : ndarray of shape (L,)
        Variances ``sigma2_l``, in squared units of X.
    log_likelihood_ : float
        Mean log density per observed cell at exactly these parameters.
    log_likelihoods_ : ndarray of shape (n_iter_ + 1,)
        The same before each iteration of the winning start, and at its end.
    converged_ : bool
        Whether the winning start came to rest.
    n_iter_ : int
        Iterations of the winning start.
    remaining_gain_ : float
        Log-likelihood, in nats over all cells, that the nearest optimum is
        estimated to lie above this fit (Newton's decrement, equation R of the
        theory page). Small means at the optimum; infinite means that there is
        none in sight, as on a plateau.
    n_parameters_ : int
        Free parameters, ``3 L - 1``.
    n_cells_ : int
        Observed cells.
    n_features_in_ : int
        Draws per manager M.
    feature_names_in_ : ndarray of shape (M,)
        Names of the draws, where X is a DataFrame with string columns.

    See Also
    --------
    skem.datasets.make_alpha_panel : Grids whose groups are known.

    Notes
    -----
    Results do not depend on units: ``fit(c * X + d)`` gives ``c * means_ + d``.

    References
    ----------
    Dempster, Laird and Rubin (1977), "Maximum likelihood from incomplete data
    via the EM algorithm", Journal of the Royal Statistical Society B 39, 1-38.

    Examples
    --------
    >>> from skem import PanelGaussianMixture
    >>> from skem.datasets import make_alpha_panel
    >>> alphas, _ = make_alpha_panel(
    ...     200, 50, weights=[0.3, 0.7], means=[-0.02, 0.01],
    ...     variances=[2.5e-5, 2.5e-5], random_state=0,
    ... )
    >>> fitted = PanelGaussianMixture().fit(alphas)
    >>> fitted.means_.round(3)
    array([-0.02,  0.01])
    >>> fitted.transform(alphas).shape
    (200, 2)
    """

    _parameter_constraints = {
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "n_init": [Interval(Integral, 1, None, closed="left")],
        "init_params": [StrOptions({*DETERMINISTIC, *RANDOM})],
        "weights_init": ["array-like", None],
        "means_init": ["array-like", None],
        "variances_init": ["array-like", None],
        "variance_floor": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
    }

    def __init__(
        self,
        n_components=2,
        *,
        tol=1e-6,
        max_iter=1000,
        n_init=10,
        init_params="quantile",
        weights_init=None,
        means_init=None,
        variances_init=None,
        variance_floor=1e-6,
        random_state=None,
        warm_start=False,
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
        self.variance_floor = variance_floor
        self.random_state = random_state
        self.warm_start = warm_start
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the groups to all observed cells.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas in decimals per period (any unit will do), a row per
            manager; NaN where a draw does not exist.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each manager counts: a weight of k is k copies of the row.

        Returns
        -------
        self : PanelGaussianMixture
            The fitted estimator.

        Raises
        ------
        ValueError
            If X holds infinite cells, or fewer different values than groups, or
            a parameter does not fit; the estimator is left as it was.

        Warns
        -----
        ConvergenceWarning
            If no rest was found within `max_iter` iterations, or a group's
            variance ended on the floor.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.weights_.round(2)
        array([0.5, 0.5])
        """
        check_n_components(self.n_components)
        alphas = check_grid(self, X, reset=True)
        manager_mass = check_sample_weight(sample_weight, alphas)
        cells = self._read_cells(alphas, manager_mass)
        mixtures = self._starting_mixtures(cells)

        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        watch = Watch(self, {"X": X, "y": y, "metadata": metadata}, len(mixtures), cells)
        fit = best_fit(
            cells,
            mixtures,
            tol=self.tol,
            max_iter=self.max_iter,
            variance_floor=self.variance_floor,
            watch=watch,
        )
        gain = remaining_gain(cells, fit.mixture, self.variance_floor)
        self._publish(fit, gain, cells)
        remember_features(self, X)
        watch.end_fit(fit.mixture)
        self._warn(fit, cells)
        return self

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit the groups and find the most probable one of every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each manager counts.

        Returns
        -------
        groups : ndarray of shape (N, M)
            Numbers 0 to L - 1; -1 where the cell is NaN.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> PanelGaussianMixture().fit_predict([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        array([[0, 0, 0],
               [1, 1, 1]])
        """
        return self.fit(X, y, sample_weight=sample_weight).predict(X)

    def _read_cells(self, alphas, manager_mass):
        """Measure the grid, refuse what cannot be fitted, set the standard units."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            extent = measure(alphas, manager_mass)
            check_extent(extent, alphas)
        check_distinct(alphas, manager_mass, self.n_components)
        return standard_cells(alphas, manager_mass, extent)

    def _starting_mixtures(self, cells):
        if self.warm_start and hasattr(self, "weights_"):
            check_warm_start(self.weights_.size, self.n_components)
            return [standardise(self._mixture, cells.centre, cells.scale)]
        given = check_mixture(
            self.weights_init,
            self.means_init,
            self.variances_init,
            self.n_components,
            suffix="_init",
            source=f"n_components={self.n_components}",
        )
        return starts(
            compress(cells),
            self.n_components,
            self.init_params,
            self.n_init,
            check_random_state(self.random_state),
            standardise(given, cells.centre, cells.scale),
        )

    def _publish(self, fit, gain, cells):
        for name, value in group_attributes(fit.mixture, cells).items():
            setattr(self, name, value)
        self.log_likelihoods_ = fit.log_likelihoods / cells.mass - np.log(cells.scale)
        self.log_likelihood_ = float(self.log_likelihoods_[-1])
        self.converged_ = bool(fit.converged)
        self.n_iter_ = fit.n_iter
        self.remaining_gain_ = gain
        self.n_parameters_ = 3 * self.n_components - 1
        self.n_cells_ = cells.n_cells

    def _warn(self, fit, cells):
        if not fit.converged and fit.n_iter == self.max_iter:
            warnings.warn(
                f"No rest within max_iter={self.max_iter} iterations: the log-likelihood "
                f"can still gain about {self.remaining_gain_:.3g} nats over the "
                f"{self.n_cells_} cells. Raise max_iter, or start elsewhere "
                "(init_params, means_init).",
                ConvergenceWarning,
                stacklevel=4,
            )
        floor = self.variance_floor * cells.scale**2
        narrow = np.flatnonzero(self.variances_ <= floor * (1 + 1e-9))
        if narrow.size:
            warnings.warn(
                f"The variance of group {', '.join(map(str, narrow))} ended on the floor, "
                f"variance_floor={self.variance_floor:g} times the pooled variance: a few "
                "equal or close cells hold it there. Ask for fewer groups, or raise "
                "variance_floor.",
                ConvergenceWarning,
                stacklevel=4,
            )
