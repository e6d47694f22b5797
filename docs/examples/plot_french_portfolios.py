"""
Alphas of thirty portfolios
===========================

A grid of alphas from real returns: 30 portfolios of American stocks, each
regressed on four factors over 1,000 bootstrap samples of the months. The grid is
fitted with two groups, and every portfolio gets a probability of belonging to
each.

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
# Each sample draws blocks of 12 consecutive months with replacement, until it is
# as long as the data; a block that runs past the last month goes on from the first.
# All portfolios and factors share the months of a sample, so their correlation is
# kept. A month drawn twice counts twice in the regression: the normal equations of
# all samples are sums over months, weighted by how often each was drawn.

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
# The fit works in the units of the grid, decimals a month. Alphas and their
# standard deviations become percent a year when multiplied by 1,200.

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
# The log-likelihood of these alphas has more than one maximum. From a single start
# with the means at quantiles, the fit ends in another one: a narrow group inside a
# wide one. The default search finds the higher of the two, by this much:

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
# Each cell is an observation, or the draws of a portfolio depend on each other.

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
# Left, all cells of the grid and the fitted density: each group's bell is scaled by
# its weight, and the bells add up to the mixture. The ticks below are the alphas over
# all months, one per portfolio. Right, the memberships.

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
# What this supports, and what it does not
# ----------------------------------------
#
# * Every portfolio's draws scatter around its own estimate. That scatter is
#   estimation noise, and the groups' standard deviations contain it on top of any
#   spread of skill: compare the two standard deviations printed with the grid.
# * More draws per portfolio do not make it go away. The draws are as good as the one
#   history they are drawn from, and they are centred on its estimates, not on the
#   truth.
# * So the number of groups depends on what counts as an observation. With
#   ``draws="independent"`` every draw is evidence, and the criterion likes more groups.
#   With ``draws="fixed"`` the draws of one portfolio together count once. Where the two
#   disagree, the second is the honest one for a bootstrap, and even that is generous:
#   the portfolios are slices of the same stocks, and not independent of each other.
# * The group of lower mean is small. It holds most of the draws of two portfolios of
#   small firms, growth and past losers, whose alphas are the lowest; some draws of a
#   third; and hardly any of the rest. One such group is a statement about a few
#   rows, not about a population.
# * The second maximum groups the same alphas by spread instead. Both are descriptions
#   of the cells, and the difference between them takes every cell for an observation too.
# * These portfolios are rules, not managers. What the fit shows is how far the four
#   factors fail to price them.
