"""Python's own messages about a call name the class that the user constructed."""

import inspect

import pytest

from skem import DeconvolvedGaussianMixture, PanelGaussianMixture

METHODS = [
    (kind, name)
    for kind in (PanelGaussianMixture, DeconvolvedGaussianMixture)
    for name, method in inspect.getmembers(kind, inspect.isfunction)
    if method.__module__.startswith("skem.") and not name.startswith("_")
]


@pytest.mark.parametrize("kind", [PanelGaussianMixture, DeconvolvedGaussianMixture])
def test_an_unknown_parameter_is_one_of_the_class_constructed(kind):
    message = rf"^{kind.__name__}\.__init__\(\) .* unexpected keyword argument 'n_groups'"
    with pytest.raises(TypeError, match=message):
        kind(n_groups=2)


@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_a_call_with_unknown_arguments_is_one_of_the_class_constructed(kind, name):
    with pytest.raises(TypeError, match=rf"^{kind.__name__}\.{name}\(\) "):
        getattr(kind(), name)(unknown=1)
