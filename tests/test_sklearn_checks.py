"""scikit-learn's own checks of an estimator, all of them, with nothing excused."""

import sys

import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from skem import PanelGaussianMixture
from skem.numerics.search.starts import NAMES

ESTIMATORS = [PanelGaussianMixture(1), PanelGaussianMixture(2)]
WITH_STARTS = [
    PanelGaussianMixture(2 + n % 2, init_params=init_params, n_init=3 - n % 2)
    for n, init_params in enumerate(NAMES)
    if init_params != "insertion"  # the default, which has one start
]
# Words in the names of those checks whose result a start could change.
ABOUT_STARTS = ["sample_weight", "order_invariance", "idempotent", "pipeline", "fit2d_1"]

# check_estimator does not yield these.
FURTHER_CHECKS = [
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_output_transform_pandas",
    "check_global_set_output_transform_polars",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_dataframe_column_names_consistency",
    "check_param_validation",
]

# The checks fit noise, a few dozen points or even one. Two groups may collapse there or
# converge slowly, and the estimator rightly warns.
ignore_convergence = pytest.mark.filterwarnings(
    "ignore::sklearn.exceptions.ConvergenceWarning"
)


def cases_of(estimators, words=("",)):
    """Each estimator with each check that has one of the words in its name."""
    cases = parametrize_with_checks(estimators).args[1]
    return [
        (e, check) for e, check in cases if any(w in check.func.__name__ for w in words)
    ]


def every_check_of(estimators, with_starts=()):
    """The same as parametrize_with_checks, and for other starts what depends on them."""
    cases = cases_of(estimators) + cases_of(with_starts, ABOUT_STARTS)
    kwargs = parametrize_with_checks(estimators).kwargs
    return pytest.mark.parametrize(("estimator", "check"), cases, **kwargs)


@ignore_convergence
@every_check_of(ESTIMATORS, WITH_STARTS)
def test_it_passes_every_check_of_check_estimator(estimator, check, monkeypatch):
    monkeypatch.setenv("SCIPY_ARRAY_API", "1")  # without it those of arrays skip themselves
    if "cuda" in str(check.keywords) and not has_gpu():
        pytest.skip("torch has no GPU here")
    check(estimator)


def has_gpu():
    torch = sys.modules.get("torch")
    return torch is None or torch.cuda.is_available()


# Fitted to a DataFrame and asked about an array, or the other way round: these
# checks do that on purpose.
@pytest.mark.filterwarnings("ignore:X (has|does not have valid) feature names")
@ignore_convergence
@pytest.mark.parametrize("n_components", [1, 3])
@pytest.mark.parametrize("check", FURTHER_CHECKS)
def test_it_passes_the_checks_that_check_estimator_leaves_out(check, n_components):
    # They are about containers and names, so a short search is enough.
    estimator = PanelGaussianMixture(n_components, init_params="quantile")
    getattr(estimator_checks, check)("PanelGaussianMixture", estimator)
