"""The estimator of the mixture of true alphas behind noisy estimates."""

from numbers import Real

import numpy as np
from sklearn.utils._param_validation import Interval

from .estimator.deconvolved import BaseDeconvolvedMixture
from .estimator.far_rows import warn_of_far_rows
from .estimator.fitting import MixtureFitMixin, fit_cells
from .estimator.parts import read_estimates
from .estimator.validation import fit_context


class DeconvolvedGaussianMixture(MixtureFitMixin, BaseDeconvolvedMixture):
    """Fit a mixture of normal groups to the true alphas behind noisy estimates.

    Fund i's estimate is its true alpha plus noise of a known standard error,
    ``alphahat_i ~ N(alpha_i, s_i^2)``, and the true alphas are a mixture,
    ``alpha_i ~ sum_l pi_l N(mu_l, sigma2_l)``. If X has a third column, it has the
    degrees of freedom of the standard errors, which are estimates themselves. The noise is
    Student's t then: ``(alphahat_i - alpha_i) / s_i ~ t(df_i)``. The fit is the exact
    maximum-likelihood estimate of the mixture of the true alphas: noise is not
    counted as skill. This is extreme deconvolution in one dimension, the
    empirical-Bayes problem of normal means.

    Parameters
    ----------
    n_components : int, default=2
        Number of groups L.
    tol : float, default=1e-6
        When to stop, as in :class:`PanelGaussianMixture`: "newton" by the nats still to be
        gained over all funds, "em" by its steps, in units of the estimates' spread. EM is
        slow where noise is large: small steps do not mean that it is near the optimum.
    max_iter, n_init : int, default=1000 and 10
        The largest number of iterations of a climb, and the number of random starts.
    init_params : {"insertion", "quantile", "k-means++", "random_from_data"}, \
            default="insertion"
        Where to start, as in :class:`PanelGaussianMixture`. The last three first shrink the
        estimates, so that they spread as the true alphas do. Of several optima, the fit
        publishes the one with the highest log-likelihood less the cost of its groups
        (equations P1 and D7).
    weights_init, means_init, variances_init : array-like of shape (L,), default=None
        Starting weights, means and variances, in the units of X and in their squares. They
        replace those of every start.
    tied_variances : bool, default=False
        Whether all groups share one variance.
    fixed_weights, fixed_means, fixed_variances : array-like of shape (L,), default=None
        Values to hold fixed, NaN where free. Fixed weights sum to at most 1; the free ones
        share the rest. If anything is fixed, the groups keep the given order. A variance of
        0 is a point mass; it needs positive standard errors. ``fixed_means=[nan, 0, nan],
        fixed_variances=[nan, 0, nan]`` has a group of funds whose true alpha is exactly
        zero. "em" cannot move the free mean of a group of variance 0; "newton" can.
    variance_floor : float, default=1e-20
        Used only if some standard error is 0, since the likelihood is unbounded
        then. Every free variance is at least this fraction of the variance of the
        estimates, weighted by ``1 / (s_i^2 + s^2)``, with s the geometric mean of the
        positive standard errors. Every free standard deviation is also at least 4,096
        spacings of double precision numbers at the estimate farthest from 0. If all
        standard errors are positive, there is no floor: "newton" follows a variance down
        to 1e-4 of the smallest squared error, and sets it to 0 if that is likelier.
    prior_count : float, default=0.0
        The number of prior funds of each group, recommended to be 1 below 200 funds; 0 is
        maximum likelihood. Prior funds are known to be of their group, and lie
        ``prior_sd_`` to either side of its mean, so that no weight or variance becomes 0.
    solver : {"newton", "em"}, default="newton"
        "newton" searches on a few thousand points that stand for the funds, and
        certifies the result on all of them. "em" is the textbook's iteration
        on every fund, from the same starts.
    random_state : int, RandomState instance or None, default=None
        Draws the random starts, and :meth:`sample`.
    warm_start : bool, default=False
        Start from the previous fit's parameters.
    n_jobs, verbose : int, default=None and 0
        The number of threads, and of lines that are printed, as in
        :class:`PanelGaussianMixture`.

    Attributes
    ----------
    weights_, means_, variances_ : ndarray of shape (L,)
        Weights ``pi_l``, means ``mu_l`` and variances ``sigma2_l`` of the groups of true
        alphas, without the noise, in the units of X and in their squares. A variance of 0
        is a point mass. Groups ascend by mean, then variance, if nothing is fixed.
    log_likelihood_ : float
        Mean log density per observed estimate at exactly these parameters.
    log_likelihoods_ : ndarray
        The log-likelihoods of the winning start, which never decrease: before each
        iteration of "em", or in each pass of "newton" over all funds. That of prior funds
        is included.
    optima_ : structured ndarray of shape (K,)
        The published fit, then up to four other optima that the search met, with the fields
        that :class:`PanelGaussianMixture` describes. `cost` is that of equations P1 and D7.
        Other log-likelihoods than the first are exact for at most 4,096 estimates;
        otherwise they are of the bins that the estimates were counted in.
    converged_ : bool
        Whether the winning start met `tol`. False where a group could be moved to
        gain more.
    n_iter_ : int
        Iterations of the winning start.
    remaining_gain_ : float
        Log-likelihood, in nats over all funds, that the nearest optimum is
        estimated to lie above this fit (Newton's decrement). It leaves out a
        variance that is held at its bound: one at 0, or on the floor and pushed
        against it.
    variance_floor_ : float
        The lowest variance that a group could have, in squared units of X; 0.0 where
        all standard errors are positive.
    prior_sd_ : float
        How far prior funds lie from the mean of their group, in units of X: a share 1 / L
        of the spread of the true alphas. Only there if `prior_count` is positive.
    n_parameters_ : int
        Number of free parameters: ``3 L - 1``, less what is fixed or tied.
    n_cells_, n_passes_ : int
        The number of observed estimates, and how often the fit read them.
    n_features_in_, feature_names_in_ : int, and ndarray of shape (2,) or (3,)
        The number of columns, and their names if X is a DataFrame with such.

    See Also
    --------
    PanelGaussianMixture : Fits a grid of draws that have no noise of their own.

    Notes
    -----
    Results do not depend on units: for ``c * estimates + d`` with standard errors
    ``|c| s`` the means are ``c * means_ + d``. If every standard error is 0, the fit
    equals that of :class:`PanelGaussianMixture` to a grid of one column.

    Student's t noise is a mixture of normal noise of several scales, taken at 9 nodes for
    many degrees of freedom, 12 for 19 and 30 for 4. Densities are exact to 1e-8 up to five
    standard errors from a group's mean.

    References
    ----------
    Bovy, Hogg and Roweis (2011), "Extreme deconvolution: inferring complete
    distribution functions from noisy, heterogeneous and incomplete observations",
    Annals of Applied Statistics 5, 1657-1677.

    Lu and Stephens (2019), "Empirical Bayes estimation of normal means, accounting for
    uncertainty in estimated standard errors", arXiv 1901.10679.

    Examples
    --------
    Funds with and without skill, and estimates noisier than skill is spread.

    >>> import numpy as np
    >>> from skem import DeconvolvedGaussianMixture
    >>> rng = np.random.default_rng(0)
    >>> true = np.append(rng.normal(-1.0, 0.2, 3000), rng.normal(1.0, 0.2, 1000))
    >>> errors = rng.uniform(0.3, 1.5, true.size)
    >>> X = np.column_stack([rng.normal(true, errors), errors])
    >>> fitted = DeconvolvedGaussianMixture().fit(X)
    >>> fitted.means_.round(1), fitted.weights_.round(2)
    (array([-1.,  1.]), array([0.76, 0.24]))
    >>> noise_reduced = fitted.transform(X)[:, 0]
    >>> bool(np.std(noise_reduced - true) < 0.6 * np.std(X[:, 0] - true))
    True
    """

    _point_masses = True
    _observation = "estimate"
    _prior = None

    _parameter_constraints = {
        **MixtureFitMixin._parameter_constraints,
        "prior_count": [Interval(Real, 0, None, closed="left")],
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
        prior_count=0.0,
        solver="newton",
        random_state=None,
        warm_start=False,
        n_jobs=None,
        verbose=0,
    ):
        super().__init__(
            n_components,
            tol=tol,
            max_iter=max_iter,
            n_init=n_init,
            init_params=init_params,
            weights_init=weights_init,
            means_init=means_init,
            variances_init=variances_init,
            tied_variances=tied_variances,
            fixed_weights=fixed_weights,
            fixed_means=fixed_means,
            fixed_variances=fixed_variances,
            variance_floor=variance_floor,
            solver=solver,
            random_state=random_state,
            warm_start=warm_start,
            n_jobs=n_jobs,
            verbose=verbose,
        )
        self.prior_count = prior_count

    @fit_context
    def fit(self, X, y=None, sample_weight=None):
        """Fit the groups of true alphas to all observed estimates.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimated alphas and their standard errors in decimals per period (or in
            any other unit), a row per fund; NaN in a row where there is none. A third
            column has the standard errors' degrees of freedom, at least 1: noise is
            then Student's t. They have no unit, and np.inf says that an error is known.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each fund counts: a weight of k is k copies of the row.

        Returns
        -------
        self : DeconvolvedGaussianMixture
            The fitted estimator.

        Raises
        ------
        ValueError
            If X does not have two or three columns, or has infinite estimates or errors,
            negative errors, degrees of freedom below 1, or fewer different estimates than
            groups with a free mean or variance;
            or if a parameter is invalid. The estimator is left as it was.

        Warns
        -----
        ConvergenceWarning
            In the cases of :meth:`PanelGaussianMixture.fit`.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).weights_.round(2)
        array([0.5, 0.5])
        """
        cells, points = read_estimates(self, X, sample_weight)
        fit_cells(self, cells, points, X, y, sample_weight)
        self._prior = None
        if cells.prior is not None:
            self.prior_sd_ = float(cells.scale * np.sqrt(cells.prior.square))
            self._prior = cells.prior._replace(square=self.prior_sd_**2)
        warn_of_far_rows(self, X)
        return self
