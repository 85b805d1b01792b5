"""The documentation site: `make docs` → site/docs. Formulas are set by the page's own copy of KaTeX, and lead into the page."""

from __future__ import annotations

import html
import shlex
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE.parent / "tools")]
import operations  # noqa: E402  (from tools)

from derivations import METHODS, PROBLEMS, numbered, rule_sources  # noqa: E402
from gradproof.cli.commands import named  # noqa: E402  (from src)
from gradproof.cli.option import Usage, parsed  # noqa: E402
from reading import SECTIONS  # noqa: E402

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


def page_link(formula: str, wrt: list[str], where: str = "", **more: str) -> str:
    """Where the page opens with this asked, seen from the root of the documentation; `more`: tab, method, structured."""
    asked = [("f", formula), *(("by", name) for name in wrt)]
    asked += [("where", part.strip()) for part in where.split(";") if part.strip()]
    return "../index.html#" + urlencode(asked + [(key, value) for key, value in more.items() if value])


def _asked(line: str) -> tuple[str, str] | None:
    """The formula of a command line, and the link that asks the same; None where a file holds it."""
    name, *argv = shlex.split(line)[1:]
    command = named(name)
    assert command is not None
    args = parsed(command, argv)
    if args.place == "-" or args.place.startswith("@"):
        return None
    more = (
        {"tab": "answer", "claim": args.claim or ""}
        if name == "check"
        else {"layout": args.layout.removeprefix("denominator")}
    )
    by = (args.wrt or []) * getattr(args, "order", 1)
    return args.place, page_link(args.place, by, ";".join(args.where or []), **more)


def linked(app: Sphinx, tree: nodes.document, name: str) -> None:
    """Under each block of commands, links that open its formulas in the page."""
    up = "../" * name.count("/")
    for block in list(tree.findall(nodes.literal_block)):
        links = []
        for line in block.astext().splitlines():
            if line.startswith(("$ gradproof derive", "$ gradproof check")):
                try:
                    asked = _asked(line[2:].partition(" | ")[0])
                except (Usage, ValueError):  # an error that the text shows, or a command of several lines
                    continue
                if asked is not None:
                    links.append((asked[0], up + asked[1]))
        if links:
            block.parent.insert(block.parent.index(block) + 1, opened(links))
    if name.startswith("derivations/") and (stem := name.rsplit("/", 1)[1]) in PROBLEMS:
        _, formula, wrt, where = PROBLEMS[stem]
        by = [wrt] if isinstance(wrt, str) else wrt
        link = up + page_link(formula, by, where or "", method=METHODS.get(stem, ""))
        heading = next(iter(tree.findall(nodes.title)))
        heading.parent.insert(1, opened([(formula, link)]))
    elif name in TABLES:
        rows = [row for body in tree.findall(nodes.tbody) for row in body.children]
        for row, asked in zip(rows, TABLES[name](), strict=True):
            if asked is not None:
                at, formula, wrt, where, *method = asked
                target = up + page_link(formula, wrt, where, method="".join(method))
                link = f' <a class="open" title="open in the page" href="{html.escape(target)}">∂</a>'
                cell = row.children[at]
                (cell.children[0] if cell.children else cell).append(nodes.raw("", link, format="html"))


def opened(links: list[tuple[str, str]]) -> nodes.raw:
    """A line of links that open formulas in the page."""
    told = (f'<a href="{html.escape(target)}"><code>{html.escape(formula)}</code></a>' for formula, target in links)
    return nodes.raw("", f'<p class="open">Open in the page: {", ".join(told)}</p>', format="html")


Asked = (
    tuple[int, str, list[str], str] | tuple[int, str, list[str], str, str]
)  # the column that is linked, the formula, by what, what is known, the method


def read_rows() -> list[Asked | None]:
    """The texts of the pages on reading."""
    return [(0, row.text, [row.wrt] if row.wrt else [], row.where) for rows in SECTIONS.values() for row in rows]


def operation_rows() -> list[Asked | None]:
    """The examples of the operations."""
    return [None if found is None else (6, *found) for found in map(operations.example, operations.listed())]


def derivation_rows() -> list[Asked | None]:
    """The formulas of the list of derivations."""
    return [
        (1, formula, [wrt] if isinstance(wrt, str) else wrt, where or "")
        for _, formula, wrt, where in PROBLEMS.values()
    ]


def rule_rows() -> list[Asked | None]:
    """The derivations that the examples of the rules are from."""
    rows: list[Asked | None] = []
    for rule, _ in numbered():
        _, formula, wrt, where, method = rule_sources().get(rule, ("", "", "", None, None))
        rows.append(
            (4, formula, [wrt] if isinstance(wrt, str) else wrt, where or "", method or "") if formula else None
        )
    return rows


TABLES = {  # pages whose tables hold formulas, row by row
    "reading": read_rows, "reading.zh": read_rows, "reading.fr": read_rows, "derivations/README": derivation_rows,
    "rules": rule_rows, "rules.zh": rule_rows, "rules.fr": rule_rows,
    "operations": operation_rows, "operations.zh": operation_rows, "operations.fr": operation_rows,
}  # fmt: skip


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
