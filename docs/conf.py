"""Sphinx configuration."""

import re

import skem
from skem import DeconvolvedGaussianMixture, FactorAlphas, PanelGaussianMixture

project = "skem"
author = "The skem developers"
copyright = author
version = release = skem.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
    "matplotlib.sphinxext.plot_directive",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "_templates", "_static", "examples"]
templates_path = ["_templates"]
default_role = "code"
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "pydata_sphinx_theme"
html_title = f"skem {version}"
html_show_sourcelink = False
html_logo = html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_theme_options = {
    "logo": {"text": "skem"},
    "github_url": "https://github.com/skem-developers/skem",
    "navigation_with_keys": False,
    "header_links_before_dropdown": 6,
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}

plot_formats = ["svg"]
plot_html_show_formats = plot_html_show_source_link = False
plot_include_source = True

# MathJax comes with the pages, so that equations need no network.
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"svg": {"scale": 0.92}}

# What is linked exists, but for NumPy's class and a private type of an attribute.
nitpicky = True
nitpick_ignore = [
    ("py:class", "numpy.ndarray"),
    ("py:class", "skem.inference.facts.FitFacts"),
]

numpydoc_show_class_members = False

# A class page has the methods that this package defines; those of scikit-learn are
# documented there.
ESTIMATORS = [PanelGaussianMixture, DeconvolvedGaussianMixture, FactorAlphas]
autosummary_context = {
    "from_elsewhere": [
        name
        for estimator in ESTIMATORS
        for name in dir(estimator)
        if "skem" not in str(getattr(getattr(estimator, name), "__module__", ""))
    ]
}

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "auto_examples",
    "subsection_order": [
        f"examples/{folder}" for folder in ("returns", "inference", "fits", "pictures")
    ],
    "abort_on_example_error": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "write_computation_times": False,
}


def escape_types(app, what, name, obj, options, lines):
    """Keep an attribute in a type, as in ``shape (n_iter_ + 1,)``, from being a link."""
    for number, line in enumerate(lines):
        if re.match(r"\w+ : ", line):
            lines[number] = re.sub(r"(\w)_(?!\w)(?=.*\))", r"\1\\_", line)


def setup(app):
    """Register what runs before numpydoc reads a docstring."""
    app.connect("autodoc-process-docstring", escape_types, priority=100)
