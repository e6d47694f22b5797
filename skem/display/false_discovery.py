"""The number of funds called skilled, and the expected share of false calls."""

import numpy as np

from ..checks.scalars import check_side, check_threshold
from .base import BaseDisplay
from .canvas import ONE_BY_ONE, PALETTE, legend_above, require_matplotlib
from .checks import check_finite, read_funds


class FalseDiscoveryDisplay(BaseDisplay):
    """Draw the expected share of false calls over the number of funds called skilled.

    Parameters
    ----------
    local_rates : array-like of shape (N,)
        For each fund the probability that a call of skill is false.
    q_values : array-like of shape (N,)
        For each fund the expected share of false calls if it and all funds with a local
        rate at most as high are called skilled.
    above : float, default=0.0
        The threshold of the calls, in the units of X.
    side : {"greater", "less"}, default="greater"
        Whether funds are called to be above the threshold or below it.

    Attributes
    ----------
    local_rates, q_values : ndarray of shape (N,)
        The rates in ascending order.
    line_, local_line_ : matplotlib Line2D
        The q-values and the local rates.

    See Also
    --------
    CaterpillarDisplay : Noise-reduced alphas by name, with intervals.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import FalseDiscoveryDisplay
    >>> display = FalseDiscoveryDisplay([0.5, 0.1, 0.9], [0.3, 0.1, 0.5])
    >>> display.plot(Figure().subplots()).q_values
    array([0.1, 0.3, 0.5])
    """

    def __init__(self, local_rates, q_values, *, above=0.0, side="greater"):
        local_rates = _check_rates("local_rates", local_rates)
        q_values = _check_rates("q_values", q_values, local_rates.size)
        order = np.argsort(local_rates, kind="stable")
        self.local_rates, self.q_values = local_rates[order], q_values[order]
        check_side(side)
        self.above, self.side = check_threshold(above), side

    @classmethod
    def from_estimator(cls, estimator, X, *, above=0.0, side="greater", ax=None):
        """Compute the rates of all funds that have an estimate, and draw them.

        Parameters
        ----------
        estimator : DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, 2) or (N, 3)
            Estimates and their standard errors, a row per fund.
        above : float, default=0.0
            The threshold of the calls, in the units of X.
        side : {"greater", "less"}, default="greater"
            Whether funds are called to be above the threshold or below it, as in
            ``false_discovery``.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : FalseDiscoveryDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, ImportError
            If the estimator is not fitted, X is not a table of estimates, `above` is
            infinite, `side` is another word, or matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import DeconvolvedGaussianMixture
        >>> from skem.display import FalseDiscoveryDisplay
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted, ax = DeconvolvedGaussianMixture().fit(X), Figure().subplots()
        >>> FalseDiscoveryDisplay.from_estimator(fitted, X, ax=ax).q_values.size
        4
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        estimator, X, _, there = read_funds(estimator, X)
        calls = {"above": above, "side": side}
        rates = map(np.asarray, estimator.false_discovery(X, **calls))
        return cls(*(each[there] for each in rates), **calls).plot(ax)

    def _draw(self, ax):
        called = np.arange(1, self.q_values.size + 1)
        marker = "." if called.size <= ONE_BY_ONE else ""
        (self.local_line_,) = ax.plot(
            called,
            self.local_rates,
            color="0.6",
            linewidth=1,
            marker=marker,
            label="last fund called: probability of a false call (local rate)",
        )
        (self.line_,) = ax.plot(
            called,
            self.q_values,
            color=PALETTE[1],
            marker=marker,
            label="all funds called: expected share of false calls (q-value)",
        )
        ax.set_xlim(0, called.size + 1)
        ax.set_ylim(0, 1)
        ax.set_xlabel(f"funds called {self._calls()}, of {called.size:,}")
        ax.set_ylabel("probability")
        legend_above(ax, f"False discoveries among funds called {self._calls()}", 1)

    def _calls(self):
        """What is said of the funds that are called."""
        if self.above == 0 and self.side == "greater":
            return "skilled"
        return f"{'above' if self.side == 'greater' else 'below'} {self.above:g}"


def _check_rates(name, values, length=None):
    rates = check_finite(name, values, length)
    outside = (rates < 0) | (rates > 1)
    if outside.any():
        fund = int(np.argmax(outside))
        raise ValueError(
            f"{name}[{fund}] is {rates[fund]}: a rate must lie between 0 and 1. Pass 0.05 "
            "for 5 %."
        )
    return rates
