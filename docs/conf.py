"""Sphinx reads Markdown through MyST; the pages are held to their outputs by tests/test_docs.py."""

import tomllib
from pathlib import Path

from shapeguard import __version__

_PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
_ADDRESS = _PROJECT["tool"]["hatch"]["metadata"]["hooks"]["custom"]["address"]  # "" while there is no public one

project = "ShapeGuard"
copyright = "the ShapeGuard authors, Apache-2.0"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx_copybutton"]
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
default_role = "code"  # a name between single backticks in a docstring
exclude_patterns = ["_build"]
source_suffix = {".md": "markdown"}

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

napoleon_numpy_docstring = False
napoleon_use_ivar = True
nitpick_ignore = [("py:class", "Quantity"), ("py:class", "Status")]  # literal types, whose values the text lists
nitpick_ignore_regex = [  # names of other packages, values inside brackets, and specs, which have a page of their own
    ("py:class", r"(os\.)?PathLike|(collections\.abc\.)?Mapping.*|tuple\[.*|Literal\[.*|shapeguard\.spec\..*"),
    ("py:class", "Phase|OnMismatch"),
]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"ShapeGuard {version}"
html_copy_source = False
html_theme_options = (
    {"source_repository": _ADDRESS, "source_branch": "main", "source_directory": "docs/"} if _ADDRESS else {}
)
html_show_sourcelink = False
