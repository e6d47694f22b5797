"""Values of a function of the population with standard errors, as a table."""

from dataclasses import dataclass

import numpy as np

from .table import Table, Tabular, rows_of


@dataclass(frozen=True, eq=False, repr=False)
class Band(Tabular):
    """Values of a function with standard errors and pointwise intervals; prints as a table.

    Attributes
    ----------
    names : tuple of str
        What the function is of, and what it is.
    at : ndarray of shape (n,)
        Where the function is computed: alphas, or probabilities of quantiles.
    estimates, standard_errors, lower, upper : ndarray of shape (n,)
        The values, and the ends of their intervals.
    level : float
        Nominal probability that an interval contains its own true value, not all at once.
    unit : tuple of float and str
        The factor from the units of X to those of alphas here, and the name of these.
    """

    names: tuple
    at: np.ndarray
    estimates: np.ndarray
    standard_errors: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    level: float
    unit: tuple

    @property
    def _table(self):
        """A row for each value."""
        columns = self.at, self.estimates, self.standard_errors, self.lower, self.upper
        return Table(
            (*self.names, "standard_error", "lower", "upper"),
            rows_of(*columns),
            formats=(".4g",) * 5,
            headings=(*self.names, "std. error", "lower", "upper"),
            title=f"{100 * self.level:g} % intervals at each {self.names[0]}",
            notes=(f"Alphas in {self.unit[1]}.",),
        )
