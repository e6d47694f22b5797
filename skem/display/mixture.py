"""The cells of a grid and the fitted density."""

import numpy as np

from ..checks.mixture import check_mixture
from ..checks.scalars import check_whole
from ..estimator.parts import grid_of, mixture_of
from ..mixture import PanelGaussianMixture
from ..numerics.model.mixture import Mixture, log_joint
from .bars import check_edges, check_masses, count_cells, tallest
from .base import BaseAlphaDisplay
from .canvas import (
    colours,
    fitted_of,
    legend_over,
    read_unit,
    require_matplotlib,
)


class MixtureDisplay(BaseAlphaDisplay):
    """Draw the histogram of a grid's cells, the density of each group, and their sum.

    The picture shows the bulk of the cells. The legend counts those outside.

    Parameters
    ----------
    edges : array-like of shape (B + 1,)
        Ascending ends of B bins of equal width, in the units of X.
    masses : array-like of shape (B,)
        The number of cells in each bin, weighted by the managers' weights.
    weights : array-like of shape (L,)
        Weights of the groups.
    means : array-like of shape (L,)
        Means of the groups, in the units of X.
    variances : array-like of shape (L,)
        Variances of the groups, in squared units of X.
    n_below : float, default=0
        The number of cells below the first bin.
    n_above : float, default=0
        The number of cells above the last bin.

    Attributes
    ----------
    edges, masses, weights, means, variances, n_below, n_above
        The given data, in arrays of float64.
    ax_ : matplotlib Axes
        The axes of the picture.
    figure_ : matplotlib Figure
        The figure of those axes.
    histogram_ : matplotlib StepPatch
        The histogram.
    components_ : list of matplotlib Line2D
        The density of each group times its weight.
    line_ : matplotlib Line2D
        The density of the mixture (equation F of the theory).

    See Also
    --------
    MembershipDisplay : The group probabilities of managers.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem import PanelGaussianMixture
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.display import MixtureDisplay
    >>> alphas, _ = make_alpha_panel(50, 20, means=[-2e-3, 2e-3], random_state=0)
    >>> model = PanelGaussianMixture().fit(alphas)
    >>> display = MixtureDisplay.from_estimator(
    ...     model, alphas, unit=(1200, "% a year"), ax=Figure().subplots()
    ... )
    >>> display.ax_.get_xlabel()
    'alpha, % a year'
    >>> float(display.masses.sum())
    1000.0
    """

    def __init__(self, edges, masses, weights, means, variances, *, n_below=0, n_above=0):
        self.edges = check_edges(edges)
        self.masses = check_masses(masses, self.edges.size - 1)
        length = np.size(weights)
        self.weights, self.means, self.variances = check_mixture(
            weights, means, variances, length
        )
        self.n_below = float(n_below)
        self.n_above = float(n_above)

    @classmethod
    def from_estimator(
        cls, estimator, X, *, sample_weight=None, bins=None, unit=None, ax=None
    ):
        """Count the cells of a grid in bins, and draw them with the fitted groups.

        Parameters
        ----------
        estimator : PanelGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist. The grid is
            read in blocks and not copied; it may be a ``dask.array``.
        sample_weight : array-like of shape (N,), default=None
            How often each manager counts.
        bins : int, default=None
            Number of bins; None counts enough to show the narrowest group.
        unit : tuple of float and str, default=None
            A factor that drawn alphas are multiplied by, and the name of their unit,
            as in ``(1200, "% a year")``. None draws decimals per period.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : MixtureDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X has no observed cell, or an infinite one, or a parameter is invalid.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import PanelGaussianMixture
        >>> from skem.display import MixtureDisplay
        >>> alphas = [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]]
        >>> display = MixtureDisplay.from_estimator(
        ...     PanelGaussianMixture().fit(alphas), alphas, bins=4, ax=Figure().subplots()
        ... )
        >>> display.masses
        array([3., 0., 0., 3.])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        read_unit(unit)
        if bins is not None:
            bins = check_whole("bins", bins, 1, "bins, or None to count enough")
        estimator, X = fitted_of(
            estimator,
            X,
            PanelGaussianMixture,
            "PanelGaussianMixture, whose density is that of the cells of a grid. Pass "
            "other groups and counts to the constructor.",
        )
        grid = grid_of(estimator, X, sample_weight)
        edges, counted = count_cells(grid, mixture_of(estimator), bins)
        display = cls(
            edges,
            counted.masses,
            *mixture_of(estimator),
            n_below=counted.below,
            n_above=counted.above,
        )
        return display.plot(ax, unit=unit)

    def _draw(self, ax, scale, unit):
        bars = self.masses / self._total / np.diff(self.edges)
        at = self._places()
        mixture = Mixture(self.weights, self.means, self.variances)
        densities = np.exp(log_joint(at, mixture))
        total = densities.sum(axis=0)
        top = tallest(bars, self.masses, total)

        self.histogram_ = ax.stairs(
            bars / scale, self.edges * scale, fill=True, color="0.86", label=self._cells()
        )
        self.components_ = [
            ax.plot(
                at * scale,
                density / scale,
                color=colour,
                linewidth=2.2,
                label=self._describe(group, scale, density.max() > top),
            )[0]
            for group, (density, colour) in enumerate(
                zip(densities, colours(self.means.size), strict=True)
            )
        ]
        (self.line_,) = ax.plot(
            at * scale, total / scale, color="black", linewidth=1.1, label="mixture"
        )
        ax.set_xlim(at[0] * scale, at[-1] * scale)
        ax.set_xlabel(f"alpha, {unit}")
        ax.set_ylabel("density")
        ax.set_ylim(0, top / scale)
        legend_over(ax)

    @property
    def _total(self):
        return self.masses.sum() + self.n_below + self.n_above

    def _places(self):
        """The alphas where curves are computed: denser around narrow groups."""
        low, high = self.edges[[0, -1]]
        around = np.sqrt(self.variances) * np.linspace(-5, 5, 61)[:, None]
        near = (self.means + around).ravel()
        near = near[(near > low) & (near < high)]
        return np.union1d(np.linspace(low, high, 501), near)

    def _cells(self):
        outside = [
            f"{count:,.6g} {where}"
            for count, where in ((self.n_below, "below"), (self.n_above, "above"))
            if count
        ]
        label = f"{self._total:,.10g} cells"
        return f"{label}\n({' and '.join(outside)} this range)" if outside else label

    def _describe(self, group, scale, cut):
        mean, sd = scale * self.means[group], scale * np.sqrt(self.variances[group])
        weight = f"{100 * self.weights[group]:.3g} %"
        low, high = scale * self.edges[[0, -1]]
        remark = "" if low <= mean <= high else ", outside this range"
        remark = ", peak cut" if cut else remark
        return f"group {group}, {weight}: mean {mean:.3g}, sd {sd:.3g}{remark}"
