"""The choice of the number of groups by information criteria."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone

from ..checks.scalars import check_draws, check_word
from ..deconvolution import DeconvolvedGaussianMixture
from ..display.selection import SelectionDisplay
from ..estimator.parts import mixture_of, observation_of
from ..mixture import PanelGaussianMixture
from ..numerics.data.estimates import Estimates
from ..numerics.model.mixture import standardise
from ..numerics.posterior import membership
from ..numerics.posterior.shrinkage import fund_evidence
from .checks import check_draws_of_estimates, check_estimator, check_numbers, check_progress
from .fit_warnings import warn_of_shares
from .fitting import compress_for, fit_each
from .gap import gaps_over
from .progress import reporting
from .table import Table, Tabular, rows_of

CRITERIA = ("aic", "bic", "icl")


@dataclass(frozen=True, eq=False, repr=False)
class ComponentSelection(Tabular):
    """What ``select_n_components`` makes: fits, and their information criteria.

    Attributes
    ----------
    n_components : ndarray of int of shape (K,)
        The numbers of groups, in the order given.
    values : ndarray of shape (K,)
        The criterion of each fit; lower is better.
    criterion : {"aic", "bic", "icl"}
        The criterion that chose the best model.
    draws : {"independent", "fixed", "posterior"}
        How the cells of a manager depend on each other.
    models : list of PanelGaussianMixture or DeconvolvedGaussianMixture
        The fitted models.
    best_model : PanelGaussianMixture or DeconvolvedGaussianMixture
        The model with the lowest criterion, the first of equals.
    best_n_components : int
        The number of groups of the best model.
    log_likelihoods : ndarray of shape (K,)
        Total log-likelihood of the observed cells, in nats, whatever `draws` is.
    criteria : dict of str to ndarray of shape (K,)
        All criteria, by name.
    gaps : ndarray of shape (K,)
        The nats that any mixture, of any number of groups at least `least_sd` wide, could
        gain over each fit at most, to a hundredth (:func:`global_gap`).
    least_sd : float
        The standard deviation of the narrowest group of the best model; 0 for estimates
        with errors, where the gaps bound every distribution.
    """

    n_components: np.ndarray
    values: np.ndarray
    criterion: str
    draws: str
    models: list
    best_model: PanelGaussianMixture | DeconvolvedGaussianMixture
    best_n_components: int
    log_likelihoods: np.ndarray
    criteria: dict
    gaps: np.ndarray
    least_sd: float

    def plot(self, ax=None):
        """Draw the criterion, by :meth:`skem.display.SelectionDisplay.from_selection`."""
        return SelectionDisplay.from_selection(self, ax)

    @property
    def _table(self):
        """A row per number of groups: likelihood, parameters, criteria, convergence."""
        columns = (
            self.n_components,
            self.log_likelihoods,
            [model.n_parameters_ for model in self.models],
            *(self.criteria[name] for name in CRITERIA),
            self.gaps,
            [model.converged_ for model in self.models],
        )
        return Table(
            (
                "n_components",
                "log_likelihood",
                "n_parameters",
                *CRITERIA,
                "gap",
                "converged",
            ),
            rows_of(*columns),
            formats=("", ".2f", "", *[".2f"] * len(CRITERIA), ".2f", ""),
            headings=(
                "groups",
                "log-likelihood",
                "free parameters",
                *(name.upper() for name in CRITERIA),
                "gap",
                "converged",
            ),
            notes=(
                f"gap: nats that {_of_width(self.least_sd)} could gain at most",
                f'Lowest {self.criterion.upper()}, draws="{self.draws}": '
                f"n_components={self.best_n_components}",
            ),
        )


def select_n_components(
    X,
    n_components=range(1, 7),
    *,
    criterion="bic",
    draws="independent",
    estimator=None,
    sample_weight=None,
    progress=False,
):
    """Fit mixtures of several numbers of groups and choose by an information criterion.

    The grid is measured and compressed once for all fits, and read once more for all
    criteria.

    Parameters
    ----------
    X : array-like of shape (N, M), (N, 2) or (N, 3)
        Alphas in decimals per period (or in any other unit), a row per manager; NaN
        where a draw does not exist. Or estimates and standard errors, with a
        DeconvolvedGaussianMixture as `estimator`.
    n_components : iterable of int, default=range(1, 7)
        The numbers of groups to fit.
    criterion : {"bic", "aic", "icl"}, default="bic"
        The criterion that chooses (equations B1 to B3 of the theory).
    draws : {"independent", "fixed", "posterior"}, default="independent"
        How the cells of a manager depend on each other. With "independent" every cell
        is an observation of its own. "fixed" and "posterior" draws, such as bootstrap
        draws of one estimate, are not independent evidence. Then all three criteria
        divide the log-likelihood by the mean number of draws per manager, and n is the
        number of managers.
    estimator : PanelGaussianMixture or DeconvolvedGaussianMixture, default=None
        Its parameters are used for every fit, except `n_components`. It is not
        changed. None stands for ``PanelGaussianMixture()``.
    sample_weight : array-like of shape (N,), default=None
        How often each manager counts, in the fits and in the criteria.
    progress : bool or callable, default=False
        True draws a bar of tqdm, or counts on stderr without tqdm. A callable is called as
        ``progress(done, total)`` after each fit.

    Returns
    -------
    selection : ComponentSelection
        It has `best_model`, `best_n_components` and all `models`, and prints as a table.

    Raises
    ------
    ValueError, TypeError
        If X cannot be fitted with a number of groups, or a parameter is invalid.

    Warns
    -----
    ConvergenceWarning
        If a fit did not converge or ended on the variance floor. The warning states its
        number of groups; its criterion cannot be trusted.
    UserWarning
        If weights look like shares, not like counts.

    See Also
    --------
    bootstrap_lrt : Tests a number of groups against one more.

    References
    ----------
    Schwarz (1978), "Estimating the dimension of a model", Annals of Statistics 6,
    461-464.

    Examples
    --------
    >>> from skem.datasets import make_alpha_panel
    >>> from skem.inference import select_n_components
    >>> alphas, _ = make_alpha_panel(50, 20, means=[-0.02, 0.02], random_state=0)
    >>> selection = select_n_components(alphas, range(1, 4))
    >>> selection.best_n_components
    2
    >>> selection.best_model.means_.round(2)
    array([-0.02,  0.02])
    """
    numbers = check_numbers(n_components)
    check_word("criterion", criterion, dict.fromkeys(("bic", "aic", "icl")))
    check_draws(draws)
    check_progress(progress)
    template = check_estimator(estimator)
    if observation_of(template) == "estimate":
        check_draws_of_estimates(draws)
    models = [clone(template).set_params(n_components=number) for number in numbers]
    cells, points = compress_for(models, X, sample_weight)
    with reporting(progress, "fits", len(models)) as report:
        fit_each(models, cells, points, X, sample_weight, report)
    mass, seen = _evidence(cells, [mixture_of(model) for model in models])
    warn_of_shares(mass)
    n = seen[0].mass
    if draws != "independent":
        n = membership.total_manager_mass(cells.grid)
    rows = [
        membership.criteria(one, model.n_parameters_, n)
        for one, model in zip(seen, models, strict=True)
    ]
    criteria = dict(zip(CRITERIA, np.array(rows).T, strict=True))
    best = int(np.argmin(criteria[criterion]))
    log_likelihoods = np.array([one.log_likelihood for one in seen])
    mixture = standardise(mixture_of(models[best]), cells.centre, cells.scale)
    least_sd, gaps = gaps_over(cells, points, mixture, log_likelihoods)
    return ComponentSelection(
        np.array(numbers),
        criteria[criterion],
        criterion,
        draws,
        models,
        models[best],
        numbers[best],
        log_likelihoods,
        criteria,
        gaps,
        least_sd,
    )


def _of_width(least_sd):
    """What a gap bounds, in words."""
    if not least_sd:
        return "any distribution of true alphas"
    return f"any mixture of groups at least {least_sd:.3g} wide"


def _evidence(cells, mixtures):
    """The weights (N,) of the rows, or None, and the Evidence under each mixture."""
    rows = cells.grid
    if isinstance(rows, Estimates):
        return rows.mass, [fund_evidence(rows, mixture) for mixture in mixtures]
    return rows.manager_mass, membership.evidence(rows, mixtures)
