"""A claim as a whole: one formula, a labelled one, a chain of equalities, or several lines."""

from __future__ import annotations

from gradproof.check.about import Book, Unread
from gradproof.check.chains import GOOD, at_optimum, chain, judged, labelled
from gradproof.check.claims import UnknownName, definitions, links
from gradproof.check.judge import Judge
from gradproof.check.points import Question
from gradproof.check.restore import with_cases
from gradproof.check.spelled import spelled
from gradproof.check.steps import judge_steps
from gradproof.check.verdict import UNKNOWN, WRONG, Check
from gradproof.errors import ParseError
from gradproof.notation.expr import Expr
from gradproof.ops import TABLE
from gradproof.parse.note import refusal
from gradproof.patterns import pattern
from gradproof.records import replace
from gradproof.say import say

_WORD = pattern(
    r"\b(?:where|with|given|since|because|for|such that|using|when|whenever|provided)\b|其中"
    r"|\\(?:text|mbox)\s*\{[^{}]*\b(?:at|as|by|let|then|and|if|on|so|is)\b[^{}]*\}"
)


def judge_claim(question: Question, claim: str | Expr) -> Check:
    """The verdict on a claim. Raises ParseError where it is no formula."""
    if isinstance(claim, Expr):
        return Judge(question).claim(claim)
    if not isinstance(claim, str):
        raise ParseError(say("a claim is a text or a formula, not {type}", type=type(claim).__name__))
    found = with_cases(question, claim, _judged_text)
    doubt = _doubt(question, claim, found) if found.verdict == WRONG and not found.links else ""
    if not doubt:
        return found
    data = {"shown": doubt}
    return replace(found, verdict=UNKNOWN, reason="doubtful", reason_data=data, findings=(), counterexample=None)


def _doubt(question: Question, claim: str, found: Check) -> str:
    """What can be read in another way in a claim that is wrong as it was read: 1/ax, \\det X\\,Y; "" where nothing can."""
    for n in found.claim_notes:
        if n.kind == "function-of" and n.span is not None:
            return claim[slice(*n.span)]
    known = {*question.symbols}
    for m in _DIVISOR.finditer(claim):
        letters = m[2] if m[1] else m[0].lstrip("/ ")
        one = letters in known and not m[1]
        if not one and letters not in TABLE and (letters in known or all(c in known for c in letters)):
            return m[0].strip()
    return ""


_DIVISOR = pattern(r"/\s*(?:(\d+)([^\W\d_]+)|[^\W\d_]{2,})(?![\w('^ᵀ⊤])")  # 1/2x, 1/ax


def _judged_text(question: Question, claim: str) -> Check:
    question.latex = question.latex or not {"\\", "$"}.isdisjoint(claim)
    book = Book(question)
    said = spelled(claim, book.known, question.derivative.wrt[0])
    if said.condition:
        found = judge_claim(question, said.body)
        error = refusal("text-in-formula", shown=said.condition)
        return found if found.verdict in GOOD else Judge(question).unknown(claim.strip(), "unsupported", error=error)
    if said.lines:
        return _all_read(replace(judge_steps(question, said.body), claim=claim.strip()))
    body, behind = definitions(said.body)
    named = [*said.named, *behind]
    if (word := _WORD.search(body)) is not None:  # what it says is not understood
        error = refusal("text-in-formula", shown=word[0])
        return Judge(question).unknown(claim.strip(), "unsupported", error=error)
    try:
        book.defined |= book.define(named)
    except UnknownName as error:
        return Judge(question).unknown(claim.strip(), "not-defined", {"names": error.name})
    pieces = links(body)
    if not pieces:
        raise ParseError(say("the claim is empty"), hint=say("give the derivative that is claimed, such as 2*x"))
    about = book.unlabelled()
    if len(pieces) > 1:
        try:
            about, pieces = labelled(book, pieces)
        except Unread as unread:
            return Judge(question).unknown(claim.strip(), unread.reason, unread.data)
    if len(pieces) < 2:
        return replace(judged(about, pieces[0].text), claim=claim.strip())
    found = chain(about, claim, pieces)
    none = not any(link.check.verdict in GOOD for link in found.links)
    if found.verdict == WRONG and none and not about.label and at_optimum(book, links(body)):
        return Judge(question).unknown(claim.strip(), "equation")
    return found


def _all_read(found: Check) -> Check:
    """The verdict on several lines: not right where one was not read, which may be the one that counts."""
    unread = (link.check for link in found.links if link.check.verdict == UNKNOWN)
    first = next((c for c in unread if c.reason not in ("definition", "set-to-zero")), None)
    if first is None or found.verdict not in GOOD:
        return found
    return replace(found, verdict=UNKNOWN, reason=first.reason, reason_data=first.reason_data, error=first.error)
