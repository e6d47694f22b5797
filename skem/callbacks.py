"""What a fit says: scikit-learn's callbacks (1.9 and later), prints, and warnings."""

import copy
import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from .numerics.density import Mixture, unstandardise
from .validation import remember_features

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:

    class CallbackSupportMixin:
        """Stands in for scikit-learn's mixin of the same name: nothing is called."""


def group_attributes(mixture, cells, constraints, fixed):
    """The fitted attributes that say what the groups are, in the units of X.

    Groups ascend by mean, then by variance, if none is told apart by a fixed
    value. The values `fixed` by the user are published as they were given.
    """
    raw = unstandardise(mixture, cells.centre, cells.scale)
    raw = Mixture(*map(np.where, constraints.free, raw, fixed))
    order = np.arange(raw.means.size)
    if not constraints.any_fixed:
        order = np.lexsort((raw.variances, raw.means))
    return {
        "weights_": raw.weights[order],
        "means_": raw.means[order],
        "variances_": raw.variances[order],
        "n_parameters_": constraints.n_parameters,
    }


class Watch:
    """Tells an estimator's callbacks of the fit, its starts and their iterations.

    Announces the fit when it is made. `data` is what callbacks may ask for: X,
    y and metadata. Prints a line per start at ``verbose=1``, and one per
    iteration at ``verbose=2``.
    """

    def __init__(self, estimator, data, cells, constraints, fixed, n_starts):
        self._estimator, self._data, self._cells = estimator, data, cells
        self._constraints, self._fixed = constraints, fixed
        self.asked_to_stop = False
        self._contexts = []
        self._numbers = [0, 0]
        if hasattr(estimator, "_init_callback_context"):
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
        """What a copy of the estimator needs to answer as if the fit ended here."""
        knowing = copy.copy(self._estimator)
        remember_features(knowing, self._data["X"])
        return {
            **group_attributes(mixture, self._cells, self._constraints, self._fixed),
            "n_features_in_": knowing.n_features_in_,
            # None is no names; an earlier fit may have left some.
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
        verdict = "at rest" if fit.converged else "not at rest"
        text = f"start {self._numbers[0]}: {verdict} after {fit.n_iter} iterations"
        self._print(1, text, fit.log_likelihoods[-1])
        return self._end(fit.mixture)

    def begin_step(self):
        """An iteration begins."""
        self._numbers[1] += 1
        self._begin_subtask("iteration")

    def end_step(self, mixture, log_likelihood):
        """An iteration went from `log_likelihood` to `mixture`; true asks to stop."""
        self._print(2, f"  before iteration {self._numbers[1]}", log_likelihood)
        return self._end(mixture)

    def end_fit(self, mixture):
        """The fit is over."""
        self._end(mixture)


# Packages between a warning and the line of the user's that led to it.
BETWEEN = ("skem", "sklearn", "joblib")


def warn(text, category):
    """Warn of the call that led into this package, as of a pipeline's `fit`."""
    frame, level = sys._getframe(1), 2
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in BETWEEN:
        frame, level = frame.f_back, level + 1
    warnings.warn(text, category, stacklevel=level)


def warn_unless_converged(fitted):
    """Warn that a fit stopped early, with what it may still gain."""
    if fitted.converged_:
        return
    gain = f"can still gain about {fitted.remaining_gain_:.3g} nats over the"
    if np.isinf(fitted.remaining_gain_):
        gain = "still curves upwards, with no maximum in sight, over the"
    warn(
        f"Not converged after {fitted.n_iter_} iterations: the log-likelihood {gain} "
        f"{fitted.n_cells_} {fitted._observation}s. Raise max_iter={fitted.max_iter}, ask "
        "for fewer groups, or start elsewhere (init_params, means_init).",
        ConvergenceWarning,
    )


def warn_of_floor(fitted, cells, fixed):
    """Warn of groups whose free variance ended on the floor, by number.

    A variance of 0 is below it, and a maximum in its own right.
    """
    floor = fitted.variance_floor * cells.scale**2
    on_floor = (fitted.variances_ <= floor * (1 + 1e-9)) & (fitted.variances_ > 0)
    free = Mixture(*map(np.isnan, fixed))
    if not np.all(free):  # else the groups have been put in order, and are all free
        on_floor &= free.variances
    if on_floor.any():
        groups = ", ".join(map(str, np.flatnonzero(on_floor)))
        warn(
            f"The variance of group {groups} ended on the floor, "
            f"variance_floor={fitted.variance_floor:g} times the pooled variance: a few "
            f"equal or close {fitted._observation}s hold it there. Ask for fewer groups, "
            "or raise variance_floor.",
            ConvergenceWarning,
        )
