"""Where the data want more mass than a fit has."""

import numpy as np

from ..checks.mixture import check_groups
from ..checks.scalars import check_threshold
from ..estimator.parts import in_standard_units, mixture_of, read_cells
from ..inference.gap import global_gap
from ..numerics.model.mixture import Mixture, log_joint
from ..numerics.nonparametric.bound import gradient_of
from .base import BaseAlphaDisplay
from .canvas import legend_above, looks, require_matplotlib
from .checks import check_finite, fitted_of

# The number of places where the gradient function is computed.
PLACES = 401

# The height of the highest density and of the heaviest location, in that of the picture.
DENSITY, STEM = 0.5, 0.25


class GapDisplay(BaseAlphaDisplay):
    """Draw the gradient function of a fit over its groups and the nonparametric estimate.

    The gradient function says how many nats a little mass gains at each place, for all the
    mass that it is a part of. Where it is above 0 the data want more mass than the fit has.
    Stems are the nonparametric estimate, which bounds what any mixture could gain. The
    heights of groups and stems are relative.

    Parameters
    ----------
    places : array-like of shape (P,)
        Ascending alphas.
    gradient : array-like of shape (P,)
        The gradient function of the fit there, in nats (equation U2 of the theory).
    weights, means, variances : array-like of shape (L,)
        The groups of the fit.
    locations, shares : array-like of shape (k,)
        The nonparametric estimate: where its mass is, and how much.
    gap : float
        The nats that any mixture could gain over the fit at most.

    Attributes
    ----------
    line_, wanted_ : matplotlib Line2D and FillBetweenPolyCollection
        The gradient function, and where it is above 0.
    components_ : list of matplotlib Line2D
        The density of each group times its weight, in relative heights.
    stems_ : matplotlib LineCollection
        The nonparametric estimate, in relative heights.

    See Also
    --------
    skem.inference.global_gap : The bound in numbers.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import GapDisplay
    >>> display = GapDisplay([-1, 0, 1], [2, -1, 2], [1], [0], [1], [-1, 1], [0.5, 0.5], 9)
    >>> display.plot(Figure().subplots()).ax_.get_ylabel()
    'nats that mass gains here'
    """

    def __init__(self, places, gradient, weights, means, variances, locations, shares, gap):
        self.places = check_finite("places", places, each="alpha")
        self.gradient = check_finite("gradient", gradient, self.places.size, each="alpha")
        self.weights, self.means, self.variances = check_groups(
            weights, means, variances, point_masses=True
        )
        self.locations = check_finite("locations", locations, each="location")
        self.shares = check_finite("shares", shares, self.locations.size, each="location")
        self.gap = check_threshold(gap)

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        least_sd=None,
        sample_weight=None,
        unit=None,
        group_names=None,
        ax=None,
    ):
        """Compute the gradient function of a fit, and draw it.

        Parameters
        ----------
        estimator : PanelGaussianMixture or DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, M), (N, 2) or (N, 3)
            The grid that it was fitted to, or the estimates and their standard errors.
        least_sd : float, default=None
            The width of the mass that is tried, in the units of X. None stands for half
            the standard deviation of the narrowest group, and for estimates with errors
            for 0.
        sample_weight : array-like of shape (N,), default=None
            How often each manager counts, as in the fit.
        unit : tuple of float and str, default=None
            A factor for alphas and its name, ``(1200, "% a year")``; None draws decimals.
        group_names : sequence of str of length L, default=None
            Names of the groups for the legend; None numbers them.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : GapDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, ImportError
            If the estimator is not fitted, X cannot be fitted, a parameter is invalid, or
            matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import PanelGaussianMixture
        >>> from skem.display import GapDisplay
        >>> X = [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]]
        >>> one, ax = PanelGaussianMixture(1).fit(X), Figure().subplots()
        >>> GapDisplay.from_estimator(one, X, least_sd=0.1, ax=ax).locations.round(1)
        array([0.2, 1.2])
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        estimator, X = fitted_of(estimator, X)
        cells, points = read_cells(estimator, X, sample_weight)
        if least_sd is None and not cells.noise_level > 0:
            least_sd = 0.5 * float(np.sqrt(estimator.variances_.min()))
        found = global_gap(estimator, X, least_sd=least_sd, sample_weight=sample_weight)
        places = np.linspace(points.low, points.high, PLACES)
        mixture = in_standard_units(mixture_of(estimator), cells, "{}_")
        display = cls(
            cells.centre + cells.scale * places,
            gradient_of(points, mixture, found.least_sd / cells.scale, places),
            *mixture_of(estimator),
            found.nonparametric.locations,
            found.nonparametric.weights,
            found.gap,
        )
        return display.plot(ax, unit=unit, group_names=group_names)

    def _draw(self, ax, scale, unit, labels):
        at, top = self.places * scale, max(float(self.gradient.max()), 1.0)
        ax.axhline(0.0, color="0.6", linewidth=0.8)
        (self.line_,) = ax.plot(at, self.gradient, color="black", label="gradient function")
        above = np.maximum(self.gradient, 0.0)
        self.wanted_ = ax.fill_between(at, above, color="0.8", label="more mass wanted")
        self.components_ = self._draw_groups(ax, at, top, labels)
        heights = STEM * top * self.shares / self.shares.max()
        self.stems_ = ax.vlines(
            self.locations * scale,
            -top,
            heights - top,
            color="0.3",
            linewidth=2.0,
            label="nonparametric estimate",
        )
        ax.set_ylim(-top, 1.1 * top)
        ax.set_xlabel(f"alpha, {unit}")
        ax.set_ylabel("nats that mass gains here")
        legend_above(ax, f"any mixture gains at most {self.gap:,.1f} nats", 3)

    def _draw_groups(self, ax, at, top, labels):
        """The density of each group, from the bottom of the picture."""
        least = np.square(np.diff(self.places).max(initial=0.0) or 1.0)  # a point mass
        groups = Mixture(self.weights, self.means, np.maximum(self.variances, least))
        with np.errstate(under="ignore"):
            densities = np.exp(log_joint(self.places, groups))
        heights = DENSITY * top * densities / densities.max() - top
        return [
            ax.plot(at, height, linewidth=1.1, **look)[0]
            for height, look in zip(heights, looks(labels), strict=True)
        ]
