"""A derivation line by line: which line is the first wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import pairwise

from gradproof.check.about import About, Book, Unread
from gradproof.check.chains import judged, without_zero
from gradproof.check.claims import Piece, definitions, links, read_claim
from gradproof.check.judge import Judge
from gradproof.check.left import DERIVATIVE, FORMULA, NAME, VALUE_NAMES, Left, read_left
from gradproof.check.lines import SpokenLine, read_lines
from gradproof.check.optimum import holds
from gradproof.check.other_readings import noted, worst
from gradproof.check.points import Question
from gradproof.check.restore import with_cases
from gradproof.check.spelled import trailing
from gradproof.check.verdict import OTHER_LAYOUT, RIGHT, RIGHT_IF, UNKNOWN, WRONG, Check, Link
from gradproof.errors import GradproofError
from gradproof.notation.expr import Expr
from gradproof.patterns import pattern
from gradproof.records import replace

_ZERO = pattern(r"\s*(?:0|\\mathbf\s*\{?\s*0\s*\}?|\\vec\s*\{?0\}?|zeros?\(\w*(?:,\w+)?\))\s*")
_DERIVATIVES = frozenset("DGHJ")  # names of derivatives, whose entries have the name too
_STARRED = pattern(
    r"\\(?:hat|widehat|bar|tilde)\s*\{?\s*(\w)\s*\}?|(\w)\s*\^\s*\{?\s*(?:\*|\\star|\\ast)\s*\}?(?=\s|$|=)"
)


def judge_steps(question: Question, text: str) -> Check:
    """The verdict on a derivation, with one for each line that states something."""
    return with_cases(question, text, _judged_lines)


def _judged_lines(question: Question, text: str) -> Check:
    question.latex = question.latex or not {"\\", "$"}.isdisjoint(text)
    book = Book(question)
    found = [link for line in read_lines(text) for link in _line(book, line)]
    told = [link.check for link in found if link.check.verdict != UNKNOWN]
    if not told:
        return replace(Judge(question).unknown(text, "no-line"), links=tuple(found))
    first = next((k for k, link in enumerate(found) if link.check.verdict in (WRONG, RIGHT_IF)), None)
    shown = found[first].check if first is not None else told[-1]
    links, end = tuple(found), found[-1].check
    whole = replace(shown, verdict=worst(told), claim=text, links=links, first_wrong=first, claim_notes=noted(links))
    if first is None and end.verdict == UNKNOWN and end.reason not in ("definition", "set-to-zero", "equation"):
        return replace(whole, verdict=UNKNOWN, reason=end.reason, reason_data=end.reason_data, error=end.error)
    return whole


def _line(book: Book, line: SpokenLine) -> Iterator[Link]:
    """The verdicts on one line: one for each side of its equalities, or one for a definition or an equation."""
    book.optimum |= line.optimum
    body, named = definitions(line.text)
    if not named:
        body, named = trailing(body, book.known)
    judge = Judge(book.question)
    try:
        for name, text in named:
            yield _defined(book, name, text, line.number)
        pieces = links(body)
        if not pieces:
            return
        if body.lstrip().startswith("=") and len(pieces) == 1 and _ZERO.fullmatch(pieces[0].text) and book.last:
            yield from _set_to_zero(book, pieces[0], line)
        elif body.lstrip().startswith("="):
            yield from _sides(book.last or book.unlabelled(), pieces, line)
        elif len(pieces) == 1:
            yield from _alone(book, pieces[0], line)
        else:
            yield from _equality(book, pieces, line)
    except Unread as unread:
        book.last = None
        yield Link(line.text, judge.unknown(line.text, unread.reason, unread.data), line.number)
    except GradproofError as error:
        if not _prose(line.text):
            yield Link(line.text, judge.unknown(line.text, "unsupported", error=error), line.number)


def _equality(book: Book, pieces: list[Piece], line: SpokenLine) -> Iterator[Link]:
    """An equality, by what stands at its left."""
    if (entry := book.by_entry(pieces[0].text, line.text)) is not None:
        book.last = entry
        yield from _sides(entry, pieces[1:], line)
        return
    left = read_left(pieces[0].text, book.known)
    zero = _ZERO.fullmatch(pieces[-1].text) is not None
    if zero and left.kind in (DERIVATIVE, FORMULA) and (len(pieces) > 2 or not _is_zero(book, left)):
        book.optimum = True
    if left.kind == NAME:
        yield from _name(book, left, pieces, line)
    elif left.kind == FORMULA:
        yield from _formula(book, pieces, line)
    elif zero and len(pieces) == 2 and book.optimum:
        yield Link(line.text, replace(Judge(book.question).unknown(line.text, "set-to-zero")), line.number)
    else:
        book.last = book.about(left)
        yield from _sides(book.last, without_zero(pieces[1:]) if zero else pieces[1:], line)


def _set_to_zero(book: Book, zero: Piece, line: SpokenLine) -> Iterator[Link]:
    """A line `= 0`: the derivative is zero, or set to zero."""
    assert book.last is not None
    if (found := _side(book.last, zero)) is not None and found.verdict in (RIGHT, OTHER_LAYOUT):
        yield from _links(book.last, [zero], [found], line)
        return
    book.optimum = True
    yield Link(line.text, Judge(book.question).unknown(line.text, "set-to-zero"), line.number)


def _is_zero(book: Book, left: Left) -> bool:
    """Whether the derivative of a label is zero indeed."""
    if left.kind != DERIVATIVE:
        return False
    return judged(book.about(left), "0").verdict == RIGHT


def _name(book: Book, left: Left, pieces: list[Piece], line: SpokenLine) -> Iterator[Link]:
    """`f = …`, `r = …`, `x = …`: the value of the formula, a definition, or a solution."""
    name = left.of
    if name in book.question.symbols:
        yield _equation(book, pieces, line)
        return
    if name in book.defined or name in book.named or (name in VALUE_NAMES and not line.defines):
        book.last = book.about(left)
        yield from _sides(book.last, pieces[1:], line)
        return
    whole = replace(book.unlabelled("value", "derivative", strict=True), label=left.text)
    right = (RIGHT, OTHER_LAYOUT)
    verdicts = [_side(whole, p) for p in pieces[1:]]
    if any(v is not None and v.verdict in right for v in verdicts):
        if verdicts[0] is not None and verdicts[0].verdict in right and verdicts[0].role == "value":
            book.named.add(name)
        elif name not in _DERIVATIVES:
            with suppress(GradproofError):
                book.defined |= book.define([(name, pieces[-1].text)])
        book.last = whole
        yield from _links(whole, pieces[1:], verdicts, line)
        return
    yield _defined(book, name, pieces[-1].text, line.number)


def _defined(book: Book, name: str, text: str, number: int) -> Link:
    """A definition is taken in, and shown as one."""
    book.defined |= book.define([(name, text)])
    said = f"{name} = {text}"
    return Link(said, Judge(book.question).unknown(said, "definition"), number)


def _formula(book: Book, pieces: list[Piece], line: SpokenLine) -> Iterator[Link]:
    """A chain that begins with a formula: the formula of the question, its derivative, or an equation of other things."""
    first = _read(book, pieces[0].text)
    if first is book.question.expression:
        book.last = book.unlabelled("value", "derivative")
        yield from _sides(book.last, pieces, line)
        return
    start = Judge(book.question, ("derivative", "value")).claim(pieces[0].text, book.defined)
    good = (RIGHT, OTHER_LAYOUT, RIGHT_IF)
    if start.verdict in good or (first is None and not book.optimum):
        book.last = book.unlabelled("derivative", "value")
        found = [*_sides(book.last, without_zero(pieces), line)]
        if start.verdict == UNKNOWN and not all(x.check.verdict in good for x in found[1:]):
            yield _equation(book, pieces, line)  # what it is about is not known
        else:
            yield from found
        return
    yield _equation(book, pieces, line)


def _equation(book: Book, pieces: list[Piece], line: SpokenLine) -> Link:
    """An equation that is true always, or where the derivative is zero; else it is not understood."""
    book.last = None
    judge = Judge(book.question)
    sides = [_read(book, _STARRED.sub(r"\1\2", p.text), moved=True) for p in pieces]
    if None in sides:
        misfit = next((m for p in pieces if (m := _misfit(judge, p.text, book)) is not None), None)
        return Link(line.text, misfit or judge.unknown(line.text, "equation"), line.number)
    known = [e for e in sides if e is not None]
    about = Judge(book.asked(known[0], book.question.derivative.wrt), ("value",), strict=True)
    if known[0].variables and all(_verdict(about, e) == RIGHT for e in known[1:]):
        return Link(line.text, about.claim(known[-1]), line.number)
    found = [holds(book.question, a, b) for a, b in pairwise(known)]
    if all(f is True for f in found):
        return Link(line.text, judge.at_optimum(line.text, RIGHT), line.number)
    if book.optimum and any(f is False for f in found):
        return Link(line.text, judge.at_optimum(line.text, WRONG), line.number)
    return Link(line.text, judge.unknown(line.text, "equation"), line.number)


def _misfit(judge: Judge, text: str, book: Book) -> Check | None:
    """The outcome for a side whose parts do not fit; None where that is not what is wrong."""
    try:
        read = read_claim(book.question, text, book.defined)
    except GradproofError:
        return None
    return judge.misfitting(text, read.error) if read.error is not None and not read.foreign else None


def _verdict(judge: Judge, e: Expr) -> str:
    try:
        return judge.claim(e).verdict
    except GradproofError:
        return UNKNOWN


def _read(book: Book, text: str, moved: bool = False) -> Expr | None:
    """A side as a formula in known quantities; `moved`: there may be differentials in it."""
    try:
        read = read_claim(book.question, text, _with_value(book, text))
    except GradproofError:
        return None
    return None if read.unknown or (read.moved and not moved) else read.expr


def _with_value(book: Book, text: str) -> Mapping[str, Expr]:
    """What names mean, and that of the formula itself where it stands in a text: f^2 = x'*x."""
    names = {*book.named, *VALUE_NAMES} - book.known
    return {
        **book.defined,
        **{n: book.question.expression for n in names if re.search(rf"(?<![A-Za-z])d?{n}(?!\w)", text)},
    }


def _alone(book: Book, piece: Piece, line: SpokenLine) -> Iterator[Link]:
    """A formula without an equals sign: the formula of the question, or its derivative."""
    whole = _read(book, piece.text) is book.question.expression
    book.last = book.unlabelled(*(("value", "derivative") if whole else ("derivative", "value")))
    yield from _sides(book.last, [piece], line)


def _sides(about: About, pieces: list[Piece], line: SpokenLine) -> Iterator[Link]:
    yield from _links(about, pieces, [_side(about, p) for p in pieces], line)


def _links(about: About, pieces: list[Piece], checks: list[Check | None], line: SpokenLine) -> Iterator[Link]:
    """The sides that are no prose, the first one with its label."""
    label = about.label if not line.text.lstrip().startswith("=") else ""
    for piece, check in zip(pieces, checks, strict=True):
        if check is not None:
            yield Link(piece.text, check, line.number, label)
            label = ""


def _side(about: About, piece: Piece) -> Check | None:
    """The verdict on one side; None where it is no formula but prose."""
    try:
        return judged(about, piece.text)
    except GradproofError as error:
        return None if _prose(piece.text) else about.judge.unknown(piece.text, "unsupported", error=error)


def _prose(text: str) -> bool:
    return bool(re.search(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}", text)) or not re.search(r"[=*+^_\\(]", text)
