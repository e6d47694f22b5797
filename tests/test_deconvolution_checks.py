"""scikit-learn's own checks of the estimator for estimates with standard errors.

They make up tables with any number of columns and any signs, where this estimator wants an
estimate and a standard error, and refuses all else. So they are run on a class that differs
in one thing: of such a table it reads the first column as the estimates, and the absolute
value of the last as their standard errors.
"""

import numpy as np
import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator
from test_sklearn_checks import FURTHER_CHECKS, every_check_of, ignore_convergence

from skem import DeconvolvedGaussianMixture
from skem.checks.estimates import check_estimates
from skem.checks.grid import check_grid


class OfAnyTable(DeconvolvedGaussianMixture):
    def _read_table(self, X, *, reset):
        table = check_grid(self, X, reset=reset)
        two_columns = np.column_stack([table[:, 0], np.abs(table[:, -1])])
        check_estimates(DeconvolvedGaussianMixture(), two_columns, reset=True)
        return two_columns


# Why a table that a check makes up is no table of estimates.
REASONS = ["needs 2", "must not be negative", "degrees of freedom"]

ESTIMATORS = [OfAnyTable(1, solver="em"), OfAnyTable(2, init_params="quantile")]
WITH_STARTS = [OfAnyTable(2), OfAnyTable(2, init_params="k-means++", n_init=2)]


@ignore_convergence
@every_check_of(ESTIMATORS, WITH_STARTS)
def test_it_passes_every_check_of_check_estimator(estimator, check):
    check(estimator)


@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@ignore_convergence
@pytest.mark.parametrize("check", FURTHER_CHECKS)
def test_it_passes_the_checks_that_check_estimator_leaves_out(check):
    estimator = OfAnyTable(2, init_params="quantile")
    getattr(estimator_checks, check)("OfAnyTable", estimator)


def messages(error):
    while error is not None:
        yield str(error)
        error = error.__cause__ or error.__context__


@ignore_convergence
def test_other_tables_are_the_only_reason_to_fail_a_check():
    results = check_estimator(DeconvolvedGaussianMixture(2), on_skip=None, on_fail=None)
    failed = [r["exception"] for r in results if r["status"] == "failed"]
    assert len(failed) < len(results) / 2
    for error in failed:
        told = " ".join(messages(error))
        assert any(reason in told for reason in REASONS), told
