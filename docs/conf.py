"""How the handbook is built: MyST pages, some of them written by the product itself."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "src"))
sys.path.insert(0, str(HERE.parent))

import generate  # noqa: E402

project = "Kairn"
author = "The Kairn contributors"
copyright = "2026, The Kairn contributors"
extensions = ["myst_parser"]
myst_enable_extensions = ["attrs_inline", "colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "style"]
html_theme = "furo"
html_static_path = ["style"]
html_css_files = ["handbook.css"]
html_title = "Kairn"
language = "en"
nitpicky = True
MARK = re.compile(r"<!-- generated: ([a-z]+) -->")


def write_generated(_app: Sphinx, _page: str, content: list[str]) -> None:
    """Puts what the product says of itself in place of each mark."""
    content[0] = MARK.sub(lambda mark: generate.PARTS[mark.group(1)](), content[0])


def setup(app: Sphinx) -> None:
    """Joins the build."""
    app.connect("source-read", write_generated)
