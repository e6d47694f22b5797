"""
A long table, a row per fund and month
======================================

Rank the funds of a table with a row for each fund and month.

One ``pivot`` makes long (tidy) data a table with a row per fund. The returns are simulated.
"""

# %%
# The table
# ---------
#
# Months in which a fund did not exist have no row.

import matplotlib.pyplot as plt
import pandas as pd

from skem import DeconvolvedGaussianMixture, FactorAlphas
from skem.datasets import make_fund_returns
from skem.display import CaterpillarDisplay

excess, factors, _, _ = make_fund_returns(300, 96, random_state=1)
months = pd.period_range("2017-01", periods=96, freq="M")
factors = pd.DataFrame(factors, months.to_timestamp(), ["market", "size", "value"])
ends = months.to_timestamp(how="end").normalize().rename("date")
wide = pd.DataFrame(excess.T, ends).add_prefix("Fund ").reset_index()
long = wide.melt("date", var_name="fund", value_name="return").dropna()
print(long.tail(4))

# %%
# What happens without ``pivot``
# ------------------------------

try:
    FactorAlphas(factors).fit(long)
except ValueError as error:
    print(error)

# %%
# From the long table to the ranked funds
# ---------------------------------------
#
# The dates of the returns are ends of months, and those of the factors are starts: the
# same months.

returns = long.pivot(index="fund", columns="date", values="return")
estimates = FactorAlphas(factors).set_output(transform="pandas").fit_transform(returns)
model = DeconvolvedGaussianMixture(2).set_output(transform="pandas").fit(estimates)
ranking = model.transform(estimates).sort_values("posterior_mean", ascending=False)
ranking["alpha, % a year"] = 1200 * ranking["posterior_mean"]
print(ranking[["alpha, % a year", "prob_positive"]].head(10).round(2))

# %%
# The best of them
# ----------------

top = estimates.loc[ranking.index[:15]]
CaterpillarDisplay.from_estimator(model, top, unit=(1200, "% a year"))
plt.show()
