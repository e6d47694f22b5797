"""Input checks of inference and their error messages."""

from collections.abc import Iterable
from numbers import Integral

import numpy as np

from ..checks.given import FIXED, STARTS
from ..checks.grid import read_numbers
from ..checks.scalars import check_draws, check_whole, counted
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.callbacks import warn
from ..mixture import PanelGaussianMixture
from .rows import in_quotes, names_of_rows


def check_numbers(n_components):
    """Raise if `n_components` has no integers of at least 1; return them as a list."""
    remedy = "Pass integers of at least 1, such as range(1, 7)."
    if not isinstance(n_components, Iterable) or isinstance(n_components, str):
        raise TypeError(f"n_components={n_components!r} is not a sequence. {remedy}")
    numbers = list(n_components)
    if not numbers:
        raise ValueError(f"n_components={n_components!r} is empty. {remedy}")
    for number in numbers:
        if isinstance(number, (bool, np.bool_)) or not isinstance(number, Integral):
            raise TypeError(f"n_components holds {number!r}, not an integer. {remedy}")
        if number < 1:
            raise ValueError(f"n_components holds {number!r}. {remedy}")
    return [int(number) for number in numbers]


def check_estimator(estimator):
    """Raise unless the parameters of a mixture's estimator suit any number of groups.

    Returns it; None stands for the PanelGaussianMixture of the defaults.
    """
    if estimator is None:
        return PanelGaussianMixture()
    if not isinstance(estimator, PanelGaussianMixture | DeconvolvedGaussianMixture):
        raise TypeError(
            f"estimator={estimator!r} must be a PanelGaussianMixture, or for estimates "
            "with standard errors a DeconvolvedGaussianMixture: its parameters are used "
            "for every fit. Pass PanelGaussianMixture(...)."
        )
    given = [name for name in STARTS + FIXED if getattr(estimator, name) is not None]
    if given:
        raise ValueError(
            f"estimator has {', '.join(given)}: one entry per group suits one number of "
            "groups only, and several are fitted. Leave them out, or fit each number of "
            "groups yourself and compare bic(X)."
        )
    return estimator


def check_panel_estimator(estimator):
    """Raise unless `estimator` is a PanelGaussianMixture; None stands for the defaults."""
    if estimator is None:
        return PanelGaussianMixture()
    if not isinstance(estimator, PanelGaussianMixture):
        raise TypeError(
            f"estimator={estimator!r} must be a PanelGaussianMixture, which fits the draws "
            "of every round. Pass PanelGaussianMixture(...)."
        )
    return estimator


def check_sampler(sampler):
    """Raise unless `sampler` can be called."""
    if not callable(sampler):
        raise TypeError(
            f"sampler={sampler!r} is not callable. Pass a function sampler(mixture, rng) "
            "that gives a grid (N, M) of draws from each manager's posterior."
        )


def check_burn_in(burn_in, n_rounds):
    """Raise unless `burn_in` is a whole number below `n_rounds`."""
    burn_in = check_whole("burn_in", burn_in, 0, "rounds to leave out of the means")
    if burn_in >= n_rounds:
        raise ValueError(
            f"burn_in={burn_in} leaves none of n_rounds={n_rounds} to average. Raise "
            "n_rounds, or lower burn_in."
        )
    return burn_in


def check_draws_of_test(draws):
    """Raise if `draws` is an unknown word, or posterior draws, which cannot be tested."""
    check_draws(draws)
    if draws == "posterior":
        raise ValueError(
            'draws="posterior": such draws were made with a mixture of some number of '
            "groups, and look like that number whatever the truth. Test the estimates "
            "that the posteriors were made of, with their standard errors: pass these two "
            "columns, and estimator=DeconvolvedGaussianMixture()."
        )


def check_draws_of_estimates(draws):
    """Raise if `draws` says that rows of estimates depend on each other."""
    if draws not in (None, "independent"):
        raise ValueError(
            f"draws={draws!r} is about a grid of draws, and the estimator takes one "
            'estimate of each fund. Leave draws out, or pass draws="independent".'
        )


def check_no_resolution(resolution):
    """Raise if a rounding is given for estimates, which are not counted in bins."""
    if resolution is not None:
        raise ValueError(
            f"resolution={resolution!r} is about the bins that the cells of a grid are "
            "counted in, and the estimator takes estimates, whose noise hides a rounding. "
            "Leave resolution out."
        )


def check_progress(progress):
    """Raise unless `progress` is a bool, None or a callable."""
    if not (isinstance(progress, bool | np.bool_ | None) or callable(progress)):
        raise TypeError(
            f"progress={progress!r} must be True, False or callable, as "
            "progress(done, total). Pass progress=True for a bar."
        )


def check_enough(n, n_parameters, unit, larger="one more group"):
    """Raise if X has no more observations than the larger mixture has parameters."""
    if n <= n_parameters:
        observed = counted(n, f"observed {unit}")
        raise ValueError(
            f"X has {observed}, and the mixture with {larger} has {n_parameters} "
            f"free parameters: a test needs more {unit}s than that. Ask for fewer groups."
        )


def check_no_residuals(residuals):
    """Raise if residuals are given for a grid."""
    if residuals is not None:
        raise ValueError(
            "residuals are those of the regressions behind estimates with standard errors, "
            "and the model was fitted to a grid. Leave residuals out."
        )


def check_residuals(residuals, table):
    """Raise if residuals are not numbers (N, T), some for every fund with an estimate."""
    remedy = "Pass FactorAlphas(...).fit(returns).residuals(returns) of the funds of X."
    values = read_numbers(
        "residuals", residuals, remedy, ensure_all_finite="allow-nan", copy=True
    )
    if len(values) != len(table):
        raise ValueError(
            f"residuals has shape {values.shape}, and X has {len(table)} rows: a row for "
            f"each fund of X is needed, in the same order. {remedy}"
        )
    seen = np.nan_to_num(values).any(axis=1) | np.isnan(table).any(axis=1)
    if not seen.all():
        row = int((~seen).argmax())
        raise ValueError(
            f"residuals has none in row {row}, and X has an estimate there: every fund "
            f"with an estimate needs residuals that are not all 0. {remedy}"
        )
    return values


def check_managers(n_managers, n_parameters):
    """Raise if there is a single manager; warn if there are few for the parameters."""
    if n_managers < 2:
        raise ValueError(
            f"X has {n_managers} manager with draws: resampling needs at least 2, because "
            "all resamples of one are the same. Pass a row per manager."
        )
    if n_managers <= n_parameters:
        warn(
            f"X has {n_managers} managers with draws and the model {n_parameters} free "
            "parameters: resamples of so few managers do not tell how uncertain these "
            "are. Ask for fewer groups, or fix or tie parameters.",
            UserWarning,
        )


def check_row(name, labels):
    """Raise unless `name` is a kind of parameter and the label of a group.

    Returns the number of the kind, and that of the group.
    """
    rows = names_of_rows(labels)
    if name not in rows:
        listed = in_quotes(rows)
        raise ValueError(f"name={name!r} is not that of a parameter. Pass one of {listed}.")
    return divmod(rows.index(name), len(labels))
