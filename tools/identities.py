"""Writes docs/identities: every published identity of the tests with our result, and whether the two agree. `make docs` calls it.

The verdict is that of tests/test_corpus.py: the result, and its printed form read back, have the value of the book's right side at random points, which
comes from NumPy sources that have nothing to do with gradproof.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "docs"), str(ROOT / "tests"), str(ROOT / "src")]

from conf import page_link  # noqa: E402  (from docs)

import gradproof as gp  # noqa: E402
from corpus_entries import COMPLEX_WRT, CORPUS, ENTRIES, ask, declarations  # noqa: E402  (from tests)
from test_corpus import outcome  # noqa: E402

PAGES = ROOT / "docs" / "identities"
TITLES = {
    "cookbook": "The Matrix Cookbook",
    "magnus_neudecker": "Magnus and Neudecker",
    "minka": "Minka, Old and New Matrix Algebra",
    "wikipedia": "Wikipedia, Matrix calculus",
    "wikipedia_instances": "Wikipedia's rules with concrete functions",
    "parr_howard": "Parr and Howard",
    "matrixcalculus_org": "Examples in matrixcalculus.org's documentation",
    "sympy_tests": "Identities in SymPy's tests",
    "elementwise": "Entrywise functions",
    "ml_statistics": "Machine learning, statistics, optimisation",
}
VERDICTS = {"right": "agrees", "refused": "refused", "wrong": "DIFFERS", "crash": "DIFFERS"}


def result(name: str) -> str:
    """Our result in LaTeX, or why there is none."""
    found = outcome(name)
    if found.kind != "right":
        return found.why.replace("|", r"\|").replace("<", "&lt;")
    answer: Any = ask(ENTRIES[name])
    shown = answer if isinstance(answer, gp.Expr) else answer.result
    return mathematics(shown.latex) if isinstance(shown, gp.Expr) else f"`{shown.ascii}`"


def mathematics(latex: str) -> str:
    """LaTeX in a cell of a table."""
    return f"${latex.replace('|', chr(92) + 'vert ')}$"


def link(entry: Mapping[str, Any]) -> str:
    """The entry in the page, with its derivation: of an identity of differentials that by its first variable."""
    if outcome(entry["id"]).kind != "right":
        return ""
    differential = entry.get("form") == "differential"
    names = (
        entry["wrt"][:1]
        if differential
        else [COMPLEX_WRT[entry.get("complex_mode", "z")].format(n) for n in entry["wrt"]]
    )
    more = {"method": "differential"} if differential else {"structured": "yes"} if entry.get("structure") else {}
    where = "; ".join(f"{name}: {said}" for name, said in declarations(entry).items())
    return f'<a href="../{escape(page_link(entry["expr"], names, where, **more))}">derivation</a>'


def row(name: str) -> str:
    entry = ENTRIES[name]
    verdict = VERDICTS[outcome(name).kind] + (", corrected" if "erratum" in entry else "")
    note = f"<br>{entry['note']}" if "note" in entry else ""
    number = entry["source"].split(" eq. ")[1] if " eq. " in entry["source"] else ""
    title = entry["title"].replace("|", r"\|").replace("_", r"\_").replace("*", r"\*").replace("$", r"\$")
    book = mathematics(entry["latex_expected"]) if not entry.get("expected_schematic") else ""
    formula = f"{mathematics(entry['latex_expr'])} by {', '.join(f'${w}$' for w in entry['wrt'])}"
    told = " · ".join(filter(None, (verdict, link(entry))))  # where a wide formula does not hide it
    return f"| {number} | {title}<br>{told}{note} | {formula} | {book} | {result(name)} |"


def page(stem: str, names: list[str]) -> Iterator[str]:
    """One source, by its sections."""
    yield f"# {TITLES[stem]}\n"
    counts = Counter(VERDICTS[outcome(n).kind] for n in names)
    yield f"{len(names)} identities: " + ", ".join(f"{kind} {n}" for kind, n in counts.most_common()) + ".\n"
    for section, group in groupby(names, key=lambda n: ENTRIES[n]["section"]):
        yield f"## {section[:1].upper()}{section[1:]}\n"
        yield "| no. | | formula | as printed there | gradproof |\n|---|---|---|---|---|"
        yield from map(row, group)
        yield ""


def main() -> None:
    """Writes the pages, and says how far it is."""
    PAGES.mkdir(exist_ok=True)
    lines = []
    for stem, title in TITLES.items():
        names = in_sections(names_in(stem))
        (PAGES / f"{stem}.md").write_text("\n".join(page(stem, names)) + "\n", "utf-8")
        right = sum(outcome(n).kind == "right" for n in names)
        lines.append(f"| [{title}]({stem}.md) | {len(names)} | {right} |")
        print(f"{title}: {right} of {len(names)}", file=sys.stderr)
    intro = (
        "# The verified identities\n\nPublished identities with our result beside the printed one. *Agrees*: both have the same value at random points, and the "
        "result as it is printed, read back, has it too. *Corrected*: the source has a misprint, and its corrected form is compared. What is refused says why.\n\n"
        "| source | identities | agree |\n|---|---|---|\n"
    )
    contents = "\n".join(["\n```{toctree}", ":hidden:", "", *TITLES, "```"])
    (PAGES / "README.md").write_text(intro + "\n".join(lines) + "\n" + contents + "\n", "utf-8")


def in_sections(names: list[str]) -> list[str]:
    """The same with what is of one section side by side, sections in the order in which the source has them."""
    order = [ENTRIES[n]["section"] for n in names]
    return sorted(names, key=lambda n: order.index(ENTRIES[n]["section"]))


def names_in(stem: str) -> list[str]:
    """The entries of one file of the corpus."""
    return [entry["id"] for entry in json.loads((CORPUS / f"{stem}.json").read_text("utf-8"))]


if __name__ == "__main__":
    main()
