"""
Which standard errors to use
============================

The same estimates have standard errors that differ by a factor of ten. Which of them are
right depends on where the draws in the grid come from.
"""

# %%
# A grid of bootstrap draws
# -------------------------
#
# 300 managers have one estimated alpha each, from two groups a percentage point a month
# apart. A bootstrap draws 100 alphas around every estimate.

import warnings

import matplotlib.pyplot as plt
import numpy as np

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel
from skem.inference import summarize

WEIGHTS, MEANS, SD, DRAWS_SD = np.array([0.4, 0.6]), np.array([-5e-3, 5e-3]), 2e-3, 2e-3


def bootstrap_grid(rng, n_managers=300, n_draws=100):
    """Draws around estimates that come from two groups."""
    groups = rng.choice(2, size=(n_managers, 1), p=WEIGHTS)
    estimates = MEANS[groups] + SD * rng.standard_normal((n_managers, 1))
    return estimates + DRAWS_SD * rng.standard_normal((n_managers, n_draws))


alphas = bootstrap_grid(np.random.default_rng(1000))
model = PanelGaussianMixture(2).fit(alphas)
for draws in ("independent", "fixed"):
    print(f'draws="{draws}"')
    print(summarize(model, alphas, draws=draws, unit=(100, "percent per month")))
    print()

# %%
# Which of the two is right?
# --------------------------
#
# Repeat the whole study 200 times with new managers. The spread of the estimates is the
# true standard error.

repeated = np.array(
    [
        PanelGaussianMixture(2).fit(bootstrap_grid(np.random.default_rng(seed))).weights_[1]
        for seed in range(1, 201)
    ]
)
errors = {
    draws: summarize(model, alphas, draws=draws).standard_errors[1]
    for draws in ("independent", "fixed")
}
print(f"sd of the weight over 200 studies:       {repeated.std():.4f}")
for draws, error in errors.items():
    print(f"standard error of one, {draws + ':':16} {error:.4f}")

figure, ax = plt.subplots(layout="constrained")
ax.hist(repeated, bins=25, color="0.8", label="200 studies")
for level, (draws, error) in enumerate(errors.items()):
    height = 4 + 3 * level
    reach = 1.96 * error
    colour = ("#D55E00", "#0072B2")[level]
    ax.errorbar(
        model.weights_[1],
        height,
        xerr=reach,
        fmt="o",
        capsize=4,
        color=colour,
        label=f'95 % interval, draws="{draws}"',
    )
ax.axvline(WEIGHTS[1], color="black", linewidth=1, label="truth")
ax.set(xlabel="weight of the higher group", ylabel="studies", ylim=(0, 36))
ax.legend(loc="upper right")
plt.show()

# %%
# If the 30,000 cells are counted as independent, the interval is too narrow: a second study
# would give a weight outside it. Clustered by manager, the interval allows for the fact
# that there are only 300 managers.
#
# Groups that overlap
# -------------------
#
# If groups overlap almost entirely, a warning names the parameters that the cells do not
# determine. The share of managers with a positive alpha is precise all the same, because it
# does not depend on which group is which.


overlapping, _ = make_alpha_panel(random_state=0)
fitted = PanelGaussianMixture(2).fit(overlapping)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    summary = summarize(fitted, overlapping, draws="independent")
for warning in caught:
    print(warning.message, "\n")
print(summary)
