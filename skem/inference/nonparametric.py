"""The nonparametric estimate of the distribution of alphas."""

from dataclasses import dataclass, field

import numpy as np

from ..checks.scalars import check_threshold
from ..checks.vectors import check_probabilities
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import estimates_of, mixture_of
from ..numerics.model.distribution import quantiles, tails
from ..numerics.posterior.shrinkage import summaries
from .table import Table, Tabular, rows_of


@dataclass(frozen=True, eq=False, repr=False)
class NonparametricEstimate(Tabular):
    """The likeliest of all mixtures of normals of one standard deviation.

    With a standard deviation of 0 and estimates with errors it is the likeliest of all
    distributions of true alphas: it assumes nothing about their form. It always consists
    of points, of which there are few. Their places say little; averages over them, such as
    shares and posterior means, say what the data say without groups.

    Attributes
    ----------
    locations : ndarray of shape (k,)
        Where the normals, or the points, are, ascending, in the units of X.
    weights : ndarray of shape (k,)
        Their shares of the population, which sum to 1.
    sd : float
        The standard deviation of each normal, in the units of X.
    log_likelihood : float
        Total log-likelihood of X, in nats.
    duality_gap : float
        The nats by which another mixture of such normals may be likelier at most.
    observation : {"cell", "estimate"}
        What X holds.

    Examples
    --------
    >>> import numpy as np
    >>> from skem import DeconvolvedGaussianMixture
    >>> from skem.inference import global_gap
    >>> X = np.array([[-1.2, 0.3], [-0.8, 0.3], [0.9, 0.3], [1.1, 0.4]])
    >>> free = global_gap(DeconvolvedGaussianMixture(1).fit(X), X).nonparametric
    >>> free.locations.round(2), free.weights.round(2)
    (array([-1.  ,  0.97]), array([0.5, 0.5]))
    >>> free.posterior_mean(X).round(2)
    array([-1.  , -1.  ,  0.97,  0.97])
    """

    locations: np.ndarray
    weights: np.ndarray
    sd: float
    log_likelihood: float
    duality_gap: float
    observation: str
    _model: DeconvolvedGaussianMixture = field(init=False)

    def __post_init__(self):
        variances = np.full(self.weights.size, self.sd**2)
        model = DeconvolvedGaussianMixture.from_parameters(
            self.weights / self.weights.sum(), self.locations, variances
        )
        object.__setattr__(self, "_model", model)

    @property
    def _table(self):
        kind = f"sd {self.sd:.4g} each" if self.sd else "points"
        return Table(
            ("location", "weight"),
            rows_of(self.locations, self.weights),
            formats=(".4g", ".4f"),
            title="Nonparametric estimate of the distribution of alphas",
            notes=(
                f"{kind.capitalize()}. Log-likelihood {self.log_likelihood:.2f}; no other "
                f"gains more than {self.duality_gap:.1g} nats.",
            ),
        )

    def posterior_mean(self, X):
        """Compute the mean of every fund's true alpha, given its estimate.

        Parameters
        ----------
        X : array-like of shape (N, 2) or (N, 3)
            Estimates, standard errors, and degrees of freedom if there are any.

        Returns
        -------
        means : ndarray of shape (N,)
            Noise-reduced alphas; the mean of the population where X is NaN.

        Raises
        ------
        ValueError
            If the estimate is that of a grid, whose cells have no noise to be reduced.
        """
        if self.observation != "estimate":
            raise ValueError(
                "posterior_mean is for estimates with standard errors, and this is the "
                "distribution of the cells of a grid, which are alphas themselves. Fit a "
                "DeconvolvedGaussianMixture to the mean and the sd of each row."
            )
        return summaries(estimates_of(self._model, X), mixture_of(self._model))[:, 0]

    def share_above(self, threshold=0.0):
        """Compute the share of the population with an alpha above a threshold.

        Parameters
        ----------
        threshold : float, default=0.0
            In the units of X.

        Returns
        -------
        share : float
            Between 0 and 1.
        """
        at = np.array([check_threshold(threshold)])
        return float(tails(mixture_of(self._model), at).above[0])

    def quantiles(self, probabilities):
        """Compute quantiles of the population's alphas.

        Parameters
        ----------
        probabilities : float or array-like of float
            Shares of the population, between 0 and 1.

        Returns
        -------
        quantiles : ndarray of shape (n,)
            The smallest alphas that at least these shares of the population do not exceed.
        """
        probabilities = check_probabilities(probabilities)
        return quantiles(mixture_of(self._model), probabilities)[0]
