"""What inference about noisy estimates needs: each row's score, and the information.

In the coordinates of `curvature`: of every free group the log weight up to a common
constant, the mean, and the log variance, in this order; means and variances in the units
of the cells.
"""

from functools import partial

import numpy as np

from .curvature import differentiate, free_directions, sum_over
from .newton import stack
from .noise import score_groups


def score_rows(cells, mixture, constraints):
    """The derivatives (N, P) of each row's log density, zeros where it is missing.

    Parameters
    ----------
    cells : NoisyCells
        The N rows; not weighted by their masses here.
    mixture : Mixture
        Where to differentiate, in the units of `cells`: raw ones with
        ``centre=0, scale=1``.
    constraints : Constraints
        What is fixed or tied. A group whose variance ended at 0 has no derivative by its
        log: hold that fixed.

    Returns
    -------
    ndarray of shape (N, P)
        The weights' part sums to zero over the free weights in every row.
    """
    batch = stack([mixture])
    basis = free_directions(batch, constraints)[0]
    function = partial(_score_block, batch, basis, cells.centre, cells.scale)
    return cells.grid.map(function, np.float64, (basis.shape[1],))


def _score_block(batch, basis, centre, scale, estimates, errors):
    missing = np.isnan(estimates + errors)
    z = np.where(missing, 0.0, estimates - centre) / scale
    noise = np.square(np.where(missing, scale, errors) / scale)
    seen = score_groups(batch, z, noise)
    rows = (seen.own * seen.p[:, None]).reshape(basis.shape[0], -1)
    rows[:, missing] = 0.0
    return rows.T @ basis


def information(cells, mixture, constraints):
    """The observed information (P, P), and the score (P,), of all rows with their masses.

    Parameters and coordinates as of :func:`score_rows`. The log weights share a constant
    along which the likelihood is flat; there the matrix has been given curvature, mass
    times share on the diagonal, so that it can be inverted: a function of the
    weights does not notice.
    """
    batch = stack([mixture])
    derivatives = differentiate(sum_over(cells, batch), batch, constraints)
    return derivatives.information[0], derivatives.score[0]
