"""Noise-reduced alphas over estimates."""

import numpy as np

from ..estimator.parts import mixture_of
from ..numerics.posterior import shrinkage
from .base import BaseAlphaDisplay
from .canvas import (
    describe_unseen,
    ends_of_bulk,
    legend_above,
    looks,
    outside,
    read_unit,
    require_matplotlib,
    visible,
    widen,
)
from .checks import check_finite, check_vector, read_funds

# The largest number of funds that are drawn as separate dots.
DOTS = 2000


class ShrinkageDisplay(BaseAlphaDisplay):
    """Draw the noise-reduced alpha of every fund over its estimate.

    The picture shows the bulk of the funds. The legend counts those outside.

    Parameters
    ----------
    estimates : array-like of shape (N,)
        Estimated alphas, in decimals per period.
    posterior_means : array-like of shape (N,)
        The posterior means of the true alphas, given the estimates.
    standard_errors : array-like of shape (N,)
        Standard errors of the estimates, which give the dots their colour.
    means : array-like of shape (L,), default=()
        Means of the groups, towards which estimates are shrunk.
    n_left_out : int, default=0
        The number of funds left out because they have no estimate, for the legend.

    Attributes
    ----------
    dots_ : matplotlib PathCollection
        A dot for each fund.
    line_, means_ : matplotlib Line2D, and a list of them
        The diagonal, where alpha and estimate are equal, and the mean of each group.

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

    _size = (6.4, 4.6)

    def __init__(
        self, estimates, posterior_means, standard_errors, means=(), *, n_left_out=0
    ):
        self.estimates = check_finite("estimates", estimates)
        length = self.estimates.size
        self.posterior_means = check_finite("posterior_means", posterior_means, length)
        self.standard_errors = check_finite("standard_errors", standard_errors, length)
        self.means = check_vector("means", means)
        self.n_left_out = n_left_out

    @classmethod
    def from_estimator(cls, estimator, X, *, unit=None, group_names=None, ax=None):
        """Compute the noise-reduced alphas of funds, and draw them.

        Funds without an estimate are left out.

        Parameters
        ----------
        estimator : DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, 2) or (N, 3)
            Estimates and their standard errors, a row per fund.
        unit : tuple of float and str, default=None
            A factor for alphas and its name, ``(1200, "% a year")``; None draws decimals.
        group_names : sequence of str of length L, default=None
            Names of the groups for the legend; None numbers them.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : ShrinkageDisplay
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
        >>> from skem.display import ShrinkageDisplay
        >>> X = [[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]]
        >>> fitted, ax = DeconvolvedGaussianMixture().fit(X), Figure().subplots()
        >>> ShrinkageDisplay.from_estimator(fitted, X, ax=ax).estimates
        array([-1.2, -0.8,  0.9,  1.1])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        read_unit(unit)
        estimator, _, rows, there = read_funds(estimator, X)
        estimates, errors = rows.table[there, :2].T
        display = cls(
            estimates,
            shrinkage.summaries(rows, mixture_of(estimator))[there, 0],
            errors,
            estimator.means_,
            n_left_out=int(np.count_nonzero(~there)),
        )
        return display.plot(ax, unit=unit, group_names=group_names)

    def _draw(self, ax, scale, unit, labels):
        across = visible(self.estimates)
        unseen = outside(across, self.estimates)
        shown = self.posterior_means[~unseen]
        up = widen(shown.min(), shown.max())
        self.dots_ = self._scatter(ax, scale, self._describe(np.count_nonzero(unseen)))
        ends = scale * np.array(across)
        (self.line_,) = ax.plot(
            ends, ends, color="0.5", linewidth=1, linestyle="--", label="no shrinkage"
        )
        named = looks([f"mean of {name}" for name in labels])
        self.means_ = [
            ax.axhline(scale * mean, linewidth=1, linestyle=":", **look)
            for mean, look in zip(self.means, named, strict=True)
        ]
        ax.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        ax.axvline(0, color="0.8", linewidth=0.8, zorder=0)
        ax.set_xlim(ends)
        ax.set_ylim(scale * np.array(up))
        ax.set_xlabel(f"estimated alpha, {unit}")
        ax.set_ylabel(f"noise-reduced alpha, {unit}")
        bar = self.figure_.colorbar(self.dots_, ax=ax, label=f"standard error, {unit}")
        bar.solids.set_alpha(1)
        legend_above(ax, "What noise leaves of the estimates", 2)

    def _scatter(self, ax, scale, label):
        low, high = ends_of_bulk(self.standard_errors)
        small = self.estimates.size > DOTS
        return ax.scatter(
            scale * self.estimates,
            scale * self.posterior_means,
            c=scale * self.standard_errors,
            cmap="viridis",
            vmin=scale * low,
            vmax=scale * high,
            s=6 if small else 18,
            linewidths=0,
            alpha=0.6 if small else 0.9,
            label=label,
        )

    def _describe(self, n_outside):
        label = f"{self.estimates.size:,} funds"
        unseen = describe_unseen(n_outside, self.n_left_out)
        return f"{label}\n({unseen})" if unseen else label
