"""Judging a text that has cases in it: they are taken out before it is read, and put back in what is said of it."""

from __future__ import annotations

from collections.abc import Callable

from gradproof.check.cases import NoCases
from gradproof.check.indicators import primable, primed_text
from gradproof.check.judge import Judge
from gradproof.check.lifted import Lifting, lifting
from gradproof.check.named import spelled_out
from gradproof.check.points import Question
from gradproof.check.search import Finding
from gradproof.check.verdict import Check, Link
from gradproof.check.wheres import words_spelled
from gradproof.errors import GradproofError
from gradproof.patterns import pattern
from gradproof.records import replace
from gradproof.say import Said, changed

_BLANKS = pattern(
    r"([^\S\n]{12})[^\S\n]+"
)  # more than these say nothing, and patterns would go through them again and again


def with_cases(question: Question, text: str, judge: Callable[[Question, str], Check]) -> Check:
    """The verdict on a text with cases. Raises what `judge` raises."""
    if question.lifting is not None:  # a part of a text that was lifted as a whole
        return judge(question, text)
    names = [*question.symbols, *question.derivative.functions]
    text = words_spelled(spelled_out(_BLANKS.sub(r"\1", text), names))
    try:
        body, found = lifting(text, names, primable(), primed_text())
    except NoCases:
        return Judge(question).unknown(text.strip(), "cases")
    if not found.found:
        return judge(question, text)
    question.lifting = found
    question.latex = question.latex or not {"\\", "$"}.isdisjoint(text)
    try:
        check = restored(judge(question, body), found)
        return replace(check, claim=text.strip() if check.claim.strip() == check.claim else text)
    except GradproofError as error:
        raise _shown(error, found) from None
    finally:
        question.lifting = None


def restored(check: Check, lifting: Lifting) -> Check:
    """A verdict with the cases as they were written."""
    links = tuple(Link(lifting.restored(x.text), restored(x.check, lifting), x.line, x.label) for x in check.links)
    error = _shown(check.error, lifting) if check.error is not None else None
    findings = tuple(_finding(f, lifting) for f in check.findings)
    notes = tuple(
        replace(n, text=changed(n.text, lifting.restored), alternatives=tuple(map(lifting.restored, n.alternatives)))
        for n in check.claim_notes
    )
    data = {k: _back(v, lifting) if isinstance(v, str) else v for k, v in check.reason_data.items()}
    return replace(
        check,
        claim=lifting.restored(check.claim),
        links=links,
        error=error,
        findings=findings,
        reason_data=data,
        claim_notes=notes,
    )


def _finding(f: Finding, lifting: Lifting) -> Finding:
    return replace(f, data={k: _back(v, lifting) if isinstance(v, str) else v for k, v in f.data.items()})


def _shown(error: GradproofError, lifting: Lifting) -> GradproofError:
    error.message, error.hint = changed(error.message, lifting.restored), changed(error.hint, lifting.restored)
    error.text = lifting.restored(error.text) if error.text is not None else None
    return error


def _back(text: str, lifting: Lifting) -> str:
    return changed(text, lifting.restored) if isinstance(text, Said) else lifting.restored(text)


__all__ = ["with_cases"]
