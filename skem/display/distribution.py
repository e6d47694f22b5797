"""The distribution of skill, with a band around it."""

import numpy as np

from ..checks.scalars import check_word
from .canvas import (
    PALETTE,
    legend_above,
    literal,
    open_axes,
    places_of_curves,
    require_matplotlib,
    widen,
)

# What may be drawn.
KINDS = {"density": "", "cumulative": "the distribution function"}

# The shares of the population below the ends of the picture.
ENDS = (0.001, 0.999)

# The number of alphas where curves are computed, and within five sds of a group.
N_PLACES, N_NEAR = 201, 41


class DistributionDisplay:
    """Draw the density or the distribution function of alphas with a pointwise band.

    Parameters
    ----------
    density, cumulative : Band
        The density and the distribution function at ascending alphas.
    share : Band, default=None
        The share above one threshold, which is marked.
    point_masses : array-like of shape (K, 2), default=()
        Weights and alphas of groups without spread, which are marked in a density.

    Attributes
    ----------
    line_, band_ : matplotlib Line2D and FillBetweenPolyCollection
        The curve, and its band, which has a gap where there is no interval. It is
        pointwise, and too narrow in tails where there are few funds.

    See Also
    --------
    skem.inference.estimate_distribution : Computes the data.

    Examples
    --------
    >>> import numpy as np
    >>> from skem.display import DistributionDisplay
    >>> from skem.inference import Band
    >>> half = np.array([0.5, 0.6])
    >>> band = Band(("", ""), half, half, half, half, half, 0.95, (1.0, "% a year"))
    >>> DistributionDisplay(band, band).density.unit
    (1.0, '% a year')
    """

    def __init__(self, density, cumulative, *, share=None, point_masses=()):
        self.density, self.cumulative, self.share = density, cumulative, share
        self.point_masses = np.array(point_masses, dtype=np.float64).reshape(-1, 2)

    @classmethod
    def from_distribution(cls, distribution, *, above=0.0, kind="density", ax=None):
        """Compute the curves of a distribution of skill, and draw one.

        Parameters
        ----------
        distribution : SkillDistribution
            What :func:`skem.inference.estimate_distribution` returns. Alphas are drawn in
            its unit.
        above : float, default=0.0
            The threshold that is marked, with the share above it; None marks none.
        kind : {"density", "cumulative"}, default="density"
            What to draw: the density, or the distribution function.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : DistributionDisplay
            The display, drawn.

        Raises
        ------
        ValueError, ImportError
            If `kind` is another word, or matplotlib is missing.

        Warns
        -----
        UserWarning
            If estimates do not tell a group from a point mass at the threshold.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import PanelGaussianMixture
        >>> from skem.display import DistributionDisplay
        >>> from skem.inference import estimate_distribution
        >>> X = [[0.1, 0.2, 0.3], [0.3, 0.1, 0.2]]
        >>> fitted = PanelGaussianMixture(1).fit(X)
        >>> skill = estimate_distribution(fitted, X, draws="independent")
        >>> display = DistributionDisplay.from_distribution(
        ...     skill, above=0.3, kind="cumulative", ax=Figure().subplots()
        ... )
        >>> display.share.estimates.round(2)
        array([0.11])
        """
        require_matplotlib(f"{cls.__name__}.from_distribution")
        check_word("kind", kind, KINDS)
        alphas = _places(distribution)
        groups = np.column_stack([distribution.weights, distribution.means])
        return cls(
            distribution.density(alphas),
            distribution.cumulative(alphas),
            share=None if above is None else distribution.share_above(above),
            point_masses=groups[distribution.sds == 0],
        ).plot(ax, kind=kind)

    def plot(self, ax=None, *, kind="density"):
        """Draw a curve with its band, and the threshold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        kind : {"density", "cumulative"}, default="density"
            What to draw: the density, or the distribution function.

        Returns
        -------
        self : DistributionDisplay
            The display, drawn.

        Examples
        --------
        >>> import numpy as np
        >>> from matplotlib.figure import Figure
        >>> from skem.display import DistributionDisplay
        >>> from skem.inference import Band
        >>> half = np.array([0.5, 0.6])
        >>> band = Band(("", ""), half, half, half, half, half, 0.95, (1.0, "% a year"))
        >>> DistributionDisplay(band, band).plot(Figure().subplots()).ax_.get_ylabel()
        'density'
        """
        check_word("kind", kind, KINDS)
        ax = open_axes(ax, self, (6.4, 4.0))
        band = getattr(self, kind)
        self.band_ = ax.fill_between(
            band.at,
            band.lower,
            band.upper,
            color=PALETTE[1],
            alpha=0.25,
            linewidth=0,
            label=f"{100 * band.level:g} % interval at each alpha",
        )
        (self.line_,) = ax.plot(band.at, band.estimates, color=PALETTE[1])
        if kind == "density":
            for weight, mean in self.point_masses:
                label = f"{100 * weight:.3g} % at {mean:.3g}, without spread"
                ax.axvline(mean, color=PALETTE[1], linewidth=2.5, label=label)
        if self.share is not None:
            label = _describe(self.share)
            ax.axvline(self.share.at[0], color="black", linewidth=1, ls="--", label=label)
        ax.margins(x=0)
        ax.set_ylim(0, 1 if kind == "cumulative" else None)
        ax.set_xlabel(f"alpha, {literal(band.unit[1])}")
        ax.set_ylabel("density" if kind == "density" else "share of the population at most")
        legend_above(ax, "Distribution of skill", 2)
        return self


def _describe(share):
    value, lower, upper = (
        100 * part[0] for part in (share.estimates, share.lower, share.upper)
    )
    ends = "no interval" if np.isnan(lower) else f"{lower:.3g} to {upper:.3g} %"
    return f"{value:.3g} % above {share.at[0]:.4g} ({ends})"


def _places(distribution):
    """The alphas where curves are computed: denser around narrow groups, and at jumps."""
    ends = widen(*distribution.quantiles(ENDS).estimates)
    groups = distribution.means, distribution.sds
    at = places_of_curves(ends, *groups, N_PLACES, N_NEAR)
    jumps = at[np.isin(at, distribution.means[distribution.sds == 0])]
    return np.union1d(at, np.nextafter(jumps, -np.inf))
