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

from gradproof.errors import GradproofError
from gradproof.explain.derivation import Derivation
from gradproof.explain.problem import METHODS, Problem, prove, prove_differential
from gradproof.explain.steps import Disagreement, NoDerivation

__all__ = ["METHODS", "Derivation", "Disagreement", "NoDerivation", "Problem", "explain", "prove", "prove_differential"]


def explain(problem: Problem, lang: str = "en", method: str | None = None, detail: str = "normal") -> Derivation:
    """The derivation of a problem. Raises NoDerivation where there is none yet, GradproofError for an unknown language, method or detail."""
    if method not in (None, *METHODS):
        raise GradproofError(f"there is no method '{method}'", hint="methods are " + ", ".join(METHODS))
    try:
        used, root = prove(problem, method)
    except Disagreement as defect:
        raise NoDerivation(
            f"{problem.expr.ascii} that agrees with the result, which is a defect: please report it ({defect})"
        ) from defect
    return Derivation(problem, used, root, lang, detail)
