"""Every public name has a complete docstring, by the rules of pyproject.toml."""

import inspect
import tomllib
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path

import pytest
from numpydoc.validate import ERROR_MSGS, validate

MODULES = ["skem", "skem.datasets", "skem.display", "skem.inference"]
SETTINGS = Path(__file__).parents[1] / "pyproject.toml"


def public_names():
    for module in map(import_module, MODULES):
        for name in module.__all__:
            thing = getattr(module, name)
            if name.startswith("_") or is_dataclass(
                thing
            ):  # results, which users do not make
                continue
            yield f"{module.__name__}.{name}"
            if inspect.isclass(thing):
                for method, function in inspect.getmembers(thing, inspect.isfunction):
                    ours = function.__module__.startswith("skem")
                    if ours and not method.startswith("_"):
                        yield f"{module.__name__}.{name}.{method}"


@pytest.mark.parametrize("name", list(public_names()))
def test_the_docstring_is_complete(name):
    checks = tomllib.loads(SETTINGS.read_text())["tool"]["numpydoc_validation"]["checks"]
    left_out = {check for check in checks if check in ERROR_MSGS}
    errors = [e for e in validate(name)["errors"] if e[0] not in left_out]
    assert not errors
