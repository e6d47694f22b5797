"""Imports point one way: estimators to numerics, and inside them down the folders."""

import ast
import os
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

import skem

ROOT = Path(skem.__file__).parent
NUMERICS = sorted((ROOT / "numerics").rglob("*.py"))
# Each folder or module of the numerics may import those before it, and itself.
ORDER = [
    "model",
    "data",
    "likelihood",
    "posterior",
    "device",
    "ascent",
    "nonparametric",
    "search",
    "bootstrap",
    "candidates",
    "solver",
    "regression",
    "moderation",
    "dependence",
]


@cache
def parsed(path):
    return ast.parse(path.read_text())


def imports_of(path):
    """Absolute names of what a module of the package imports."""
    package = ["skem", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            parts = package[: len(package) - node.level + 1]
            module = ".".join([*parts, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def room_of(path):
    """The folder or module of the numerics that a file is in."""
    return path.relative_to(ROOT / "numerics").parts[0].removesuffix(".py")


def test_the_numerics_import_numpy_scipy_and_each_other():
    known = sys.stdlib_module_names | {"numpy", "scipy"}
    for path in NUMERICS:
        for name in imports_of(path):
            ours = name.startswith("skem.numerics.")
            assert ours or name.split(".")[0] in known, f"{path}: {name}"


def test_inside_the_numerics_imports_point_down_the_folders():
    for path in NUMERICS:
        room = room_of(path)
        for name in imports_of(path):
            if name.startswith("skem.numerics."):
                imported = name.split(".")[2]
                down = imported == room or ORDER.index(imported) < ORDER.index(room)
                assert down, f"{path}: {name}"


def test_every_room_of_the_numerics_is_in_the_order():
    assert {room_of(path) for path in NUMERICS} == {*ORDER, "__init__"}


@pytest.mark.parametrize("folder", ["inference", "display"])
def test_inference_and_display_use_no_private_member_of_others(folder):
    public = {"_replace", "_asdict", "_fields", "_repr_html_"}  # named tuples, notebooks
    for path in (ROOT / folder).glob("*.py"):
        for node in ast.walk(parsed(path)):
            if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
                own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
                inherited = isinstance(node.value, ast.Call)  # as super()
                named = node.attr in public or node.attr.startswith("__")
                assert own or inherited or named, f"{path.name}: {ast.unparse(node)}"


def test_no_module_bears_the_name_of_a_standard_library_module():
    names = {path.stem for path in ROOT.rglob("*.py")} - {"__init__"}
    assert not names & sys.stdlib_module_names


OPTIONAL = {"matplotlib", "pandas", "dask", "tqdm", "benchmarks"}


def test_nothing_imports_what_is_optional_at_the_top():
    for path in ROOT.rglob("*.py"):
        for node in parsed(path).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                names.append(getattr(node, "module", None) or "")
                tops = {name.split(".")[0] for name in names}
                assert not tops & OPTIONAL, path


A_FIT = """
import sys, numpy, skem.display, skem.inference
skem.PanelGaussianMixture().fit(numpy.eye(3))
print(*sys.modules)
"""


def test_displays_and_a_fit_import_nothing_that_is_optional():
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-W", "ignore", "-c", A_FIT]
    run = subprocess.run(command, check=True, env=environment, stdout=subprocess.PIPE)
    unasked = OPTIONAL - {"pandas"}  # scikit-learn imports it where it is installed
    assert not unasked & {*run.stdout.decode().split()}


def test_no_public_name_is_defined_in_two_modules():
    places = defaultdict(list)
    for path in ROOT.rglob("*.py"):
        for node in parsed(path).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_":
                places[node.name].append(path.relative_to(ROOT).as_posix())
    assert {name: at for name, at in places.items() if len(at) > 1} == {}
