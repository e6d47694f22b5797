"""The time of alphas of many funds from their returns, beside a loop over the funds."""

import numpy as np
import statsmodels.api as sm

from skem import FactorAlphas

from .measuring import median_seconds, print_table, seconds

N_PERIODS, N_FACTORS = 300, 4


def add_arguments(parser):
    """Options of this table."""
    parser.add_argument("--funds", type=int, default=10_000)


def main(arguments):
    """Time funds that exist in all months, from 30 months on end, or with gaps."""
    rng = np.random.default_rng(0)
    factors = rng.normal(0.004, 0.04, (N_PERIODS, N_FACTORS))
    complete = rng.normal(1, 0.3, (arguments.funds, N_FACTORS)) @ factors.T
    complete += rng.normal(0, 0.02, complete.shape)
    rows = [
        _measure(name, np.where(there, complete, np.nan), factors)
        for name, there in _existing(rng, complete.shape).items()
    ]
    print_table(
        f"{arguments.funds:,} funds, {N_PERIODS} months, {N_FACTORS} factors, one thread",
        ["funds", "patterns", "ols", "hac", "lstsq, a loop", "statsmodels hac, a loop"],
        rows,
    )


def _existing(rng, shape):
    """The months in which each fund exists: 30 or more in a row, or all but a tenth."""
    months = np.arange(shape[1])
    firsts = rng.integers(0, shape[1] - 30, (shape[0], 1))
    lives = rng.integers(30, shape[1], (shape[0], 1))
    return {
        "complete": np.ones(shape, bool),
        "start and end": (firsts <= months) & (months < firsts + lives),
        "gaps": rng.random(shape) >= 0.1,
    }


def _measure(name, returns, factors):
    ours = [
        median_seconds(
            lambda c=c: FactorAlphas(factors, covariance=c).fit_transform(returns), 5
        )
        for c in ("ols", "hac")
    ]
    # The loops run over about 500 funds; their time is scaled up to all funds.
    some = returns[:: max(1, len(returns) // 500)]
    loops = [
        median_seconds(lambda f=f: [f(*_design(fund, factors)) for fund in some], 3)
        * (len(returns) / len(some))
        for f in (_lstsq, _statsmodels)
    ]
    patterns = len(np.unique(np.isnan(returns), axis=0))
    return [name, f"{patterns:,}", *map(seconds, ours + loops)]


def _design(fund, factors):
    there = ~np.isnan(fund)
    return fund[there], np.column_stack([np.ones(there.sum()), factors[there]])


def _lstsq(y, design):
    return np.linalg.lstsq(design, y, rcond=None)


def _statsmodels(y, design):
    options = {"maxlags": int(4 * (y.size / 100) ** (2 / 9)), "use_correction": True}
    return sm.OLS(y, design).fit(cov_type="HAC", cov_kwds=options).bse
