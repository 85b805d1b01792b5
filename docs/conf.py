"""The documentation site: `make docs` → site/docs. Formulas are set by the page's own copy of KaTeX, and lead into the page."""

from __future__ import annotations

import html
import shlex
import sys
from argparse import ArgumentError, ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent / "tools")]
KATEX = HERE.parent / "src" / "gradproof" / "web" / "static" / "katex"

project = "gradproof"
author = "The gradproof authors"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".md": "markdown"}
root_doc = "index"
nitpicky = True
nitpick_ignore_regex = [("py:.*", ".*")]  # names in annotations are no links
autodoc_typehints = "none"
autodoc_member_order = "bysource"
exclude_patterns = ["_static"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header", "misc.highlighting_failure", "toc.not_included"]
html_theme = "furo"
html_title = "gradproof"
html_static_path = ["_static", str(KATEX)]
html_css_files = ["katex.min.css", "pages.css"]
html_js_files = ["katex.min.js", "math.js"]
html_math_renderer = "katex"
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {"source_view_link": "", "footer_icons": []}


def page_link(formula: str, wrt: list[str], where: str = "", tab: str = "") -> str:
    """Where the page opens with this asked, seen from the root of the documentation."""
    asked = [("f", formula), *(("by", name) for name in wrt)]
    asked += [("where", part.strip()) for part in where.split(";") if part.strip()]
    return "../index.html#" + urlencode(asked + ([("tab", tab)] if tab else []))


def _command() -> ArgumentParser:
    """The part of the command line that a link holds."""
    parser = ArgumentParser(exit_on_error=False, add_help=False)
    parser.add_argument("what", choices=["derive", "check"])
    parser.add_argument("formula")
    parser.add_argument("--wrt", action="append", default=[])
    parser.add_argument("--where", action="append", default=[])
    return parser


def linked(app: Sphinx, tree: nodes.document, name: str) -> None:
    """Under each block of commands, links that open its formulas in the page."""
    up = "../" * name.count("/")
    for block in list(tree.findall(nodes.literal_block)):
        links = []
        for line in block.astext().splitlines():
            if line.startswith(("$ gradproof derive", "$ gradproof check")):
                try:
                    asked, _ = _command().parse_known_args(shlex.split(line[2:])[1:])
                except (ArgumentError, SystemExit, ValueError):
                    continue
                tab = "answer" if asked.what == "check" else ""
                target = up + page_link(asked.formula, asked.wrt, ";".join(asked.where), tab)
                links.append(f'<a href="{html.escape(target)}"><code>{html.escape(asked.formula)}</code></a>')
        if links:
            made = nodes.raw("", f'<p class="open">Open in the page: {", ".join(links)}</p>', format="html")
            block.parent.insert(block.parent.index(block) + 1, made)


def inline(writer: Any, node: nodes.Element) -> None:
    """Mathematics in a line: its TeX, which `math.js` sets; without scripts it can be read all the same."""
    writer.body.append(f'<span class="tex">{html.escape(node.astext())}</span>')
    raise nodes.SkipNode


def display(writer: Any, node: nodes.Element) -> None:
    """Mathematics on a line of its own."""
    writer.body.append(f'<div class="tex display">{html.escape(node.astext())}</div>')
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """What Sphinx calls."""
    app.add_html_math_renderer("katex", (inline, None), (display, None))  # pyright: ignore[reportArgumentType]
    app.connect("doctree-resolved", linked)
