"""Imports point one way: estimators to numerics, and inside them to density."""

import ast
import sys
from pathlib import Path

import pytest

import skem

ROOT = Path(skem.__file__).parent
NUMERICS = sorted((ROOT / "numerics").glob("*.py"))
# Each layer may import those before it.
LAYERS = [
    "density",
    "regression",
    "constraints",
    "sharing",
    "blocks",
    "histogram",
    "extent",
    "compression",
    "estimates",
    "binning",
    "replicates",
    "significant",
    "rounding",
    "lattice",
    "membership",
    "expectation",
    "shrinkage",
    "noise",
    "choice",
    "em",
    "curvature",
    "precision",
    "newton",
    "seeding",
    "signal",
    "proposals",
    "spare",
    "optima",
    "refits",
    "ratio",
    "resampling",
    "search",
    "starts",
    "weights",
    "certificate",
    "solver",
]


def imports_of(path):
    """Absolute names of what a module of the package imports."""
    package = ["skem", *path.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            parts = package[: len(package) - node.level + 1]
            module = ".".join([*parts, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


@pytest.mark.parametrize("path", NUMERICS, ids=lambda path: path.stem)
def test_the_numerics_import_numpy_scipy_and_each_other(path):
    for name in imports_of(path):
        assert name.split(".")[0] in sys.stdlib_module_names | {
            "numpy",
            "scipy",
        } or name.startswith("skem.numerics."), name


@pytest.mark.parametrize("path", NUMERICS, ids=lambda path: path.stem)
def test_inside_the_numerics_imports_point_towards_density(path):
    if path.stem == "__init__":
        return
    for name in imports_of(path):
        if name.startswith("skem.numerics."):
            imported = name.split(".")[2]
            assert LAYERS.index(imported) < LAYERS.index(path.stem), name


def test_nothing_imports_what_is_optional_at_the_top():
    for path in ROOT.rglob("*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                names.append(getattr(node, "module", None) or "")
                tops = {name.split(".")[0] for name in names}
                assert not tops & {"matplotlib", "pandas", "dask", "benchmarks"}, path
