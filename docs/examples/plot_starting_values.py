"""
Starting values, and GridSearchCV
=================================

The likelihood of a mixture can have several maxima. The default start searches for the best
one by itself. This example compares it with starts that are chosen by hand, and lets
scikit-learn's grid search choose between those.
"""

# %%
# A grid with more than one maximum
# ---------------------------------
#
# Three groups: a wide one around zero, and two narrow ones close to each other inside it.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GridSearchCV

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

alphas, _ = make_alpha_panel(
    300,
    40,
    weights=[0.7, 0.15, 0.15],
    means=[0, -0.2e-3, 0.4e-3],
    variances=[4e-6, 2e-8, 2e-8],
    random_state=0,
)

# %%
# From one start at the middles of three groups of equal mass, from ten random starts of
# either kind, and from the search. ``log_likelihood_`` is per cell, so differences are
# multiplied by the number of cells.

fits = {
    name: PanelGaussianMixture(3, init_params=name, random_state=0).fit(alphas)
    for name in ("quantile", "random_from_data", "k-means++", "insertion")
}
best = max(fitted.log_likelihood_ for fitted in fits.values())
print(
    pd.DataFrame(
        {
            name: [
                fitted.n_cells_ * (best - fitted.log_likelihood_),
                *np.sqrt(fitted.variances_) * 1e3,
            ]
            for name, fitted in fits.items()
        },
        index=["nats below the best", *(f"sd {k}, 1e-3" for k in range(3))],
    ).T.round(3)
)

# %%
# Search over starting values
# ---------------------------
#
# Starting values are parameters of the estimator, so GridSearchCV can search them. Its
# folds are rows: whole managers are held out, and scored by their mean log density per
# cell. Starts that lead to the same maximum score the same.

grid = [
    {"means_init": [[-2e-3, 0, 2e-3]]},
    {
        "means_init": [[-0.2e-3, 0, 0.4e-3]],
        "variances_init": [None, [1e-8, 4e-6, 1e-8]],
    },
    {"means_init": [None]},
]
search = GridSearchCV(PanelGaussianMixture(3), grid, cv=5).fit(alphas)
results = search.cv_results_
for start, score in zip(results["params"], results["mean_test_score"], strict=True):
    print(f"{score:.4f}  {start}")
print("means of the best:", search.best_estimator_.means_.round(4))

# %%
# If a part of the start is given, the fit searches around that part first. All of these
# starts lead to the same maximum. The search that is given nothing leads there too; its
# start is None.

# %%
# The maximum that is found
# -------------------------

figure, ax = plt.subplots(layout="constrained")
ax.hist(1e3 * alphas.ravel(), bins=150, density=True, color="0.85", label="12,000 cells")
x = np.linspace(alphas.min(), alphas.max(), 600)
for name, style in (("quantile", "--"), ("insertion", "-")):
    density = fits[name].to_scipy().pdf(x) / 1e3
    ax.plot(1e3 * x, density, style, label=f'init_params="{name}"')
ax.set(xlabel="alpha, 1e-3 per month", ylabel="density")
ax.legend(frameon=False)
if plt.get_backend().lower() != "agg":
    plt.show()

# %%
# Leave ``init_params`` alone unless you know more about the groups than the grid does. What
# you know for certain is better fixed than used as a start: ``fixed_means=[nan, 0, nan]``.
