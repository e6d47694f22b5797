"""The fitted mixture that a question is about."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..checks.scalars import check_draws
from ..deconvolution import DeconvolvedGaussianMixture
from ..estimator.parts import fixed_of, mixture_of, observation_of
from ..estimator.wrappers import unwrap
from ..mixture import PanelGaussianMixture
from ..numerics.model.constraints import Constraints


def fitted_mixture(model, X):
    """The fitted mixture of a model, a search or a pipeline, and X for it.

    Raise if there is none, or it was changed after the fit.
    """
    model, X = unwrap(model, X)
    if not isinstance(model, PanelGaussianMixture | DeconvolvedGaussianMixture):
        raise TypeError(
            f"model is of type {type(model).__name__}: a fitted PanelGaussianMixture or "
            "DeconvolvedGaussianMixture is needed, or a search with refit=True or a "
            "pipeline that has fitted one."
        )
    check_is_fitted(model)
    _check_unchanged(model)
    return model, X


def _check_unchanged(model):
    """Raise if groups, or fixed or tied parameters, were changed after the fit."""
    if model.weights_.size != model.n_components:
        raise ValueError(
            f"n_components={model.n_components}, and the fit has {model.weights_.size} "
            "groups: the parameters must be those of the fit. Fit the model again."
        )
    fixed = fixed_of(model)
    for name, value, fitted in zip(fixed._fields, fixed, mixture_of(model), strict=True):
        if not np.array_equal(value, np.where(np.isnan(value), np.nan, fitted), True):
            raise ValueError(
                f"fixed_{name}={value.tolist()}, and the fit has {name}_="
                f"{fitted.tolist()}: the parameters must be those of the fit. Fit the "
                "model again."
            )
    constraints = Constraints.of(fixed, model.tied_variances, model.variance_floor)
    untied = model.tied_variances and np.ptp(model.variances_) > 0
    if untied or constraints.n_parameters != model.n_parameters_:
        raise ValueError(
            f"tied_variances={model.tied_variances} and the fixed parameters leave "
            f"{constraints.n_parameters} parameters free, and the fit had "
            f"{model.n_parameters_}, with variances_={model.variances_.tolist()}: the "
            "parameters must be those of the fit. Fit the model again."
        )


def check_draws_for(model, draws):
    """Raise if `draws` is no word that suits a fitted model.

    Returns the word; None stands for "independent" where a row is one estimate.
    """
    if draws is None and observation_of(model) == "estimate":
        return "independent"
    check_draws(draws)
    return draws
