"""Derivations step by step: a second way to every result, by the rules of the textbooks.

    rules, texts       what can be used and what is said, as data
    textbook           the rules of denominator layout, for scalar and vector variables
    differential, trace, stacked, readoff   take the differential, bring dX to the end, read off
    problem, finish    the whole derivation, its last steps, and the comparison with the engine
    check              every claim alone, on numbers
    board, page        the proof tree as a person would write it down

Nothing here asks the engine for a derivative.
"""

from __future__ import annotations

from gradproof.errors import GradproofError, VerificationError
from gradproof.explain.atoms import with_ones
from gradproof.explain.context import HALVES, grouped
from gradproof.explain.derivation import Derivation
from gradproof.explain.part import prove_part, whole
from gradproof.explain.problem import METHODS, Problem, prove, prove_differential
from gradproof.explain.restrict import Adjoint, Conjugates, from_adjoint, from_conjugates, restricted
from gradproof.explain.steps import Disagreement, NoDerivation, steps
from gradproof.lift.rows import with_rows
from gradproof.notation.expr import Call, Expr, walk
from gradproof.ops.relations import PIECES
from gradproof.parse.parts import Part
from gradproof.records import replace
from gradproof.say import listed, say

__all__ = [
    "METHODS",
    "Derivation",
    "Disagreement",
    "NoDerivation",
    "Problem",
    "explain",
    "prove",
    "prove_differential",
    "whole",
]

REPORT = say("this is a defect of gradproof: please report the formula")


def explain(
    problem: Problem,
    lang: str = "en",
    method: str | None = None,
    detail: str = "normal",
    mapped: tuple[str, Expr] | None = None,
    part: tuple[Part, Expr] | None = None,
    conjugates: Conjugates | None = None,
    adjoint: Adjoint | None = None,
) -> Derivation:
    """The derivation of a problem, all of whose steps hold on numbers.

    `mapped`: of what is a map of the problem's result, that map as a formula of G and X, and what comes out: the last step.
    `part`: the part of the variable by which it is asked, and that part of the derivative.
    `conjugates`: how the derivative by a complex variable follows from that by its conjugate.
    `adjoint`: how it follows from the problem's, which holds what an equation defines.

    Raises NoDerivation where there is none yet, VerificationError where a step is refuted, GradproofError for an unknown language, method or detail.
    """
    if method not in (None, *METHODS):
        raise GradproofError(
            say("there is no method '{method}'", method=method), hint=say("methods are {known}", known=listed(METHODS))
        )
    if problem.reading is not None and problem.reading.decided:  # what was read is told as it is derived
        named = with_rows(problem.expr)
        asked = named if problem.asked in (None, problem.expr) else problem.asked
        problem = replace(problem, expr=named, asked=asked)
    problem = replace(problem, expr=grouped(with_ones(problem.expr)), asked=problem.asked or problem.expr)
    bent = any(isinstance(e, Call) and PIECES.get(e.op) == (1, 0) for e in walk(problem.expr))

    def made() -> Derivation:
        return _made(problem, lang, method, detail, mapped, part, conjugates, adjoint)

    if not bent:
        return made()
    try:
        return made()
    except (
        VerificationError
    ):  # where the variable has zeros by what is declared, the slope of a positive part is 1/2 there
        before = HALVES.set(True)
        try:
            return made()
        finally:
            HALVES.reset(before)


def _made(
    problem: Problem,
    lang: str,
    method: str | None,
    detail: str,
    mapped: tuple[str, Expr] | None,
    part: tuple[Part, Expr] | None,
    conjugates: Conjugates | None,
    adjoint: Adjoint | None,
) -> Derivation:
    try:
        used, root = prove(problem, method) if part is None else prove_part(problem, method, *part)
    except Disagreement as defect:
        raise VerificationError(
            say(
                "no derivation of {formula} agrees with the result: {defect}", formula=problem.expr.ascii, defect=defect
            ),
            hint=REPORT,
        ) from defect
    if mapped is not None:
        root = restricted(root, problem.wrt[0], *mapped)
    if conjugates is not None:
        other = () if conjugates.other is None else (prove(conjugates.other, method)[1],)
        root = from_conjugates((root, *other), conjugates)
    if adjoint is not None:
        one, two = (prove(p, None)[1] for p in adjoint.problems)
        root = from_adjoint(root, (one, two), adjoint)
    derivation = Derivation(problem, used, root, lang, detail)
    _hold_steps(derivation)
    return derivation


def _hold_steps(derivation: Derivation) -> None:
    """Raises VerificationError where the numbers refute a step."""
    for step in steps(derivation.root):
        check = derivation.check(step)
        if check.ok is False:
            raise VerificationError(
                say(
                    "a step of the derivation by {method} fails its check: {goal} gives {result} by the rule {rule}, and the relative error is {error:.0e}",
                    method=derivation.method,
                    goal=step.goal.ascii,
                    result=step.result.ascii,
                    rule=step.rule,
                    error=check.max_relative_error,
                ),
                hint=REPORT,
            )
