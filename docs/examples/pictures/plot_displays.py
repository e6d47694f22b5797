"""
Pictures of a fit
=================

Draw the groups, the memberships, the path of a fit, and a criterion.

The displays of ``skem.display`` work as those of scikit-learn: ``from_estimator`` computes
the data and draws them, the display keeps the data, and ``ax`` says where to draw.
"""

# %%
# The cells and the groups
# ------------------------
#
# 150 managers in two groups, monthly decimals shown as percent a year. An alpha far
# away does not change the picture: the legend counts the cells outside.

# sphinx_gallery_thumbnail_number = 2
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
plt.show()

# %%
# Memberships
# -----------
#
# Managers are sorted by their probability of the group with the highest mean. Ranks stand
# for names where there are too many; ``top=20`` shows the first twenty by name.

MembershipDisplay.from_estimator(model, table)
plt.show()

# %%
# The path of a fit, and the number of groups
# -------------------------------------------
#
# Left, the textbook iteration on groups that overlap. Right, a criterion for their number.

overlapping, _ = make_alpha_panel(100, 50, means=[-1e-3, 1e-3], random_state=0)
slow = PanelGaussianMixture(2, solver="em", init_params="quantile", tol=1e-6)
slow.fit(overlapping)
selection = select_n_components(overlapping, range(1, 6))

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
ConvergenceDisplay.from_estimator(slow, ax=left)
SelectionDisplay.from_selection(selection, ax=right)
plt.show()
