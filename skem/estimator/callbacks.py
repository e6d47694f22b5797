"""Messages of a fit: scikit-learn's callbacks (1.9 and later), prints and warnings."""

import copy
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..checks.grid import remember_features
from ..checks.scalars import counted
from ..numerics.model.mixture import Mixture, unstandardise
from ..numerics.model.prior import log_prior
from ..numerics.search.optima import list_optima

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Replaces scikit-learn's mixin of the same name, and calls nothing."""


def has_callbacks(estimator):
    """Whether callbacks were set, for the estimator or for one that it is part of."""
    return hasattr(estimator, "_skl_callbacks") or hasattr(
        estimator, "_parent_callback_ctx"
    )


def in_units_of_x(mixture, centre, scale, constraints, fixed):
    """The Mixture in the units of X, in the order that is published.

    If nothing is fixed, groups are sorted by mean, then by variance. The values `fixed` by
    the user are published as they were given.
    """
    raw = unstandardise(mixture, centre, scale)
    raw = Mixture(*map(np.where, constraints.free, raw, fixed))
    if constraints.any_fixed:
        return raw
    order = np.lexsort((raw.variances, raw.means))
    return Mixture(*(part[order] for part in raw))


def group_attributes(mixture, cells, constraints, fixed):
    """The fitted attributes that describe the groups, in the units of X."""
    raw = in_units_of_x(mixture, cells.centre, cells.scale, constraints, fixed)
    return {
        "weights_": raw.weights,
        "means_": raw.means,
        "variances_": raw.variances,
        "n_parameters_": constraints.n_parameters,
    }


def optima_attribute(searched, centre, scale, mass, fixed):
    """The optima of a Searched as a structured array, in the units of X."""
    optima = list_optima(searched)
    groups = [(name, np.float64, fixed.means.shape) for name in Mixture._fields]
    numbers = [("log_likelihood", np.float64), ("cost", np.float64)]
    found = np.empty(len(optima), [*groups, *numbers])
    for row, one in zip(found, optima, strict=True):
        height = one.log_likelihood - log_prior(searched.points.prior, one.mixture)
        row["log_likelihood"] = height / mass - np.log(scale)
        row["cost"] = one.log_likelihood - one.height
        mixture = in_units_of_x(one.mixture, centre, scale, searched.constraints, fixed)
        for name, part in zip(Mixture._fields, mixture, strict=True):
            row[name] = part
    return found


class Watch:
    """Tells an estimator's callbacks of the fit, its starts and their iterations.

    Its constructor announces the fit. `data` has X, y and metadata, which callbacks may
    ask for. It prints a line per start at ``verbose=1``, and one per iteration at
    ``verbose=2``.
    """

    def __init__(self, estimator, data, cells, constraints, fixed, n_starts):
        self._estimator, self._data, self._cells = estimator, data, cells
        self._constraints, self._fixed = constraints, fixed
        self.asked_to_stop = False
        self._contexts = []
        self._numbers = [0, 0]
        if has_callbacks(estimator):
            root = estimator._init_callback_context(max_subtasks=n_starts)
            self._begin(root)

    def _begin(self, context):
        context.call_on_fit_task_begin(estimator=self._estimator, **self._data)
        self._contexts.append(context)

    def _begin_subtask(self, name, max_subtasks=0):
        if self._contexts:
            parent = self._contexts[-1]
            self._begin(parent.subcontext(task_name=name, max_subtasks=max_subtasks))

    def _end(self, mixture):
        if not self._contexts:
            return False
        stop = self._contexts.pop().call_on_fit_task_end(
            estimator=self._estimator,
            reconstruction_attributes=lambda: self._as_if_fitted(mixture),
            **self._data,
        )
        self.asked_to_stop |= stop
        return stop

    def _as_if_fitted(self, mixture):
        """The attributes with which a copy of the estimator is fitted to this mixture."""
        knowing = copy.copy(self._estimator)
        remember_features(knowing, self._data["X"])
        return {
            **group_attributes(mixture, self._cells, self._constraints, self._fixed),
            "n_features_in_": knowing.n_features_in_,
            # None overwrites the names that an earlier fit may have left.
            "feature_names_in_": getattr(knowing, "feature_names_in_", None),
        }

    def _print(self, level, text, log_likelihood):
        if self._estimator.verbose >= level:
            mean = log_likelihood / self._cells.mass - np.log(self._cells.scale)
            unit = self._estimator._observation
            print(f"{text}: log-likelihood per {unit} {mean:.10g}")

    def begin_start(self, start):
        """A start begins."""
        self._numbers = [self._numbers[0] + 1, 0]
        self._begin_subtask("start", self._estimator.max_iter)

    def end_start(self, fit):
        """A start ended in a Fit; true asks for no further start."""
        verdict = "converged" if fit.converged else "not converged"
        steps = counted(fit.n_iter, "iteration")
        text = f"start {self._numbers[0]}: {verdict} after {steps}"
        self._print(1, text, fit.log_likelihoods[-1])
        return self._end(fit.mixture)

    def begin_step(self):
        """An iteration begins."""
        self._numbers[1] += 1
        self._begin_subtask("iteration")

    def end_step(self, mixture, log_likelihood):
        """An iteration led from `log_likelihood` to `mixture`; true asks to stop."""
        self._print(2, f"  before iteration {self._numbers[1]}", log_likelihood)
        return self._end(mixture)

    def end_fit(self, mixture):
        """The fit is over."""
        self._end(mixture)


# The most nats left to be gained, when the steps of "em" are small, without a warning.
AT_REST = 0.1

# Packages whose frames a warning skips, to point to the user's line.
BETWEEN = ("skem", "sklearn", "joblib")


def warn(text, category):
    """Warn at the user's line that called this package, perhaps through a pipeline."""
    frame, level = sys._getframe(1), 2
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in BETWEEN:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


def is_fit_of_fold():
    """Whether scikit-learn fits here to the folds of a cross-validation."""
    frame = sys._getframe(1)
    while frame:
        if frame.f_globals.get("__name__") == "sklearn.model_selection._validation":
            return True
        frame = frame.f_back
    return False


def warn_unless_converged(fitted):
    """Warn if a fit stopped early, or "em" far from the top, and state the gain left."""
    far = fitted.solver == "em" and fitted.remaining_gain_ > AT_REST
    if fitted.converged_ and not far:
        return
    gain = f"can still gain about {fitted.remaining_gain_:.3g} nats over the"
    if np.isinf(fitted.remaining_gain_):
        gain = "still curves upwards, with no maximum in sight, over the"
    steps = counted(fitted.n_iter_, "iteration")
    first = f"Not converged after {steps}"
    if fitted.solver == "em" and (fitted.converged_ or fitted.n_iter_ < fitted.max_iter):
        first = f"Stopped moving after {steps}, below the top"
        remedy = 'Use solver="newton", lower tol'
    else:
        remedy = f"Raise max_iter={fitted.max_iter}, ask for fewer groups"
    warn(
        f"{first}: the log-likelihood {gain} {fitted.n_cells_} {fitted._observation}s. "
        f"{remedy}, or start elsewhere (init_params, means_init).",
        ConvergenceWarning,
    )


def warn_of_spare_groups(spare):
    """Warn of groups without which the mixture is as likely.

    `spare` has pairs of a group's published number and the number of the group that it
    coincides with, or None for an empty group.
    """
    if not spare:
        return
    gone = {group for group, other in spare if other is None}
    verb = "is" if len(gone) == 1 else "are"
    empty = [f"{in_words(gone)} {verb} empty"] if gone else []
    alike: list[set[int]] = []
    for pair in ({i, j} for i, j in spare if j is not None and not gone & {i, j}):
        joined = [one for one in alike if one & pair]
        alike = [one for one in alike if not one & pair] + [pair.union(*joined)]
    equal = [f"{in_words(one)} coincide" for one in alike]
    warn(
        f"Fewer groups fit as well: {', '.join(empty + equal)}. Lower n_components, or "
        "fix what tells the groups apart.",
        ConvergenceWarning,
    )


def warn_of_floor(fitted, fixed, constraints):
    """Warn of groups whose free variance ended on the floor, if there is a floor."""
    on_floor = fitted.variances_ <= fitted.variance_floor_ * (1 + 1e-9)
    if fitted.variance_floor_ == 0 or not on_floor.any():
        return
    free = Mixture(*map(np.isnan, fixed))
    if not np.all(free):  # otherwise the groups were sorted, and all are free
        on_floor &= free.variances
    if not on_floor.any():
        return
    which = "variance" if np.count_nonzero(on_floor) == 1 else "variances"
    if constraints.variance_floor > fitted.variance_floor:
        text = (
            f"floor, variance_floor_={fitted.variance_floor_:.3g}: double precision shows "
            f"no narrower group among {fitted._observation}s as large as these. Subtract a "
            "constant from them before they are rounded."
        )
    else:
        text = (
            f"floor, variance_floor={fitted.variance_floor:g} times the pooled variance: "
            f"equal {fitted._observation}s hold a group there, and the likelihood means "
            "little. Ask for fewer groups, or raise variance_floor."
        )
    groups = in_words(np.flatnonzero(on_floor))
    warn(f"The {which} of {groups} ended on the {text}", ConvergenceWarning)


def in_words(groups):
    """The numbers of groups as words: "group 1", or "groups 0, 1 and 2"."""
    *others, last = map(str, sorted(groups))
    return f"groups {', '.join(others)} and {last}" if others else f"group {last}"
