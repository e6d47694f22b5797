"""
When the textbook iteration stops too soon
==========================================

A common stopping rule returns the starting values as estimates.

The rule repeats the E-step and the M-step until all parameters together move by less than
1e-4. On alphas this happens at once. The results look plausible, so nobody notices.
"""

# %%
# The grid and the recipe
# -----------------------
#
# The defaults of :func:`skem.datasets.make_alpha_panel`: two groups that overlap
# almost entirely, with alphas in decimals a month. The recipe starts from means of -1
# and 1, hundreds of standard deviations away on either side.

import textwrap
import warnings

import matplotlib.pyplot as plt
import numpy as np

from skem import PanelGaussianMixture
from skem.datasets import make_alpha_panel

alphas, _ = make_alpha_panel(random_state=0)
cells = alphas.ravel()
START = {"weights_init": [0.5, 0.5], "means_init": [-1, 1], "variances_init": [0.2, 0.2]}


def textbook_path(weights, means, variances, n_iter):
    """Parameters before every step and at the end; log-likelihoods before every step."""
    pi, mu, sigma2 = (np.array(start)[:, None] for start in (weights, means, variances))
    path, log_likelihoods = [np.hstack([pi, mu, sigma2]).T], []
    for _ in range(n_iter):
        p = pi * np.exp(-((cells - mu) ** 2) / (2 * sigma2)) / np.sqrt(2 * np.pi * sigma2)
        density = p.sum(axis=0)
        p /= density
        mass = p.sum(axis=1, keepdims=True)
        pi, mu = mass / cells.size, p @ cells[:, None] / mass
        sigma2 = (p * (cells - mu) ** 2).sum(axis=1, keepdims=True) / mass
        path.append(np.hstack([pi, mu, sigma2]).T)
        log_likelihoods.append(np.log(density).sum())
    return np.array(path), np.array(log_likelihoods)


path, log_likelihoods = textbook_path(*START.values(), n_iter=5000)

# %%
# Where the rule stops
# --------------------
#
# If the alphas and the start are multiplied by a constant, only the units of the iteration
# change. The rule adds weights, which have no unit, to means and variances, which have one.
# So it stops at another step in other units. Below, means and variances are in units of the
# grid's mean and standard deviation, and the last column is the log-likelihood above that
# of one normal distribution.

one = PanelGaussianMixture(1).fit(alphas)
log_one = one.n_cells_ * one.log_likelihood_
gains = log_likelihoods - log_one


def movement(path, units):
    """Sum over the parameters of |new - old|, with the alphas multiplied by `units`."""
    steps = np.abs(np.diff(path, axis=0)).sum(axis=2)
    return steps @ np.array([1, units, units**2])


def describe(label, n_iter, mixture, gain):
    """Print one line: where a fit ended."""
    weights, means, variances = mixture
    means = (means - cells.mean()) / cells.std()
    parts = [weights, means, variances / cells.var()]
    numbers = "   ".join(" ".join(f"{v:6.3f}" for v in part) for part in parts)
    print(f"{label:14}{n_iter:5}   {numbers}   {gain:6.3f}")


HEADER = f"{'units':14}steps   {'weights':13}   {'means':13}   {'variances':13}     gain"
UNITS = {"decimals": 1, "times 1,000": 1e3, "times 10,000": 1e4}
print(HEADER)
stops = {}
for label, units in UNITS.items():
    stops[label] = int(np.argmax(movement(path, units) <= 1e-4)) + 1
    describe(label, stops[label], path[stops[label]], gains[stops[label]])

# %%
# In decimals the second step hardly moves. Seen from means of -1 and 1, all alphas are
# alike: each belongs to both groups in the proportions of the starting weights. So the
# first M-step gives both groups the mean and the variance of the whole grid. From then on
# both groups are the same for every cell. The reported weights are the starting weights.
# Other starting weights give another answer:

biased, biased_likelihoods = textbook_path([0.9, 0.1], *path[0, 1:], n_iter=3)
stop = int(np.argmax(movement(biased, 1) <= 1e-4)) + 1
describe("start .9, .1", stop, biased[stop], biased_likelihoods[stop] - log_one)

# %%
# What skem reports
# -----------------
#
# ``solver="em"`` is the same iteration. First from the same start, cut short.
# ``remaining_gain_`` estimates how much log-likelihood is still to be gained. It is
# infinite where the log-likelihood curves upwards in some direction, so that no
# maximum is in sight.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    cut_short = PanelGaussianMixture(2, solver="em", max_iter=2, **START).fit(alphas)
for warning in caught:
    print(textwrap.fill(f"{warning.category.__name__}: {warning.message}", 80))
print(f"remaining gain: {cut_short.remaining_gain_:.3g} nats")


# %%
# Then left to run. Cells are standardised before a fit, so that the answer is the same
# in all units.


def report(label, fitted, units=1):
    """Print one line: where `fitted` ended on the alphas multiplied by `units`."""
    mixture = fitted.weights_, fitted.means_ / units, fitted.variances_ / units**2
    gain = fitted.n_cells_ * (fitted.log_likelihood_ + np.log(units)) - log_one
    describe(label, fitted.n_iter_, mixture, gain)


def report_remaining(fitted):
    """Print what is still to be gained, and how far off that leaves the parameters."""
    remaining = fitted.remaining_gain_
    print(f"remaining gain: {remaining:.2g} nats")
    print(f"no parameter is farther than {np.sqrt(2 * remaining):.2g} standard errors off")


print(HEADER)
for label, units in (("times 1,000", 1e3), ("decimals", 1)):
    fitted = PanelGaussianMixture(
        2,
        solver="em",
        tol=1e-4,
        max_iter=5000,
        weights_init=START["weights_init"],
        means_init=units * np.array(START["means_init"]),
        variances_init=units**2 * np.array(START["variances_init"]),
    ).fit(units * alphas)
    report(label, fitted, units)
report_remaining(fitted)

# %%
# The last line holds if the log-likelihood is close to a parabola (equation R of the
# theory). It says whether more iterations are worth their time. Small steps do not say
# that: on this grid the plain iteration reaches a ridge, along which it moves slowly while
# the log-likelihood hardly rises. The data contain almost no information about the weights
# of two groups that overlap so much.
#
# The default
# -----------
#
# The default solver needs no start. It stops when the log-likelihood that remains to be
# gained, over all cells, is below ``tol``.

default = PanelGaussianMixture(2).fit(alphas)
print(HEADER)
report("default", default)
report_remaining(default)

# %%
# This is the top of the ridge. It is not the truth: the groups from which the grid was
# drawn have almost the same mean and the same variance. The data do not call for two groups
# either. Lower is better for the Bayesian information criterion:

for mixture in (one, default):
    print(f"BIC, {mixture.n_components} group(s): {mixture.bic(alphas):.1f}")

# %%
# The picture
# -----------
#
# Above, the log-likelihood along the textbook path; below, what the rule looks at, in
# three units. Each curve ends the iteration where it first meets the dashed line.

COLOURS = ["#D55E00", "#0072B2", "#009E73"]

figure, (above, below) = plt.subplots(
    2, 1, figsize=(8, 6.5), sharex=True, height_ratios=[1, 1.2], layout="constrained"
)
steps = np.arange(1, len(gains))
above.plot(steps, gains[1:], color="black")
for (label, units), colour in zip(UNITS.items(), COLOURS, strict=True):
    stop = stops[label]
    above.plot(stop, gains[stop], "o", color=colour, label=f"stop, {label}")
    below.plot(steps, movement(path, units)[:-1], color=colour, label=label)
    below.plot(stop, movement(path, units)[stop - 1], "o", color=colour)
below.axhline(1e-4, color="black", linestyle="--", linewidth=1)
above.set(ylabel="log-likelihood above\none normal distribution, nats")
below.set(
    xscale="log", yscale="log", xlabel="steps", ylabel="sum of |new - old|, raw units"
)
above.legend(frameon=False, loc="center left")
below.legend(frameon=False, title="alphas in")
for ax in (above, below):
    ax.spines[["top", "right"]].set_visible(False)

plt.show()
