"""The files beside the package agree with it."""

import re
import tomllib
from pathlib import Path

import skem

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PATTERNS = ["*.md", "docs/**/*.rst", "docs/**/*.py", "skem/**/*.py", "benchmarks/**/*.py"]
TEXTS = sorted(path for pattern in PATTERNS for path in ROOT.glob(pattern))


def test_no_text_says_to_install_another_projects_package():
    """On the package index, `skem` is not this project."""
    wrong = re.compile(r"pip\s+install\s[^`\n]*\bskem\b(?!-)")
    assert not [path for path in TEXTS if wrong.search(path.read_text(encoding="utf-8"))]


def test_the_distribution_is_not_called_as_another_project():
    assert PROJECT["name"] != "skem"


def test_extras_refer_to_the_distribution_by_its_name():
    extras = PROJECT["optional-dependencies"]
    own = [bound for bounds in extras.values() for bound in bounds if "skem" in bound]
    assert own == [f"{PROJECT['name']}[examples]"]


def test_the_citation_is_of_this_version():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {skem.__version__}\n" in citation


def test_type_checkers_are_told_of_annotations():
    assert (Path(skem.__file__).parent / "py.typed").exists()
