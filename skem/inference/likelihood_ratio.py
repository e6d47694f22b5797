"""The parametric bootstrap of the likelihood-ratio test of one more group."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from ..checks.scalars import check_whole
from ..estimator.parts import constraints_of, fixed_of, observation_of
from ..numerics.bootstrap.likelihood_ratio import (
    bootstrap_ratios,
    combined_p_value,
    find_null,
    middle,
)
from ..numerics.bootstrap.replicates import count_managers, points_of
from ..numerics.search.insertion import find_optimum
from .checks import (
    check_draws_of_estimates,
    check_draws_of_test,
    check_enough,
    check_estimator,
    check_no_resolution,
    check_progress,
)
from .fitting import compress_for, publish_each
from .grouping import (
    check_resolution,
    check_step,
    count_grids,
    mirror_mixture,
    mirror_points,
    rounding_of,
    skewed_to_the_right,
)
from .progress import reporting
from .simulation import fit_to_estimates, ratio_of, simulate_ratios
from .table import Table, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class LikelihoodRatioTest(Tabular):
    """The result of ``bootstrap_lrt``, a test of L against L + 1 groups.

    Attributes
    ----------
    n_components : int
        The number of groups L that is tested.
    statistic : float
        Twice the nats that one more group gains: the gain in log-likelihood less the
        cost of the groups (equation B4 of the theory). It is the
        median of `statistics`, or the upper of the middle two.
    p_value : float
        Small if L groups are too few.
    null_statistics : ndarray of shape (n_resamples,)
        The statistics of panels simulated from L groups.
    statistics : ndarray of shape (J,)
        The observed statistics. There is one with independent draws, and one for every
        draw j of all managers with fixed draws.
    draws : {"independent", "fixed"}
        How the cells of a manager depend on each other.
    models : tuple of PanelGaussianMixture or DeconvolvedGaussianMixture
        The fits of L and of L + 1 groups that `statistic` compares. Those of a grid are
        fitted to the middles of the bins of the cells, with fixed draws to those of one
        draw.
    """

    n_components: int
    statistic: float
    p_value: float
    null_statistics: np.ndarray
    statistics: np.ndarray
    draws: str
    models: tuple

    @property
    def _table(self):
        fewer, n_draws = self.n_components, self.statistics.size
        level, how = 0.95, "every cell is an observation of its own"
        if observation_of(self.models[0]) == "estimate":
            how = "true alphas were simulated, and noise of every fund's standard error"
        if n_draws > 1:
            level, how = 0.975, f"twice the median p-value of {n_draws} draws"
        row = (
            fewer,
            fewer + 1,
            self.statistic,
            float(np.quantile(self.null_statistics, level)),
            self.p_value,
            self.null_statistics.size,
        )
        return Table(
            (
                "null",
                "alternative",
                "statistic",
                "critical_5_percent",
                "p_value",
                "simulated",
            ),
            (row,),
            formats=("", "", ".3f", ".3f", ".4f", ""),
            headings=(
                "null",
                "alternative",
                "statistic",
                "5 % critical value",
                "p-value",
                "simulated",
            ),
            title=f"Likelihood-ratio test of {fewer} against {fewer + 1} groups",
            notes=(f'draws="{self.draws}": {how}.',),
        )


def bootstrap_lrt(
    X,
    n_components,
    *,
    draws=None,
    n_resamples=999,
    random_state=None,
    estimator=None,
    resolution=None,
    progress=False,
):
    """Test a number of groups against one more, by a parametric bootstrap.

    Both mixtures are fitted to X. Panels of as many cells are then simulated from the
    fit with `n_components` groups, and both are fitted to each. The p-value says how
    often a simulated likelihood ratio reaches the observed one (McLachlan 1987). The
    chi-squared distribution is not valid here, because under the null hypothesis the
    parameters of one group are not identified.

    Parameters
    ----------
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        Alphas in decimals per period (or in any other unit), a row per manager; NaN
        where a draw does not exist. Or estimates and standard errors, with a
        DeconvolvedGaussianMixture as `estimator`.
    n_components : int
        The number of groups L that is tested against L + 1.
    draws : {"independent", "fixed"}, default=None
        How the cells of a manager depend on each other; a grid needs it, and estimates do
        not. With "independent" every cell is an observation of its own. With "fixed" only
        managers are independent. Then one draw of every manager is tested at a time, for at
        most 100 draws. The p-value is twice the median of these tests' p-values, which is
        valid for any dependence between them (Meinshausen, Meier and Buehlmann 2009).
        "posterior" raises an error, because such draws look like the number of groups that
        they were made under.
    n_resamples : int, default=999
        Number of simulated panels B. The smallest p-value is 1 / (B + 1), or 2 / (B + 1)
        with several fixed draws, where fewer than 39 panels never reject at 5 %.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result at every call.
    estimator : PanelGaussianMixture or DeconvolvedGaussianMixture, default=None
        For a grid, its `tied_variances` and `variance_floor` hold in all fits, and its
        `tol` in the `models`. For estimates, all its parameters but `n_components` hold in
        all fits. It is not changed. None stands for ``PanelGaussianMixture()``.
    resolution : float, default=None
        The step of a rounding that does not show, in the units of X: some alphas, or
        all, are multiples of it. It must be the coarsest such step. One finer than ties of
        cells show is refused. None finds the rounding that they show.
    progress : bool or callable, default=False
        True draws a tqdm bar if tqdm is installed, and a counter on stderr otherwise. A
        callable is called as ``progress(done, total)`` from time to time.

    Returns
    -------
    test : LikelihoodRatioTest
        It has `statistic`, `p_value`, `null_statistics` and both fitted `models`.

    Raises
    ------
    ValueError
        If X cannot be fitted, has too few observations, has a dozen equal cells that
        rounding does not explain, or has a group no wider than the rounding. If a
        parameter is invalid.
    TypeError
        If X is sparse, or a parameter has the wrong type.

    See Also
    --------
    select_n_components : Compares several numbers of groups by a criterion.
    bootstrap_gap : Tests a number of groups against any mixture.

    Notes
    -----
    Observed and simulated cells are counted in bins of at most a quarter of the narrowest
    group's standard deviation, or in 4,096 bins if that takes more. The same search from
    the same starts finds observed and simulated ratios. The cost of the groups is
    subtracted from each log-likelihood, as when ``fit`` chooses between optima (equation
    P1 of the theory), so that a few close cells make no group. There is no
    `sample_weight`, because it is not defined how to simulate a panel with weights.

    Where cells are rounded, the edges of the bins lie midway between the values that they
    share. The counts are the same as before rounding, so simulated panels need none. Where
    a finer rounding too may have moved cells across an edge, the bins on both sides share
    them. No group narrower than the distance between values is found.

    A simulated table of estimates has true alphas from the fit with `n_components` groups,
    and noise of every fund's standard error. ``fit`` itself fits both mixtures to every
    table, so 199 tables of 255 funds take some 9 seconds for L = 1, and 30 for L = 2.

    References
    ----------
    McLachlan (1987), "On bootstrapping the likelihood ratio test statistic for the
    number of components in a normal mixture", Applied Statistics 36, 318-324.

    Meinshausen, Meier and Buehlmann (2009), "p-values for high-dimensional
    regression", Journal of the American Statistical Association 104, 1671-1681.

    Examples
    --------
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import bootstrap_lrt
    >>> alphas, _ = make_alpha_panel(50, 20, means=[-0.02, 0.02], random_state=0)
    >>> options = {"draws": "independent", "n_resamples": 99, "random_state": 0}
    >>> bootstrap_lrt(alphas, 1, **options).p_value
    0.01
    """
    n_components = check_whole("n_components", n_components, 1, "groups to test")
    n_resamples = check_whole("n_resamples", n_resamples, 1, "panels to simulate")
    check_resolution(resolution)
    check_progress(progress)
    template, rng = check_estimator(estimator), check_random_state(random_state)
    numbers = (n_components, n_components + 1)
    models = [clone(template).set_params(n_components=number) for number in numbers]
    if observation_of(template) == "estimate":
        check_draws_of_estimates(draws)
        check_no_resolution(resolution)
        return _test_estimates(models, X, n_resamples, rng, progress)
    check_draws_of_test(draws)
    cells, points = compress_for(models, X, None)
    limits = [constraints_of(model, cells, fixed_of(model)) for model in models]
    n, unit = cells.n_cells, "cell"
    if draws == "fixed":
        n, unit = count_managers(cells), "manager"
    check_enough(n, limits[1].n_parameters, unit)
    tested_cells, points = skewed_to_the_right(cells, points)
    rounding = rounding_of(tested_cells, draws, resolution)
    fitted = find_optimum(points.coarse, n_components, limits[0].on(points.coarse))
    counted = partial(count_grids, tested_cells, draws)
    search, bins, observed = find_null(fitted, counted, limits, rounding)
    check_step(rounding, search.truth, cells.scale)
    with reporting(progress, "panels", len(observed) + n_resamples) as report:
        statistics, null, tested, mixtures = bootstrap_ratios(
            observed, bins, search, n_resamples, rng, progress=report
        )
    grouped = points_of(bins, observed[tested])
    if tested_cells.scale < 0:
        grouped, mixtures = mirror_points(grouped), map(mirror_mixture, mixtures)
    publish_each(models, mixtures, search.limits, grouped, cells, X)
    return LikelihoodRatioTest(
        n_components,
        middle(statistics),
        combined_p_value(statistics, null),
        null,
        statistics,
        draws,
        tuple(models),
    )


def _test_estimates(models, X, n_resamples, rng, progress):
    """The test for estimates with standard errors, whose noise is drawn anew."""
    fit_to_estimates(models, X)
    check_enough(models[1].n_cells_, models[1].n_parameters_, "fund")
    statistic = ratio_of(models, X)
    with reporting(progress, "tables", n_resamples) as report:
        null = simulate_ratios(models, X, n_resamples, rng, report)
    statistics = np.array([statistic])
    return LikelihoodRatioTest(
        models[0].n_components,
        statistic,
        combined_p_value(statistics, null),
        null,
        statistics,
        "independent",
        tuple(models),
    )
