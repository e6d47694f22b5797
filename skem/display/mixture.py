"""The data of a fit in a histogram, and the fitted density."""

import numpy as np

from ..checks.mixture import check_groups
from ..checks.scalars import check_whole
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import estimates_of, grid_of, grid_of_estimates, mixture_of
from ..numerics.model.mixture import Mixture, log_joint
from ..numerics.posterior.shrinkage import density_of_estimates
from .bars import count_cells, tallest
from .base import BaseAlphaDisplay
from .canvas import legend_above, looks, places_of_curves, read_unit, require_matplotlib
from .checks import check_edges, check_finite, check_masses, fitted_of

# The greatest density of true alphas that is shown, in multiples of the highest bar.
TRUE = 3.0

# The least weight that a label shows in digits.
LEAST = 1e-4

# The number of alphas where the density of the estimates is computed.
PLACES = 201


class MixtureDisplay(BaseAlphaDisplay):
    """Draw the histogram of alphas, the density of each group, and their sum.

    For estimates with standard errors, the groups are of the true alphas, and another line
    is the density of the estimates: that of the true alphas with the noise of the funds.
    The picture shows the bulk of the data. The legend counts what is outside.

    Parameters
    ----------
    edges : array-like of shape (B + 1,)
        Ascending ends of B bins of equal width, in the units of X.
    masses : array-like of shape (B,)
        The number of alphas or estimates in each bin, by the weights of the managers.
    weights, means, variances : array-like of shape (L,)
        The groups, in the units of X and in their squares. A variance of 0 is a point mass,
        which is drawn as an arrow.
    n_below, n_above : float, default=0
        The number of alphas or estimates below the first bin, and above the last.
    seen : array-like of shape (2, P), default=None
        For estimates: alphas, and the density of the estimates there. None if the data are
        alphas.

    Attributes
    ----------
    histogram_ : matplotlib StepPatch
        The histogram.
    components_ : list of matplotlib Line2D
        The density of each group times its weight.
    line_, seen_line_ : matplotlib Line2D
        The density of the mixture (equation F of the theory), and that of the estimates,
        None if the data are alphas.

    See Also
    --------
    MembershipDisplay : The group probabilities of managers.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import MixtureDisplay
    >>> display = MixtureDisplay([-2, -1, 0, 1, 2], [2, 4, 4, 2], [1], [0], [1])
    >>> display.plot(Figure().subplots(), unit=(1200, "% a year")).ax_.get_xlabel()
    'alpha, % a year'
    """

    def __init__(
        self, edges, masses, weights, means, variances, *, n_below=0, n_above=0, seen=None
    ):
        self.edges = check_edges(edges)
        self.masses = check_masses(masses, self.edges.size - 1)
        self.weights, self.means, self.variances = check_groups(
            weights, means, variances, point_masses=seen is not None
        )
        self.n_below = float(n_below)
        self.n_above = float(n_above)
        if seen is not None:
            at, density = seen
            at = check_finite("seen[0]", at, each="alpha")
            seen = np.stack([at, check_finite("seen[1]", density, at.size, each="alpha")])
        self.seen = seen

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        sample_weight=None,
        bins=None,
        unit=None,
        group_names=None,
        ax=None,
    ):
        """Count alphas or estimates in bins, and draw them with the fitted groups.

        Parameters
        ----------
        estimator : PanelGaussianMixture or DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, M), (N, 2) or (N, 3)
            Alphas, a row per manager; NaN where a draw does not exist. The grid is
            read in blocks and not copied; it may be a ``dask.array``. Or estimates and
            standard errors, a row per fund.
        sample_weight : array-like of shape (N,), default=None
            How often each manager counts.
        bins : int, default=None
            Number of bins; None counts enough to show the narrowest group.
        unit : tuple of float and str, default=None
            A factor for alphas and its name, ``(1200, "% a year")``; None draws decimals.
        group_names : sequence of str of length L, default=None
            Names of the groups for the legend; None numbers them.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : MixtureDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, ImportError
            If the estimator is not fitted, X has no observed cell or an infinite one, a
            parameter is invalid, or matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import PanelGaussianMixture
        >>> from skem.display import MixtureDisplay
        >>> X = [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]]
        >>> fitted, ax = PanelGaussianMixture().fit(X), Figure().subplots()
        >>> MixtureDisplay.from_estimator(fitted, X, bins=4, ax=ax).masses
        array([3., 0., 0., 3.])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        read_unit(unit)
        if bins is not None:
            bins = check_whole("bins", bins, 1, "bins, or None to count enough")
        estimator, X = fitted_of(estimator, X)
        mixture, seen = mixture_of(estimator), None
        if isinstance(estimator, DeconvolvedGaussianMixture):
            rows = estimates_of(estimator, X, sample_weight)
            edges, counted = count_cells(
                grid_of_estimates(rows), _as_seen(mixture, rows), bins
            )
            at = np.linspace(edges[0], edges[-1], PLACES)
            seen = at, density_of_estimates(rows, mixture, at)
        else:
            grid = grid_of(estimator, X, sample_weight)
            edges, counted = count_cells(grid, mixture, bins)
        beyond = {"n_below": counted.below, "n_above": counted.above}
        display = cls(edges, counted.masses, *mixture, **beyond, seen=seen)
        return display.plot(ax, unit=unit, group_names=group_names)

    def _draw(self, ax, scale, unit, labels):
        bars = self.masses / self._total / np.diff(self.edges)
        at = places_of_curves(
            self.edges[[0, -1]], self.means, np.sqrt(self.variances), 501, 61
        )
        densities = self._densities(at)
        total = densities.sum(axis=0)
        top = tallest(bars, self.masses, total)
        if self.seen is not None:
            highest = np.maximum(total.max(), self.seen[1].max())
            top = tallest(bars, self.masses, highest, TRUE)
        self.histogram_ = ax.stairs(
            bars / scale, self.edges * scale, fill=True, color="0.86", label=self._data()
        )
        self.components_ = self._draw_groups(ax, at, densities, scale, top, labels)
        label = "all groups" if self.seen is None else "all groups: true alphas"
        black = {"color": "black", "linewidth": 1.1, "label": label}
        (self.line_,) = ax.plot(at * scale, total / scale, **black)
        self.seen_line_ = None
        if self.seen is not None:
            label = "true alphas with the noise of the estimates"
            dashed = black | {"linestyle": "--", "linewidth": 1.4, "label": label}
            (self.seen_line_,) = ax.plot(
                self.seen[0] * scale, self.seen[1] / scale, **dashed
            )
        ax.set_xlim(at[0] * scale, at[-1] * scale)
        ax.set_xlabel(f"alpha, {unit}")
        ax.set_ylabel("density")
        ax.set_ylim(0, 1.04 * top / scale)
        what = "Alphas" if self.seen is None else "True alphas behind the estimates,"
        legend_above(ax, f"{what} and their groups", 2)

    def _densities(self, at):
        """The density (L, n) of each group times its weight; 0 of a point mass."""
        densities = np.zeros((self.means.size, at.size))
        wide = self.variances > 0
        mixture = Mixture(self.weights[wide], self.means[wide], self.variances[wide])
        densities[wide] = np.exp(log_joint(at, mixture))
        return densities

    def _draw_groups(self, ax, at, densities, scale, top, labels):
        """The lines of the groups; that of a point mass is an arrow."""
        lines = []
        for group, (density, look) in enumerate(zip(densities, looks(labels), strict=True)):
            look["label"] = self._describe(group, look["label"], scale, density.max() > top)
            x, y, style = at, density, "-"
            if self.variances[group] == 0:
                x, y, style = self.means[[group, group]], np.array([0.0, top]), "-^"
            lines += ax.plot(
                x * scale, y / scale, style, linewidth=2.2, markevery=[1], **look
            )
        return lines

    @property
    def _total(self):
        return self.masses.sum() + self.n_below + self.n_above

    def _data(self):
        outside = [
            f"{count:,.6g} {where}"
            for count, where in ((self.n_below, "below"), (self.n_above, "above"))
            if count
        ]
        what = "alphas" if self.seen is None else "estimates"
        label = f"{self._total:,.10g} {what}"
        return f"{label}\n({' and '.join(outside)} this range)" if outside else label

    def _describe(self, group, name, scale, cut):
        mean, sd = scale * self.means[group], scale * np.sqrt(self.variances[group])
        weight = f"{100 * self.weights[group]:.3g} %"
        if 0 < self.weights[group] < LEAST:
            weight = f"below {100 * LEAST:g} %"
        low, high = scale * self.edges[[0, -1]]
        remark = "" if low <= mean <= high else ", outside this range"
        remark = ", peak cut" if cut else remark
        where = f"mean {mean:.3g}, sd {sd:.3g}" if sd > 0 else f"all at {mean:.3g}"
        return f"{name}, {weight}: {where}{remark}"


def _as_seen(mixture, rows):
    """The mixture as wide as estimates show it."""
    there = ~np.isnan(rows.table).any(axis=1)
    noise = np.square(np.median(rows.table[there, 1])) if there.any() else 0.0
    return mixture._replace(variances=mixture.variances + noise)
