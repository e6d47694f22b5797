"""How much any other mixture, of any number of groups, could gain over a fit."""

from dataclasses import dataclass
from numbers import Real

import numpy as np

from ..checks.grid import check_grid
from ..checks.scalars import counted
from ..estimator.parts import estimates_of, mixture_of, observation_of, read_cells
from ..numerics.model.mixture import standardise
from ..numerics.nonparametric.bound import (
    TOL,
    best_of_width,
    is_affordable,
    reached_by,
)
from .fit_warnings import warn_of_loose_gap
from .fitted import fitted_mixture
from .nonparametric import NonparametricEstimate
from .table import Table, Tabular, rows_of

# The widths of a table by default, in sds of the narrowest group, and the nats to which the
# gaps after the first are found.
LADDER, ROUGH = (1.0, 0.5, 0.25), 1e-2

REMEDY = "Pass the width of the narrowest group to allow, in the units of X."


@dataclass(frozen=True, eq=False, repr=False)
class GlobalGap(Tabular):
    """The result of ``global_gap``; prints as a table.

    Attributes
    ----------
    gap : float
        The nats that no mixture of groups at least `least_sd` wide exceeds the fit by.
    least_sd : float
        The standard deviation that groups have at least, in the units of X.
    nonparametric : NonparametricEstimate
        The likeliest mixture of normals of that width, which all of these are mixtures of.
    least_sds, gaps : ndarray of shape (K,)
        The widths of the table, and the gap of each; the first are those above.
    log_likelihood : float
        Total log-likelihood of X under the fit, in nats.
    n_components : int
        The number of groups of the fit.
    """

    gap: float
    least_sd: float
    nonparametric: NonparametricEstimate
    least_sds: np.ndarray
    gaps: np.ndarray
    log_likelihood: float
    n_components: int

    @property
    def _table(self):
        groups = counted(self.n_components, "group")
        note = "gap: nats that no mixture of groups at least as wide gains over the fit."
        return Table(
            ("least_sd", "gap"),
            rows_of(self.least_sds, self.gaps),
            formats=(".4g", ".2f"),
            headings=("least sd", "gap"),
            title=f"What any other mixture could gain over {groups}",
            notes=(note,),
        )


def global_gap(model, X, *, least_sd=None, sample_weight=None):
    """Bound what any mixture, of any number of groups, could gain over a fit.

    A normal group that is at least s wide is a mixture of normals that are s wide. The
    likeliest of all mixtures of these is a convex problem, and bounds them all (equations
    U1 to U3 of the theory).

    Parameters
    ----------
    model : PanelGaussianMixture or DeconvolvedGaussianMixture
        A fitted mixture, or a search or a pipeline with one.
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        The grid that it was fitted to, or the estimates and their standard errors.
    least_sd : float or sequence of float, default=None
        The width s that groups have at least, in the units of X; a sequence gives a table
        of gaps. None stands for the standard deviation of the narrowest group, a half and
        a quarter of it; for estimates with errors it stands for 0, and the gap bounds
        every distribution of true alphas whatever. Where groups are too narrow to look
        everywhere, None stands for wider ones.
    sample_weight : array-like of shape (N,), default=None
        How often each manager counts, as in the fit.

    Returns
    -------
    found : GlobalGap
        It has the `gap`, in nats, and the `nonparametric` estimate, and prints as a table.

    Raises
    ------
    ValueError
        If X cannot be fitted, or `least_sd` is negative, 0 where there is no noise, or too
        small to look everywhere.
    TypeError
        If `least_sd` is not a number or a sequence of numbers.

    See Also
    --------
    bootstrap_gap : Tests a number of groups against any mixture.

    Notes
    -----
    A small gap says that no other start, and no other number of groups, is worth trying.
    A large one says that one of both is. The bound is about groups as wide as it says. One
    wide group over two real ones may have a small gap at its own width, and a large one at
    half of it.

    The log-likelihood is that of the cells or estimates, without a prior. Noise that is
    Student's t is taken as in the fit: as a mixture of a few normals. Up to 4,096 estimates
    the gap is exact to its last digit shown. More of them are read two or three times,
    mostly until some thousandths of a nat are left. With Student's t noise, or with errors
    that differ much, rounds take long and may leave more. Heavy tails and narrow widths
    need more locations, which take longer to find. What is left
    is in the gap, as is what the bins of a grid leave out; a warning says if that is more
    than a nat.

    References
    ----------
    Lindsay (1983), "The geometry of mixture likelihoods: a general theory", Annals of
    Statistics 11, 86-94.

    Examples
    --------
    >>> from skem import PanelGaussianMixture
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import global_gap
    >>> alphas, _ = make_alpha_panel(
    ...     50, 20, weights=[0.5, 0.5], means=[-0.02, 0.02],
    ...     variances=[1e-4, 1e-4], random_state=0,
    ... )
    >>> for number in (1, 2):
    ...     fitted = PanelGaussianMixture(number).fit(alphas)
    ...     print(number, round(global_gap(fitted, alphas, least_sd=0.009).gap, 1))
    1 172.1
    2 1.0
    """
    model, X = fitted_mixture(model, X)
    given = _check_widths(least_sd)
    is_estimate = observation_of(model) == "estimate"
    if is_estimate:
        estimates_of(model, X)
    else:
        check_grid(model, X, reset=False)
    cells, points = read_cells(model, X, sample_weight)
    mixture = standardise(mixture_of(model), cells.centre, cells.scale)
    if given is None:
        widths = default_widths(cells, points, mixture)
    else:
        widths = [width / cells.scale for width in given]
        check_usable(widths, given, cells.scale, points)
    reached = reached_by(cells, mixture)
    best = [
        best_of_width(cells, points, width, ROUGH if k else TOL)
        for k, width in enumerate(widths)
    ]
    gaps = np.array([one.bound for one in best]) - reached
    k = int(np.argmax([one.left for one in best]))
    warn_of_loose_gap(gaps[k], best[k].left, cells.scale * widths[k])
    units = cells.mass * np.log(cells.scale)
    first = NonparametricEstimate(
        cells.centre + cells.scale * best[0].mixing.locations,
        best[0].mixing.weights,
        float(cells.scale * widths[0]),
        best[0].log_likelihood - units,
        best[0].left,
        observation_of(model),
    )
    return GlobalGap(
        float(gaps[0]),
        first.sd,
        first,
        cells.scale * np.array(widths),
        gaps,
        reached - units,
        model.n_components,
    )


def gaps_over(cells, points, mixture, log_likelihoods):
    """The least sd, and the gaps of fits with some log-likelihoods, in the units of X.

    The least sd is that of the narrowest group of a mixture in standard units, or 0 if
    every cell has noise.
    """
    width = default_widths(cells, points, mixture)[0]
    best = best_of_width(cells, points, width, ROUGH)
    reached = np.asarray(log_likelihoods) + cells.mass * np.log(cells.scale)
    gaps = best.bound - reached
    warn_of_loose_gap(gaps.min(), best.left, cells.scale * width)
    return float(width * cells.scale), gaps


def default_widths(cells, points, mixture):
    """The least sds of groups in standard units; 0 if every cell has noise."""
    if cells.noise_level > 0:
        return [0.0]
    narrowest = float(np.sqrt(mixture.variances.min())) or float(np.finfo(float).eps)
    while not is_affordable(points, narrowest * LADDER[-1]):
        narrowest *= 2
    return [narrowest * step for step in LADDER]


def _check_widths(least_sd):
    """Raise unless `least_sd` is None, a number of at least 0 or some; return a list."""
    if least_sd is None:
        return None
    if isinstance(least_sd, Real) or getattr(least_sd, "ndim", 1) == 0:
        return [check_width(least_sd)]
    try:
        widths = [float(width) for width in least_sd]
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"least_sd={least_sd!r} must be a number or a sequence of numbers. {REMEDY}"
        ) from error
    if not widths:
        raise TypeError(f"least_sd={least_sd!r} must be a number or some. {REMEDY}")
    return [check_width(width) for width in widths]


def check_width(width):
    """Return a `least_sd`, or raise unless it is a finite number of at least 0."""
    number = width.item() if getattr(width, "ndim", 1) == 0 else width
    if isinstance(number, bool) or not isinstance(number, Real):
        raise TypeError(f"least_sd={width!r} must be a number. {REMEDY}")
    if not 0 <= number < np.inf:
        raise ValueError(f"least_sd={number} must be finite and at least 0. {REMEDY}")
    return float(number)


def check_usable(widths, given, unit, points):
    """Raise if a width is too small: in standard units, or as it was given, in another."""
    for width, raw in zip(widths, given, strict=True):
        if width == 0 and not points.noise_level > 0:
            raise ValueError(
                f"least_sd={raw}: without noise, or with errors of 0, groups without width "
                "have no highest likelihood. Pass a width above 0, such as half the sd of "
                "the narrowest group."
            )
        if not is_affordable(points, width):
            raise ValueError(
                f"least_sd={raw} is too small to look everywhere, beside the range of X. "
                f"Pass a larger one, such as {unit / 100:.3g}."
            )
