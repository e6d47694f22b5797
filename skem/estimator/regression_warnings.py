"""Warnings about returns, and about regressions of them."""

import numpy as np

from ..checks.places import first_place, listed, place
from ..checks.returns import PERCENT, looks_like_percent, lowest_of, typical
from ..numerics.dependence import measure_dependence
from .callbacks import warn

# The p-value of residuals that are correlated across funds, below which there is a warning;
# and the chance that all returns are positive, below which they are taken for prices.
BY_CHANCE = 1e-3

# Ratios in the middle, on a logarithmic scale, of what is usual and a hundred times that:
# of typical returns of funds and of factors, 1; of the riskless rate and returns, .15.
APART, TOO_RISKLESS = 10.0, 1.5


def warn_of_scale(returns, factors, risk_free, X):
    """Warn once of returns that look like prices, or are in other units than the rest."""
    size, lowest = typical(returns), lowest_of(returns)
    by_chance = 0.5 ** (~np.isnan(returns)).sum()
    if looks_like_percent(size) and lowest > 0 and by_chance < BY_CHANCE:
        texts = [
            f"X has no return of 0 or less, and a typical one is {size:.3g}: it looks like "
            "prices or gross returns. Pass X.pct_change(axis=1) for prices, X - 1 for "
            "gross returns."
        ]
    else:
        found = (
            _loss(returns, size, lowest, X),
            _other_units(size, factors),
            _large_rate(size, risk_free),
        )
        texts = [text for text in found if text]
    if texts:
        warn(" ".join(texts), UserWarning)


def _loss(returns, size, lowest, X):
    """A text about returns below -100 %, if there are any."""
    whole, unit = (100, "percent") if looks_like_percent(size) else (1, "decimals")
    if size > 100 * PERCENT:
        whole, unit = 10_000, "basis points"
    if lowest >= -whole:
        return None
    fund, period = first_place(returns == lowest)
    return (
        f"X has {(returns < -whole).sum()} return(s) below -100 %, the lowest is "
        f"{lowest:.6g} in {place(X, fund, period)}; a typical return is {size:.3g}, which "
        f"looks like {unit}. Correct them, or put NaN where a return is missing."
    )


def _other_units(size, factors):
    """A text about returns and factors if one looks like percent, the other not."""
    scales = [scale for scale in map(typical, factors.T) if scale > 0]
    if not size or not scales:
        return None
    scale = min(scales, key=lambda scale: abs(np.log(scale / size)))  # others may be trends
    if looks_like_percent(size) == looks_like_percent(scale):
        return None
    if 1 / APART < size / scale < APART:
        return None
    percent, other = ("X", "factors") if size > scale else ("factors", "X")
    return (
        "X and factors seem to be in different units: a typical return of X is "
        f"{size:.3g}, of factors {scale:.3g}. {percent} looks like percent and {other} "
        f"like decimals. If so, pass {percent} / 100."
    )


def _large_rate(size, risk_free):
    """A text about a riskless rate that is larger than returns, if it is."""
    rate = 0.0 if risk_free is None else typical(risk_free)
    if not size or rate <= TOO_RISKLESS * size:
        return None
    return (
        f"risk_free is typically {rate:.3g}, more than a return of X, {size:.3g}: it looks "
        "like percent, or like a rate per year. Pass it in decimals per period, as X."
    )


def warn_of_missing(found, fitted, X):
    """Warn once of all funds that have no estimate."""
    n_funds, few = found.short.size, f"min_observations={fitted.min_observations}"
    if found.short.all():
        warn(
            f"None of the {n_funds} funds of X has {few} of {fitted.n_features_in_} "
            "periods: all estimates are NaN. Lower min_observations, or transpose X if its "
            "rows are periods.",
            UserWarning,
        )
        return
    verb = "has" if found.short.sum() == 1 else "have"
    causes = {
        f"{{}} {verb} fewer than {few} periods": found.short,
        "for {} the factors are linearly dependent in their periods": found.collinear,
        "for {} the regression leaves no residual, as for a fund that holds the factors or "
        "has constant returns": found.exact,
    }
    seen = [
        f"{text.format(marked.sum())} ({listed(np.flatnonzero(marked), X)})"
        for text, marked in causes.items()
        if marked.any()
    ]
    if seen:
        warn(
            f"Of the {n_funds} funds of X, {', and '.join(seen)}. Their estimates are NaN. "
            "Lower min_observations, use fewer factors, or leave these funds out.",
            UserWarning,
        )


def warn_of_dependence(found, fitted, warned=None):
    """Warn if the residuals of funds are correlated beyond chance.

    Returns the Dependence of the residuals. There is no warning if it is the one that was
    `warned` of, as the returns are the same.
    """
    dependence = measure_dependence(found.residuals, 1 + fitted.factors_.shape[1])
    inflation, p_value = dependence
    if p_value >= BY_CHANCE or dependence == warned:
        return dependence
    warn(
        f"Residuals are correlated across funds: their mean varies {inflation:.3g} times "
        f"as much as that of independent ones (p = {p_value:.1g}). Standard errors of what "
        "is said about all funds will be too small. Add the factor that is missing, or "
        "pass residuals=FactorAlphas(...).fit(X).residuals(X) to summarize.",
        UserWarning,
    )
    return dependence
