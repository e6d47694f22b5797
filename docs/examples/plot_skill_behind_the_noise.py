"""
Skill behind the noise
======================

Turn returns into noise-reduced alphas, and find the funds with skill.

The first part uses the returns of thirty portfolios. The second part simulates funds, so
that several estimates can be compared with the truth.
"""

# %%
# From returns to estimates
# -------------------------
#
# Monthly returns of 30 portfolios of American stocks, in decimals, and four factors, from
# Kenneth French's data library in the copy that ``linearmodels`` brings along.
# ``FactorAlphas`` regresses every portfolio on the factors, and gives its alpha with a
# standard error. ``covariance="hac"`` chooses the estimator of Newey and West, because
# returns are correlated over time. The mixture uses these standard errors.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from linearmodels.datasets import french
from sklearn.pipeline import make_pipeline

from skem import DeconvolvedGaussianMixture, FactorAlphas, PanelGaussianMixture
from skem.datasets import make_fund_estimates
from skem.display import CaterpillarDisplay, FalseDiscoveryDisplay, ShrinkageDisplay
from skem.inference import summarize

table = french.load().set_index("dates")
factors = table[["MktRF", "SMB", "HML", "Mom"]]
returns = table.drop(columns=[*factors, "RF"]).T  # a row per portfolio

alphas = FactorAlphas(factors, risk_free=table["RF"], covariance="hac")
pipeline = make_pipeline(alphas, DeconvolvedGaussianMixture(1))
pipeline.set_output(transform="pandas").fit(returns)
summary = pipeline.transform(returns)
print(summary.sort_values("posterior_mean", ascending=False).head().round(5))

# %%
# ``unit`` shows monthly decimals as percent a year: means, sds and standard errors are
# multiplied by 1,200. The portfolios share more than the four factors, as a warning says.
# With ``residuals``, the standard errors allow for that.

model, estimates = pipeline[-1], pipeline[:-1].transform(returns)
residuals = pipeline[0].residuals(returns)
ANNUAL = (1200, "% a year")
print(summarize(model, estimates, draws="independent", residuals=residuals, unit=ANNUAL))

# %%
# The criterion chooses one group. Thirty estimates are too few to show two.

for n_components in (1, 2, 3):
    fitted = DeconvolvedGaussianMixture(n_components).fit(estimates)
    print(f"{n_components} group(s): BIC {fitted.bic(estimates):.1f}")

# %%
# Each estimate is shrunk towards the mean of all, more so if it is imprecise. The interval
# contains the true alpha with a probability of 95 %, given the fitted group.

CaterpillarDisplay.from_estimator(model, estimates, unit=ANNUAL)
plt.show()

# %%
# A population whose truth is known
# ---------------------------------
#
# The population has 3,619 funds, with alphas in percent a year. Three in ten come from a
# group that loses 2.3 % on average, and the others lose 0.7 %. The standard errors are
# larger than the spread of skill, which is usual for funds.

X, truth, _ = make_fund_estimates(random_state=0)
exact = DeconvolvedGaussianMixture(2).fit(X)

rng = np.random.default_rng(0)
grid = X[:, :1] + X[:, 1:] * rng.standard_normal((len(X), 50))
fits = {
    "exact deconvolution": exact,
    "mixture of the estimates": PanelGaussianMixture(2).fit(X[:, :1]),
    "mixture of draws around them": PanelGaussianMixture(2).fit(grid),
}
rows = {"truth": [0.283, 0.717, -2.277, -0.685, 1.513, 0.586]}
for name, fitted in fits.items():
    rows[name] = [*fitted.weights_, *fitted.means_, *np.sqrt(fitted.variances_)]
columns = pd.MultiIndex.from_product([["weights", "means", "sds"], ["0", "1"]])
print(pd.DataFrame(rows, index=columns).T.round(2).to_string())

# %%
# A mixture of the estimates counts their noise as skill, so its groups are far too wide. A
# mixture of draws around the estimates counts the noise twice. :doc:`/deconvolution`
# compares the exact fit with Monte Carlo EM.


def root_mean_square(error):
    """Root of the mean square."""
    return np.sqrt(np.mean(error**2))


noise_reduced = exact.transform(X)[:, 0]
print(f"error of the estimates:            {root_mean_square(X[:, 0] - truth):.2f}")
print(f"error of the noise-reduced alphas: {root_mean_square(noise_reduced - truth):.2f}")

ShrinkageDisplay.from_estimator(exact, X, unit=(1, "% a year"))
plt.show()

# %%
# Who has skill?
# --------------
#
# The picture shows, for each number of funds that are called skilled, the expected share of
# them whose true alpha is not positive. The true share, which the model does not know, is
# close.

display = FalseDiscoveryDisplay.from_estimator(exact, X)
order = np.argsort(exact.false_discovery(X).local_rates)
share = np.cumsum(truth[order] <= 0) / np.arange(1, len(X) + 1)
display.ax_.plot(np.arange(1, len(X) + 1), share, ":", color="black", label="true share")
display.ax_.legend(frameon=False, loc="lower right")
plt.show()
