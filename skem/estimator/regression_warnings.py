"""Warnings about regressions of funds' returns."""

from ..numerics.dependence import measure_dependence
from .callbacks import warn

# The p-value of residuals that are correlated across funds, below which there is a warning.
BY_CHANCE = 1e-3


def warn_of_missing(found, fitted):
    """Warn once of all funds that have no estimate."""
    if found.short.all():
        remedy = "Lower min_observations, or transpose X if its rows are periods."
        text = (
            f"None of the {found.short.size} funds of X has min_observations="
            f"{fitted.min_observations} of {fitted.n_features_in_} periods: all estimates "
            f"are NaN. {remedy}"
        )
    elif (found.collinear | found.exact).any():
        causes = {
            "for {} the factors are linearly dependent in its periods": found.collinear,
            "for {} the regression leaves no residual, as for a fund that holds the "
            "factors or has constant returns": found.exact,
        }
        seen = (text.format(funds.sum()) for text, funds in causes.items() if funds.any())
        text = (
            f"Of the {found.short.size} funds of X, {' and '.join(seen)}. Their estimates "
            "are NaN. Leave these funds out, or use fewer factors."
        )
    else:
        return
    warn(text, UserWarning)


def warn_of_dependence(found, fitted):
    """Warn if the residuals of funds are correlated beyond chance."""
    n_coefficients = 1 + fitted.factors_.shape[1]
    inflation, p_value = measure_dependence(found.residuals, n_coefficients)
    if p_value >= BY_CHANCE:
        return
    warn(
        f"Residuals are correlated across funds: their mean varies {inflation:.3g} times "
        f"as much as that of independent ones (p = {p_value:.1g}). Standard errors of what "
        "is said about all funds will be too small. Add the factor that is missing, or "
        "pass residuals=FactorAlphas(...).fit(X).residuals(X) to summarize.",
        UserWarning,
    )
