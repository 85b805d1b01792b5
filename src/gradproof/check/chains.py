"""A claim as a whole: one formula, or a chain of equalities of which each side is judged."""

from __future__ import annotations

from dataclasses import replace

from gradproof.check import words
from gradproof.check.claims import Piece, definitions, label_role, links, read_definitions
from gradproof.check.judge import Judge, worst
from gradproof.check.points import Question
from gradproof.check.verdict import RIGHT, UNKNOWN, WRONG, Check, Link
from gradproof.errors import ParseError
from gradproof.notation.expr import Expr

assert words  # imported for the views of Check that it enters


def judge_claim(question: Question, claim: str | Expr) -> Check:
    """The verdict on a claim. Raises ParseError where it is no formula."""
    if isinstance(claim, Expr):
        return Judge(question).claim(claim)
    if not isinstance(claim, str):
        raise ParseError(f"a claim is a text or a formula, not {type(claim).__name__}")
    body, named = definitions(claim)
    defined = read_definitions(question, named)
    pieces = links(body)
    if len(pieces) > 1 and label_role(pieces[0].text, question.symbols):
        pieces = pieces[1:]
    if not pieces:
        raise ParseError("the claim is empty", hint="give the derivative that is claimed, such as 2*x")
    judge = Judge(question)
    if len(pieces) < 2:
        return replace(judge.claim(pieces[0].text, defined), claim=claim.strip())
    return chain(judge, claim, pieces, defined)


def chain(judge: Judge, claim: str, pieces: list[Piece], defined: dict[str, Expr]) -> Check:
    """The verdict on a chain: that of its sides, the worst one."""
    found = [Link(p.text, judge.claim(p.text, defined)) for p in pieces]
    first = next((k for k, link in enumerate(found) if link.check.verdict == WRONG), None)
    if first is None:
        verdict = worst(link.check for link in found)
        first = (
            next((k for k, link in enumerate(found) if link.check.verdict == verdict), None)
            if verdict not in (RIGHT, UNKNOWN)
            else None
        )
    shown = found[first].check if first is not None else found[-1].check
    return replace(
        shown, verdict=worst(link.check for link in found), claim=claim, links=tuple(found), first_wrong=first
    )
