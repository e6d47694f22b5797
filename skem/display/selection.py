"""A criterion against the number of groups."""

import numpy as np

from ..checks.scalars import check_draws
from .base import BaseDisplay
from .canvas import height_of, legend_above, literal, require_matplotlib
from .checks import check_finite, check_vector


class SelectionDisplay(BaseDisplay):
    """Draw an information criterion against the number of groups.

    Parameters
    ----------
    n_components : array-like of shape (K,)
        Numbers of groups.
    values : array-like of shape (K,)
        The criterion of each; lower is better, NaN if there is none.
    criterion : str
        Its name, such as "bic".
    draws : {"independent", "fixed", "posterior"}, default=None
        How the cells of a manager depend on each other, for the label.

    Attributes
    ----------
    n_components : ndarray of shape (K,)
        Numbers of groups, ascending.
    values : ndarray of shape (K,)
        The criterion of each.
    criterion : str
        Its name.
    draws : str or None
        How the cells of a manager depend on each other.
    best_n_components_ : int
        The number of groups with the lowest value.
    line_, best_ : matplotlib Line2D
        The criterion above its lowest value, and the mark of that.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import SelectionDisplay
    >>> display = SelectionDisplay([1, 2, 3], [250.0, 240.0, 244.0], "bic", "fixed")
    >>> display.plot(Figure().subplots()).best_n_components_
    2
    """

    _size = (5.6, 3.8)

    def __init__(self, n_components, values, criterion, draws=None):
        if not isinstance(criterion, str):
            raise TypeError(
                f"criterion={criterion!r} must be the name of the values. Pass "
                '"aic", "bic", "icl" or another name.'
            )
        if draws is not None:
            check_draws(draws)
        values = check_vector("values", values)
        n_components = check_finite("n_components", n_components, values.size, each="fit")
        if np.isinf(values).any() or np.isnan(values).all():
            raise ValueError(
                f"values={values.tolist()} must be finite, and at least one a number. Put "
                "NaN for a fit that failed."
            )
        order = np.argsort(n_components, kind="stable")
        self.n_components, self.values = n_components[order], values[order]
        self.criterion = criterion
        self.draws = draws
        self.best_n_components_ = int(self.n_components[np.nanargmin(self.values)])

    @classmethod
    def from_selection(cls, selection, ax=None):
        """Draw the result of a search for the number of groups.

        Parameters
        ----------
        selection : object
            The result of ``skem.inference.select_n_components``, or another object with
            `n_components` (K,), `values` (K,), `criterion` and `draws`.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : SelectionDisplay
            The display, drawn.

        Raises
        ------
        TypeError, ImportError
            If an attribute of the selection is missing, or matplotlib is.

        Examples
        --------
        >>> from types import SimpleNamespace
        >>> from matplotlib.figure import Figure
        >>> from skem.display import SelectionDisplay
        >>> selection = SimpleNamespace(
        ...     n_components=[1, 2], values=[9.0, 7.0], criterion="bic", draws="fixed"
        ... )
        >>> display = SelectionDisplay.from_selection(selection, Figure().subplots())
        >>> display.ax_.get_ylabel()
        'BIC above the lowest, fixed draws'
        """
        require_matplotlib(f"{cls.__name__}.from_selection")
        needed = ("n_components", "values", "criterion", "draws")
        if missing := [name for name in needed if not hasattr(selection, name)]:
            raise TypeError(
                f"selection is a {type(selection).__name__}, which has no "
                f"{', '.join(missing)}. Pass the result of select_n_components, or "
                "pass data computed elsewhere to the constructor."
            )
        return cls(*(getattr(selection, name) for name in needed)).plot(ax)

    def _draw(self, ax):
        above = self.values - np.nanmin(self.values)
        (self.line_,) = ax.plot(self.n_components, above, "o-", color="black")
        (self.best_,) = ax.plot(
            [self.best_n_components_],
            [0.0],
            "o",
            color="#D55E00",
            markersize=10,
            label=f"lowest: {np.nanmin(self.values):,.1f}",
        )
        top = np.nanmax(above) or 1.0
        ax.set_ylim(-0.06 * top, 1.15 * top)
        ax.margins(x=0.15)
        ax.set_xticks(self.n_components)
        ax.set_xlabel("number of groups")
        kind = f", {self.draws} draws" if self.draws else ""
        ax.set_ylabel(literal(f"{self.criterion.upper()} above the lowest{kind}"))
        legend_above(ax, "Number of groups by information criterion")
        self._annotate(ax, above)

    def _annotate(self, ax, above):
        """Write the differences beside the line, where there is room."""
        height_of(ax)  # lays out the figure, which determines the extents
        steps = self.n_components - self.best_n_components_
        taken = [self.best_.get_window_extent()]
        for place in np.argsort(np.abs(steps), kind="stable"):
            if not (steps[place] and np.isfinite(above[place])):
                continue
            left = steps[place] < 0
            text = ax.annotate(
                f"+{above[place]:,.1f}",
                (self.n_components[place], above[place]),
                xytext=(5, 5) if left else (-3, 7),
                textcoords="offset points",
                ha="left" if left else "center",
                va="bottom",
                fontsize="small",
            )
            extent = text.get_window_extent()
            if any(extent.overlaps(other) for other in taken):
                text.remove()
            else:
                taken.append(extent)
