"""Monte Carlo EM: draw alphas given a mixture, fit the draws, and draw again."""

from dataclasses import dataclass

import numpy as np
from sklearn.base import clone
from sklearn.utils import check_random_state

from ..checks.scalars import check_whole
from ..estimator.parts import fixed_of, mixture_of
from ..mixture import PanelGaussianMixture
from ..numerics.bootstrap.managers import match
from ..numerics.model.mixture import Mixture, stack
from .checks import check_burn_in, check_panel_estimator, check_progress, check_sampler
from .progress import reporting
from .summary import summarize


@dataclass(frozen=True, eq=False)
class MonteCarloEM:
    """The result of ``monte_carlo_em``.

    Attributes
    ----------
    model : PanelGaussianMixture
        The mixture whose parameters are the means over the rounds after the burn-in.
    weights, means, variances : ndarray of shape (n_rounds, L)
        The path: the parameters after every round, with the groups in the order of the
        last one.
    burn_in : int
        The number of rounds that the means leave out.
    grid : ndarray of shape (N, M)
        Draws given the model, made last.
    """

    model: PanelGaussianMixture
    weights: np.ndarray
    means: np.ndarray
    variances: np.ndarray
    burn_in: int
    grid: np.ndarray

    def summarize(self, *, level=0.95, unit=None, group_names=None):
        """Tabulate the model by :func:`skem.inference.summarize` of the last draws."""
        options = {"level": level, "unit": unit, "group_names": group_names}
        return summarize(self.model, self.grid, draws="posterior", **options)


def monte_carlo_em(
    sampler,
    n_components=2,
    *,
    n_rounds=100,
    burn_in=50,
    estimator=None,
    random_state=None,
    progress=False,
):
    """Fit a mixture of alphas that are drawn given the mixture, in turn.

    Each round draws every manager's alphas from their posterior under the current
    mixture, and fits a mixture to the draws (Wei and Tanner 1990). The mean of the rounds
    after a burn-in has less Monte Carlo error than any one of them.

    Parameters
    ----------
    sampler : callable
        ``sampler(mixture, rng)`` gives a grid of alphas (N, M), NaN where there is no
        draw: M independent draws from the posterior of each manager's alpha, with the
        mixture as the prior. `mixture` is a named tuple of `weights`, `means` and
        `variances`, or None in the first round, which needs any grid to begin with, such
        as the estimates in one column. `rng` is a ``numpy.random.RandomState``.
    n_components : int, default=2
        The number of groups L.
    n_rounds : int, default=100
        The number of rounds.
    burn_in : int, default=50
        The number of first rounds that the means leave out, fewer than `n_rounds`. A
        round forgets the start as slowly as EM does: look at the path.
    estimator : PanelGaussianMixture, default=None
        Its parameters are used for every fit, except `n_components` and `warm_start`.
        None stands for the defaults.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same result at every call.
    progress : bool or callable, default=False
        True draws a tqdm bar if tqdm is installed, and a counter on stderr otherwise. A
        callable is called as ``progress(done, total)`` after each round.

    Returns
    -------
    found : MonteCarloEM
        It has the averaged `model`, the path, the last `grid`, and standard errors by
        `summarize`.

    Raises
    ------
    ValueError, TypeError
        If a parameter is invalid, or a grid of the sampler cannot be fitted.

    See Also
    --------
    skem.DeconvolvedGaussianMixture : The exact fit, where noise is normal or Student's t
        with known standard errors. It needs no draws.

    References
    ----------
    Wei and Tanner (1990), "A Monte Carlo implementation of the EM algorithm and the poor
    man's data augmentation algorithms", Journal of the American Statistical Association
    85, 699-704.

    Examples
    --------
    >>> from skem import DeconvolvedGaussianMixture, monte_carlo_em
    >>> from skem.datasets import make_fund_estimates
    >>> X, _, _ = make_fund_estimates(500, random_state=0)
    >>> def sampler(mixture, rng):
    ...     if mixture is None:
    ...         return X[:, :1]
    ...     known = DeconvolvedGaussianMixture.from_parameters(*mixture)
    ...     return known.sample_posterior(X, 50, random_state=rng)
    >>> found = monte_carlo_em(sampler, 1, n_rounds=60, burn_in=30, random_state=0)
    >>> exact = DeconvolvedGaussianMixture(1).fit(X)
    >>> bool(abs(found.model.means_[0] - exact.means_[0]) < 0.02)
    True
    >>> found.means.shape, found.summarize().draws
    ((60, 1), 'posterior')
    """
    check_sampler(sampler)
    n_components = check_whole("n_components", n_components, 1, "groups")
    n_rounds = check_whole("n_rounds", n_rounds, 1, "rounds")
    burn_in = check_burn_in(burn_in, n_rounds)
    check_progress(progress)
    rng = check_random_state(random_state)
    model = clone(check_panel_estimator(estimator))
    model.set_params(n_components=n_components, warm_start=False)
    path, mixture = [], None
    with reporting(progress, "rounds", n_rounds) as report:
        for done in range(1, n_rounds + 1):
            mixture = mixture_of(model.fit(sampler(mixture, rng)))
            model.set_params(warm_start=True)
            path.append(mixture)
            if report:
                report(done, n_rounds)
    rounds = stack(path)
    if np.isnan(fixed_of(model)).all():
        rounds = match(rounds, mixture)
    means = (part[burn_in:].mean(axis=0) for part in rounds)
    pairs = zip(fixed_of(model), means, strict=True)  # a mean rounds what is fixed
    mean = Mixture(*(np.where(np.isnan(given), m, given) for given, m in pairs))
    parameters = model.set_params(warm_start=False).get_params()
    del parameters["n_components"]
    averaged = PanelGaussianMixture.from_parameters(*mean, **parameters)
    return MonteCarloEM(averaged, *rounds, burn_in, sampler(mean, rng))
