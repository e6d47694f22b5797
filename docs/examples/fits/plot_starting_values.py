"""
Starting values, and GridSearchCV
=================================

The default search finds the best maximum without starting values.

The likelihood of a mixture can have several maxima. This example compares the default with
starts that are chosen by hand, and lets scikit-learn's grid search choose between those.
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
# The table compares one start with means in the middles of three groups of equal mass, ten
# random starts of either kind, and the search. ``log_likelihood_`` is per cell, so
# differences are multiplied by the number of cells.

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
# If you give a part of the start, the fit first searches with that part held. All of these
# starts lead to the same maximum, and so does the search without a start (``None``).

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
plt.show()

# %%
# Keep the default of ``init_params``. If you know a parameter for certain, fix it instead
# of using it as a start: ``fixed_means=[nan, 0, nan]``.
