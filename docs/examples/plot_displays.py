"""
Pictures of a fit
=================

The displays of ``skem.display`` work as scikit-learn's do: ``from_estimator`` computes what
is to be seen and draws it, the display keeps the data, and ``ax`` says where to draw.
"""

# %%
# The cells and the groups
# ------------------------
#
# 150 managers in two groups, monthly decimals shown as percent a year. An alpha far out
# does not ruin the picture: the legend counts what lies outside.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.display import (
    ConvergenceDisplay,
    MembershipDisplay,
    MixtureDisplay,
    SelectionDisplay,
)
from skem.inference import select_n_components

rng = np.random.default_rng(0)
centres = np.where(rng.random(150) < 0.7, 1e-3, -2e-3)
alphas = centres[:, None] + 7e-4 * rng.standard_normal((150, 40))
alphas[3, 7] = 0.9  # a typing error, perhaps
names = [f"fund {number}" for number in range(150)]
table = pd.DataFrame(alphas, index=names)

model = PanelGaussianMixture(2).fit(table.drop(index="fund 3"))
MixtureDisplay.from_estimator(model, table, unit=(1200, "% a year"))
if plt.get_backend().lower() != "agg":
    plt.show()

# %%
# Who belongs where
# -----------------
#
# Managers are sorted by their probability of the group of highest mean, and carry their
# names, as many as there is room for.

MembershipDisplay.from_estimator(model, table)
if plt.get_backend().lower() != "agg":
    plt.show()

# %%
# How a fit arrived, and how many groups there are
# ------------------------------------------------
#
# The textbook's iteration on groups that overlap, and a criterion for their number.

overlapping, _ = make_alpha_panel(100, 50, means=[-1e-3, 1e-3], random_state=0)
slow = PanelGaussianMixture(2, solver="em", init_params="quantile", tol=1e-6)
slow.fit(overlapping)
selection = select_n_components(overlapping, range(1, 6))

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
ConvergenceDisplay.from_estimator(slow, ax=left)
SelectionDisplay.from_selection(selection, ax=right)
if plt.get_backend().lower() != "agg":
    plt.show()
