"""The mixture's error may be so large that many calls of skill are false."""

import numpy as np
from scipy.special import expit, logit

from ..checks.scalars import counted
from ..numerics.data.estimates import Estimates
from ..numerics.model.mixture import unstandardise
from ..numerics.posterior.parameter_error import mixtures_beside
from ..numerics.posterior.shrinkage import local_false_discovery
from .callbacks import warn

# The q-value up to which funds are usually called.
LEVEL = 0.1

# The standard errors on each side in an interval of 95 %.
REACH = 1.96

# The largest number of called funds that stand for all.
N_CALLED = 100


def warn_of_doubtful_calls(fitted, rows, local, q_values, threshold, sign):
    """Warn if the share of false calls may be twice what is expected, and above LEVEL.

    The interval of the share is symmetric for its logit. Its error is that of the fitted
    mixture. Missing rows have q-values of NaN here.
    """
    called = np.flatnonzero(q_values <= LEVEL)
    if not (called.size and hasattr(fitted, "_searched")):
        return
    order = called[np.argsort(local[called], kind="stable")]
    some = Estimates(rows.table[order[:: -(-called.size // N_CALLED)]])
    error = _error(fitted, some, threshold, sign)
    expected = local[called].mean()
    lower, upper = (expit(_logit(expected) + way * REACH * error) for way in (-1, 1))
    if upper > max(2 * expected, LEVEL):
        warn(
            f"{counted(called.size, 'fund')} with q-values up to {LEVEL:g}: the expected "
            f"share of false calls is {expected:.2g}, and with the error of the mixture "
            f"{lower:.2g} to {upper:.2g} (95 %). More calls may be false than q-values "
            "say. Report the share of skilled funds (skem.inference.summarize), not their "
            "names, or use more funds or longer returns.",
            UserWarning,
        )


def _error(fitted, rows, threshold, sign):
    """The standard error of the logit of the mean local rate of some rows."""
    searched, (centre, scale) = fitted._searched, fitted._units[:2]
    sides = mixtures_beside(searched.points, searched.published, searched.constraints)
    higher, lower = (
        np.array(
            [
                local_false_discovery(
                    rows, unstandardise(one, centre, scale), threshold, sign
                ).mean()
                for one in side
            ]
        )
        for side in sides
    )
    return 0.5 * np.linalg.norm(_logit(higher) - _logit(lower))


def _logit(shares):
    limits = np.finfo(float)
    return logit(np.clip(shares, limits.tiny, 1 - limits.eps))
