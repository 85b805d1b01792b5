"""A derivation line by line: which line is the first wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gradproof.check import words
from gradproof.check.claims import Piece, definitions, label_role, links, read_claim, read_definitions
from gradproof.check.judge import Judge, worst
from gradproof.check.lines import Line, read_lines
from gradproof.check.points import Question
from gradproof.check.verdict import RIGHT_IF, UNKNOWN, WRONG, Check, Link
from gradproof.errors import GradproofError
from gradproof.notation.expr import Expr

assert words  # imported for the views of Check that it enters

_INNER = (  # the formula that a left side differentiates: d/dx (…), d(…)/dx, d(…)
    re.compile(r"\s*[d∂]\s*/\s*[d∂]\s*(?P<by>\w+)\s*(?P<inner>[\[(].*[\])])\s*$"),
    re.compile(r"\s*[d∂]\s*(?P<inner>\(.*\))\s*/\s*[d∂]\s*(?P<by>\w+)\s*$"),
    re.compile(r"\s*[d∂]\s*(?P<inner>\(.*\))\s*$"),
)
_VALUES = re.compile(r"\s*(?:[fFyLJEℓφ]|loss|cost)\s*(?:\(.*\))?\s*$")


@dataclass
class _Reading:
    """What is known while the lines are read, from the first to the last."""

    question: Question
    roles: tuple[str, ...] = ("derivative", "value")
    judge: Judge | None = None
    defined: dict[str, Expr] = field(default_factory=dict)


def judge_steps(question: Question, text: str) -> Check:
    """The verdict on a derivation, with one for each line that states something."""
    question.latex = question.latex or not {"\\", "$"}.isdisjoint(text)
    reading = _Reading(question)
    lines = list(read_lines(text))
    found = [link for k, line in enumerate(lines) for link in _line(reading, line, lines[k + 1 :])]
    judged = [link.check for link in found if link.check.verdict != UNKNOWN]
    if not judged:
        return replace(Judge(question).unknown(text, "no-line"), links=tuple(found))
    first = next((k for k, link in enumerate(found) if link.check.verdict in (WRONG, RIGHT_IF)), None)
    shown = found[first].check if first is not None else judged[-1]
    return replace(shown, verdict=worst(judged), claim=text, links=tuple(found), first_wrong=first)


def _line(reading: _Reading, line: Line, later: Sequence[Line]) -> Iterator[Link]:
    """The verdicts on one line: one for each side of its equalities."""
    body, named = definitions(line.text)
    try:
        reading.defined |= read_definitions(reading.question, named)
        pieces = links(body)
        if _is_definition(reading, line, pieces, later):
            reading.defined |= read_definitions(reading.question, [(pieces[0].text, pieces[1].text)])
            return
    except GradproofError:
        return
    continued = body.lstrip().startswith("=")
    if not continued:
        pieces = _label(reading, pieces)
    judge = reading.judge or Judge(reading.question, reading.roles)
    for piece in pieces:
        check = _judged(judge, piece, reading.defined)
        if check is not None:
            yield Link(piece.text, check, line.number)


def _judged(judge: Judge, piece: Piece, defined: dict[str, Expr]) -> Check | None:
    """The verdict on one side; None where it is no formula but prose."""
    try:
        return judge.claim(piece.text, defined)
    except GradproofError as error:
        prose = len(re.findall(r"[^\W\d_]{2,}\s+[^\W\d_]{2,}", piece.text)) > 0
        return None if prose else judge.unknown(piece.text, "unsupported", error=error)


def _is_definition(reading: _Reading, line: Line, pieces: Sequence[Piece], later: Sequence[Line]) -> bool:
    """Whether a line gives a name to a formula: it says so, or a later line uses the name and it is no name of the derivative."""
    if len(pieces) != 2 or not pieces[0].text.isidentifier() or pieces[0].text in reading.question.symbols:
        return False
    name = pieces[0].text
    if line.defines:
        return True
    used = any(
        re.search(rf"(?<!\w){name}(?!\w)", part.text)
        for other in later
        for part in links(other.text)[1:] or links(other.text)
    )
    return used and not _is_question(reading, pieces[1])


def _is_question(reading: _Reading, piece: Piece) -> bool:
    """Whether a side is the derivative or the formula itself."""
    try:
        return Judge(reading.question, ("derivative", "value")).claim(piece.text, reading.defined).verdict not in (
            WRONG,
            UNKNOWN,
        )
    except GradproofError:
        return False


def _label(reading: _Reading, pieces: list[Piece]) -> list[Piece]:
    """The sides without a first one that only names what is equal to them; it says what the lines after it are about."""
    reading.judge = None
    first = pieces[0].text if pieces else ""
    if len(pieces) < 2:
        if _is_value(reading, first):
            reading.roles = ("value", "derivative")
        return pieces
    inner = _inner_question(reading, first)
    if inner is not None:
        reading.judge = inner
        return pieces[1:]
    role = label_role(first, reading.question.symbols)
    if role:
        reading.roles = (
            ("value", "derivative")
            if _VALUES.match(first)
            else ("derivative",)
            if role != "value"
            else ("derivative", "value")
        )
        return pieces[1:]
    reading.roles = ("value", "derivative") if _is_value(reading, first) else ("derivative", "value")
    return pieces


def _is_value(reading: _Reading, text: str) -> bool:
    try:
        return read_claim(reading.question, text, reading.defined).expr is reading.question.expression
    except GradproofError:
        return False


def _inner_question(reading: _Reading, text: str) -> Judge | None:
    """The judge of a left side that differentiates a part of the formula by itself, where it is not the whole formula."""
    for pattern in _INNER:
        match = pattern.match(text)
        if match is None:
            continue
        try:
            claim = read_claim(reading.question, match["inner"].strip()[1:-1], reading.defined)
            by = match.groupdict().get("by") or reading.question.derivative.wrt[0]
            if claim.expr is None or claim.unknown or by not in reading.question.symbols:
                return None
            if claim.expr is reading.question.expression and by in reading.question.derivative.wrt:
                return None
            return Judge(Question(claim.expr, by, dict(reading.question.symbols), reading.question.layout))
        except GradproofError:
            return None
    return None
