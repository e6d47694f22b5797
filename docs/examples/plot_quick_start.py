"""
Quick start
===========

Fit two groups to a grid of alphas, and see which managers belong to each.
"""

# %%
# The grid
# --------
#
# The grid has 200 managers with 50 draws of the alpha of each, in decimals per month. Three
# managers in ten have alphas around -0.2 % a month, and the others around 0.1 %.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skem import PanelGaussianMixture

rng = np.random.default_rng(0)
skilled = rng.random(200) < 0.7
centres = np.where(skilled, 1e-3, -2e-3)
alphas = centres[:, None] + 5e-4 * rng.standard_normal((200, 50))
table = pd.DataFrame(alphas, index=[f"fund {i}" for i in range(200)])
print(table.iloc[:4, :5].round(5))

# %%
# The fit
# -------
#
# The fit needs no scaling and no starting values. ``remaining_gain_`` says how far the
# log-likelihood may still be below its maximum, in nats over all cells.

model = PanelGaussianMixture(n_components=2).set_output(transform="pandas").fit(table)
print("weights:", model.weights_.round(3))
print("means:  ", model.means_.round(5))
print("sds:    ", np.sqrt(model.variances_).round(5))
print(f"remaining gain: {model.remaining_gain_:.1e} nats")

# %%
# Managers
# --------
#
# ``transform`` gives the probability of each group for every manager, with the names that
# the table has; ``predict_proba`` and ``predict`` answer for every cell.

memberships = model.transform(table)
print(memberships.head(4).round(3))
print("shape of predict_proba:", model.predict_proba(table).shape)

# %%
# The simulation knows the true groups. Each manager is assigned to the group of higher
# probability:

found = memberships.iloc[:, 1] > 0.5
print(f"managers in their own group: {(found == skilled).mean():.0%}")

# %%
# A picture
# ---------
#
# ``to_scipy`` gives the density as a SciPy distribution.

figure, ax = plt.subplots(layout="constrained")
ax.hist(alphas.ravel(), bins=80, density=True, color="0.85", label="10,000 cells")
grid = np.linspace(alphas.min(), alphas.max(), 400)
ax.plot(grid, model.to_scipy().pdf(grid), color="black", label="mixture")
ax.set(xlabel="alpha, decimals per month", ylabel="density")
ax.legend(frameon=False)
plt.show()

# %%
# How precise is this? :ref:`sphx_glr_auto_examples_inference_plot_standard_errors.py`
# continues from here.
