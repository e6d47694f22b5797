"""The distribution of skill: density, distribution function, quantiles and shares."""

from dataclasses import dataclass

import numpy as np

from ..checks.scalars import check_level, check_unit
from ..checks.vectors import check_alphas, check_probabilities
from ..display.distribution import DistributionDisplay
from ..estimator.parts import mixture_of
from ..estimator.point_masses import undecided
from ..numerics.model.distribution import densities, quantiles, tails
from ..numerics.model.mixture import standardise
from .band import Band
from .covariance import estimate_precision
from .delta import answer, heights, reach_of, tail_shares
from .fitted import check_draws_for, fitted_mixture
from .inversion import invert_shares
from .quantities import doubt_of_share
from .rows import HEADER, HEADINGS, POSITIVE
from .spread import leave_out, wider_mixtures
from .table import Table, Tabular, places_for, rows_of

# The quantiles that a printed distribution shows.
SHOWN = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)

# The number of standard errors of its mean beyond which no point mass is looked for.
NEAR = 10.0


@dataclass(frozen=True, eq=False, repr=False)
class SkillDistribution(Tabular):
    """The distribution of a population's alphas, with standard errors.

    :func:`estimate_distribution` makes it. It prints quantiles and the share above 0.

    Attributes
    ----------
    weights, means, sds : ndarray of shape (L,)
        The groups, in the unit of this distribution.
    level : float
        Nominal probability that an interval contains the true value.
    draws : str
        How the cells of a manager depend on each other.
    unit : tuple of float and str
        The factor from the units of X to those of alphas here, and the name of these.

    See Also
    --------
    skem.display.DistributionDisplay : Draws it.
    """

    weights: np.ndarray
    means: np.ndarray
    sds: np.ndarray
    level: float
    draws: str
    unit: tuple
    _model: object
    _covariance: np.ndarray
    _standard: float
    _wider: list

    @property
    def _scale(self):
        """The standard unit of the covariance, in the unit of this distribution."""
        return self.unit[0] * self._standard

    @property
    def _mixture(self):
        """The groups in standard units."""
        return standardise(mixture_of(self._model), 0.0, self._standard)

    def density(self, alphas):
        """Compute the density at some alphas.

        Parameters
        ----------
        alphas : float or array-like of shape (n,)
            Where, in the unit of this distribution.

        Returns
        -------
        band : Band
            Densities, with intervals that are symmetric for their square root. Groups
            without spread have no density and are left out. If the mean of one is
            estimated, intervals are NaN where it may be. If its variance ended at 0, they
            are NaN wherever the spread that it may have matters.
        """
        at = check_alphas("alphas", alphas)
        values, gradients = densities(self._mixture, at / self._scale)
        found = heights(values / self._scale, gradients / self._scale)
        others = [densities(one, at / self._scale)[0] / self._scale for one in self._wider]
        return self._band(("alpha", "density"), at, found, self._doubts(at), others)

    def cumulative(self, alphas):
        """Compute the distribution function, the share at most as high as some alphas.

        Parameters
        ----------
        alphas : float or array-like of shape (n,)
            Where, in the unit of this distribution.

        Returns
        -------
        band : Band
            Shares, with intervals that are symmetric for their normal quantile. They are
            NaN where a group without spread, whose mean is estimated, may be, and where
            the spread matters that a group may have whose variance ended at 0.
        """
        at = check_alphas("alphas", alphas)
        found = tails(self._mixture, at / self._scale)
        below = tail_shares(found.below, found.above, -found.gradients)
        others = [tails(one, at / self._scale).below for one in self._wider]
        return self._band(("alpha", "share at most"), at, below, self._doubts(at), others)

    def share_above(self, thresholds):
        """Compute the share of the population above some thresholds.

        Parameters
        ----------
        thresholds : float or array-like of shape (n,)
            Alphas in the unit of this distribution.

        Returns
        -------
        band : Band
            Shares, as those of :meth:`cumulative`.

        Warns
        -----
        UserWarning
            If estimates do not tell a group from a point mass at a threshold.
        """
        at = check_alphas("thresholds", thresholds)
        found = tails(self._mixture, at / self._scale)
        doubts = [doubt_of_share(self._model, one / self.unit[0]) for one in at]
        above = tail_shares(found.above, found.below, found.gradients)
        others = [tails(one, at / self._scale).above for one in self._wider]
        return self._band(("alpha", "share above"), at, above, np.array(doubts), others)

    def quantiles(self, probabilities):
        """Compute quantiles: the alphas that shares of the population do not exceed.

        Parameters
        ----------
        probabilities : float or array-like of shape (n,)
            Shares between 0 and 1, such as .9 for the alpha that one in ten exceeds.

        Returns
        -------
        band : Band
            Alphas. The interval of a quantile has the alphas at which the interval of
            :meth:`cumulative` contains the share. It is wide where few funds are, as
            between two groups. The quantile in the jump of a group without spread is its
            mean. It has no standard error if the jump may end at that share, and no
            interval either if the group's variance was estimated. There is none wherever
            the spread matters that a group may have whose variance ended at 0.

        Raises
        ------
        ValueError
            If a probability is not between 0 and 1.
        """
        at = check_probabilities(probabilities)
        found = invert_shares(self._mixture, self._covariance, at, reach_of(self.level))
        found = leave_out(found, [quantiles(one, at)[0] for one in self._wider])
        answers = (self._scale * part for part in found)
        return Band(("share", "quantile"), at, *answers, self.level, self.unit)

    def plot(self, ax=None, *, above=0.0, kind="density"):
        """Draw the density or the distribution function, with a threshold.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.
        above : float, default=0.0
            The threshold that is marked, with the share above it; None marks none.
        kind : {"density", "cumulative"}, default="density"
            What to draw: the density, or the distribution function.

        Returns
        -------
        display : skem.display.DistributionDisplay
            The display, drawn.
        """
        return DistributionDisplay.from_distribution(self, above=above, kind=kind, ax=ax)

    def _band(self, names, at, found, doubts, others):
        answers = answer(found, self._covariance, self.level, doubts)
        answers = leave_out(answers, others)
        return Band(names, at, *answers, self.level, self.unit)

    @property
    def _jumps(self):
        """Which groups are point masses."""
        return (self._mixture.variances == 0) & (self._mixture.weights > 0)

    def _doubts(self, alphas):
        """NaN for alphas where a point mass may be, or 0."""
        n_components = self.means.size
        squares = self._covariance.diagonal()[n_components : 2 * n_components]
        errors = self._scale * np.sqrt(squares)
        near = np.abs(alphas[:, None] - self.means) <= NEAR * errors
        doubts = np.zeros(alphas.size)
        for number in np.flatnonzero((near & self._jumps & (errors > 0)).any(axis=1)):
            groups = undecided(self._model, alphas[number] / self.unit[0])
            if self._jumps[groups].any():
                doubts[number] = np.nan
        return doubts

    @property
    def _table(self):
        """A row for each of some quantiles, and one for the share above 0."""
        found, above = self.quantiles(SHOWN), self.share_above(0.0)
        names = (*(f"{100 * share:g} % quantile" for share in SHOWN), POSITIVE)
        both = zip(_columns(found), _columns(above), strict=True)
        places = [places_for(*_columns(band)[:2]) for band in (found, above)]
        return Table(
            ("quantity", *HEADER[1:]),
            rows_of(names, *map(np.concatenate, both)),
            formats=("", *[".4g"] * 4),
            title=f"Distribution of alphas with {100 * self.level:g} % intervals",
            notes=(f"Alphas in {self.unit[1]}.",),
            headings=("quantity", *HEADINGS[1:]),
            decimals=(*[places[0]] * len(SHOWN), places[1]),
        )


def _columns(band):
    return band.estimates, band.standard_errors, band.lower, band.upper


def estimate_distribution(
    model, X, *, draws=None, sample_weight=None, residuals=None, level=0.95, unit=None
):
    """Estimate the distribution of alphas: density, shares and quantiles, with errors.

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture, or a search or a pipeline that has fitted one. That of estimates
        with standard errors is one of true alphas.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and their standard errors.
    draws : {"independent", "fixed", "posterior"}, default=None
        How the cells of a manager depend on each other. A grid needs it, and estimates may
        leave it out; :func:`parameter_covariance` says what the words mean.
    sample_weight : array-like of shape (N,), default=None
        How often each row counts, as in the fit.
    residuals : array-like of shape (N, T), default=None
        For estimates: the residuals of each fund's regression, for errors that funds share.
    level : float, default=0.95
        Level of the intervals, between 0 and 1.
    unit : tuple of float and str, default=None
        A factor for alphas, and the name of their unit then: ``(1200, "% a year")`` for
        decimals per month. It holds for alphas that are asked about, and for answers.
        None leaves them in the units of X.

    Returns
    -------
    distribution : SkillDistribution
        Its methods `density`, `cumulative`, `share_above` and `quantiles` give values
        with standard errors and pointwise intervals by the delta method. Shares lie
        between 0 and 1 with their intervals, and densities above 0. Few funds are in the
        tails: intervals contain the truth less often there than their level says. The
        guide has how often (``python -m benchmarks bands``).

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid.

    Warns
    -----
    UserWarning
        In the cases of :func:`parameter_covariance`.

    See Also
    --------
    skem.display.DistributionDisplay : Draws it.
    skem.inference.summarize : The same for the parameters of the mixture.

    Examples
    --------
    >>> from skem import DeconvolvedGaussianMixture
    >>> from skem.datasets import make_fund_estimates
    >>> from skem.inference import estimate_distribution
    >>> X, _, _ = make_fund_estimates(random_state=0)
    >>> fitted = DeconvolvedGaussianMixture(2).fit(X)
    >>> skill = estimate_distribution(fitted, X, unit=(1, "% a year"))
    >>> print(skill.share_above([0.0, 1.0]))
    95 % intervals at each alpha
    alpha  share above  std. error     lower    upper
        0       0.1175     0.01691   0.08763   0.1541
        1     0.007295    0.003477  0.002722  0.01764
    Alphas in % a year.
    >>> skill.quantiles([0.1, 0.9]).estimates.round(1)
    array([-2.8,  0.1])
    >>> skill.density(-1.0).estimates.round(2), skill.cumulative(-1.0).estimates.round(2)
    (array([0.45]), array([0.49]))
    """
    model, X = fitted_mixture(model, X)
    draws = check_draws_for(model, draws)
    level = check_level(level)
    unit = check_unit(unit)
    found = estimate_precision(model, X, draws, sample_weight, residuals)
    weights, means, variances = mixture_of(model)
    groups = weights, unit[0] * means, unit[0] * np.sqrt(variances)
    options = level, draws, unit
    wider = [
        standardise(mixture, 0.0, found.scale)
        for mixture in wider_mixtures(model, X, sample_weight, level)
    ]
    return SkillDistribution(*groups, *options, model, found.covariance, found.scale, wider)
