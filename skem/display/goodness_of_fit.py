"""How well the data look like draws from the fitted mixture."""

import numpy as np
from scipy.special import ndtri
from scipy.stats import binom, norm

from ..checks.scalars import check_draws, check_level, check_word
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import grid_of, mixture_of
from ..numerics.posterior.membership import total_manager_mass
from ..numerics.posterior.transform import count_transforms, count_transforms_of_funds
from .canvas import PALETTE, legend_above, open_axes, require_matplotlib
from .checks import check_edges, check_masses, fitted_of, read_funds

# What may be drawn.
KINDS = {"qq": "quantiles", "pit": "histogram of probability integral transforms"}

# The number of bars of the histogram, the normal scores of a quantile-quantile plot, and
# the number of simulated samples that a band rests on.
N_BARS, SCORES, N_SAMPLES = 20, np.linspace(-3.5, 3.5, 141), 499

# The bins in which transforms are counted.
EDGES = np.union1d(np.arange(N_BARS + 1) / N_BARS, norm.cdf(SCORES))


class GoodnessOfFitDisplay:
    """Draw how well data look like draws from a mixture, with a band of chance.

    The distribution function of the mixture at an observation is its probability integral
    transform. If observations are draws from the mixture, transforms are uniform. For
    estimates it is the mixture with the noise of each fund. ``kind="pit"`` draws
    the histogram of the transforms, and ``kind="qq"`` their normal scores over those
    expected: on the diagonal if the fit is good, above it where the data have larger
    alphas than the mixture.

    Samples of as many draws from the mixture lie in the whole band as often as `level`
    says. The mixture is taken as known, although it was fitted to the data. So a good fit
    stays inside more often.

    Parameters
    ----------
    edges : array-like of shape (B + 1,)
        Ascending ends of B bins of transforms, from 0 to 1.
    counts : array-like of shape (B,)
        The number of observations in each bin.
    n_independent : float, default=None
        The number of independent observations behind the counts, for the band; None is
        the sum of the counts.

    Attributes
    ----------
    line_, band_ : matplotlib Line2D or StepPatch, and PolyCollection
        The observed scores or the bars, and the band.

    References
    ----------
    Rosenblatt (1952), "Remarks on a multivariate transformation", Annals of Mathematical
    Statistics 23, 470-472; Aldor-Noiman, Brown, Buja, Rolke and Stine (2013), "The power to
    see: a new graphical test of normality", American Statistician 67, 249-260.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import GoodnessOfFitDisplay
    >>> display = GoodnessOfFitDisplay([0, 0.25, 0.5, 0.75, 1], [24, 27, 25, 24])
    >>> display.plot(Figure().subplots(), kind="pit").ax_.get_ylabel()
    'density'
    """

    def __init__(self, edges, counts, n_independent=None):
        self.edges = check_edges(edges)
        self.counts = check_masses(counts, self.edges.size - 1)
        if self.edges[0] != 0 or self.edges[-1] != 1 or not self.counts.any():
            raise ValueError(
                f"edges go from {self.edges[0]} to {self.edges[-1]} with "
                f"{self.counts.sum():g} observations: they must go from 0 to 1, with at "
                "least one observation. Pass the bins of probabilities."
            )
        total = self.counts.sum()
        self.n_independent = float(total if n_independent is None else n_independent)

    @classmethod
    def from_estimator(
        cls, estimator, X, *, draws=None, kind="qq", level=0.95, sample_weight=None, ax=None
    ):
        """Compute the transforms of a grid or of estimates, and draw them.

        Parameters
        ----------
        estimator : PanelGaussianMixture or DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        X : array-like of shape (N, M), (N, 2) or (N, 3)
            Alphas, a row per manager; NaN where a draw does not exist. Or estimates and
            standard errors, a row per fund.
        draws : {"independent", "fixed", "posterior"}, default=None
            How the cells of a manager depend on each other; a grid needs it, and estimates
            do not. With "fixed" and "posterior" the band is that of as many observations as
            there are managers, which is wide enough for any dependence.
        kind : {"qq", "pit"}, default="qq"
            A quantile-quantile plot of normal scores, or the histogram of transforms.
        level : float, default=0.95
            How often a sample from the mixture lies in the whole band, between 0 and 1.
        sample_weight : array-like of shape (N,), default=None
            How often each manager of a grid counts.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : GoodnessOfFitDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, ImportError
            If the estimator is not fitted, X does not suit it, a parameter is invalid, or
            matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import DeconvolvedGaussianMixture
        >>> from skem.datasets import make_fund_estimates
        >>> from skem.display import GoodnessOfFitDisplay
        >>> X, _, _ = make_fund_estimates(300, random_state=0)
        >>> one, ax = DeconvolvedGaussianMixture(1).fit(X), Figure().subplots()
        >>> GoodnessOfFitDisplay.from_estimator(one, X, ax=ax).n_independent
        300.0
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        check_word("kind", kind, KINDS)
        level = check_level(level)
        estimator, X = fitted_of(estimator, X)
        if isinstance(estimator, DeconvolvedGaussianMixture):
            _, _, rows, _ = read_funds(estimator, X)
            display = cls(
                EDGES, count_transforms_of_funds(rows, mixture_of(estimator), EDGES)
            )
        else:
            check_draws(draws)
            grid = grid_of(estimator, X, sample_weight)
            counts = np.asarray(count_transforms(grid, mixture_of(estimator), EDGES))
            n = None if draws == "independent" else float(total_manager_mass(grid))
            display = cls(EDGES, counts, n)
        return display.plot(ax, kind=kind, level=level)

    def plot(self, ax=None, *, kind="qq", level=0.95):
        """Draw the transforms.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        kind : {"qq", "pit"}, default="qq"
            A quantile-quantile plot of normal scores, or the histogram of transforms.
        level : float, default=0.95
            How often a sample from the mixture lies in the whole band, between 0 and 1.

        Returns
        -------
        self : GoodnessOfFitDisplay
            The display, drawn.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem.display import GoodnessOfFitDisplay
        >>> display = GoodnessOfFitDisplay([0, 0.25, 0.5, 0.75, 1], [24, 27, 25, 24])
        >>> display.plot(Figure().subplots(), kind="qq").line_.get_xdata().size
        3
        """
        check_word("kind", kind, KINDS)
        level = check_level(level)
        ax = open_axes(ax, self, (5.4, 4.8) if kind == "qq" else (6.4, 4.0))
        draw = self._draw_scores if kind == "qq" else self._draw_bars
        draw(ax, level, f"{100 * level:g} % of samples from the mixture")
        return self

    def _draw_scores(self, ax, level, label):
        below = np.cumsum(self.counts)[:-1] / self.counts.sum()
        places = self.edges[1:-1]
        inside = (below > 0) & (below < 1)
        scores = ndtri(places)
        cumulated = np.cumsum(self._simulate(np.diff(self.edges)), axis=1)[:, :-1]
        low, high = _band(cumulated, self.n_independent, places, level)
        reach = np.abs(scores).max() + 0.5
        # The data reach a share at a larger value than the mixture if fewer are below.
        ends = (np.clip(ndtri(end), -reach, reach) for end in (low, high))
        self.band_ = ax.fill_betweenx(scores, *ends, color="0.85", linewidth=0, label=label)
        ax.plot([-reach, reach], [-reach, reach], "--", color="0.4", linewidth=1)
        (self.line_,) = ax.plot(
            ndtri(below[inside]),
            scores[inside],
            color=PALETTE[1],
            linewidth=1.8,
            label=self._what(),
        )
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.set_xlabel("normal score under the mixture")
        ax.set_ylabel("normal score of the data")
        legend_above(ax, "Quantiles of the data and of the mixture", 1)

    def _draw_bars(self, ax, level, label):
        edges = np.arange(N_BARS + 1) / N_BARS
        edges = edges if np.isin(edges, self.edges).all() else self.edges
        widths = np.diff(edges)
        above = np.append(0.0, np.cumsum(self.counts))
        counts = np.diff(np.interp(edges, self.edges, above))
        total, n = self.counts.sum(), self.n_independent
        low, high = _band(self._simulate(widths), n, widths, level)
        steps = [np.append(end / widths, end[-1] / widths[-1]) for end in (low, high)]
        self.band_ = ax.fill_between(
            edges, *steps, step="post", color="0.85", linewidth=0, label=label
        )
        ax.axhline(1, linestyle="--", color="0.4", linewidth=1)
        self.line_ = ax.stairs(
            counts / total / widths,
            edges,
            color=PALETTE[1],
            linewidth=1.8,
            label=self._what(),
        )
        ax.set_xlim(0, 1)
        ax.set_ylim(0, None)
        ax.set_xlabel("distribution function of the mixture at the data")
        ax.set_ylabel("density")
        legend_above(ax, "Probability integral transforms", 1)

    def _what(self):
        return f"{self.counts.sum():,.10g} observations"

    def _simulate(self, shares):
        """Counts (R, B) in bins of these shares, always the same samples."""
        n = max(1, round(self.n_independent))
        return np.random.default_rng(0).multinomial(n, shares / shares.sum(), N_SAMPLES)


def _band(simulated, n, shares, level):
    """Ends (K,) of shares between which whole rows of `simulated` (R, K) lie, at a level.

    The counts are binomial, of `n` and `shares` (K,). The tail probability that is cut off
    everywhere is such that 1 - level of the rows leave the band somewhere.
    """
    n = max(1, round(n))
    tails = np.minimum(binom.cdf(simulated, n, shares), binom.sf(simulated - 1, n, shares))
    tail = np.quantile(tails.min(axis=1), 1 - level)
    return binom.ppf(tail, n, shares) / n, binom.ppf(1 - tail, n, shares) / n
