"""The estimator of a grid: it validates, calls the numerics and publishes the result."""

from .estimator.fitting import MixtureFitMixin, fit_cells
from .estimator.panel import BasePanelMixture
from .estimator.parts import read_grid
from .estimator.validation import fit_context


class PanelGaussianMixture(MixtureFitMixin, BasePanelMixture):
    """Fit a mixture of normal groups to an N x M grid of fund managers' alphas.

    Every observed cell is an independent draw from
    ``f(a) = sum_l pi_l N(a; mu_l, sigma2_l)``. The cells are pooled for the
    fit; answers keep the grid's shape, and :meth:`transform` summarises each
    manager. The fit is the exact maximum-likelihood estimate on all cells.

    Parameters
    ----------
    n_components : int, default=2
        Number of groups L.
    tol : float, default=1e-6
        When to stop. ``solver="newton"``: when the log-likelihood still to be
        gained, in nats over all cells, is estimated below `tol`. That bounds
        every parameter's distance to the optimum by ``sqrt(2 * tol)`` of its
        standard error. ``solver="em"``: when the sum over the 3L parameters of
        ``|new - old|`` is at most `tol`, with means in units of the pooled
        standard deviation and variances in units of the pooled variance.
    max_iter : int, default=1000
        Largest number of iterations. With "em" it holds for each start; with "newton"
        for each climb on the points, and for the steps of the certificate.
    n_init : int, default=10
        Number of starts of the two random kinds of `init_params`.
    init_params : {"insertion", "quantile", "k-means++", "random_from_data"}, \
            default="insertion"
        Where to start. "insertion" is a deterministic search: groups enter one by
        one where they gain most. If a parameter is fixed, groups are tried in every
        slot. If a part of the start is given, it replaces that part of every start, and
        "quantile" and fifty scattered starts are tried too. "quantile" sets the means in
        the middles of L groups of equal mass, "k-means++" at random cells far from each
        other, and "random_from_data" at random cells. Their weights start equal and
        their variances at the pooled variance over ``L ** 2``. If all means are given,
        the two random kinds draw weights and variances. Of several optima, the fit
        publishes the one with the highest log-likelihood less the cost of its groups
        (equation P1 of the theory).
    weights_init, means_init, variances_init : array-like of shape (L,), default=None
        Starting weights, means and variances, in the units of X and in their squares. They
        replace those of every start.
    tied_variances : bool, default=False
        Whether all groups share one variance.
    fixed_weights, fixed_means, fixed_variances : array-like of shape (L,), default=None
        Values to hold fixed, NaN where free: ``fixed_means=[nan, 0, nan]`` has a group
        without skill. Fixed weights sum to at most 1; the free ones share the rest. If
        anything is fixed, the groups keep the given order.
    variance_floor : float, default=1e-20
        A fraction of the pooled variance, above 0 and at most 1. It bounds the free
        variances from below, because the likelihood is unbounded at 0. Every free
        standard deviation is also at least 4,096 spacings of double precision numbers
        at the cell farthest from 0. Nothing is added to a variance above the bound.
    solver : {"newton", "em"}, default="newton"
        "newton" searches on a few thousand points that stand for the cells. It bounds
        what these leave out, and reads the cells again where that matters. "em" is the
        textbook's iteration on every cell, from the same starts.
    random_state : int, RandomState instance or None, default=None
        Draws the random starts, and :meth:`sample`.
    warm_start : bool, default=False
        Start from the previous fit's parameters.
    n_jobs : int, default=None
        Threads that share the cells: None is 1 (or what a
        ``joblib.parallel_config`` says), -1 is all. The result is the same to the
        last bit. Dask's scheduler reads the chunks of a Dask array.
    verbose : int, default=0
        1 prints a line per start ("newton" has one), 2 also a line per iteration
        on all cells.

    Attributes
    ----------
    weights_, means_, variances_ : ndarray of shape (L,)
        Weights ``pi_l``, means ``mu_l`` and variances ``sigma2_l`` of the groups, in the
        units of X and in their squares. Groups ascend by mean, then variance, if nothing is
        fixed.
    log_likelihood_ : float
        Mean log density per observed cell at exactly these parameters.
    log_likelihoods_ : ndarray
        The log-likelihoods of the winning start, which never decrease: before each
        iteration of "em", or at each step of the certificate of "newton".
    optima_ : structured ndarray of shape (K,)
        The published fit, then up to four other optima that the search met, best
        first. The fields are `weights`, `means` and `variances` of L values each, in
        the order and the units of the attributes above; `log_likelihood`, the mean
        per cell; and `cost`, the nats that the rule of choice takes off the total
        log-likelihood (equation P1 of the theory). The log-likelihood of the
        first row is that of all cells. Those of the others are exact in a grid of at
        most 4,096 observed cells. In a larger one they are of the bins that the cells
        were counted in, and say little of a group that is narrower than a bin.
    converged_ : bool
        Whether the winning start met `tol`. False where a group could be moved to
        gain more.
    n_iter_ : int
        Iterations of the winning start.
    remaining_gain_ : float
        Log-likelihood, in nats over all cells, that the nearest optimum is
        estimated to lie above this fit (Newton's decrement, equation R of the
        theory). It is about 0 at the optimum, and infinite where none is in
        sight, as on a plateau.
    variance_floor_ : float
        The lowest variance that a group could have, in squared units of X.
    n_parameters_ : int
        Number of free parameters: ``3 L - 1``, less what is fixed or tied.
    n_cells_, n_passes_ : int
        The number of observed cells, and how often the fit read them: once in most fits.
    n_features_in_, feature_names_in_ : int, and ndarray of shape (M,)
        The number of draws per manager, and their names if X is a DataFrame with such.

    See Also
    --------
    skem.datasets.make_alpha_panel : Grids whose groups are known.

    Notes
    -----
    Results do not depend on units: ``fit(c * X + d)`` gives ``c * means_ + d``.

    For a ``dask.array`` of alphas, ``predict_proba``, ``predict``, ``score_samples`` and
    ``transform`` return lazy Dask arrays with its chunks. These raise an error for an
    infinite cell when they are computed.

    With ``sklearn.set_config(array_api_dispatch=True)`` X may be an array of any library
    that speaks the array API standard, on any device. Answers, and draws of ``sample``,
    are in the library, on the device and in the precision of X. Attributes are NumPy
    arrays.

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

    @fit_context
    def fit(self, X, y=None, sample_weight=None):
        """Fit the groups to all observed cells.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas in decimals per period (or in any other unit), a row per
            manager; NaN where a draw does not exist. A ``dask.array`` is read
            where its chunks are, on the caller's scheduler or client.
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
            If X holds infinite cells, or fewer different values than groups with a
            free mean or variance, or a parameter does not fit; the estimator is left
            as it was.
        RuntimeError
            If a later reading of X finds other cells than the first.

        Warns
        -----
        ConvergenceWarning
            If `tol` was not met within `max_iter` iterations; if "em" came to rest
            where more than .1 nats are still to be gained; if a group's variance
            ended on the floor; if fewer groups fit as well, because two coincide
            or one is empty; or if the data hardly tell the groups apart, since one
            group fewer is likelier by BIC. Fits to the folds of a cross-validation, fits
            with fixed parameters, and fits that continue a previous one do not warn
            of the latter.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.weights_.round(2)
        array([0.5, 0.5])
        """
        cells, points = read_grid(self, X, sample_weight)
        return fit_cells(self, cells, points, X, y, sample_weight)
