"""Searches and pipelines, in place of the fitted mixtures in them."""

from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted


def unwrap(estimator, X):
    """The fitted mixture of a search or a pipeline, and X as its last step is given it.

    Any other estimator is returned as it is. The steps before the last one transform X,
    unless it is None.
    """
    while True:
        if hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        elif isinstance(estimator, Pipeline):
            if len(estimator) > 1 and X is not None:
                check_is_fitted(estimator)
                X = estimator[:-1].transform(X)
            estimator = estimator[-1]
        else:
            return estimator, X
