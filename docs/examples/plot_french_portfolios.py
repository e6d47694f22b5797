"""
Alphas of thirty portfolios
===========================

Bootstrap the alphas of real returns, and rank thirty portfolios.

Thirty portfolios of American stocks are regressed on four factors over 1,000 bootstrap
samples of the months. How many groups there are depends on what counts as an observation.

The returns come from Kenneth French's data library, in the copy that ``linearmodels``
brings along (``pip install linearmodels``), so nothing is downloaded.
"""

# %%
# Returns and factors
# -------------------
#
# Monthly returns in decimals: 12 industries, 9 portfolios by size and value
# (``S1V5``: the smallest fifth of firms, the highest fifth of book-to-market)
# and 9 by size and momentum (``S5M1``: the largest firms, the worst past returns). The
# factors are the market's excess return, size, value and momentum. The portfolios'
# returns are raw, so the riskless rate is subtracted.

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from linearmodels.datasets import french

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture
from skem.display import CaterpillarDisplay

table = french.load().set_index("dates")
factors = table[["MktRF", "SMB", "HML", "Mom"]]
returns = table.drop(columns=[*factors, "RF"]).sub(table["RF"], axis=0)
print(
    f"{returns.shape[1]} portfolios, {len(returns)} months, "
    f"{returns.index[0]:%B %Y} to {returns.index[-1]:%B %Y}"
)

# %%
# A grid of bootstrapped alphas
# -----------------------------
#
# Each sample draws blocks of 12 consecutive months with replacement, until it is as long as
# the data. A block that reaches the last month continues with the first. All portfolios and
# factors share the months of a sample, so their correlation is kept. The normal equations
# of a sample are sums over months, weighted by how often each month was drawn.

N_DRAWS, BLOCK, YEAR = 1000, 12, 12

n_months = len(returns)
rng = np.random.default_rng(0)
firsts = rng.integers(n_months, size=(N_DRAWS, -(-n_months // BLOCK), 1))
months = (firsts + np.arange(BLOCK)).reshape(N_DRAWS, -1)[:, :n_months] % n_months
counts = np.array([np.bincount(drawn, minlength=n_months) for drawn in months])

design = np.column_stack([np.ones(n_months), factors])
squares = np.einsum("bt,tk,tl->bkl", counts, design, design, optimize=True)
products = np.einsum("bt,tk,tn->bkn", counts, design, returns, optimize=True)
coefficients = np.linalg.solve(squares, products)
alphas = pd.DataFrame(coefficients[:, 0].T, index=returns.columns)

percent_a_year = 100 * YEAR
own, *_ = np.linalg.lstsq(design, returns, rcond=None)
own = pd.Series(percent_a_year * own[0], index=returns.columns)
noise = percent_a_year * alphas.std(axis=1)
print(f"grid of alphas: {alphas.shape[0]} x {alphas.shape[1]}")
print(f"sd between the portfolios' alphas:    {own.std():.2f} % a year")
print(f"median sd of one portfolio's draws:   {noise.median():.2f} % a year")

# %%
# How many groups?
# ----------------
#
# A portfolio's draws are as good as the one history that they are drawn from. So they
# depend on each other, and count once together: ``draws="fixed"``. If every draw counted
# as evidence of its own, the criterion would ask for groups that are only the noise
# around a few portfolios.

fits = {n_groups: PanelGaussianMixture(n_groups).fit(alphas) for n_groups in (1, 2, 3)}
criteria = pd.DataFrame(
    {
        draws: {n: fitted.bic(alphas, draws=draws) for n, fitted in fits.items()}
        for draws in ("fixed", "independent")
    }
).rename_axis("groups")
print(criteria.round(1))
for draws, values in criteria.items():
    print(f'lowest BIC, draws="{draws}": {values.idxmin()} group(s)')

# %%
# One group, then
# ---------------
#
# The mean and the standard deviation of a portfolio's draws are its estimate and its
# standard error. The model of estimates removes the noise from the spread, and shrinks each
# alpha towards the mean, more so if it is imprecise.

estimates = np.column_stack([own / percent_a_year, alphas.std(axis=1)])
estimates = pd.DataFrame(estimates, own.index, ["alpha", "standard_error"])
model = DeconvolvedGaussianMixture(1).set_output(transform="pandas").fit(estimates)
spread = percent_a_year * np.sqrt(model.variances_[0])
print(f"sd between the portfolios' alphas without noise: {spread:.2f} % a year")

# %%
# The ranked table
# ----------------

answers = model.transform(estimates)
table = pd.DataFrame(
    {
        "estimate": own,
        "its error": noise,
        "noise-reduced": percent_a_year * answers["posterior_mean"],
        "above 0": answers["prob_positive"],
    }
).sort_values("noise-reduced", ascending=False)
print("Four-factor alphas in % a year")
print(table.to_string(float_format="{:.2f}".format))

# %%
# The headline
# ------------

best, worst = table.index[0], table.index[-1]
certain = (answers["lfsr"] < 0.05).sum()
print(
    f"Four factors do not price {certain} of {len(table)} portfolios: {best} earned "
    f"{table.loc[best, 'noise-reduced']:.1f} % a year more than they explain, and {worst} "
    f"{-table.loc[worst, 'noise-reduced']:.1f} % less."
)

# %%
# The picture
# -----------
#
# Left, all draws, and the alphas over all months as ticks, one per portfolio. The line is
# the distribution of alphas without noise. Right, the portfolios with 95 % intervals.

figure, (left, right) = plt.subplots(
    1, 2, figsize=(10, 6), width_ratios=[1.25, 1], layout="constrained"
)
cells = percent_a_year * alphas.to_numpy().ravel()
left.hist(cells, bins=90, density=True, color="0.86", label="bootstrapped alphas")
grid = np.linspace(cells.min(), cells.max(), 500)
density = model.to_scipy().pdf(grid / percent_a_year) / percent_a_year
left.plot(grid, density, color="#0072B2", linewidth=2, label="alphas without noise")
left.plot(own, np.full(own.size, -0.008), "|k", markersize=9, label="estimated alphas")
left.set(
    title=f"{len(own)} portfolios",
    xlabel="four-factor alpha, % a year",
    ylabel="density",
)
left.legend(frameon=False, loc="upper left")
CaterpillarDisplay.from_estimator(
    model, estimates, unit=(percent_a_year, "% a year"), ax=right
)
right.set_ylabel("portfolio")
path = Path("french_portfolios.png").resolve()
figure.savefig(path, dpi=110)
print(f"The picture is in {path}")

# %%
# What this supports, and what it does not
# ----------------------------------------
#
# * More draws per portfolio do not make the noise go away. They are centred on the
#   estimates of one history, not on the truth.
# * The portfolios are slices of the same stocks, and not independent of each other. So
#   ``draws="fixed"`` is generous still.
# * These portfolios are rules, not managers. What the fit shows is how far the four
#   factors fail to price them.
