"""
A wide table, as databases give it
==================================

Rank the funds of a table of months by funds, in percent and with codes for missing months.

The factors have more months and other dates. Fifteen lines lead to the ranked funds. The
returns are simulated.
"""

# %%
# The tables
# ----------
#
# These lines stand for ``pd.read_csv`` of a database's file, and of a file like French's:
# both are in percent. The returns are labelled with the last trading day of a month, and
# -99.99 stands for a missing one. The factors begin ten years earlier, and their months
# are numbers.

import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skem import DeconvolvedGaussianMixture, FactorAlphas
from skem.datasets import make_fund_returns
from skem.display import GoodnessOfFitDisplay
from skem.inference import select_n_components

excess, factors, _, _ = make_fund_returns(400, 120, random_state=0)
months = pd.date_range("2005-01-31", periods=240, freq="ME")
earlier = np.random.default_rng(0).normal(0, 0.03, (120, 3))
french = pd.DataFrame(100 * np.vstack([earlier, factors]), columns=["Mkt-RF", "SMB", "HML"])
french = french.assign(RF=0.1).set_axis(months.strftime("%Y%m").astype(int)).round(2)
days = pd.date_range("2015", periods=120, freq="BME")
wide = pd.DataFrame(100 * excess.T + 0.1, index=days)
wide = wide.add_prefix("Fund ").round(2).fillna(-99.99)
print(wide.iloc[-3:, :5])
print(french.tail(3))

# %%
# From here to the ranked funds
# -----------------------------
#
# A row per fund, decimals, and NaN for missing months are all that is needed. The months
# of the two tables are matched by their labels.

returns = wide.replace(-99.99, np.nan).T / 100
factors = french / 100
alphas = FactorAlphas(factors[["Mkt-RF", "SMB", "HML"]], risk_free=factors["RF"])
estimates = alphas.set_output(transform="pandas").fit_transform(returns)
deconvolved = DeconvolvedGaussianMixture()
model = select_n_components(estimates, range(1, 4), estimator=deconvolved).best_model
ranking = model.set_output(transform="pandas").transform(estimates)
ranking["alpha, % a year"] = 1200 * ranking["posterior_mean"]
ranking["q_value"] = np.asarray(model.false_discovery(estimates).q_values)
ranking = ranking.sort_values("posterior_mean", ascending=False)
print(ranking[["alpha, % a year", "prob_positive", "q_value"]].head(10).round(2))

# %%
# Whether two groups describe the estimates
# -----------------------------------------
#
# Quantiles of the estimates lie on the line, within what chance explains.

GoodnessOfFitDisplay.from_estimator(model, estimates)
plt.show()

# %%
# What each mistake would have said
# ---------------------------------
#
# A step that is forgotten gives an error or a warning with the remedy, not a wrong
# ranking.

mistakes = {
    "months in the rows": (wide.replace(-99.99, np.nan) / 100, factors),
    "codes are left in": (wide.T / 100, factors),
    "factors in percent": (returns, french),
    "factors end too early": (returns, factors.iloc[:-1]),
}
for mistake, (X, given) in mistakes.items():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            FactorAlphas(given[["Mkt-RF", "SMB", "HML"]]).fit(X)
        except (ValueError, UserWarning) as said:
            print(f"{mistake}: {said}\n")

# %%
# Why a fund has no alpha, its loadings and its t statistic are in the table of
# regressions:

print(alphas.diagnostics(returns).round(3).head())
