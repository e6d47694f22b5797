"""Warnings where what is said about a fit may mislead."""

from ..estimator.callbacks import warn
from ..numerics.nonparametric.bound import LOOSE

# The gains in nats above which a fit is not at its maximum: in general, and for posterior
# draws, since every set of draws has a slightly different maximum.
AT_THE_TOP, MONTE_CARLO = 0.01, 10.0

# The mean weight below which weights look like shares rather than counts.
SMALL = 0.5

# The z-value beyond which alphas move with their errors: chance exceeds it in one of 1,000.
MOVES = 3.29


def warn_of_shares(mass):
    """Warn if weights (N,), which may be None, look like shares rather than counts."""
    if mass is None or mass[mass > 0].mean() > SMALL:
        return
    warn(
        f"sample_weight is {mass[mass > 0].mean():.3g} on average: a weight is how often a "
        f"row counts, so X is as much evidence as {mass.sum():.3g} rows. Multiply weights "
        "that are shares by the number of rows.",
        UserWarning,
    )


def warn_of_drift(drift):
    """Warn if alphas move with the standard errors of their estimates."""
    if abs(drift.z_value) < MOVES:
        return
    warn(
        "Alphas move with their standard errors: where the log of the standard error is "
        f"higher by 1, means are about {drift.slope:+.3g} away (z = {drift.z_value:.1f}). "
        "The mixture takes the errors to say nothing about skill, so shares and false "
        "discovery rates are biased. Fit funds of small and of large errors apart.",
        UserWarning,
    )


def warn_below_the_top(gain, slack=AT_THE_TOP):
    """Warn if the log-likelihood of X can still gain at least `slack` nats."""
    if gain < slack:
        return
    warn(
        f"The log-likelihood of X can still gain {gain:.3g} nats: the model is not at its "
        "maximum, where uncertainty is computed. Pass the X and the sample_weight of the "
        "fit, and let it converge.",
        UserWarning,
    )


def warn_of_given(gain):
    """Warn that a mixture that was given is not at the maximum of X."""
    warn(
        f"The mixture was given by from_parameters, and the log-likelihood of X can still "
        f"gain {gain:.3g} nats. Standard errors are those of a mixture at its maximum, so "
        "these mean nothing. Pass the X that the mixture was fitted to, or fit it to this "
        "one: from_parameters(..., warm_start=True).fit(X).",
        UserWarning,
    )


def warn_of_loose_gap(gap, left, least_sd):
    """Warn if more than a nat of a gap may be nothing that any mixture gains."""
    if left <= LOOSE:
        return
    warn(
        f"The gap of {gap:.4g} nats at least_sd={least_sd:.4g} is a loose bound: the best "
        f"mixture found gains {gap - left:.4g}, and whether others gain any of the "
        f"{left:.4g} nats above that is unknown. Pass a larger least_sd, or X without its "
        "farthest outliers.",
        UserWarning,
    )
