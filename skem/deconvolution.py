"""The estimator for estimates with standard errors: the skill behind the noise."""

import numpy as np
from joblib import effective_n_jobs
from scipy import stats
from sklearn.base import _fit_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted

from .base import BaseMixture
from .fitting import MixtureFitMixin
from .numerics import shrinkage
from .numerics.blocks import Grid
from .numerics.compression import MAX_EXACT, compress
from .numerics.density import draw
from .numerics.estimates import (
    Estimates,
    NoisyCells,
    compress_estimates,
    merge_equal,
)
from .numerics.extent import measure, standard_cells
from .validation import (
    check_coverage,
    check_distinct,
    check_estimates,
    check_extent,
    check_funds,
    check_n_draws,
    check_n_samples,
    check_noise,
    check_observed,
    check_sample_weight,
)


class DeconvolvedGaussianMixture(MixtureFitMixin, BaseMixture):
    """Fit a mixture of normal groups to the true alphas behind noisy estimates.

    Fund i's estimate is its true alpha plus noise of a known standard error,
    ``alphahat_i ~ N(alpha_i, s_i^2)``, and the true alphas are a mixture,
    ``alpha_i ~ sum_l pi_l N(mu_l, sigma2_l)``. The fit is the exact
    maximum-likelihood estimate of the mixture of the true alphas: noise is not
    counted as skill. This is extreme deconvolution in one dimension, the
    empirical-Bayes problem of normal means.

    Parameters
    ----------
    n_components : int, default=2
        Number of groups L.
    tol : float, default=1e-6
        When to stop. ``solver="newton"``: when the log-likelihood still to be
        gained, in nats over all funds, is estimated below `tol`. That bounds
        every parameter's distance to the optimum by ``sqrt(2 * tol)`` of its
        standard error. ``solver="em"``: when the sum over the 3L parameters of
        ``|new - old|`` is at most `tol`, with means in units of the estimates'
        standard deviation and variances in units of their variance. EM creeps
        where noise is large: its small steps do not mean that it has arrived.
    max_iter : int, default=1000
        Most iterations: of each start with "em"; with "newton" of each climb on
        the points, and of the certificate on all funds.
    n_init : int, default=10
        Number of starts of the two random kinds of `init_params`.
    init_params : {"insertion", "quantile", "k-means++", "random_from_data"}, \
            default="insertion"
        Where to start. "insertion" searches: groups enter one by one where
        they gain most, which needs no chance; where a parameter is fixed, or
        part of the start is given, it starts as "quantile" does, and at eight
        scattered places, always the same. The others
        set the means in the middles of L groups of equal mass, at random places
        far from each other, or at random places, all among estimates that have
        been drawn in until they spread as the true alphas do.
    weights_init : array-like of shape (L,), default=None
        Starting weights, which replace those of every start.
    means_init : array-like of shape (L,), default=None
        Starting means, in the units of X.
    variances_init : array-like of shape (L,), default=None
        Starting variances, in squared units of X.
    tied_variances : bool, default=False
        Whether all groups share one variance.
    fixed_weights : array-like of shape (L,), default=None
        Weights to hold fixed, NaN where free. They sum to at most 1; the free
        ones share the rest. Where anything is fixed the groups keep the order
        in which they were given.
    fixed_means : array-like of shape (L,), default=None
        Means to hold fixed, NaN where free.
    fixed_variances : array-like of shape (L,), default=None
        Variances to hold fixed, NaN where free. A variance of 0 is a point mass,
        possible where every standard error is positive: ``fixed_means=[nan, 0,
        nan], fixed_variances=[nan, 0, nan]`` has a group of funds whose true alpha
        is exactly zero. EM cannot move the mean of a group without variance, if
        that is free; "newton" can.
    variance_floor : float, default=1e-6
        Where some standard error is 0, no group's free variance may fall below
        this fraction of the variance of the estimates: the likelihood is unbounded
        there. Where all are positive the likelihood is bounded, and a variance
        that "newton" follows down to the floor is put at 0, if that is likelier.
    solver : {"newton", "em"}, default="newton"
        "newton" searches on a few thousand points that stand for the funds, and
        certifies the result on all of them. "em" is the textbook's iteration
        on every fund, from the same starts.
    random_state : int, RandomState instance or None, default=None
        Draws the random starts, and :meth:`sample`.
    warm_start : bool, default=False
        Start from the previous fit's parameters.
    n_jobs : int, default=None
        Threads that share the funds: None is 1 (or what a
        ``joblib.parallel_config`` says), -1 is all. The result is the same, to the
        last bit.
    verbose : int, default=0
        1 prints a line per start (with "newton", one), 2 also a line per
        iteration on all funds.

    Attributes
    ----------
    weights_ : ndarray of shape (L,)
        Weights ``pi_l`` of the groups of true alphas, which ascend by mean, then
        variance (where nothing is fixed).
    means_ : ndarray of shape (L,)
        Means ``mu_l``, in the units of X.
    variances_ : ndarray of shape (L,)
        Variances ``sigma2_l`` of the true alphas, in squared units of X: without
        the noise. 0 is a point mass.
    log_likelihood_ : float
        Mean log density per observed estimate at exactly these parameters.
    log_likelihoods_ : ndarray
        The same along the winning start, never decreasing: before each
        iteration of "em", in each pass of "newton" over all funds.
    converged_ : bool
        Whether the winning start met `tol`.
    n_iter_ : int
        Iterations of the winning start.
    remaining_gain_ : float
        Log-likelihood, in nats over all funds, that the nearest optimum is
        estimated to lie above this fit (Newton's decrement). It leaves out a
        variance that is held at its bound: one at 0, or on the floor and pushed
        against it.
    n_parameters_ : int
        Free parameters: ``3 L - 1``, less what is fixed or tied.
    n_cells_ : int
        Observed estimates.
    n_passes_ : int
        How many times the fit read all of them.
    n_features_in_ : int
        Always 2.
    feature_names_in_ : ndarray of shape (2,)
        Names of the columns, where X is a DataFrame with string columns.

    See Also
    --------
    PanelGaussianMixture : Of a grid of draws, without noise of their own.

    Notes
    -----
    Results do not depend on units: for ``c * estimates + d`` with standard errors
    ``|c| s`` the means are ``c * means_ + d``. Where every standard error is 0 the
    fit is that of :class:`PanelGaussianMixture` to a grid of one column.

    References
    ----------
    Bovy, Hogg and Roweis (2011), "Extreme deconvolution: inferring complete
    distribution functions from noisy, heterogeneous and incomplete observations",
    Annals of Applied Statistics 5, 1657-1677.

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
        variance_floor=1e-6,
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None, sample_weight=None):
        """Fit the groups of true alphas to all observed estimates.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimated alphas and their standard errors in decimals per period (any
            unit will do), a row per fund; NaN in a row where there is none.
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
            If X has not two columns, infinite values, negative standard errors or
            fewer different estimates than groups, or a parameter does not fit; the
            estimator is left as it was.

        Warns
        -----
        ConvergenceWarning
            If `tol` was not met within `max_iter` iterations, or a group's
            variance ended on the floor.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).weights_.round(2)
        array([0.5, 0.5])
        """
        self._check_parameters()
        table = self._read_table(X, reset=True)
        mass = check_sample_weight(sample_weight, table)
        fixed = self._check_parameters()
        cells, points = self._read_cells(table, mass, fixed)
        return self._fit_points(cells, points, X, y, sample_weight)

    def _read_table(self, X, *, reset):
        return check_estimates(self, X, reset=reset)

    def _rows(self, X, sample_weight=None):
        check_is_fitted(self)
        table = self._read_table(X, reset=False)
        mass = check_sample_weight(sample_weight, table)
        return Estimates(table, mass, effective_n_jobs(self.n_jobs))

    def _cells(self, X, sample_weight):
        """Cells in standard units, for a fitted model."""
        rows = self._rows(X, sample_weight)
        return NoisyCells.of(rows, _measure(rows)[1])[1]

    def _read_cells(self, table, mass, fixed):
        """Cells in standard units and points that stand for them."""
        rows = Estimates(table, mass, effective_n_jobs(self.n_jobs))
        grid, extent = _measure(rows)
        check_funds(extent.n_cells)
        check_distinct(grid, extent.sample.values, self.n_components)
        if extent.n_cells <= MAX_EXACT and np.nanmax(table[:, 1]) > 0:
            rows = merge_equal(rows)
            extent = measure(_observed_estimates(rows))._replace(n_cells=extent.n_cells)
        noise, cells = NoisyCells.of(rows, extent)
        check_noise(noise, fixed)
        if noise.largest == 0:
            cells = standard_cells(grid, extent)
            return cells, compress(cells)
        return cells, compress_estimates(cells)

    def fit_predict(self, X, y=None, sample_weight=None):
        """Fit the groups and find the most probable one of every fund.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each fund counts.

        Returns
        -------
        groups : ndarray of shape (N,)
            Numbers 0 to L - 1.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit_predict(X)
        array([0, 0, 1, 1])
        """
        return self.fit(X, y, sample_weight=sample_weight).predict(X)

    def predict_proba(self, X):
        """Compute the probability of every group for every fund.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        probabilities : ndarray of shape (N, L)
            ``r_il`` (equation D2 of the page on deconvolution), which sums to 1
            over the groups; ``weights_`` where X is NaN. float32 if X is.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).predict_proba([[0.9, 0.3]]).round(3)
        array([[0., 1.]])
        """
        return shrinkage.memberships(self._rows(X), self._mixture)

    def predict(self, X):
        """Find the most probable group of every fund.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        groups : ndarray of shape (N,)
            Numbers 0 to L - 1; that of the largest weight where X is NaN.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).predict([[-0.9, 0.3], [0.9, 0.3]])
        array([0, 1])
        """
        return shrinkage.memberships(self._rows(X), self._mixture).argmax(axis=1)

    def transform(self, X):
        """Compute what is known of every fund's true alpha.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        summaries : ndarray of shape (N, 4)
            ``posterior_mean``, the noise-reduced alpha; ``posterior_sd``;
            ``prob_positive``, the probability that the true alpha is above zero;
            and ``lfsr``, the local false sign rate, the smaller of the
            probabilities of at most and of at least zero (Stephens 2017): the
            chance that the fund's likelier sign is wrong. Those of the fitted
            mixture where X is NaN. float32 if X is. A DataFrame with X's index
            after ``set_output(transform="pandas")``.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture(1).fit(X).transform([[1.0, 1.0]]).round(2)
        array([[0.47, 0.69, 0.75, 0.25]])
        """
        return shrinkage.summaries(self._rows(X), self._mixture)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of :meth:`transform`.

        Parameters
        ----------
        input_features : array-like of shape (2,), default=None
            Names of the columns of X, only compared with those of the fit.

        Returns
        -------
        names : ndarray of shape (4,)
            ``posterior_mean``, ``posterior_sd``, ``prob_positive``, ``lfsr``.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture().fit(X).get_feature_names_out().tolist()
        ['posterior_mean', 'posterior_sd', 'prob_positive', 'lfsr']
        """
        check_is_fitted(self)
        _check_feature_names_in(self, input_features)
        return np.array(
            ["posterior_mean", "posterior_sd", "prob_positive", "lfsr"], dtype=object
        )

    def posterior_interval(self, X, coverage=0.95):
        """Compute an interval for every fund's true alpha.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.
        coverage : float, default=0.95
            Posterior probability inside; the tails outside are equal. The mixture
            is taken as known: its own estimation error is not included.

        Returns
        -------
        intervals : ndarray of shape (N, 2)
            Lower and upper quantiles of the posterior mixture; of the fitted one
            where X is NaN. A point mass that holds a level is its quantile.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(1).fit(X)
        >>> fitted.posterior_interval([[1.0, 1.0]], coverage=0.8).round(2)
        array([[-0.42,  1.35]])
        """
        check_coverage(coverage)
        return shrinkage.intervals(self._rows(X), self._mixture, float(coverage))

    def false_discovery(self, X):
        """Compute how likely it is, fund by fund, that a call of skill is false.

        The null is a true alpha of at most zero, whatever the group: a point mass
        at zero is all null, and so is the part below zero of a skilled group. For
        calls of negative skill negate the estimates and the means. The posterior
        probability of one group as the null is a column of :meth:`predict_proba`.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund. The q-values depend on
            which funds are among them.

        Returns
        -------
        rates : ndarray of shape (N, 2)
            The local false discovery rate ``Pr(alpha_i <= 0)``, and the q-value:
            the mean local rate of all funds with at most that local rate, which is
            the expected share of false discoveries if all of them are called
            skilled (Efron 2008). A fund whose X is NaN has the local rate of the
            fitted mixture, and does not count for others.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(1).fit(X)
        >>> fitted.false_discovery([[0.3, 0.3], [0.6, 0.3]]).round(3)
        array([[0.171, 0.1  ],
               [0.029, 0.029]])
        """
        rows = self._rows(X)
        local = shrinkage.local_false_discovery(rows, self._mixture)
        missing = np.isnan(rows.table).any(axis=1)
        return np.column_stack([local, shrinkage.q_values(local, missing)])

    def sample_posterior(self, X, n_draws, random_state=None):
        """Draw true alphas of every fund, given its estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.
        n_draws : int
            Draws per fund, M.
        random_state : int, RandomState instance or None, default=None
            Where the draws come from.

        Returns
        -------
        alphas : ndarray of shape (N, M)
            Independent draws from each posterior: the grid that
            :class:`PanelGaussianMixture` fits. Of the fitted mixture where X is NaN.

        Examples
        --------
        One step of the Monte Carlo EM algorithm: draw, and fit the draws.

        >>> from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture().fit(X)
        >>> grid = fitted.sample_posterior(X, 100, random_state=0)
        >>> PanelGaussianMixture(warm_start=True).fit(grid).weights_.round(2)
        array([0.5, 0.5])
        """
        check_n_draws(n_draws)
        rng = check_random_state(random_state)
        return shrinkage.draw_true(self._rows(X), self._mixture, int(n_draws), rng)

    def score_samples(self, X):
        """Compute the log density of every estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        log_densities : ndarray of shape (N,)
            ``log f(alphahat_i)`` given the standard error (equation D1 of the page
            on deconvolution); NaN where X is NaN.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> DeconvolvedGaussianMixture(1).fit(X).score_samples([[0.0, 0.3]]).round(2)
        array([-0.92])
        """
        return shrinkage.log_densities(self._rows(X), self._mixture)

    def score(self, X, y=None, sample_weight=None):
        """Compute the mean log density per observed estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.
        y : None
            Ignored.
        sample_weight : array-like of shape (N,), default=None
            How often each fund counts.

        Returns
        -------
        score : float
            Higher is better; in nats per fund.

        Raises
        ------
        ValueError
            If no estimate is observed.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> round(DeconvolvedGaussianMixture(1).fit(X).score(X), 2)
        -1.43
        """
        rows = self._rows(X, sample_weight)
        total, mass, _ = self._evidence(rows)
        return total / mass

    def _evidence(self, rows):
        """Log-likelihood, mass and number of the observed estimates."""
        density = shrinkage.log_densities(rows, self._mixture)
        there = ~np.isnan(density)
        mass = there if rows.mass is None else np.where(there, rows.mass, 0.0)
        check_observed(mass.sum(), rows.table[:, 0])
        total = np.sum(mass * np.where(there, density, 0.0))
        return float(total), float(mass.sum()), int(there.sum())

    def aic(self, X):
        """Compute Akaike's information criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        aic : float
            ``-2 log-likelihood + 2 n_parameters_``: lower is better.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> round(DeconvolvedGaussianMixture(1).fit(X).aic(X), 1)
        15.4
        """
        total, _, _ = self._evidence(self._rows(X))
        return -2 * total + 2 * self.n_parameters_

    def bic(self, X):
        """Compute the Bayesian information criterion.

        Parameters
        ----------
        X : array-like of shape (N, 2)
            Estimates and standard errors, a row per fund.

        Returns
        -------
        bic : float
            ``-2 log-likelihood + n_parameters_ log n`` (Schwarz 1978), for n
            observed estimates: lower is better.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> round(DeconvolvedGaussianMixture(1).fit(X).bic(X), 1)
        14.2
        """
        total, _, n = self._evidence(self._rows(X))
        return float(-2 * total + self.n_parameters_ * np.log(n))

    def sample(self, n_samples=1):
        """Draw true alphas of new funds from the fitted mixture.

        Parameters
        ----------
        n_samples : int, default=1
            How many funds.

        Returns
        -------
        alphas : ndarray of shape (n_samples,)
            Independent draws, without noise.
        groups : ndarray of shape (n_samples,)
            The group that each was drawn from.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(random_state=0).fit(X)
        >>> alphas, groups = fitted.sample(3)
        >>> alphas.shape, groups.shape
        ((3,), (3,))
        """
        check_is_fitted(self)
        check_n_samples(n_samples)
        rng = check_random_state(self.random_state)
        return draw(self._mixture, (n_samples,), rng)

    def to_scipy(self):
        """Give the fitted mixture of true alphas as a SciPy distribution.

        Returns
        -------
        mixture : scipy.stats.Mixture
            With density, distribution function, quantiles and moments.

        Raises
        ------
        ValueError
            If a group is a point mass, which has no density.

        Examples
        --------
        >>> from skem import DeconvolvedGaussianMixture
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted = DeconvolvedGaussianMixture(1).fit(X)
        >>> round(float(fitted.to_scipy().mean()), 2)
        -0.02
        """
        check_is_fitted(self)
        if (self.variances_ == 0).any():
            raise ValueError(
                f"variances_={self.variances_.tolist()} has a point mass, which has no "
                "density. Draw from the mixture with sample, or fix positive variances."
            )
        groups = zip(self.means_, np.sqrt(self.variances_), strict=True)
        return stats.Mixture(
            [stats.Normal(mu=mean, sigma=sd) for mean, sd in groups],
            weights=self.weights_,
        )


def _measure(rows):
    """The estimates as a grid of one column, and their extent."""
    grid = _observed_estimates(rows)
    extent = measure(grid)
    check_extent(extent, grid)
    return grid, extent


def _observed_estimates(rows):
    """The estimates as a grid of one column, without the rows whose error is missing."""
    table, mass = rows.table, rows.mass
    lost = np.isnan(table[:, 1])
    if lost.any():
        mass = np.where(lost, 0.0, 1.0 if mass is None else mass)
    return Grid(table[:, :1], mass, rows.n_threads)
