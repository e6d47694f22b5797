"""The parametric bootstrap of the gap of L groups to any number of them."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from ..checks.scalars import check_whole, counted
from ..estimator.parts import (
    constraints_of,
    estimates_of,
    fixed_of,
    mixture_of,
    observation_of,
)
from ..numerics.bootstrap.funds import draw_table
from ..numerics.bootstrap.gap import bootstrap_gaps, default_width, gap_from, null_of_gaps
from ..numerics.bootstrap.likelihood_ratio import combined_p_value, middle
from ..numerics.bootstrap.replicates import count_managers, points_of
from ..numerics.model.mixture import standardise
from ..numerics.search.insertion import find_optimum
from .checks import (
    check_draws_of_estimates,
    check_draws_of_test,
    check_enough,
    check_estimator,
    check_no_resolution,
    check_progress,
)
from .fitting import compress_for, fit_each, publish_each
from .gap import check_usable, check_width
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
from .table import Table, Tabular


@dataclass(frozen=True, eq=False, repr=False)
class GapTest(Tabular):
    """The result of a bootstrap test of L groups against any number of groups.

    Attributes
    ----------
    n_components : int
        The number of groups L that is tested.
    statistic : float
        The gap in nats: what the best mixture of any number of groups gains over L groups.
        It is the median of `statistics`, or the upper of the middle two.
    p_value : float
        Small if L normal groups are too few, or not normal.
    least_sd : float
        The standard deviation that all groups have at least, in the units of X.
    null_statistics : ndarray of shape (n_resamples,)
        The gaps of panels simulated from L groups.
    statistics : ndarray of shape (J,)
        The observed gaps. There is one with independent draws, and one for every draw j of
        all managers with fixed draws.
    draws : {"independent", "fixed"}
        How the cells of a manager depend on each other.
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        The fit of L groups behind `statistic`. That of a grid is fitted to the middles of
        the bins of the cells, with fixed draws to those of one draw.

    Examples
    --------
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import bootstrap_gap
    >>> alphas, _ = make_alpha_panel(
    ...     50, 20, weights=[0.5, 0.5], means=[-0.02, 0.02],
    ...     variances=[1e-4, 1e-4], random_state=0,
    ... )
    >>> test = bootstrap_gap(
    ...     alphas, 1, draws="independent", n_resamples=19, random_state=0
    ... )
    >>> test.null_statistics.shape
    (19,)
    """

    n_components: int
    statistic: float
    p_value: float
    least_sd: float
    null_statistics: np.ndarray
    statistics: np.ndarray
    draws: str
    model: object

    @property
    def _table(self):
        n_draws, level = self.statistics.size, 0.95
        how = "every cell is an observation of its own"
        if observation_of(self.model) == "estimate":
            how = "true alphas were simulated, and noise of every fund's standard error"
        if n_draws > 1:
            level, how = 0.975, f"twice the median p-value of {n_draws} draws"
        critical = float(np.quantile(self.null_statistics, level))
        row = (
            self.n_components,
            self.least_sd,
            self.statistic,
            critical,
            self.p_value,
            self.null_statistics.size,
        )
        others = "any mixture of groups as wide" if self.least_sd else "any distribution"
        return Table(
            ("null", "least_sd", "gap", "critical_5_percent", "p_value", "simulated"),
            (row,),
            formats=("", ".4g", ".3f", ".3f", ".4f", ""),
            headings=(
                "null",
                "least sd",
                "gap",
                "5 % critical value",
                "p-value",
                "simulated",
            ),
            title=f"Test of {counted(self.n_components, 'group')} against {others}",
            notes=(f'draws="{self.draws}": {how}.',),
        )


def bootstrap_gap(
    X,
    n_components,
    *,
    draws=None,
    least_sd=None,
    n_resamples=999,
    random_state=None,
    estimator=None,
    resolution=None,
    progress=False,
):
    """Test a number of groups against any mixture, by a parametric bootstrap.

    L groups and the best mixture of any number of groups are fitted to X. Panels of as many
    cells are then simulated from the L groups, and both are fitted to each. The p-value
    says how often a simulated gap reaches the observed one. The alternative is every
    mixture of groups that are not too narrow, and for estimates with errors every
    distribution of true alphas.

    Parameters
    ----------
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        Alphas in decimals per period (or in any other unit), a row per manager; NaN
        where a draw does not exist. Or estimates and standard errors, with a
        DeconvolvedGaussianMixture as `estimator`.
    n_components : int
        The number of groups L that is tested.
    draws : {"independent", "fixed"}, default=None
        How the cells of a manager depend on each other, as in :func:`bootstrap_lrt`. A
        grid needs it, and estimates do not.
    least_sd : float, default=None
        The standard deviation that groups have at least, in the units of X. None stands
        for half of that of the narrowest of the L groups, or all of it where that takes
        too many locations; for estimates with errors it stands for 0.
    n_resamples : int, default=999
        Number of simulated panels B. The smallest p-value is 1 / (B + 1), or 2 / (B + 1)
        with several fixed draws, where fewer than 39 panels never reject at 5 %.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result at every call.
    estimator : PanelGaussianMixture or DeconvolvedGaussianMixture, default=None
        For a grid, its `tied_variances` and `variance_floor` hold in all fits, and its
        `tol` in the `model`. For estimates, all its parameters but `n_components` hold in
        the `model`. It is not changed. None stands for ``PanelGaussianMixture()``.
    resolution : float, default=None
        The step of a rounding that does not show, in the units of X, as in
        :func:`bootstrap_lrt`.
    progress : bool or callable, default=False
        True draws a tqdm bar if tqdm is installed, and a counter on stderr otherwise. A
        callable is called as ``progress(done, total)`` from time to time.

    Returns
    -------
    test : GapTest
        It has `statistic`, `p_value`, `null_statistics` and the fitted `model`.

    Raises
    ------
    ValueError
        If X cannot be fitted, has too few observations, has a dozen equal cells that
        rounding does not explain, or has a group no wider than the rounding. If a
        parameter is invalid, or `least_sd` too small.
    TypeError
        If X is sparse, or a parameter has the wrong type.

    See Also
    --------
    bootstrap_lrt : Tests a number of groups against one more.
    global_gap : Bounds the gap of a fit without a test.

    Notes
    -----
    The hypothesis is that cells come from L normal groups that are at least `least_sd`
    wide. All fits of L groups keep that width. Where a few groups are missing, the test
    rejects less often than :func:`bootstrap_lrt`, because its alternative is wide.

    Cells are counted in bins of an eighth of `least_sd`, or in about 4,096 bins if that
    takes more, whose edges no rounding crosses, as in :func:`bootstrap_lrt`. So the
    statistic differs a little from the `gap` of :func:`global_gap`, which is an upper
    bound for all cells. Estimates are simulated as in :func:`bootstrap_lrt`.

    References
    ----------
    Lindsay (1983), "The geometry of mixture likelihoods: a general theory", Annals of
    Statistics 11, 86-94.

    McLachlan (1987), "On bootstrapping the likelihood ratio test statistic for the
    number of components in a normal mixture", Applied Statistics 36, 318-324.

    Examples
    --------
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import bootstrap_gap
    >>> alphas, _ = make_alpha_panel(
    ...     50, 20, weights=[0.5, 0.5], means=[-0.02, 0.02],
    ...     variances=[1e-4, 1e-4], random_state=0,
    ... )
    >>> test = bootstrap_gap(
    ...     alphas, 1, draws="independent", n_resamples=99, random_state=0
    ... )
    >>> test.p_value
    0.01
    """
    n_components = check_whole("n_components", n_components, 1, "groups to test")
    n_resamples = check_whole("n_resamples", n_resamples, 1, "panels to simulate")
    if least_sd is not None:
        least_sd = check_width(least_sd)
    check_resolution(resolution)
    check_progress(progress)
    template, rng = check_estimator(estimator), check_random_state(random_state)
    model = clone(template).set_params(n_components=n_components)
    if observation_of(template) == "estimate":
        check_draws_of_estimates(draws)
        check_no_resolution(resolution)
        return _test_estimates(model, X, least_sd, n_resamples, rng, progress)
    check_draws_of_test(draws)
    cells, points = compress_for([model], X, None)
    limits = constraints_of(model, cells, fixed_of(model))
    n, unit = cells.n_cells, "cell"
    if draws == "fixed":
        n, unit = count_managers(cells), "manager"
    check_enough(n, limits.n_parameters, unit, counted(n_components, "group"))
    tested_cells, points = skewed_to_the_right(cells, points)
    rounding = rounding_of(tested_cells, draws, resolution)
    fitted = find_optimum(points.coarse, n_components, limits.on(points.coarse))
    width_of = partial(_width, points, least_sd, cells.scale)
    null, bins, observed = null_of_gaps(
        fitted, partial(count_grids, tested_cells, draws), limits, width_of, rounding
    )
    check_step(rounding, null.truth, cells.scale)
    check_bins(least_sd, bins, cells.scale)
    with reporting(progress, "panels", len(observed) + n_resamples) as report:
        statistics, gaps, tested, mixture = bootstrap_gaps(
            observed, bins, null, n_resamples, rng, progress=report
        )
    grouped = points_of(bins, observed[tested])
    if tested_cells.scale < 0:
        grouped, mixture = mirror_points(grouped), mirror_mixture(mixture)
    publish_each([model], [mixture], [null.limits], grouped, cells, X)
    return GapTest(
        n_components,
        middle(statistics),
        combined_p_value(statistics, gaps),
        null.sd * cells.scale,
        gaps,
        statistics,
        draws,
        model,
    )


def _width(points, least_sd, unit, mixture):
    """The least sd in standard units: the one given, or that of a mixture by default."""
    sd = default_width(points, mixture) if least_sd is None else least_sd / unit
    check_usable([sd], [sd * unit], unit, points)
    return sd


def check_bins(least_sd, bins, unit):
    """Raise if a least sd is given, and below the width of the bins."""
    if least_sd is not None and least_sd < bins.width * unit:
        raise ValueError(
            f"least_sd={least_sd} is below {bins.width * unit:.3g}, the width of the bins "
            "that cells are counted in: no group may be narrower than a bin. Pass a larger "
            "one, or None."
        )


def _test_estimates(model, X, least_sd, n_resamples, rng, progress):
    """The test for estimates with standard errors, whose noise is drawn anew."""
    template = clone(model)
    cells, points = compress_for([model], X, None)
    fit_each([model], cells, points, X, None)
    check_enough(
        model.n_cells_,
        model.n_parameters_,
        "fund",
        counted(model.n_components, "group"),
    )
    if least_sd is None:
        truth = standardise(mixture_of(model), cells.centre, cells.scale)
        noisy = cells.noise_level > 0
        least_sd = 0.0 if noisy else default_width(points, truth) * cells.scale
    check_usable([least_sd / cells.scale], [least_sd], cells.scale, points)
    statistic = _gap_of(template, X, mixture_of(model), least_sd)
    table, gaps = estimates_of(model, X).table, np.empty(n_resamples)
    with reporting(progress, "tables", n_resamples) as report:
        for number in range(n_resamples):
            drawn = draw_table(table, mixture_of(model), rng)
            gaps[number] = _gap_of(template, drawn, mixture_of(model), least_sd)
            if report:
                report(number + 1, n_resamples)
    statistics = np.array([statistic])
    p_value = combined_p_value(statistics, gaps)
    return GapTest(
        model.n_components,
        statistic,
        p_value,
        least_sd,
        gaps,
        statistics,
        "independent",
        model,
    )


def _gap_of(template, table, mixture, least_sd):
    """The gap of a table of estimates, searched from a mixture on."""
    model = clone(template)
    cells, points = compress_for([model], table, None)
    limits = constraints_of(model, cells, fixed_of(model))
    truth = standardise(mixture, cells.centre, cells.scale)
    return gap_from(points, truth, limits, least_sd / cells.scale)
