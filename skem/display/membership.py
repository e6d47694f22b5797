"""The group probabilities of managers."""

from itertools import pairwise
from numbers import Integral

import numpy as np

from ..checks.arrays import to_numpy
from ..checks.scalars import check_word
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import grid_of, mixture_of
from ..numerics.posterior import shrinkage
from ..numerics.posterior.membership import draws_per_manager
from .canvas import (
    ONE_BY_ONE,
    describe_top,
    label_groups,
    legend_above,
    looks,
    name_rows,
    open_axes,
    require_matplotlib,
    size_for,
)
from .checks import check_names, check_top, fitted_of, read_funds

# The number of decimal places to which equal probabilities count as ties.
N_DECIMALS = 3

# What a row that is left out is without.
MISSING = {"managers": "draws", "funds": "an estimate"}


class MembershipDisplay:
    """Draw every manager's probabilities of the groups, side by side in one bar.

    Parameters
    ----------
    memberships : array-like of shape (N, L)
        Probability of each group for each manager (equation T of the theory),
        which sum to 1.
    names : sequence of length N, default=None
        Names of the managers; None numbers them.
    n_left_out : int, default=0
        The number of managers left out because they have no draws, for the label.
    rows : {"managers", "funds"}, default="managers"
        What the rows are, for labels.

    Attributes
    ----------
    order_ : ndarray of shape (N,)
        Rows of `memberships` from top to bottom.
    bars_ : list of matplotlib StepPatch
        For each group, the bars of all managers.

    See Also
    --------
    MixtureDisplay : The density of the groups.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import MembershipDisplay
    >>> display = MembershipDisplay(
    ...     [[0.8, 0.2], [0.1, 0.9], [0.5, 0.5]], names=["Ashe", "Birk", "Cole"]
    ... ).plot(Figure().subplots())
    >>> display.names[display.order_]
    array(['Birk', 'Cole', 'Ashe'], dtype=object)
    """

    def __init__(self, memberships, names=None, *, n_left_out=0, rows="managers"):
        self.memberships = _check_memberships(memberships)
        self.names = check_names(names, len(self.memberships))
        self.n_left_out = n_left_out
        check_word("rows", rows, dict.fromkeys(MISSING))
        self.rows = rows

    @classmethod
    def from_estimator(
        cls, estimator, X, *, names=None, group=-1, top=None, group_names=None, ax=None
    ):
        """Compute the memberships of the managers of a grid, and draw them.

        Managers without draws are left out.

        Parameters
        ----------
        estimator : PanelGaussianMixture or DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, M), (N, 2) or (N, 3)
            Alphas, a row per manager; NaN where a draw does not exist. Or estimates and
            standard errors, a row per fund.
        names : sequence of length N, default=None
            Names of the managers; None takes the index of a DataFrame, or numbers.
        group : int, default=-1
            The group whose probability sorts the managers, as in :meth:`plot`.
        top : int, default=None
            The number of managers to draw, from the top; None draws all.
        group_names : sequence of str of length L, default=None
            Names of the groups for the legend; None numbers them.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : MembershipDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, ImportError
            If the estimator is not fitted, X has no row to draw, a parameter is invalid, or
            matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import PanelGaussianMixture
        >>> from skem.display import MembershipDisplay
        >>> X = [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]]
        >>> fitted, ax = PanelGaussianMixture().fit(X), Figure().subplots()
        >>> names = ["Ashe", "Birk"]
        >>> MembershipDisplay.from_estimator(fitted, X, names=names, ax=ax).order_
        array([1, 0])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        given = X
        estimator, X = fitted_of(estimator, X)
        of_funds = isinstance(estimator, DeconvolvedGaussianMixture)
        memberships, there = (_of_funds if of_funds else _of_managers)(estimator, X)
        names = check_names(names, there.size, given)
        display = cls(
            memberships[there],
            names[there],
            n_left_out=int(np.count_nonzero(~there)),
            rows="funds" if of_funds else "managers",
        )
        return display.plot(ax, group=group, top=top, group_names=group_names)

    def plot(self, ax=None, *, group=-1, top=None, group_names=None):
        """Draw the memberships.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        group : int, default=-1
            The group whose probability sorts the managers, the highest on top; -1 is the
            last, of the highest mean. The others sort those equal to 3 decimal places.
        top : int, default=None
            The number of managers to draw, from the top; None draws all.
        group_names : sequence of str of length L, default=None
            Names of the groups for the legend; None numbers them.

        Returns
        -------
        self : MembershipDisplay
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import MembershipDisplay
        >>> display = MembershipDisplay([[0.8, 0.2], [0.1, 0.9]])
        >>> display.plot(Figure().subplots(), group=0).order_
        array([0, 1])
        """
        n_groups = self.memberships.shape[1]
        labels = label_groups(group_names, n_groups)
        top = check_top(top, self.names.size)
        order = self._sort(group)[:top]
        ax = open_axes(ax, self, size_for(self.names[order]))
        self.order_, n_managers = order, order.size
        stacked = self.memberships[self.order_].cumsum(axis=1)
        starts = np.column_stack([np.zeros(n_managers), stacked])
        edges = np.arange(n_managers + 1) - 0.5
        lying = {"orientation": "horizontal", "fill": True}
        self.bars_ = [
            ax.stairs(end, edges, baseline=start, **lying, **look)
            for (start, end), look in zip(pairwise(starts.T), looks(labels), strict=True)
        ]
        if n_managers <= ONE_BY_ONE:
            ax.hlines(edges[1:-1], 0, 1, color="white", linewidth=1)
        ax.set_xlim(0, 1)
        ax.set_xlabel("probability of the group")
        which = describe_top(top, self.names.size, self.rows)
        legend_above(ax, f"Probability of the groups{which}")
        left_out = ""
        if self.n_left_out:
            left_out = f"{self.n_left_out:,} without {MISSING[self.rows]} left out"
        name_rows(ax, self.names[self.order_], left_out, noun=self.rows[:-1])
        return self

    def _sort(self, group):
        n_groups = self.memberships.shape[1]
        whole = isinstance(group, Integral) and not isinstance(group, bool)
        if not (whole and -n_groups <= group < n_groups):
            raise ValueError(
                f"group={group!r} must be one of the {n_groups} groups, 0 to "
                f"{n_groups - 1}. -1 sorts by the last one."
            )
        keys = -self.memberships.round(N_DECIMALS).T
        return np.lexsort([*keys, keys[group]])


def _of_managers(estimator, X):
    """Memberships (N, L) of a grid, and which managers have draws."""
    grid = grid_of(estimator, X)
    there = np.asarray(draws_per_manager(grid)) > 0
    if not there.any():
        raise ValueError(
            f"X has no observed cell: all {there.size} managers are without draws. "
            "Pass the grid of the fit, or another one with draws."
        )
    return np.asarray(to_numpy(estimator.transform(X)), dtype=np.float64), there


def _of_funds(estimator, X):
    """Memberships (N, L) of estimates, and which funds have one."""
    _, _, rows, there = read_funds(estimator, X)
    return shrinkage.memberships(rows, mixture_of(estimator)), there


def _check_memberships(memberships):
    memberships = np.array(memberships, dtype=np.float64)
    if memberships.ndim != 2 or not memberships.size:
        raise ValueError(
            f"memberships has shape {memberships.shape}, needs (N, L): a row per manager, "
            "a column per group. Pass the result of transform."
        )
    sums = memberships.sum(axis=1)
    if not (np.all(memberships >= 0) and np.allclose(sums, 1, atol=1e-4)):
        row = int(np.argmax(~((memberships >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-4))))
        raise ValueError(
            f"memberships[{row}] is {memberships[row].tolist()}: probabilities must not be "
            "negative, and must sum to 1. Divide each row by its sum."
        )
    return memberships
