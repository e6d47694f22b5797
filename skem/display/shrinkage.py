"""Estimates and what is left of them without their noise."""

import numpy as np

from ..numerics import shrinkage
from .canvas import (
    check_estimates_model,
    check_unit,
    check_vector,
    legend_over,
    open_axes,
    require_matplotlib,
)

# Points of so many funds are still drawn as separate dots.
DOTS = 2000


class ShrinkageDisplay:
    """Draw the noise-reduced alpha of every fund over its estimate.

    Parameters
    ----------
    estimates : array-like of shape (N,)
        Estimated alphas, in decimals per period.
    posterior_means : array-like of shape (N,)
        The means of what the true alphas may be, given the estimates.
    standard_errors : array-like of shape (N,)
        Standard errors of the estimates, which give the dots their colour.

    Attributes
    ----------
    estimates, posterior_means, standard_errors
        The data, as given, in arrays of float64.
    ax_ : matplotlib Axes
        Where the picture is.
    figure_ : matplotlib Figure
        The figure of those axes.
    dots_ : matplotlib PathCollection
        A dot for each fund.
    line_ : matplotlib Line2D
        Where the two would be equal.

    See Also
    --------
    CaterpillarDisplay : Noise-reduced alphas by name, with intervals.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import ShrinkageDisplay
    >>> display = ShrinkageDisplay([-0.02, 0.03], [-0.005, 0.02], [0.02, 0.01])
    >>> display.plot(Figure().subplots()).ax_.get_ylabel()
    'noise-reduced alpha, decimals per period'
    """

    def __init__(self, estimates, posterior_means, standard_errors):
        self.estimates = check_vector("estimates", estimates)
        length = self.estimates.size
        self.posterior_means = check_vector("posterior_means", posterior_means, length)
        self.standard_errors = check_vector("standard_errors", standard_errors, length)

    @classmethod
    def from_estimator(cls, estimator, X, *, scale=1.0, unit=None, ax=None):
        """Compute the noise-reduced alphas of funds, and draw them.

        Funds without an estimate are left out.

        Parameters
        ----------
        estimator : DeconvolvedGaussianMixture
            A fitted mixture.
        X : array-like of shape (N, 2)
            Estimates and their standard errors, a row per fund.
        scale : float, default=1.0
            What alphas are multiplied by before they are drawn.
        unit : str, default=None
            What they are in then; None stands for decimals per period.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : ShrinkageDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If X is no table of estimates, or a parameter does not fit.
        ImportError
            If matplotlib is not installed.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import DeconvolvedGaussianMixture
        >>> from skem.display import ShrinkageDisplay
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> display = ShrinkageDisplay.from_estimator(
        ...     DeconvolvedGaussianMixture().fit(X), X, ax=Figure().subplots()
        ... )
        >>> display.estimates
        array([-1.2, -0.8,  0.9,  1.1])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        check_unit(scale, unit)
        check_estimates_model(estimator)
        table = estimator._rows(X).table
        there = ~np.isnan(table).any(axis=1)
        means = shrinkage.summaries(estimator._rows(X), estimator._mixture)[:, 0]
        display = cls(table[there, 0], means[there], table[there, 1])
        return display.plot(ax, scale=scale, unit=unit)

    def plot(self, ax=None, *, scale=1.0, unit=None):
        """Draw a dot for every fund.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        scale : float, default=1.0
            What alphas are multiplied by before they are drawn.
        unit : str, default=None
            What they are in then; None stands for decimals per period.

        Returns
        -------
        self : ShrinkageDisplay
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import ShrinkageDisplay
        >>> display = ShrinkageDisplay([-0.02, 0.03], [-0.005, 0.02], [0.02, 0.01])
        >>> display.plot(Figure().subplots(), scale=100, unit="%").ax_.get_xlabel()
        'estimated alpha, %'
        """
        unit = check_unit(scale, unit)
        ax = open_axes(ax, self, (6.4, 4.6))
        small = self.estimates.size > DOTS
        self.dots_ = ax.scatter(
            scale * self.estimates,
            scale * self.posterior_means,
            c=scale * self.standard_errors,
            cmap="viridis",
            s=6 if small else 18,
            linewidths=0,
            alpha=0.6 if small else 0.9,
            label=f"{self.estimates.size:,} funds",
        )
        low, high = ax.get_xlim()
        ends = np.array([low, high])
        (self.line_,) = ax.plot(
            ends, ends, color="0.5", linewidth=1, linestyle="--", label="no shrinkage"
        )
        ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        ax.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        ax.set_xlim(low, high)
        shrunk = scale * self.posterior_means
        margin = 0.08 * (np.ptp(shrunk) or high - low)
        ax.set_ylim(shrunk.min() - margin, shrunk.max() + margin)
        ax.set_xlabel(f"estimated alpha, {unit}")
        ax.set_ylabel(f"noise-reduced alpha, {unit}")
        self.figure_.colorbar(self.dots_, ax=ax, label=f"standard error, {unit}")
        legend_over(ax)
        return self
