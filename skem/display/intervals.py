"""Estimates of a mixture with their intervals."""

import numpy as np

from .canvas import (
    PALETTE,
    legend_above,
    literal,
    name_rows,
    open_axes,
    require_matplotlib,
    size_for,
)
from .checks import check_vector

# The kinds of rows that are in the unit of alphas.
ALPHAS = ("mean", "sd")


class IntervalsDisplay:
    """Draw estimates of a mixture as dots with their intervals as lines.

    Parameters
    ----------
    names : sequence of str of length K
        Names of the rows, which begin with their kind: "mean 0".
    estimates : array-like of shape (K,)
        The estimates.
    lower, upper : array-like of shape (K,)
        Ends of the intervals, NaN where there is none.
    level : float, default=0.95
        Level of the intervals, for the legend.
    unit : str, default="the units of X"
        The unit of means and sds, for the axis.

    Attributes
    ----------
    dots_, intervals_ : matplotlib Line2D and LineCollection
        The estimates and their intervals.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import IntervalsDisplay
    >>> display = IntervalsDisplay(["mean 0", "mean 1"], [-1, 2], [-2, 1], [0, 3])
    >>> display.plot(Figure().subplots()).ax_.get_xlabel()
    'the units of X'
    """

    def __init__(
        self, names, estimates, lower, upper, *, level=0.95, unit="the units of X"
    ):
        self.estimates = check_vector("estimates", estimates)
        length = self.estimates.size
        self.lower = check_vector("lower", lower, length)
        self.upper = check_vector("upper", upper, length)
        self.names = np.array([str(name) for name in names], dtype=object)
        if self.names.size != length:
            raise ValueError(
                f"names has length {self.names.size}, needs {length}: a name for each "
                "estimate."
            )
        self.level, self.unit = level, unit

    @classmethod
    def from_result(cls, result, *, kinds=ALPHAS, ax=None):
        """Draw a summary, or the refits of resampled managers.

        Parameters
        ----------
        result : skem.inference.Summary or skem.inference.ManagerBootstrap
            What ``summarize`` or ``bootstrap_managers`` returned.
        kinds : sequence of str, default=("mean", "sd")
            As in :meth:`plot`.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : IntervalsDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ImportError
            If the result is of another kind, or matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import DeconvolvedGaussianMixture
        >>> from skem.datasets import make_fund_estimates
        >>> from skem.display import IntervalsDisplay
        >>> from skem.inference import summarize
        >>> X, _, _ = make_fund_estimates(500, random_state=0)
        >>> summary = summarize(DeconvolvedGaussianMixture(1).fit(X), X)
        >>> IntervalsDisplay.from_result(summary, ax=Figure().subplots()).names.size
        4
        """
        require_matplotlib(f"{cls.__name__}.from_result")
        needed = ("names", "estimates", "conf_int", "level", "unit")
        if missing := [name for name in needed if not hasattr(result, name)]:
            raise TypeError(
                f"result is a {type(result).__name__}, which has no {', '.join(missing)}. "
                "Pass the result of summarize or bootstrap_managers."
            )
        estimates = result.estimates
        if isinstance(estimates, dict):
            estimates = np.concatenate(list(estimates.values()))
        lower, upper = result.conf_int().T
        display = cls(
            result.names, estimates, lower, upper, level=result.level, unit=result.unit[1]
        )
        return display.plot(ax, kinds=kinds)

    def plot(self, ax=None, *, kinds=ALPHAS):
        """Draw the rows of some kinds.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        kinds : sequence of str, default=("mean", "sd")
            The kinds of rows to draw, of one unit: or "weight" and "share".

        Returns
        -------
        self : IntervalsDisplay
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import IntervalsDisplay
        >>> display = IntervalsDisplay(["mean 0", "sd 0"], [-1, 2], [-2, 1], [0, 3])
        >>> display.plot(Figure().subplots(), kinds=["sd"]).dots_.get_xdata()
        array([2.])
        """
        kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds)
        rows = [name.startswith(kinds) for name in self.names]
        if not any(rows):
            raise ValueError(
                f"kinds={kinds!r} has none of the rows {', '.join(self.names)}. Pass for "
                'instance kinds=["mean", "sd"] or kinds=["weight", "share"].'
            )
        names = self.names[rows]
        ax = open_axes(ax, self, size_for(names))
        places = np.arange(names.size)
        self.intervals_ = ax.hlines(
            places,
            self.lower[rows],
            self.upper[rows],
            color=PALETTE[4],
            linewidth=2.5,
            label=f"{100 * self.level:g} % interval",
        )
        (self.dots_,) = ax.plot(
            self.estimates[rows], places, "o", color=PALETTE[1], label="estimate"
        )
        alphas = set(kinds) & set(ALPHAS)
        if alphas:
            ax.axvline(0, color="0.3", linewidth=0.8, zorder=0)
        ax.set_xlabel(literal(self.unit if alphas else "share"))
        legend_above(ax, "Estimates of the groups", 2)
        name_rows(ax, names)
        ax.set_ylabel("")
        return self
