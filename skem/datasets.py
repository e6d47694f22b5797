"""Artificial grids of alphas whose groups are known."""

from numbers import Integral

from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from .numerics.density import draw
from .validation import check_mixture

__all__ = ["make_alpha_panel"]


@validate_params(
    {
        "n_managers": [Interval(Integral, 1, None, closed="left")],
        "n_draws": [Interval(Integral, 1, None, closed="left")],
        "weights": ["array-like"],
        "means": ["array-like"],
        "variances": ["array-like"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_alpha_panel(
    n_managers=255,
    n_draws=100,
    *,
    weights=(0.49, 0.51),
    means=(5.7e-4, 5.9e-4),
    variances=(9.5e-7, 9.5e-7),
    random_state=None,
):
    """Draw a grid of alphas from a Gaussian mixture, and the group of every cell.

    Every cell is an independent draw: a group with the probabilities `weights`,
    then an alpha from that group's normal distribution. The defaults are the
    textbook population, two groups that overlap almost entirely.

    Parameters
    ----------
    n_managers : int, default=255
        Rows N of the grid.
    n_draws : int, default=100
        Columns M of the grid, the draws of each manager.
    weights : array-like of shape (L,), default=(0.49, 0.51)
        Probability of each group; they sum to 1.
    means : array-like of shape (L,), default=(5.7e-4, 5.9e-4)
        Mean alpha of each group, in decimals per period.
    variances : array-like of shape (L,), default=(9.5e-7, 9.5e-7)
        Variance of each group, in squared decimals per period.
    random_state : int, RandomState instance or None, default=None
        Pass an int for the same grid at every call.

    Returns
    -------
    alphas : ndarray of shape (n_managers, n_draws)
        The draws.
    groups : ndarray of shape (n_managers, n_draws)
        The group that each was drawn from, 0 to L - 1.

    Raises
    ------
    ValueError
        If the three sequences differ in length, a weight or a variance is
        not positive, or the weights do not sum to 1.

    Examples
    --------
    >>> from skem.datasets import make_alpha_panel
    >>> alphas, groups = make_alpha_panel(random_state=0)
    >>> alphas.shape, groups.shape
    ((255, 100), (255, 100))
    """
    population = check_mixture(weights, means, variances, len(weights))
    rng = check_random_state(random_state)
    return draw(population, (n_managers, n_draws), rng)
