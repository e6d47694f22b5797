"""The fit of a mixture to the cells of a grid: scores and criteria."""

from ..checks.grid import check_observed
from ..checks.scalars import check_draws
from ..numerics.posterior import membership
from .base import BaseMixture
from .parts import grid_of, mixture_of


class CellCriteria(BaseMixture):
    """Log densities of the cells of a grid, and criteria computed from them."""

    def score_samples(self, X):
        """Compute the log density of every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        log_densities : ndarray of shape (N, M)
            ``log f(a_ij)`` (equation F of the theory), per unit of alpha;
            NaN where the cell is NaN.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture(1).fit([[-1.0, 1.0]])
        >>> fitted.score_samples([[0.0, 1.0]]).round(3)
        array([[-0.919, -1.419]])
        """
        grid = grid_of(self, X, method="score_samples")
        return membership.log_densities(grid, mixture_of(self))

    def _log_likelihood(self, X, sample_weight):
        grid = grid_of(self, X, sample_weight, method="score")
        found = membership.score(grid, mixture_of(self))
        check_observed(found.mass, grid.alphas)
        return found

    def aic(self, X, draws="independent"):
        """Compute Akaike's information criterion.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        draws : {"independent", "fixed", "posterior"}, default="independent"
            How the cells of a manager depend on each other, as in :meth:`bic`.

        Returns
        -------
        aic : float
            ``-2 log-likelihood + 2 n_parameters_``: lower is better.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> X = [[-1.0, 1.0]]
        >>> round(PanelGaussianMixture(1).fit(X).aic(X), 3)
        9.676
        """
        return self._criteria(X, draws).aic

    def _criteria(self, X, draws):
        check_draws(draws)
        grid = grid_of(self, X)
        (seen,) = membership.evidence(grid, [mixture_of(self)])
        check_observed(seen.mass, grid.alphas)
        n = seen.mass if draws == "independent" else membership.total_manager_mass(grid)
        return membership.criteria(seen, self.n_parameters_, n)

    def bic(self, X, draws="independent"):
        """Compute the Bayesian information criterion.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        draws : {"independent", "fixed", "posterior"}, default="independent"
            How the cells of a manager depend on each other. With "independent" every
            cell is an observation of its own. "fixed" and "posterior" draws, such as
            bootstrap draws of one estimate, are not independent evidence. Then the
            log-likelihood is divided by the mean number of draws per manager, and n is
            the number of managers.

        Returns
        -------
        bic : float
            ``-2 log-likelihood + n_parameters_ log n`` (Schwarz 1978), for n
            observations: lower is better.

        Raises
        ------
        ValueError
            If `draws` is none of the three, or no cell is observed.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> X = [[-1.0, 1.0]]
        >>> round(PanelGaussianMixture(1).fit(X).bic(X), 3)
        7.062
        """
        return self._criteria(X, draws).bic

    def icl(self, X, draws="independent"):
        """Compute the integrated completed likelihood criterion.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.
        draws : {"independent", "fixed", "posterior"}, default="independent"
            How the cells of a manager depend on each other, as in :meth:`bic`.

        Returns
        -------
        icl : float
            :meth:`bic` plus twice the entropy of the memberships (Biernacki,
            Celeux and Govaert 2000), which favours groups that can be told
            apart: lower is better.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> X = [[-1.0, 1.0]]
        >>> fitted = PanelGaussianMixture(1).fit(X)
        >>> fitted.icl(X) == fitted.bic(X)
        True
        """
        return self._criteria(X, draws).icl
