"""
Alphas of thirty portfolios
===========================

Bootstrap the alphas of real returns, and fit two groups to the grid.

Thirty portfolios of American stocks are regressed on four factors over 1,000 bootstrap
samples of the months. Every portfolio gets a probability of belonging to each group.

The returns come from Kenneth French's data library, in the copy that
``linearmodels`` brings along, so nothing is downloaded.
"""

# %%
# Returns and factors
# -------------------
#
# Monthly returns in decimals: 12 industries, 9 portfolios by size and value
# (``S1V5``: the smallest fifth of firms, the highest fifth of book-to-market)
# and 9 by size and momentum (``S5M1``: the largest firms, the worst past
# returns). The factors are the market's excess return, size, value and momentum.
# The portfolios' returns are raw, so the riskless rate is subtracted.

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from linearmodels.datasets import french
from scipy import stats

from skem import PanelGaussianMixture

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
# Two groups
# ----------
#
# The grid is in decimals a month. Multiplied by 1,200, means and standard deviations are in
# percent a year.

model = PanelGaussianMixture(2)
model.set_output(transform="pandas").fit(alphas)
groups = pd.DataFrame(
    {
        "weight": model.weights_,
        "mean, % a year": percent_a_year * model.means_,
        "sd, % a year": percent_a_year * np.sqrt(model.variances_),
    },
    index=["lower mean", "higher mean"],
)
print(groups.round(2))

# %%
# The log-likelihood of these alphas has more than one maximum. A single start with the
# means at quantiles ends in another one: a narrow group inside a wide one. The default
# search finds the higher maximum. The difference is printed in nats, the unit of a
# log-likelihood:

other = PanelGaussianMixture(2, init_params="quantile").fit(alphas)
print("means, % a year:", (percent_a_year * other.means_).round(2))
print("sds, % a year:  ", (percent_a_year * np.sqrt(other.variances_)).round(2))
difference = model.n_cells_ * (model.log_likelihood_ - other.log_likelihood_)
print(f"log-likelihood below the default's: {difference:.1f} nats")

# %%
# ``transform`` keeps the names of the portfolios: the probability of each group,
# averaged over the portfolio's draws.

memberships = model.transform(alphas).set_axis(groups.index, axis=1)
memberships = memberships.sort_values("lower mean", ascending=False)
print(memberships.assign(**{"alpha, % a year": own}).round(2).to_string())

# %%
# How many groups?
# ----------------
#
# The answer depends on what an observation is: each cell, or each portfolio with all its
# draws.

criteria = pd.DataFrame(
    {
        fitted.n_components: [fitted.bic(alphas), fitted.bic(alphas, draws="fixed")]
        for fitted in (PanelGaussianMixture(n).fit(alphas) for n in (1, 2, 3))
    },
    index=["independent", "fixed"],
).T.rename_axis("groups")
print(criteria.round(1))
for draws, values in criteria.items():
    print(f'lowest BIC, draws="{draws}": {values.idxmin()} group(s)')

# %%
# The picture
# -----------
#
# Left, the histogram of all draws and the fitted density. The density of each group is
# scaled by its weight, and the two add up to the mixture. The ticks below are the alphas
# over all months, one per portfolio. Right, the memberships.

COLOURS = ["#D55E00", "#0072B2"]

figure, (left, right) = plt.subplots(
    1, 2, figsize=(10, 5.6), width_ratios=[1.25, 1], layout="constrained"
)

cells = percent_a_year * alphas.to_numpy().ravel()
left.hist(cells, bins=90, density=True, color="0.86", label=f"{cells.size:,} cells")
grid = np.linspace(cells.min(), cells.max(), 500)
for (name, (weight, mean, sd)), colour in zip(groups.iterrows(), COLOURS, strict=True):
    bell = weight * stats.norm.pdf(grid, mean, sd)
    left.plot(grid, bell, color=colour, linewidth=2, label=f"group of {name}")
mixture = model.to_scipy().pdf(grid / percent_a_year) / percent_a_year
left.plot(grid, mixture, color="black", linewidth=1.5, label="mixture")
left.plot(
    own, np.full(own.size, -0.008), "|k", markersize=9, label="alphas over all months"
)
left.set(
    title="Bootstrapped alphas of 30 portfolios",
    xlabel="four-factor alpha, % a year",
    ylabel="density",
    xticks=range(-8, 9, 2),
)
left.legend(frameon=False, loc="upper left")

shares = memberships["lower mean"]
right.barh(shares.index, shares, color=COLOURS[0])
right.barh(shares.index, 1 - shares, left=shares, color=COLOURS[1])
right.invert_yaxis()
right.margins(x=0, y=0.01)
right.tick_params(axis="y", labelsize=9, length=0)
right.set(
    title="Who belongs to which group",
    xlabel="probability of the group",
    ylabel="portfolio (S size, V value, M momentum, by fifths)",
)
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)

if len(sys.argv) > 1:
    figure.savefig(sys.argv[1], dpi=110)
else:
    plt.show()

# %%
# What this shows, and what it does not
# -------------------------------------
#
# * The draws of a portfolio scatter around its own estimate. That scatter is estimation
#   noise. The standard deviations of the groups contain it, together with the spread of
#   skill: compare the two standard deviations that are printed with the grid.
#   :ref:`bootstrap-grids` removes the noise.
# * More draws per portfolio do not reduce the noise. All draws come from one history, and
#   they are centred on its estimates, not on the truth.
# * With ``draws="independent"`` every draw is evidence, and the criterion chooses more
#   groups. With ``draws="fixed"`` the draws of a portfolio count as one. That is right
#   for a bootstrap, and still generous here: the portfolios consist of the same stocks,
#   so they are not independent either.
# * The group of lower mean is small. It has most of the draws of two portfolios of small
#   firms, growth and past losers, whose alphas are the lowest. One such group describes a
#   few rows, and not a population.
# * The portfolios are trading rules and not managers. The fit shows how far the four
#   factors fail to price them.
