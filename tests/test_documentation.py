"""The documentation as a site: it is built without a warning, no link within it leads nowhere, and each of its formulas opens in the page."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from gradproof.service import answer

ROOT = Path(__file__).parents[1]
pytestmark = pytest.mark.long


class Page(HTMLParser):
    """The links of a page, and the places in it that a link can name."""

    def __init__(self, text: str):
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.places |= {str(v) for k, v in attrs if v and (k == "id" or (tag == "a" and k == "name"))}
        self.links += [str(found[k]) for k in ("href", "src") if found.get(k)]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Page]:
    for package in ("sphinx", "myst_parser", "furo"):
        pytest.importorskip(package, reason='the extra "docs" is not installed')
    root = tmp_path_factory.mktemp("site")
    (root / "index.html").write_text("", "utf-8")  # the page, which the documentation lies beside
    for made in (["tools/identities.py"], ["tools/api.py"], ["-m", "sphinx", "-q", "-W", "--keep-going", "-d", str(root / "trees"), "docs", str(root / "docs")]):  # fmt: skip
        subprocess.run([sys.executable, *made], cwd=ROOT, check=True, capture_output=True)
    return {p: Page(p.read_text("utf-8")) for p in sorted((root / "docs").rglob("*.html"))}


def test_no_link_leads_nowhere(pages: dict[Path, Page]) -> None:
    broken = []
    for path, page in pages.items():
        for link in page.links:
            there = urlsplit(link)
            if there.scheme or there.netloc:
                continue
            target = (path.parent / unquote(there.path)).resolve() if there.path else path
            known = pages.get(target)
            if not target.exists() or (known and there.fragment and unquote(there.fragment) not in known.places):
                broken.append(f"{path.name}: {link}")
    assert len(pages) > 100
    assert not broken


def test_every_formula_opens_in_the_page_and_is_answered(pages: dict[Path, Page]) -> None:
    """What the pages on reading and on LaTeX show as refused is refused there, too."""
    asked = {urlsplit(link).fragment: path.stem for path, page in pages.items() for link in page.links if "index.html#f=" in link}  # fmt: skip
    assert len(asked) > 800
    refused = []
    for fragment, page in asked.items():
        told = parse_qs(fragment)
        where = {name.strip(): said for name, _, said in (w.partition(":") for w in told.get("where", []))}
        request = {"expression": told["f"][0], **({"where": where} if where else {})}
        by = told.get("by") or [answer(request, "read").body.get("wrt")]
        more = {"structured": True} if "structured" in told else {}
        found = answer({**request, "wrt": by, **more}, "derive") if by[0] else answer(request, "read")
        if found.error is not None or not by[0]:
            refused.append(f"{page}: {told['f'][0]}")
    assert not [r for r in refused if not r.startswith(("reading", "latex"))]
