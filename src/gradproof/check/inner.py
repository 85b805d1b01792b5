"""Derivatives and differentials that stand within a side: tr(A*d(inv(X))), A*dX^{-1}, (sin(x))'*x, d/dx(x^2)*y, df/dz*x'."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from gradproof.brackets import end_of
from gradproof.check.about import About, Book, Unread
from gradproof.check.claims import moved_formula, read_claim
from gradproof.check.left import DERIVATIVE, read_left
from gradproof.check.points import Question
from gradproof.check.verdict import UNKNOWN, WRONG, Check
from gradproof.derive import derive
from gradproof.errors import GradproofError
from gradproof.notation.expr import Expr, call, substitute
from gradproof.ops import TABLE
from gradproof.patterns import pattern
from gradproof.records import dataclass, replace
from gradproof.say import NOTHING

_D = r"(?<![\w\\'])(?:d|\\(?:mathrm|operatorname|rm)\s*\{?\s*d\s*\}?)"
_OF_BRACKET = pattern(rf"{_D}\s*(?P<name>[^\W\d_]\w*)?\s*(?=\()")
_OF_INVERSE = pattern(
    rf"{_D}\s*\{{?\s*(?P<of>[^\W\d_])\s*(?P<power>\^\s*(?:-\s*(?:1|T)(?!\w)|\{{\s*-\s*(?:1|T|\\top)\s*\}})|⁻¹)\}}?"
)
_BY = pattern(r"(?:(?<![\w\\])[d∂]\s*/\s*[d∂]\s*(?P<by>\w+)|\\[dt]?frac\s*\{\s*(?:\\mathrm\s*\{?\s*d\s*\}?|\\partial|d)\s*\}\s*\{\s*(?:\\mathrm\s*\{?\s*d\s*\}?|\\partial|d)\s*(?P<of>\w+)\s*\})\s*(?:\\left\s*)?(?=\()")  # fmt: skip
_PRIMED = pattern(r"\)\s*(?:'|′|\^\s*\{?\s*\\prime\s*\}?)(?!')")

_LETTERS = "QPKHGWVUZYBCDMRS"  # that stand for what is found, as far as they are free


_QUOTIENT = pattern(
    r"(?<![\w\\])[d∂]\s*[^\W\d_]\w*\s*/\s*[d∂]\s*[^\W\d_]\w*|\\[dt]?frac\s*\{\s*(?:\\partial|d)\s*\w+\s*\}\s*\{\s*(?:\\partial|d)\s*\w+\s*\}"
)


@dataclass(frozen=True)
class Inner:
    """A stretch of a side, the text that it is a derivative (by `by`) or a differential of, and whether it may be a transpose instead."""

    start: int
    end: int
    of: str
    by: str = ""
    prime: bool = False


def judged_within(about: About, text: str, plain: Check | None) -> Check | None:
    """The verdict on a side in which derivatives or differentials stand as such; `plain`: that without them. None where there are none."""
    if plain is not None and plain.verdict not in (WRONG, UNKNOWN):
        return None
    question = about.judge.question
    known = {*question.symbols, *about.defined, *question.derivative.functions, *question.sizes}
    found = list(_inner(text, question, known))
    free = [c for c in _LETTERS if c not in text and c not in known]
    if not found or len(found) > len(free):
        return None
    judged = _replaced(about, text, found, free, turned=False)
    if judged is None or judged.verdict == WRONG and any(not part.of for part in found):
        other = _replaced(about, text, found, free, turned=True)  # df/dr * dr/dx, in numerator layout
        judged = other if other is not None and other.verdict not in (WRONG, UNKNOWN) else judged
    if judged is None or judged.verdict == UNKNOWN:
        return None
    findings = tuple(replace(f, span=None) for f in judged.findings)
    return replace(judged, claim=text, findings=findings)


def _replaced(about: About, text: str, found: Sequence[Inner], free: Sequence[str], turned: bool) -> Check | None:
    """The verdict with letters in the place of what was found, `turned`: quotients of differentials in numerator layout; None where there is none."""
    body, defined = text, dict(about.defined)
    try:
        for k, part in reversed([*enumerate(found)]):
            meaning = _meaning(about.judge.question, part, text, about)
            defined[free[k]] = call("transpose", meaning) if turned and not part.of else meaning
            body = f"{body[: part.start]}({free[k]}){body[part.end :]}"
        return about.judge.claim(body, defined)
    except GradproofError:
        return None


def _inner(text: str, question: Question, known: Collection[str]) -> Iterator[Inner]:
    """The stretches, from left to right, none within another."""
    found: list[Inner] = []
    if "d" not in known:
        for m in _OF_BRACKET.finditer(text):
            if (m["name"] is None or m["name"] in TABLE) and (end := end_of(text, m.end())) > 0:
                found.append(Inner(m.start(), end + 1, (m["name"] or "") + text[m.end() : end + 1]))
        found += [Inner(m.start(), m.end(), f"{m['of']}^(-1)" if "T" not in m["power"] and "top" not in m["power"] else f"inv({m['of']})'") for m in _OF_INVERSE.finditer(text)]  # fmt: skip
        for m in _BY.finditer(text):
            if (end := end_of(text, m.end())) > 0:
                found.append(Inner(m.start(), end + 1, text[m.end() : end + 1], m["by"] or m["of"]))
    for m in _QUOTIENT.finditer(text):
        if read_left(m[0], known).kind == DERIVATIVE:
            found.append(Inner(m.start(), m.end(), "", m[0]))
    if all(s.type.kind == "s" for s in question.wrt) and question.expression.type.kind == "s":
        for m in _PRIMED.finditer(text):
            start = _opening(text, m.start())
            if start >= 0:
                found.append(Inner(start, m.end(), text[start : m.start() + 1], question.wrt[0].name, prime=True))
    last = 0
    for part in sorted(found, key=lambda p: (p.start, -p.end)):
        if part.start >= last:
            yield part
            last = part.end


def _opening(text: str, close: int) -> int:
    """Where the bracket opens that closes here, with the name of a function before it; -1 where there is none."""
    depth = 0
    for k in range(close, -1, -1):
        depth += (text[k] == ")") - (text[k] == "(")
        if not depth:
            while k and (text[k - 1].isalnum() or text[k - 1] == "_"):
                k -= 1
            return k
    return -1


def _meaning(question: Question, part: Inner, text: str, about: About) -> Expr:
    """The formula that a stretch stands for. Raises GradproofError where it is none."""
    if not part.of:
        return _of_names(question, part.by, about)
    read = read_claim(question, part.of, about.defined)
    if read.expr is None or read.unknown:
        raise read.error or GradproofError(NOTHING)
    if not part.by:
        return moved_formula(question, read.expr, text)
    result = derive(read.expr, part.by, {**question.symbols}, question.layout, verify=False).result
    if not isinstance(result, Expr):
        raise GradproofError(NOTHING)
    return result


def _of_names(question: Question, label: str, about: About) -> Expr:
    """The derivative that a quotient of differentials names, df/dz, in the quantities of the question. Raises GradproofError where it is none."""
    book = Book(question, dict(about.defined))
    try:
        asked = book.about(read_left(label, book.known)).judge.question
    except Unread:
        raise GradproofError(NOTHING) from None
    result = asked.correct.result
    if not isinstance(result, Expr):
        raise GradproofError(NOTHING)
    return substitute(result, {s: book.defined[n] for n, s in asked.symbols.items() if n in book.defined})
