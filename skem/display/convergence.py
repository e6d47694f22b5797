"""The log-likelihood at each step of a fit."""

import numpy as np

from ..estimator.parts import observation_of
from .base import BaseDisplay
from .canvas import ONE_BY_ONE, legend_above, literal, require_matplotlib
from .checks import check_finite, fitted_of


class ConvergenceDisplay(BaseDisplay):
    """Draw how far below its optimum the log-likelihood was at each step of a fit.

    The optimum is estimated as the log-likelihood at the end plus the remaining gain.
    Differences below the rounding error are drawn at the size of that error.

    Parameters
    ----------
    log_likelihoods : array-like of shape (n_steps,)
        Mean log density per cell along the fit, in nats.
    n_cells : int
        Number of cells.
    remaining_gain : float, default=inf
        Log-likelihood over all cells still to be gained at the end, in nats; infinite
        if no maximum is in sight.
    step : str, default="step"
        Name of a step, for the label of the axis.

    Attributes
    ----------
    distances_ : ndarray of shape (n_steps,)
        The nats below the optimum, over all cells, as drawn.
    line_ : matplotlib Line2D
        The distances.
    end_ : matplotlib Line2D
        The end of the fit, with the remaining gain.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from skem.display import ConvergenceDisplay
    >>> display = ConvergenceDisplay([-2.0, -1.5, -1.0], 100, remaining_gain=1.0)
    >>> display.plot(Figure().subplots()).distances_
    array([101.,  51.,   1.])
    """

    def __init__(self, log_likelihoods, n_cells, remaining_gain=np.inf, step="step"):
        self.log_likelihoods = check_finite("log_likelihoods", log_likelihoods, each="step")
        self.n_cells = n_cells
        self.remaining_gain = remaining_gain
        self.step = step

    @classmethod
    def from_estimator(cls, estimator, ax=None):
        """Draw the steps of the winning start of a fit.

        Parameters
        ----------
        estimator : PanelGaussianMixture or DeconvolvedGaussianMixture
            A fitted mixture, or a search or a pipeline that has fitted one.
        ax : matplotlib Axes, default=None
            Where to draw; None opens a new figure.

        Returns
        -------
        display : ConvergenceDisplay
            The display, drawn.

        Raises
        ------
        NotFittedError, ValueError, TypeError, ImportError
            If the estimator is not fitted, its mixture was given, it is another one, or
            matplotlib is missing.

        Examples
        --------
        >>> from matplotlib.figure import Figure
        >>> from skem import PanelGaussianMixture
        >>> from skem.display import ConvergenceDisplay
        >>> X = [[0.1, 0.2, 0.3], [1.1, 1.2, 1.3]]
        >>> fitted, ax = PanelGaussianMixture(solver="em").fit(X), Figure().subplots()
        >>> ConvergenceDisplay.from_estimator(fitted, ax=ax).ax_.get_xlabel()
        'iteration of EM'
        """
        require_matplotlib(f"{cls.__name__}.from_estimator")
        estimator, _ = fitted_of(estimator, None)
        if not hasattr(estimator, "log_likelihoods_"):
            raise ValueError(
                f"estimator is a {type(estimator).__name__} whose mixture was given: it "
                "has no steps of a fit to draw. Fit it first: from_parameters(..., "
                "warm_start=True).fit(X) starts from the given mixture."
            )
        newton = f"Newton step on all {observation_of(estimator)}s"
        step = "iteration of EM" if estimator.solver == "em" else newton
        return cls(
            estimator.log_likelihoods_, estimator.n_cells_, estimator.remaining_gain_, step
        ).plot(ax)

    def _draw(self, ax):
        from matplotlib.ticker import MaxNLocator

        self.distances_ = self._distances()
        steps = np.arange(self.distances_.size)
        marker = "o" if steps.size <= ONE_BY_ONE else ""
        (self.line_,) = ax.plot(
            steps, self.distances_, marker=marker, markersize=4, color="black"
        )
        (self.end_,) = ax.plot(
            steps[-1:],
            self.distances_[-1:],
            "o",
            color="#D55E00",
            markersize=7,
            label=self._describe_end(),
        )
        ax.set_yscale("log")
        margin = 0.04 * steps[-1] or 0.5
        ax.set_xlim(-margin, steps[-1] + margin)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.set_xlabel(literal(self.step))
        ax.set_ylabel("log-likelihood below the optimum, nats")
        legend_above(ax, "Convergence of the fit", 2)

    @property
    def _rounding(self):
        """The rounding error of a difference of sums over all cells."""
        largest = max(1.0, float(np.abs(self.log_likelihoods).max()))
        return np.finfo(float).eps * self.n_cells * largest

    def _distances(self):
        behind = self.n_cells * (self.log_likelihoods[-1] - self.log_likelihoods)
        gain = self.remaining_gain if np.isfinite(self.remaining_gain) else 0.0
        return np.maximum(behind + gain, self._rounding)

    def _describe_end(self):
        if not np.isfinite(self.remaining_gain):
            return "end: no maximum in sight (distances are from the end)"
        remark = ", less than rounding" if self.remaining_gain < self._rounding else ""
        return f"end: {self.remaining_gain:.2g} nats still to be gained{remark}"
