"""Groups that the data hardly tell apart."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from ..checks.scalars import counted
from ..numerics.search.fewer import worth_of_groups
from .callbacks import AT_REST, is_fit_of_fold, warn


def warn_if_hardly_told_apart(fitted, points, mixture, log_likelihood, constraints):
    """Warn of a fit whose last group gains less than BIC takes for its parameters.

    The mixture and its log-likelihood are those of the fit in standard units. Fits to the
    folds of a cross-validation are judged by their scores. Where parameters are fixed, the
    caller has said what the groups are.
    """
    n_groups = mixture.weights.size
    if n_groups == 1 or constraints.any_fixed or fitted.remaining_gain_ > AT_REST:
        return
    if is_fit_of_fold():
        return
    worth = worth_of_groups(points, mixture, log_likelihood, constraints)
    if worth.gain >= worth.penalty:
        return
    still = [
        f" The variance of group {group} ended at 0."
        for group in np.flatnonzero(fitted.variances_ == 0)
    ]
    fewer = n_groups - 1
    warn(
        f"The data hardly tell {n_groups} groups apart: with {counted(fewer, 'group')} the "
        f"log-likelihood is only {max(worth.gain, 0.0):.1f} nats lower, and BIC takes "
        f"{worth.penalty:.1f} for the {worth.n_parameters} parameters of one more."
        f"{''.join(still)} Single weights, means and sds mean little. Fit n_components="
        f"{fewer}, fix what you know of the groups, or compare numbers of groups "
        "(skem.inference.select_n_components, bootstrap_lrt).",
        ConvergenceWarning,
    )
