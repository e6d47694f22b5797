"""
How many groups
===============

A panel of managers whose alphas come from two groups. Criteria, held-out managers and
a test each say how many there are. Then managers of one group, with bootstrapped
draws, which are no more evidence than the managers themselves: counted as if they were,
they show groups that are not there.
"""

# %%
# Two groups
# ----------
#
# 100 managers, 20 independent draws each, in decimals a month. The groups' means are
# two and a half standard deviations apart.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GridSearchCV

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.inference import bootstrap_lrt, bootstrap_managers, select_n_components

alphas, _ = make_alpha_panel(
    100,
    20,
    weights=[0.3, 0.7],
    means=[-0.015, 0.010],
    variances=[1e-4, 1e-4],
    random_state=0,
)

# %%
# Criteria
# --------
#
# One to five groups are fitted, and the grid is read once for all. AIC charges least
# for a group; ICL charges most where groups overlap, as it asks for clusters.

selection = select_n_components(alphas, range(1, 6))
print(selection)

# %%
# Held-out managers
# -----------------
#
# Rows are samples, so cross-validation holds out whole managers. Its score is the mean
# log density of a cell; times -2 and the number of cells it is on the criteria's scale.
# A single group is far above the picture.

search = GridSearchCV(
    PanelGaussianMixture(), {"n_components": list(range(1, 6))}, cv=10
).fit(alphas)
held_out = -2 * alphas.size * search.cv_results_["mean_test_score"]

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
curves = {"AIC": selection.criteria["aic"], "BIC": selection.criteria["bic"]}
for name, values in {**curves, "held-out managers": held_out}.items():
    ax.plot(selection.n_components, values - values.min(), marker="o", label=name)
ax.set(
    xlabel="number of groups",
    ylabel="above the lowest",
    ylim=(-2, 60),
    xticks=selection.n_components,
)
ax.legend()
ax.set_title("Lower is better")
plt.show()

# %%
# A test
# ------
#
# Is a second group more than chance? And a third? Panels of as many cells are drawn
# from the smaller mixture, and both mixtures fitted to each. In grey is what the
# likelihood ratio then is; the line is what it is on the alphas. The cost of
# narrow groups is in it. So it falls below 0 where one more group is not worth its cost.

tests = [
    bootstrap_lrt(alphas, n, draws="independent", n_resamples=99, random_state=0)
    for n in (1, 2)
]


def draw_test(ax, test, title):
    """The simulated ratios, and the observed ones."""
    ax.hist(test.null_statistics, bins=25, color="0.75")
    for statistic in test.statistics:
        ax.axvline(statistic, color="C3", alpha=1 / np.sqrt(test.statistics.size))
    ax.set(xlabel="likelihood ratio", yticks=[])
    ax.set_title(f"{title}\np = {test.p_value:.3f}", fontsize=10)


fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for ax, test in zip(axes, tests, strict=True):
    n = test.n_components
    draw_test(ax, test, f"{n} group{'s' * (n > 1)} against {n + 1}")
plt.show()

# %%
# Draws that depend on each other
# -------------------------------
#
# One group of managers now. Each one's draws scatter little about its own alpha, as
# bootstrap draws of an estimate do. Taken for independent, they show a second
# group beyond doubt. Taken one per manager at a time, they do not: the red lines are
# the ratios of the twenty draws, and the p-value is twice the median of theirs.

rng = np.random.default_rng(0)
managers = rng.normal(scale=0.01, size=(100, 1))
bootstrapped = managers + rng.normal(scale=0.003, size=(100, 20))

fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for ax, draws in zip(axes, ("independent", "fixed"), strict=True):
    test = bootstrap_lrt(bootstrapped, 1, draws=draws, n_resamples=99, random_state=0)
    draw_test(ax, test, f'1 group against 2, draws="{draws}"')
plt.show()

# %%
# The criteria ask the same question.

for draws in ("independent", "fixed"):
    chosen = select_n_components(bootstrapped, range(1, 6), draws=draws)
    print(f'draws="{draws}": {chosen.best_n_components} groups')

# %%
# How far would the fit move?
# ---------------------------
#
# Managers are drawn again, with replacement, and the two groups refitted.

bootstrap_managers(selection.best_model, alphas, random_state=0)
