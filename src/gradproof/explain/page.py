"""A derivation laid out as a page, and the page as terminal text, Markdown or a LaTeX document."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gradproof.explain.board import LATER, Block, Board, size_of
from gradproof.explain.entries import IndexSum
from gradproof.explain.problem import Problem
from gradproof.explain.speak import Speaker
from gradproof.explain.steps import DERIVATIVE, EQUALITY, Note
from gradproof.explain.writer import LONG, RESULT
from gradproof.languages import language
from gradproof.notation.expr import Expr

WIDE = 100  # columns


@dataclass(frozen=True)
class Entry:
    """One numbered entry: its title, what it says, an equation as its left side and its right sides, the dimensions, remarks."""

    number: int
    title: str
    says: str
    left: str
    right: tuple[str, ...]
    dims: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """Everything that is shown, in the order in which it is shown, as text in one format."""

    title: str
    given: str
    variables: str
    entries: tuple[Entry, ...]
    result: tuple[str, str, str]  # its title, its left and its right side
    conditions: tuple[str, ...]
    closing: tuple[str, ...]
    labels: dict[str, str]


def compose(
    board: Board, problem: Problem, method: str, conditions: Sequence[Note], summary: Any, speaker: Speaker
) -> Page:
    """The page of a derivation."""
    root = board.blocks[-1].step
    told = root if root.kind == DERIVATIVE else root.children[0]
    claim = speaker.writer.claim(told)
    what = f"${claim}$" if speaker.format == "latex" else claim
    title = speaker.word("title", what=what, method=speaker.word(f"method-{method}"))
    name = speaker.writer.formula(board.name)
    given = (
        f"{name} = {speaker.writer.formula(told.goal)}"
        if board.names.get(told.goal)
        else speaker.writer.formula(told.goal)
    )
    return Page(
        title, given, _variables(problem, speaker), tuple(_entry(b, board, speaker) for b in board.blocks),
        (speaker.word("result"), claim, speaker.writer.formula(root.result, limit=RESULT)),
        tuple(speaker.note(c) for c in conditions), tuple(_closing(summary, speaker)),
        {key: speaker.word(key) for key in ("given", "conditions", "everywhere", "dimensions", "stop", "colon")}
        | {"between": language(speaker.lang).semicolon},
    )  # fmt: skip


def _variables(problem: Problem, speaker: Speaker) -> str:
    shown = {"s": "scalar", "v": "vector", "r": "vector", "m": "matrix"}
    parts = []
    for s in problem.symbols:
        size = "" if s.type.kind == "s" else " " + speaker.dims(size_of(s.type))
        parts.append(f"{speaker.math(s)}{speaker.word('colon')}{speaker.word(shown[s.type.kind])}{size}")
    for f in problem.functions:
        size = "" if f.shape.kind == "s" else " " + speaker.dims(size_of(f.shape))
        parts.append(
            f"{speaker.function(f)}{speaker.word('colon')}{speaker.word('function')} → {speaker.word(shown[f.shape.kind])}{size}"
        )
    return language(speaker.lang).semicolon.join(parts)


def _entry(b: Block, board: Board, speaker: Speaker) -> Entry:
    step, named = b.step, []
    for name, goal in b.names:
        named.append(f"{speaker.word('with')} " + _equation(name, goal, speaker))
        speaker.writer.announce(name, goal)
    if b.closing:
        title, says = speaker.word("insert", uses=speaker.several(b.uses), into=b.into[0]), ""
    else:
        title, says = speaker.name(b.rule), speaker.sentence(step)
    limit = RESULT if b.rule in LATER else LONG
    right = tuple(speaker.writer.formula(f.expr, f.holes, limit) for f in b.chain)
    sums = [s for s in step.shown if isinstance(s, IndexSum)]
    if sums:
        right = tuple(speaker.writer.entries(s) for s in sums)
    remarks = [speaker.note(n) for n in step.notes] if not b.closing else []
    remarks += named
    if b.uses and not b.closing and b.rule not in LATER:
        remarks.append(speaker.word("from", uses=speaker.several(b.uses)))
    left = _left(b, board, speaker)
    right = tuple(r for k, r in enumerate(right) if not k or r != right[k - 1])
    if sums:
        left = speaker.writer.place(step, sums[0])
    dims = (
        ""
        if sums or b.closing or step.kind == EQUALITY or b.rule == "rewrite" or b.rule in LATER or "×" not in b.dims
        else speaker.dims(b.dims)
    )
    return Entry(b.number, title, says, left, right, dims, tuple(remarks))


def _left(b: Block, board: Board, speaker: Speaker) -> str:
    """The left side of an entry: ∂f/∂x, df, vec(dF), or a formula that is rewritten."""
    writer = speaker.writer
    if b.step in board.heads:
        head = writer.claim(board.heads[b.step])
        return (
            head
            if b.rule != "vec"
            else rf"\operatorname{{vec}}\left({head}\right)"
            if speaker.format == "latex"
            else f"vec({head})"
        )
    if b.rule == "rewrite":
        return writer.formula(board.names.get(b.step.goal, b.step.goal))
    return writer.claim(b.step)


def _equation(name: Expr, goal: Expr, speaker: Speaker) -> str:
    text = f"{speaker.writer.formula(name)} = {speaker.writer.formula(goal)}"
    return f"${text}$" if speaker.format == "latex" else text


def _closing(summary: Any, speaker: Speaker) -> Iterator[str]:
    if summary.wrong:
        yield speaker.word("failed", count=summary.wrong)
        return
    if summary.agreed:
        yield speaker.word("checked", count=summary.agreed, error=_short(summary.max_relative_error))
    if summary.unknown:
        yield speaker.word("unchecked", count=summary.unknown)


def _short(x: float) -> str:
    """A bound, so that a page is the same on every machine."""
    return next((f"{bound:.0e}" for bound in (1e-12, 1e-9, 1e-6) if x < bound), f"{x:.0e}").replace("e-0", "e-")


# -- terminal

_BOLD, _DIM, _BLUE, _OFF = "\033[1m", "\033[2m", "\033[34m", "\033[0m"


def colourful() -> bool:
    """Whether standard output is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def text(page: Page, color: bool) -> str:
    """For a terminal: equations aligned at their first equals sign."""
    bold, dim, blue, off = (_BOLD, _DIM, _BLUE, _OFF) if color else ("", "", "", "")
    lines = [f"{bold}{page.title}{off}", "", f"  {page.labels['given']}{page.given}", f"  {page.variables}", ""]
    for e in page.entries:
        lines.append(f"{blue}({e.number}){off} {bold}{e.title}{off}")
        if e.says:
            lines.append(f"    {e.says}")
        lines += [f"      {part}" for part in _aligned(e)]
        if e.dims:
            lines.append(f"    {dim}{page.labels['dimensions']}{e.dims}{off}")
        lines += [f"    {r}" for r in e.remarks]
        lines.append("")
    name, left, right = page.result
    lines.append(f"{bold}{name}{off}{left} = {right}")
    lines += _conditions(page)
    lines += page.closing
    return "\n".join(lines)


def _conditions(page: Page) -> list[str]:
    if not page.conditions:
        return [page.labels["everywhere"]]
    return [page.labels["conditions"] + page.labels["between"].join(page.conditions) + page.labels["stop"]]


def _aligned(e: Entry) -> list[str]:
    if not e.right:
        return [e.left]
    indent = " " * len(e.left) if len(e.left) < WIDE // 2 else "    "
    return [f"{e.left} = {e.right[0]}", *(f"{indent} = {r}" for r in e.right[1:])]


# -- Markdown


def markdown(page: Page) -> str:
    """Headings, numbered entries, formulas between dollar signs."""
    lines = [
        _apart(f"# {page.title}"),
        "",
        _apart(f"{page.labels['given']}${page.given}$"),
        "",
        _apart(page.variables),
        "",
    ]
    for e in page.entries:
        lines += [
            _apart(f"**({e.number}) {e.title}**{page.labels['stop']} {e.says}".rstrip()),
            "",
            "$$",
            *_equations(e),
            "$$",
            "",
        ]
        if e.dims:
            lines += [_apart(f"{page.labels['dimensions']}{e.dims}"), ""]
        for r in e.remarks:
            lines += [_apart(r), ""]
    name, left, right = page.result
    lines += [f"**{name.strip()}**", "", "$$", f"{left} = {right}", "$$", "", *map(_apart, _conditions(page)), ""]
    for c in page.closing:
        lines += [c, ""]
    return "\n".join(lines).rstrip() + "\n"


def _apart(text: str) -> str:
    """Blanks between formulas and the characters of a script that has none: readers of Markdown look for them."""
    return re.sub(r"(?<=[^\x00-\x7f\xa0])(\$[^$]+\$)", r" \1", re.sub(r"(\$[^$]+\$)(?=[^\x00-\x7f\xa0])", r"\1 ", text))


def _equations(e: Entry) -> list[str]:
    if len(e.right) < 2:
        return [" = ".join([e.left, *e.right])]
    rows = [f"{e.left} &= {e.right[0]}", *(f"&= {r}" for r in e.right[1:])]
    return [
        r"\begin{aligned}",
        *(r + (r" \\" if k < len(rows) - 1 else "") for k, r in enumerate(rows)),
        r"\end{aligned}",
    ]


# -- LaTeX

_SYMBOLS = {
    "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "⊙": r"$\odot$", "⊗": r"$\otimes$", "⊘": r"$\oslash$", "∂": r"$\partial$", "≠": r"$\neq$", "δ": r"$\delta$",
    "→": r"$\to$", "⁻¹": "$^{-1}$", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_",
}  # fmt: skip


def latex(page: Page, lang: str) -> str:
    """A document of one page or several, for amsmath and amssymb."""
    lines = [
        language(lang).document, r"\usepackage{amsmath, amssymb}", r"\usepackage[margin=2cm]{geometry}", r"\setlength{\parindent}{0pt}",
        r"\setlength{\parskip}{4pt}", r"\allowdisplaybreaks", r"\begin{document}", "", rf"\section*{{{_prose(page.title)}}}", "",
        rf"{page.labels['given']}${page.given}$", "", _prose(page.variables), "",
    ]  # fmt: skip
    for e in page.entries:
        lines += [
            rf"\textbf{{({e.number}) {_prose(e.title)}.}} {_prose(e.says)}".rstrip(),
            r"\[",
            *_equations(e),
            r"\]",
        ]
        if e.dims:
            lines += [_prose(f"{page.labels['dimensions']}{e.dims}"), ""]
        for r in e.remarks:
            lines += [_prose(r), ""]
    name, left, right = page.result
    lines += [
        rf"\textbf{{{name.strip()}}}",
        r"\[",
        rf"\boxed{{{left} = {right}}}",
        r"\]",
        *map(_prose, _conditions(page)),
        "",
    ]
    lines += [_prose(c) + "\n" for c in page.closing]
    return "\n".join([*lines, r"\end{document}", ""])


def _prose(text: str) -> str:
    """Text with formulas between dollar signs: what is outside of these is escaped."""
    parts = re.split(r"(\$[^$]*\$)", text)
    return "".join(
        p if k % 2 else "".join(_SYMBOLS.get(c, c) for c in p.replace("⁻¹", "\0")).replace("\0", "$^{-1}$")
        for k, p in enumerate(parts)
    )
