"""
Which funds have skill?
=======================

Rank 400 simulated funds by their returns, and draw the picture.

It ends in a ranked table and a sentence for a newspaper. The funds are simulated, so that
the answers can be compared with the truth.
"""

# %%
# Returns and factors
# -------------------
#
# The returns are monthly, in decimals, and in excess of the riskless rate. There is a row
# per fund and a column per month. Half of the funds start late, and have NaN before. The
# factors have a row per month. The last two arrays of the simulation are the true alphas
# and groups. Real data do not have them. They are used only to check the answers.

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skem import DeconvolvedGaussianMixture, FactorAlphas
from skem.datasets import make_fund_returns
from skem.display import CaterpillarDisplay
from skem.inference import select_n_components

returns, factors, true_alphas, _ = make_fund_returns(400, 120, random_state=0)
months = pd.period_range("2015-01", periods=120, freq="M")
funds = [f"Fund {i}" for i in range(400)]
returns = pd.DataFrame(returns, index=funds, columns=months)
factors = pd.DataFrame(factors, index=months, columns=["market", "size", "value"])
print(returns.iloc[:4, -4:].round(4))

# %%
# Alphas with their errors
# ------------------------
#
# One regression per fund gives its alpha, the standard error, and the degrees of freedom
# of the error. A fund with less than 24 months would get no estimate. The estimates
# scatter much more than the alphas do, because good and bad luck do not cancel out in ten
# years.

alphas = FactorAlphas(factors).set_output(transform="pandas")
estimates = alphas.fit_transform(returns)
spread = 1200 * np.array([estimates["alpha"].std(), true_alphas.std()])
print(
    "standard deviation of the estimates: {:.1f} % a year, of the truth {:.1f}".format(
        *spread
    )
)

# %%
# How many groups?
# ----------------
#
# BIC, the criterion for the distribution of skill, is lowest for two groups. ICL also
# asks for groups to which each fund can be assigned. A ranking does not need that.

selection = select_n_components(
    estimates, range(1, 4), estimator=DeconvolvedGaussianMixture()
)
print(selection)

# %%
# The ranked table
# ----------------
#
# The fitted mixture says how alphas are spread over funds. Together with a fund's own
# estimate it gives the fund's noise-reduced alpha, and the probability that the fund's
# alpha is positive. The q-value is the expected share of funds without skill among the
# fund and all those above it.

model = selection.best_model.set_output(transform="pandas")
ranking = model.transform(estimates)
table = pd.DataFrame(
    {
        "estimate": 1200 * estimates["alpha"],
        "its error": 1200 * estimates["standard_error"],
        "noise-reduced": 1200 * ranking["posterior_mean"],
        "probability of skill": ranking["prob_positive"],
        "q-value": np.asarray(model.false_discovery(estimates).q_values),
    }
).sort_values("noise-reduced", ascending=False)
print("Alphas in % a year")
print(table.head(15).to_string(float_format="{:.2f}".format))

# %%
# The headline
# ------------
#
# The funds with a q-value of at most 0.1 are called skilled: at most one in ten of them is
# expected to be without skill. The truth is known here, so the false calls can be counted.

called = table.index[table["q-value"] <= 0.1]
star = table["estimate"].idxmax()
estimate, reduced = table.loc[star, ["estimate", "noise-reduced"]]
print(
    f"{len(called)} of {len(table)} funds have skill, but for one in ten that was lucky. "
    f"{star} has the best record, {estimate:.0f} % a year, and {reduced:.0f} % of it is "
    "skill."
)
truth = pd.Series(true_alphas, index=funds)
wrong = (truth[called] <= 0).mean()
print(f"In truth, {wrong:.0%} of the funds that are called have no skill.")

# %%
# The picture
# -----------
#
# Left, the estimates and the distribution of the alphas behind them. Right, the best
# twenty funds: their noise-reduced alphas with intervals that hold the true alpha with a
# probability of 95 %.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
percent = 1200 * estimates["alpha"]
left.hist(percent, bins=50, density=True, color="0.85", label="estimated alphas")
grid = np.linspace(percent.min(), percent.max(), 500)
density = model.to_scipy().pdf(grid / 1200) / 1200
left.plot(grid, density, color="#0072B2", linewidth=2, label="alphas without noise")
left.set(
    xlabel="alpha, % a year",
    ylabel="density",
    title=f"{len(table)} funds, {model.n_components} groups of skill",
)
left.legend(frameon=False)
top = estimates.loc[table.index[:20]]
CaterpillarDisplay.from_estimator(model, top, unit=(1200, "% a year"), ax=right)
right.set_ylabel("highest noise-reduced alphas")
path = Path("which_funds.png").resolve()
figure.savefig(path, dpi=110)
print(f"The picture is in {path}")

# %%
# With your own data, the first lines read them:
# :ref:`sphx_glr_auto_examples_returns_plot_wide_table.py` and
# :ref:`sphx_glr_auto_examples_returns_plot_long_table.py`.
