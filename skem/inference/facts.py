"""What the head of a table says of a fit."""

from typing import NamedTuple

from ..estimator.parts import observation_of
from ..numerics.posterior.membership import Evidence, criteria

# The rows of X and its observations, by the name of an observation in messages.
ROWS = {"cell": "managers", "estimate": "funds"}


class FitFacts(NamedTuple):
    """A fitted mixture in numbers, for the head of a table.

    `rows` says what the rows of X are. `n_rows` counts managers with draws, or funds with
    an estimate, and `n_observations` cells or estimates, all by their weights. The
    log-likelihood is the total of X in nats, and `aic` and `bic` are those of X.
    `converged` and `remaining_gain` are None if the mixture was given.
    """

    model: str
    n_components: int
    rows: str
    n_rows: float
    n_observations: float
    n_parameters: int
    log_likelihood: float
    aic: float
    bic: float
    converged: bool | None
    remaining_gain: float | None

    @classmethod
    def of(cls, model, log_likelihood, n_observations, n_rows, draws):
        """The facts of a model, given what was summed over X and how draws depend."""
        n = n_observations if draws == "independent" else n_rows
        seen = Evidence(log_likelihood, 0.0, n_observations)
        found = criteria(seen, model.n_parameters_, n)
        return cls(
            type(model).__name__,
            model.weights_.size,
            ROWS[observation_of(model)],
            float(n_rows),
            float(n_observations),
            model.n_parameters_,
            float(log_likelihood),
            found.aic,
            found.bic,
            getattr(model, "converged_", None),
            getattr(model, "remaining_gain_", None),
        )

    def written(self, draws=None):
        """Two lists of pairs of a name and a text, for the head of a table.

        `draws` says how the criteria count; None leaves them out.
        """
        counts = [(self.rows, f"{self.n_rows:,.10g}")]
        if self.rows == "managers":
            counts.append(("observed cells", f"{self.n_observations:,.10g}"))
        how = [("draws", draws)] if draws and self.rows == "managers" else []
        left = (
            ("model", self.model),
            ("groups", f"{self.n_components}"),
            *counts,
            ("free parameters", f"{self.n_parameters}"),
            *how,
        )
        right = [("log-likelihood", f"{self.log_likelihood:,.2f}")]
        if draws:
            right += [("AIC", f"{self.aic:,.2f}"), ("BIC", f"{self.bic:,.2f}")]
        ended = {None: "not fitted", True: "yes", False: "no"}[self.converged]
        right.append(("converged", ended))
        if self.remaining_gain is not None:
            right.append(("remaining gain in nats", f"{self.remaining_gain:.6f}"))
        return left, tuple(right)
