"""Noise-reduced alphas by name, with intervals."""

import numpy as np

from ..checks.scalars import check_level
from ..estimator.parts import mixture_of
from ..numerics.posterior import shrinkage
from .canvas import (
    ONE_BY_ONE,
    PALETTE,
    describe_top,
    describe_unseen,
    legend_above,
    name_rows,
    open_axes,
    outside,
    read_unit,
    require_matplotlib,
    size_for,
    visible,
)
from .checks import check_finite, check_names, check_top, read_funds


class CaterpillarDisplay:
    """Draw the noise-reduced alphas of funds with their intervals, in order.

    The picture shows the bulk of the funds. The label counts those outside.

    Parameters
    ----------
    posterior_means : array-like of shape (N,)
        The posterior means of the true alphas, in decimals per period.
    lower, upper : array-like of shape (N,)
        Ends of the intervals.
    names : sequence of length N, default=None
        Names of the funds; None numbers them.
    estimates : array-like of shape (N,), default=None
        The estimates with their noise, to be drawn too; None draws none.
    level : float, default=None
        Posterior probability of each interval, between 0 and 1, for the legend.
    n_left_out : int, default=0
        The number of funds left out because they have no estimate, for the label.

    Attributes
    ----------
    order_ : ndarray of shape (N,)
        Funds from top to bottom: the highest posterior mean is on top.
    intervals_ : matplotlib LineCollection or PolyCollection
        A line for each interval, or a band of those of more than 60 funds.
    dots_ : matplotlib Line2D
        The posterior means, which a line joins for more than 60 funds.

    See Also
    --------
    ShrinkageDisplay : Noise-reduced alphas over estimates.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import CaterpillarDisplay
    >>> display = CaterpillarDisplay(
    ...     [-0.01, 0.02], [-0.03, 0.0], [0.01, 0.04], names=["Ashe", "Birk"]
    ... ).plot(Figure().subplots())
    >>> display.names[display.order_]
    array(['Birk', 'Ashe'], dtype=object)
    """

    def __init__(
        self,
        posterior_means,
        lower,
        upper,
        names=None,
        *,
        estimates=None,
        level=None,
        n_left_out=0,
    ):
        self.posterior_means = check_finite("posterior_means", posterior_means)
        length = self.posterior_means.size
        self.lower = check_finite("lower", lower, length)
        self.upper = check_finite("upper", upper, length)
        self.names = check_names(names, length)
        if estimates is not None:
            estimates = check_finite("estimates", estimates, length)
        self.estimates = estimates
        self.level = None if level is None else check_level(level)
        self.n_left_out = n_left_out

    @classmethod
    def from_estimator(
        cls, estimator, X, *, level=0.95, names=None, unit=None, top=None, ax=None
    ):
        """Compute noise-reduced alphas and their intervals, and draw them.

        Funds without an estimate are left out.

        Parameters
        ----------
        estimator : DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, 2) or (N, 3)
            Estimates and their standard errors, a row per fund.
        level : float, default=0.95
            Posterior probability of each interval, between 0 and 1.
        names : sequence of length N, default=None
            Names of the funds; None takes the index of a DataFrame, or numbers.
        unit : tuple of float and str, default=None
            A factor for alphas and its name, ``(1200, "% a year")``; None draws decimals.
        top : int, default=None
            The number of funds to draw, from the top; None draws all.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : CaterpillarDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, ImportError
            If the estimator is not fitted, X is not a table of estimates, a parameter is
            invalid, or matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import DeconvolvedGaussianMixture
        >>> from skem.display import CaterpillarDisplay
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted, ax = DeconvolvedGaussianMixture(1).fit(X), Figure().subplots()
        >>> CaterpillarDisplay.from_estimator(fitted, X, ax=ax).order_
        array([3, 2, 1, 0])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        read_unit(unit)
        given = X
        estimator, X, rows, there = read_funds(estimator, X)
        names = check_names(names, there.size, given)
        means = shrinkage.summaries(rows, mixture_of(estimator))[there, 0]
        lower, upper = np.asarray(estimator.posterior_interval(X, level))[there].T
        display = cls(
            means,
            lower,
            upper,
            names[there],
            estimates=rows.table[there, 0],
            level=level,
            n_left_out=int(np.count_nonzero(~there)),
        )
        return display.plot(ax, unit=unit, top=top)

    def plot(self, ax=None, *, unit=None, top=None):
        """Draw a line and a dot for every fund.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        unit : tuple of float and str, default=None
            A factor for alphas and its name, ``(1200, "% a year")``; None draws decimals.
        top : int, default=None
            The number of funds to draw, from the top; None draws all.

        Returns
        -------
        self : CaterpillarDisplay
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import CaterpillarDisplay
        >>> display = CaterpillarDisplay([-0.01, 0.02], [-0.03, 0.0], [0.01, 0.04])
        >>> display.plot(Figure().subplots(), unit=(100, "%")).ax_.get_xlabel()
        'alpha, %'
        """
        scale, unit = read_unit(unit)
        top = check_top(top, self.posterior_means.size)
        self.order_ = np.argsort(-self.posterior_means, kind="stable")[:top]
        names = self.names[self.order_]
        ax = open_axes(ax, self, size_for(names))
        means, lower, upper = (
            scale * values[self.order_]
            for values in (self.posterior_means, self.lower, self.upper)
        )
        drawn = [means, lower, upper]
        if self.estimates is not None:
            drawn.append(scale * self.estimates[self.order_])
            self._draw_estimates(ax, drawn[-1])
        self._draw_intervals(ax, means, lower, upper)
        ax.axvline(0, color="0.3", linewidth=0.8, zorder=0)
        ends = visible(*drawn)
        ax.set_xlim(ends)
        ax.set_xlabel(f"alpha, {unit}")
        which = describe_top(top, self.names.size, "funds")
        legend_above(ax, f"Noise-reduced alphas{which}", 3)
        unseen = np.count_nonzero(outside(ends, *drawn))
        note = describe_unseen(unseen, self.n_left_out)
        name_rows(ax, names, note, noun="fund")
        return self

    def _draw_estimates(self, ax, estimates):
        few = estimates.size <= ONE_BY_ONE
        ax.plot(
            estimates,
            np.arange(estimates.size),
            "|" if few else ".",
            markersize=6 if few else 1.5,
            alpha=1.0 if few else 0.5,
            color="0.55",
            label="estimate",
        )

    def _draw_intervals(self, ax, means, lower, upper):
        """Lines and dots for a few funds, a band and a curve for many."""
        places = np.arange(means.size)
        share = "" if self.level is None else f"{100 * self.level:g} % "
        look = {"color": PALETTE[4], "label": f"{share}interval"}
        if places.size <= ONE_BY_ONE:
            self.intervals_ = ax.hlines(places, lower, upper, linewidth=2.0, **look)
        else:
            self.intervals_ = ax.fill_betweenx(
                places, lower, upper, step="mid", alpha=0.6, linewidth=0, **look
            )
        (self.dots_,) = ax.plot(
            means,
            places,
            "o" if places.size <= ONE_BY_ONE else "-",
            color=PALETTE[1],
            markersize=4,
            linewidth=1.6,
            label="noise-reduced",
        )
