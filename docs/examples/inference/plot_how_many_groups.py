"""
How many groups
===============

Criteria, cross-validation and a test choose the number of groups.

The first managers come from two groups. The second ones come from a single group and have
bootstrap draws, which are no more evidence than the managers themselves. If they are
counted as independent, they seem to show more groups.
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
# One to five groups are fitted. AIC charges least for a group. ICL charges most if groups
# overlap, because it looks for clusters.

selection = select_n_components(alphas, range(1, 6))
print(selection)

# %%
# Cross-validation
# ----------------
#
# Rows are samples, so cross-validation holds out whole managers. Its score is the mean log
# density of a cell. Multiplied by -2 and by the number of cells, it is on the scale of the
# criteria. The values of a single group are so high that the picture leaves them out.

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
# Panels of as many cells are drawn from the smaller mixture, and both mixtures are fitted
# to each. The histogram shows the simulated likelihood ratios, and the line the observed
# one. A second group is significant, and a third is not. Ratios include the cost of narrow
# groups, so they can be negative.

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
# These managers form one group. The draws of each scatter little around its own alpha, as
# bootstrap draws of an estimate do. If they are taken as independent, the test finds a
# second group. ``draws="fixed"`` tests one draw per manager at a time. The red lines are
# the ratios of the twenty draws, and the p-value is twice the median of their p-values.

rng = np.random.default_rng(0)
managers = rng.normal(scale=0.01, size=(100, 1))
bootstrapped = managers + rng.normal(scale=0.003, size=(100, 20))

fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for ax, draws in zip(axes, ("independent", "fixed"), strict=True):
    test = bootstrap_lrt(bootstrapped, 1, draws=draws, n_resamples=99, random_state=0)
    draw_test(ax, test, f'1 group against 2, draws="{draws}"')
plt.show()

# %%
# The criteria depend on the same choice.

for draws in ("independent", "fixed"):
    chosen = select_n_components(bootstrapped, range(1, 6), draws=draws)
    print(f'draws="{draws}": {chosen.best_n_components} groups')

# %%
# Resampled managers
# ------------------
#
# Managers are drawn with replacement, and the two groups are fitted again.

bootstrap_managers(selection.best_model, alphas, random_state=0)
