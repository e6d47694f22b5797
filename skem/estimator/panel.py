"""Answers of fitted weights, means and variances about a grid of cells."""

from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from ..checks.arrays import place_of
from ..checks.scalars import check_whole
from ..numerics.model.mixture import draw
from ..numerics.posterior import membership
from .cell_criteria import CellCriteria
from .output import Published, as_column
from .parts import grid_of, mixture_of


class BasePanelMixture(ClassNamePrefixFeaturesOutMixin, CellCriteria):
    """Answers of a fitted mixture about a grid of N managers by M draws.

    For a ``dask.array`` of alphas, answers with rows are lazy Dask arrays with its chunks.
    These raise an error for an infinite cell when they are computed.
    """

    weights_ = Published()
    means_ = Published()
    variances_ = Published()
    log_likelihoods_ = Published()

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.array_api_support = True
        return tags

    @property
    def _n_features_out(self):
        return self.weights_.size

    def predict_proba(self, X):
        """Compute the probability of every group for every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        probabilities : ndarray of shape (N, M, L)
            ``p_ijl`` (equation E of the theory), which sums to 1 over the
            groups; NaN where the cell is NaN. The dtype is float32 if that of X is.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.predict_proba([[0.2, 1.2, 0.2]]).round(3)
        array([[[1., 0.],
                [0., 1.],
                [1., 0.]]])
        """
        return membership.cell_memberships(
            grid_of(self, X, method="predict_proba"), mixture_of(self)
        )

    def predict(self, X):
        """Find the most probable group of every cell.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        groups : ndarray of shape (N, M)
            Numbers 0 to L - 1; -1 where the cell is NaN.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.predict([[0.2, 1.2, float("nan")]])
        array([[ 0,  1, -1]])
        """
        return membership.cell_groups(grid_of(self, X, method="predict"), mixture_of(self))

    def transform(self, X):
        """Compute the probability of every group for every manager.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        memberships : ndarray of shape (N, L)
            The mean of ``p_ijl`` over the manager's observed draws (equation T
            of the theory); ``weights_`` for a manager without draws. The dtype
            is float32 if that of X is. After ``set_output(transform="pandas")`` it is a
            DataFrame with X's index.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.transform([[0.2, 1.2, 0.1], [1.1, 1.2, 1.3]]).round(3)
        array([[0.667, 0.333],
               [0.   , 1.   ]])
        """
        grid = grid_of(self, X, method="transform")
        return membership.manager_memberships(grid, mixture_of(self))

    def predict_managers(self, X):
        """Find the most probable group of every manager.

        Parameters
        ----------
        X : array-like of shape (N, M)
            Alphas, a row per manager; NaN where a draw does not exist.

        Returns
        -------
        groups : ndarray of shape (N,)
            Numbers 0 to L - 1: the group of the highest probability in
            :meth:`transform`. A manager without draws is in the group of the largest
            weight. After ``set_output(transform="pandas")`` it is a Series with X's index.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture().fit([[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]])
        >>> fitted.predict_managers([[0.2, 1.2, 0.1], [1.1, 1.2, 1.3]])
        array([0, 1])
        """
        grid = grid_of(self, X, method="predict_managers")
        memberships = membership.manager_memberships(grid, mixture_of(self))
        if place := place_of(X):
            return place.xp.argmax(memberships, axis=1)
        return as_column(self, memberships.argmax(axis=1), X, "group")

    def sample(self, n_samples=1):
        """Draw managers from the fitted mixture.

        Parameters
        ----------
        n_samples : int, default=1
            The number of managers. Each has as many draws as those of the fit, or one
            if there was no fit.

        Returns
        -------
        X, groups : ndarray of shape (n_samples, M)
            Independent draws, and the group that each was drawn from.

        Examples
        --------
        >>> from skem import PanelGaussianMixture
        >>> fitted = PanelGaussianMixture(random_state=0).fit([[0.1, 0.2], [1.1, 1.2]])
        >>> alphas, groups = fitted.sample(3)
        >>> alphas.shape, groups.shape
        ((3, 2), (3, 2))
        """
        check_is_fitted(self)
        n_samples = check_whole("n_samples", n_samples, 1, "managers to draw")
        rng = check_random_state(self.random_state)
        n_draws = getattr(self, "n_features_in_", 1)
        alphas, groups = draw(mixture_of(self), (n_samples, n_draws), rng)
        place = getattr(self, "_place", None)
        if place is None or place.xp is None:
            return alphas, groups
        return place.xp.astype(place.send(alphas), place.dtype), place.send(groups)
