"""The page of a derivation as terminal text, Markdown, or a LaTeX document."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unicodedata

from gradproof.explain.breaks import broken
from gradproof.explain.heading import Entry, Line
from gradproof.explain.page import Page
from gradproof.explain.passes import Table
from gradproof.languages import language
from gradproof.patterns import pattern

SAID = 112  # columns of a sentence under a derivation
NARROW, WIDE, FAR = 40, 100, 160  # columns: at least, where there is no terminal, at most
MARGIN = 78  # characters of a formula between the margins of a printed page

# -- terminal

_BOLD, _DIM, _BLUE, _NEXT, _OFF = "\033[1m", "\033[2m", "\033[34m", "\033[35m", "\033[0m"
MARKS = ("\ue000", "\ue001")  # around what is differentiated next, until it is coloured: they take no column


def colourful() -> bool:
    """Whether standard output is a terminal that wants colour."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def columns() -> int:
    """The width of the terminal, or a usual one."""
    return max(NARROW, min(FAR, shutil.get_terminal_size((WIDE, 24)).columns)) if sys.stdout.isatty() else WIDE


def text(page: Page, color: bool, ascii: bool = False, width: int | None = None) -> str:
    """For a terminal: equations aligned at their first equals sign, long ones over several lines."""
    bold, dim, blue, off = (_BOLD, _DIM, _BLUE, _OFF) if color else ("", "", "", "")
    room = (width or columns()) - 6
    prose = room if width or sys.stdout.isatty() else SAID
    lines = [
        f"{bold}{page.title}{off}",
        "",
        *(
            f"  {x}"
            for x in (
                [page.labels["given"] + page.typed] if page.typed else broken(page.labels["given"] + page.given, room)
            )
        ),
        *(f"  {x}" for x in _listed(page.variables, page.labels["between"], room)),
    ]
    lines += [f"  {x}" for told in (page.wanted, page.hint) if told for x in _sentence(told, prose)]
    lines.append("")
    if page.forward:
        lines += [*_columned(page.forward), ""]
    elif page.names:
        lines += [f"  {page.labels['names']}", *(f"    {n}" for n in page.names), ""]
    for e in page.entries:
        rule = f"{page.labels['colon']}{e.rule}" if e.rule else ""
        lines.append(f"{blue}({e.number}){off} {bold}{e.title}{off}{rule}")
        lines += [f"    {x}" for x in _sentence(e.says, prose)] if e.says else []
        lines += [f"    {dim}{x}{off}" for x in _sentence(e.fits, prose)] if e.fits else []
        for k, line in enumerate(e.lines):
            lines += [f"      {part}" for part in _aligned(line, room)]
            lines += [f"    {x}" for r in (*line.why, *(() if k else e.remarks)) for x in _sentence(r, prose)]
        lines.append("")
    lines += [*_columned(page.backward), ""] if page.backward else []
    lines += [
        f"{bold}{page.labels['result']}{off}{part}" if not k else " " * _columns(page.labels["result"]) + part
        for k, part in enumerate(_aligned(page.result, room))
    ]
    lines += [
        x
        for told in (*_shape(page), *_conditions(page), *page.closing)
        for x in _listed(told, page.labels["between"], max(room, SAID))
    ]
    whole = "\n".join(lines)
    for mark, code in zip(MARKS, (_NEXT, _OFF), strict=True):
        whole = whole.replace(mark, code)
    return re.sub("|".join(_ASCII), lambda m: _ASCII[m[0]], whole) if ascii else whole


_ASCII = {
    "×": "x", "⊙": ".*", "⊘": "./", "⊗": "(x)", "−": "-", "·": "*", "∂": "d", "‖": "||", "∇": "grad ", "Σᵢ": "sum_i", "Σ": "sum", "ᵢ": "_i", "₁": "_1", "²": "^2",
    "≠": "!=", "…": "...", "→": "->", "⁻¹": "^-1", "′": "'", "ᵀ": "'", "δ": "delta",
}  # fmt: skip


def _columned(table: Table) -> list[str]:
    """A table in columns of one width each; a last column without a head is only beside."""
    widths = [max(_columns(row[k]) for row in table.rows) for k in range(len(table.heads))]
    rows = (
        "   ".join(cell + " " * (width - _columns(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table.rows
    )
    return [f"  {table.title}", *(f"    {row}" for row in rows)]


def _listed(text: str, between: str, room: int) -> list[str]:
    """A list over several lines, each ending with what stands between its items."""
    lines = [""]
    for item in text.split(between):
        joined = lines[-1] + between + item if lines[-1] else item
        if lines[-1] and len(joined) > room:
            lines[-1] += between.rstrip()
            lines.append(item)
        else:
            lines[-1] = joined
    return lines


def _sentence(text: str, room: int) -> list[str]:
    """A sentence over several lines: it breaks at spaces outside of brackets and beside no sign, and after full-width marks."""
    lines, line, depth = [], "", 0
    pieces = _PIECES.findall(text)
    for k, piece in enumerate(pieces):
        before, after = pieces[k - 1 : k], pieces[k + 1 : k + 2]
        free = not _SIGNS.intersection((*before, *after)) if piece == " " else before[:1] != [" "]
        following = piece + (after[0] if after and piece == " " else "")
        if line and not depth and free and _columns(line + following) > room:
            lines.append(line.rstrip())
            line = ""
        depth += sum(c in "([" for c in piece) - sum(c in ")]" for c in piece)
        line += piece if line or piece != " " else ""
    return [*lines, line]


def _columns(text: str) -> int:
    """How many columns a text takes: characters of full width take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _conditions(page: Page) -> list[str]:
    if not page.conditions:
        return [page.labels["everywhere"]] if page.labels["everywhere"] else []
    return [page.labels["conditions"] + page.labels["between"].join(page.conditions) + page.labels["stop"]]


def _aligned(line: Line, room: int) -> list[str]:
    if not line.right:
        return [line.left]
    indent = " " * len(line.left) if len(line.left) < room // 2 else "    "
    rows = []
    for k, r in enumerate(line.right):
        start = line.left if not k else indent
        first, *rest = broken(r, max(24, room - len(start) - 3))
        rows += [f"{start} = {first}", *(f"{indent}     {x}" for x in rest)]
    if line.by:
        fits = len(rows[0]) + len(line.by) <= room
        rows[:1] = [f"{rows[0]}    [{line.by}]"] if fits else [rows[0], f"{indent}     [{line.by}]"]
    return rows


_SIGNS = {"=", "+", "−", "-", "⊙", "⊘", "⊗", "≠", ">"}
_PIECES = pattern(r"[^ ，；。：]+[，；。：]?|[，；。：]| ")


# -- Markdown


def markdown(page: Page) -> str:
    """Headings, numbered entries, formulas between dollar signs."""
    lines = [
        _apart(f"# {page.title}"),
        "",
        _apart(f"{page.labels['given']}{page.typed or f'${page.given}$'}"),
        "",
        _apart(page.variables),
        "",
    ]
    lines += [x for told in (page.wanted, page.hint) if told for x in (_apart(told), "")]
    if page.forward:
        lines += _piped(page.forward)
    elif page.names:
        lines += [_apart(page.labels["names"]), "", *(_apart(f"- {n}") for n in page.names), ""]
    for e in page.entries:
        rule = f"{page.labels['colon']}{e.rule}" if e.rule else ""
        head = _apart(f"**({e.number}) {e.title}**{rule}{page.labels['stop']}{_blank(page)}{_told(e, page)}".rstrip())
        lines += [head, ""]
        for equations, remarks in _shown(e):
            lines += ["$$", *_equations(equations), "$$", "", *(x for r in remarks for x in (_apart(r), ""))]
    lines += _piped(page.backward) if page.backward else []
    lines += [
        f"**{page.labels['result'].strip()}**",
        "",
        "$$",
        *_equations((page.result,)),
        "$$",
        "",
        *(x for told in (*_shape(page), *_conditions(page)) for x in (_apart(told), "")),
    ]
    for c in page.closing:
        lines += [_apart(c), ""]
    return "\n".join(lines).rstrip() + "\n"


def _piped(table: Table) -> list[str]:
    """A table of Markdown."""
    rows = (table.heads, ("---",) * len(table.heads), *table.rows)
    return [
        _apart(table.title),
        "",
        *("| " + " | ".join(_apart(c).replace("|", r"\|") for c in row) + " |" for row in rows),
        "",
    ]


def _tabular(table: Table) -> list[str]:
    """A table of LaTeX."""
    rows = [" & ".join(_prose(c) for c in row) + r" \\" for row in table.rows]
    heads = "l" * len(table.heads)
    opening = rf"{{\renewcommand{{\arraystretch}}{{1.4}}\begin{{tabular}}{{@{{}}{heads}@{{}}}}"
    return [_prose(table.title), "", opening, *rows, r"\end{tabular}}", ""]


def _shape(page: Page) -> list[str]:
    """What the result's sizes are made of, where that was not just said."""
    said = page.entries and page.entries[-1].dims == page.shape
    return [page.labels["dimensions"] + page.shape] if page.shape and not said else []


def _blank(page: Page) -> str:
    """What stands after a sentence: nothing after a full stop of full width."""
    return " " if page.labels["stop"].isascii() else ""


def _told(e: Entry, page: Page) -> str:
    """What is said before the first equation of an entry: last what the sizes decide."""
    return _blank(page).join(filter(None, (e.says, e.fits)))


def _shown(e: Entry) -> list[tuple[tuple[Line, ...], tuple[str, ...]]]:
    """The equations of an entry, in displays that end where something is remarked."""
    shown: list[tuple[tuple[Line, ...], tuple[str, ...]]] = []
    waiting: list[Line] = []
    for k, line in enumerate(e.lines):
        waiting.append(line)
        remarks = (*line.why, *(() if k else e.remarks))
        if remarks or not k or k == len(e.lines) - 1:
            shown.append((tuple(waiting), remarks))
            waiting = []
    return shown


def _apart(text: str) -> str:
    """Blanks between formulas and the characters of a script that has none: readers of Markdown look for them."""
    return re.sub(r"(?<=[^\x00-\x7f\xa0])(\$[^$]+\$)", r" \1", re.sub(r"(\$[^$]+\$)(?=[^\x00-\x7f\xa0])", r"\1 ", text))


def _equations(lines: tuple[Line, ...]) -> list[str]:
    rows: list[str] = []
    for line in lines:
        if not line.right:
            rows.append(line.left)
        for k, r in enumerate(line.right):
            first, *rest = broken(r, MARGIN, latex=True)
            by = rf"\qquad \text{{[{line.by}]}}" if line.by and not k else ""
            rows += [f"{'' if k else line.left + ' '}&= {first}{by}", *(rf"&\qquad {x}" for x in rest)]
    if len(rows) == 1:
        return [rows[0].replace("&= ", "= ")]
    return [
        r"\begin{aligned}",
        *(r + (r" \\" if k < len(rows) - 1 else "") for k, r in enumerate(rows)),
        r"\end{aligned}",
    ]


# -- LaTeX

_SYMBOLS = {
    "×": r"$\times$", "·": r"$\cdot$", "−": "$-$", "⊙": r"$\odot$", "⊗": r"$\otimes$", "⊘": r"$\oslash$", "∂": r"$\partial$", "≠": r"$\neq$", "δ": r"$\delta$",
    "→": r"$\to$", "⁻¹": "$^{-1}$", "%": r"\%", "&": r"\&", "#": r"\#", "_": r"\_", "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}",
    "^": r"\^{}", "~": r"\textasciitilde{}",
}  # fmt: skip


def latex(page: Page, lang: str) -> str:
    """A document of one page or several, for amsmath and amssymb."""
    lines = [
        language(lang).document, r"\usepackage{amsmath, amssymb}", r"\usepackage[margin=2cm]{geometry}", r"\setlength{\parindent}{0pt}",
        r"\setlength{\parskip}{4pt}", r"\allowdisplaybreaks", r"\sloppy\emergencystretch=4em\raggedright", r"\begin{document}", "", rf"\section*{{{_prose(page.title)}}}", "",
        *([_prose(page.labels["given"] + page.typed)] if page.typed else [r"\[", *_equations((_given(page),)), r"\]"]), "", _prose(page.variables), "",
    ]  # fmt: skip
    lines += [x for told in (page.wanted, page.hint) if told for x in (_prose(told), "")]
    if page.forward:
        lines += _tabular(page.forward)
    elif page.names:
        lines += [
            _prose(page.labels["names"]),
            r"\begin{itemize}",
            *(r"\item " + _prose(n) for n in page.names),
            r"\end{itemize}",
            "",
        ]
    for e in page.entries:
        rule = f"{page.labels['colon']}{e.rule}" if e.rule else ""
        lines += [
            rf"\textbf{{({e.number}) {_prose(e.title)}}}{_prose(rule)}{page.labels['stop']}{_blank(page)}{_prose(_told(e, page))}".rstrip(),
        ]
        for equations, remarks in _shown(e):
            lines += [r"\[", *_equations(equations), r"\]", *(x for r in remarks for x in (_prose(r), ""))]
    lines += _tabular(page.backward) if page.backward else []
    lines += [
        rf"\textbf{{{page.labels['result'].strip()}}}",
        r"\[",
        *_boxed(page.result),
        r"\]",
        *(x for told in (*_shape(page), *_conditions(page)) for x in (_prose(told), "")),
    ]
    lines += [_prose(c) + "\n" for c in page.closing]
    return "\n".join([*lines, r"\end{document}", ""])


def _given(page: Page) -> Line:
    left, equals, right = page.given.partition(" = ")
    return Line(left, (right,) if equals else ())


def _boxed(line: Line) -> list[str]:
    rows = _equations((line,))
    return [rf"\boxed{{{rows[0]}}}"] if len(rows) == 1 else [r"\boxed{", *rows, "}"]


def _prose(text: str) -> str:
    """Text with formulas between dollar signs, and what was typed between backticks: what is outside of formulas is escaped."""
    parts = re.split(r"(\$[^$]*\$|`[^`]*`)", text)
    return "".join(
        p
        if p.startswith("$")
        else rf"\texttt{{{_prose(p[1:-1])}}}"
        if k % 2
        else "".join(_SYMBOLS.get(c, c) for c in p.replace("⁻¹", "\0")).replace("\0", "$^{-1}$")
        for k, p in enumerate(parts)
    )
