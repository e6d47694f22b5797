"""scikit-learn's own checks of the transformer of returns, with nothing excused."""

import pytest
from sklearn.utils import estimator_checks
from test_sklearn_checks import FURTHER_CHECKS, every_check_of

from skem import FactorAlphas

ESTIMATORS = [
    FactorAlphas(),
    *(
        FactorAlphas(min_observations=2, covariance=covariance)
        for covariance in ("ols", "hac")
    ),
]

# The funds of these checks have too few periods, which raises a warning.
ignore_short = pytest.mark.filterwarnings("ignore:None of the .* funds of X has min_obs")
# Some of these data are positive, and of the size of percent.
ignore_prices = pytest.mark.filterwarnings("ignore:X has no return of 0 or less")
# Clusters are as funds that share a factor.
ignore_shared = pytest.mark.filterwarnings("ignore:Residuals are correlated across funds")


@ignore_short
@ignore_prices
@ignore_shared
@every_check_of(ESTIMATORS)
def test_it_passes_every_check_of_check_estimator(estimator, check):
    check(estimator)


# Fitted to a DataFrame and asked about an array, or the other way round: these
# checks do that on purpose.
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@ignore_short
@ignore_prices
@ignore_shared
@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("check", FURTHER_CHECKS)
def test_it_passes_the_checks_that_check_estimator_leaves_out(check, estimator):
    getattr(estimator_checks, check)("FactorAlphas", estimator)
