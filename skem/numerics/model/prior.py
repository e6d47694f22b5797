"""Prior funds: a weak prior for weights and variances, as data whose group is known.

Each group has `n_funds` further funds, whose true values lie at a distance t from its mean,
wherever that is. They add ``n_funds (log pi_l + log N(t; 0, sigma2_l))`` to the
log-likelihood, so that no weight and no variance becomes 0 (Chen, Tan and Zhang 2008).
"""

from typing import NamedTuple

import numpy as np

from .mixture import LOG_2PI, Mixture


class Prior(NamedTuple):
    """The number of prior funds of a group, and the square of their distance from its mean.

    `free` (L,) says which groups have a free variance. Of the others the prior funds only
    count for the weight.
    """

    n_funds: float
    square: float
    free: np.ndarray

    def ratios(self, mixture: Mixture) -> np.ndarray:
        """The squares over the groups' free variances, (..., L); 1 for the others."""
        free = self._free(mixture) & (mixture.variances > 0)
        return np.where(free, self.square / np.where(free, mixture.variances, 1.0), 1.0)

    def log_density(self, mixture: Mixture) -> np.ndarray:
        """What the prior adds to the log-likelihood, (...,)."""
        with np.errstate(divide="ignore"):  # to -inf
            each = np.log(mixture.weights)
        positive = mixture.variances > 0
        logs = np.log(np.where(positive, mixture.variances, 1.0))
        widths = np.where(positive, self.ratios(mixture) + logs + LOG_2PI, np.inf)
        each = each - 0.5 * np.where(self._free(mixture), widths, 0.0)
        return self.n_funds * each.sum(axis=-1)

    def _free(self, mixture: Mixture) -> np.ndarray | bool:
        """Which variances are free; all are, while a search adds groups."""
        return self.free if self.free.size == mixture.weights.shape[-1] else True


def log_prior(prior: Prior | None, mixture: Mixture) -> float:
    """The log density of a mixture; 0 without prior funds."""
    return 0.0 if prior is None else float(prior.log_density(mixture))
