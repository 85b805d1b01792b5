"""Chains of equalities, and labelled formulas: each side is judged."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gradproof.check.about import About, Book, Unread
from gradproof.check.by_entry import COLUMNS, Entries, alike, readable
from gradproof.check.claims import Piece, read_claim
from gradproof.check.components import as_rows, unfitting
from gradproof.check.implied import Unclear, all_indices, bases, left_over, lettered, listed, other_numbers
from gradproof.check.inner import judged_within
from gradproof.check.left import DERIVATIVE, FORMULA, NAME, VALUE_NAMES, read_left
from gradproof.check.numpy_signs import as_computed
from gradproof.check.optimum import holds
from gradproof.check.other_readings import noted, worst
from gradproof.check.points import Question
from gradproof.check.verdict import OTHER_LAYOUT, RIGHT, RIGHT_IF, UNKNOWN, WRONG, Check, Link
from gradproof.errors import GradproofError, ParseError
from gradproof.lift.layouts import LAYOUTS
from gradproof.patterns import pattern
from gradproof.records import replace

_SOLUTION = pattern(r"_(?:hat|bar|tilde|star|opt|min|max|new|best|ols|mle?|map)$", re.IGNORECASE)  # x_opt is an x
_DIVISOR = pattern(r"(/\s*(?:\([^()]*\)|[\w.]+)(?:\s*\^\s*\w+)?'?)\s*(?=\(|\s[^\W\d_])")
GOOD = (RIGHT, OTHER_LAYOUT, RIGHT_IF)


def at_optimum(book: Book, sides: list[Piece]) -> bool:
    """Whether an equality of two formulas is an equation that holds where the derivative is zero."""
    if len(sides) != 2:
        return False
    try:
        left, right = (read_claim(book.question, side.text, book.defined) for side in sides)
    except GradproofError:
        return False
    if left.expr is None or right.expr is None or left.unknown or right.unknown or left.moved or right.moved:
        return False
    return holds(book.question, left.expr, right.expr) is True


def labelled(book: Book, pieces: list[Piece]) -> tuple[About, list[Piece]]:
    """What the sides of an equality are about, and those that claim something. Raises Unread."""
    if (entry := book.by_entry(pieces[0].text, " = ".join(p.text for p in pieces[1:]))) is not None:
        return entry, pieces[1:]
    left = book.primed(pieces[0].text) or read_left(pieces[0].text, book.known)
    if left.kind == FORMULA:
        return book.unlabelled(), without_zero(pieces)
    if left.kind == NAME and _SOLUTION.sub("", left.of) in book.question.symbols and left.of not in book.defined:
        raise Unread("equation")
    if left.kind == NAME and left.of not in book.defined and left.of not in VALUE_NAMES:
        whole = book.unlabelled("derivative", "value")
        if left.of != "H" or len(book.question.derivative.wrt) > 1 or judged(whole, pieces[1].text).verdict in GOOD:
            return whole, pieces[1:]
        left = replace(left, kind=DERIVATIVE, of="", times=2)
    return book.about(left), without_zero(pieces[1:])


def without_zero(pieces: list[Piece]) -> list[Piece]:
    """The sides without a last = 0, which sets the derivative to zero."""
    return pieces[:-1] if len(pieces) > 1 and pieces[-1].text.strip() in ("0", r"\mathbf{0}", r"\mathbf 0") else pieces


def judged(about: About, text: str) -> Check:
    """The verdict on one side. What is only likely to be meant is not called wrong."""
    if about.entries is not None:
        return _entries(about, about.entries, text)
    if (told := _unlabelled_entries(about, text)) is not None:
        return told
    try:
        found = about.judge.claim(text, about.defined)
    except ParseError:
        found = _as_latex(about, text) or _divided(about, text) or judged_within(about, text, None)
        if found is None:
            raise
    else:
        found = judged_within(about, text, found) or _by_rows(about, text, found) or found
    if about.guessed and found.verdict not in GOOD:
        return about.judge.unknown(text, "not-defined", {"names": about.guessed})
    return as_computed(about, text, found)


def _by_rows(about: About, text: str, plain: Check) -> Check | None:
    """The verdict on a sum over rows, sum_i (a_i'*x - b_i)*a_i; None where it is none."""
    told = as_rows(text) if plain.reason == "index-notation" and "\\" not in text else text
    if told == text:
        return None
    try:
        found = about.judge.claim(told, about.defined)
    except GradproofError:
        return None
    sure = found.verdict in GOOD or (found.verdict == WRONG and "^T" in told)
    return replace(found, claim=text, findings=tuple(replace(f, span=None) for f in found.findings)) if sure else None


def _entries(about: About, entries: Entries, text: str) -> Check:
    """The verdict on what is said of each entry: of all of them together, in their order."""
    question = about.judge.question
    known = {*question.symbols, *about.defined}
    body = lettered(text, entries.numbers, known) if entries.numbers else text
    told = () if entries.numbers and other_numbers(body, known) else entries.readings(question, body, about.defined)
    for shown, defined in told:
        if readable(question, shown, defined):
            found = replace(about.judge.claim(shown, defined), claim=text)
            own = tuple(n for n in found.claim_notes if not {*str(n.text)} & {*COLUMNS})
            found = replace(found, claim_notes=own)
            findings = tuple(replace(f, span=None) for f in found.findings)
            if about.guessed and found.verdict not in GOOD:
                return about.judge.unknown(text, "not-defined", {"names": about.guessed})
            if found.verdict != RIGHT and entries.numbers and (len(entries.letters) > 1 or not alike(question)):
                break
            return replace(found, findings=findings, verdict=WRONG if found.verdict == OTHER_LAYOUT else found.verdict)
    places = dict(zip(entries.letters, entries.dims, strict=False))
    if not entries.numbers and not about.guessed and (error := unfitting(question, places, text)) is not None:
        return about.judge.unknown(text, "unsupported", error=error)
    return about.judge.unknown(text, "index-notation")


def _unlabelled_entries(about: About, text: str) -> Check | None:
    """The verdict on one entry without a label, 2 x_i, or on a list of them; None where it is nothing of the kind."""
    question = about.judge.question
    known = {*question.symbols, *about.defined}
    if "derivative" not in about.judge.roles:
        return None
    by, of = tuple(d for s in question.wrt for d in s.type.dims), question.expression.type.dims
    body = listed(text, known) if len(by) == 1 and not of else None
    try:
        letters, sure = ("i",) if body is not None else left_over(text), not of
    except Unclear:
        letters, sure = all_indices(text), False
    if len(letters) != len(by) + len(of) and (every := all_indices(text)) and len(every) == len(by) + len(of):
        letters, sure = every, False
    named = bases(body or text) - {"", "delta", "δ"}
    if not named <= known or any(f"{n}_{x}" in known for n in named for x in letters):
        return None
    if not by and not of and not letters and named:
        return _summed(about, text)
    if not letters or len(letters) != len(by) + len(of) or len(letters) > 2 or len(of) > 1:
        return None
    if question.layout != LAYOUTS[0]:
        where = {**question.symbols, **question.derivative.functions}
        other = Question(question.expression, question.derivative.wrt, where, LAYOUTS[0])
        other.latex, other.lifting = question.latex, question.lifting
        about = replace(about, judge=replace(about.judge, question=other))
    about = replace(about, judge=replace(about.judge, roles=("derivative",), strict=True))
    order = letters[::-1] if of else letters  # J_ij is the derivative of entry i by entry j
    found = _entries(about, Entries(order, by + of), body or text)
    if found.verdict in (WRONG, UNKNOWN) and len(letters) == 2:  # which of the two comes first is not said
        turned = _entries(about, Entries(order[::-1], by + of), text)
        found = replace(turned, verdict=OTHER_LAYOUT) if turned.verdict in (RIGHT, RIGHT_IF) else found
    told = found.verdict in GOOD or (sure and found.verdict == WRONG)
    return replace(found, claim=text) if told else None


def _summed(about: About, text: str) -> Check | None:
    """The verdict on a number that is told by indices, 2 c x_i x_i."""
    question = about.judge.question
    for body in Entries((), ()).readings(question, text, about.defined):
        if readable(question, *body):
            return replace(about.judge.claim(*body), claim=text)
    return None


def _divided(about: About, text: str) -> Check | None:
    """The verdict on a side such as `a/b c` as (a/b)*c, where that is right: else what is divided is not known."""
    meant = _DIVISOR.sub(r"\1*", text)
    if meant == text:
        return None
    try:
        found = about.judge.claim(meant, about.defined)
    except GradproofError:
        return None
    return found if found.verdict in GOOD else None


def _as_latex(about: About, text: str) -> Check | None:
    """The verdict on a side that is no plain text, read as LaTeX: e^{-x^2/2}. Another verdict than right may be due to the reading."""
    question = about.judge.question
    if question.latex or "^" not in text:
        return None
    question.latex = True
    try:
        found = about.judge.claim(text, about.defined)
    except GradproofError:
        return None
    finally:
        question.latex = False
    return found if found.verdict in GOOD else None


def chain(about: About, claim: str, pieces: Sequence[Piece]) -> Check:
    """The verdict on a chain: that of its sides, the worst one."""
    found = [Link(p.text, judged(about, p.text)) for p in pieces]
    first = next((k for k, link in enumerate(found) if link.check.verdict == WRONG), None)
    if first is None:
        verdict = worst(link.check for link in found)
        first = (
            next((k for k, link in enumerate(found) if link.check.verdict == verdict), None)
            if verdict not in (RIGHT, UNKNOWN)
            else None
        )
    shown = found[first].check if first is not None else found[-1].check
    verdict = worst(link.check for link in found)
    if not about.label and found[0].check.verdict == UNKNOWN and verdict == WRONG:  # what it is about is not known
        unread = found[0].check
        return replace(unread, claim=claim, links=tuple(found), claim_notes=noted(found))
    return replace(shown, verdict=verdict, claim=claim, links=tuple(found), first_wrong=first, claim_notes=noted(found))
