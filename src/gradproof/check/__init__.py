"""Is this derivative right? `check` gives the verdict on a claim, what went wrong, and a counterexample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gradproof.asked import Where
from gradproof.budget import limited
from gradproof.check.length import refuse_long
from gradproof.choices import Layout, NotationName
from gradproof.errors import UnsupportedError, public
from gradproof.notation.expr import Expr, Symbol
from gradproof.say import say

if TYPE_CHECKING:
    from gradproof.check.verdict import Check

__all__ = ["check", "check_steps"]

Wrt = str | Symbol | Sequence[str | Symbol]


@public
@limited
def check(
    expression: str | Expr,
    wrt: Wrt,
    claim: str | Expr,
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
) -> Check:
    """Whether a claimed derivative of a formula is right; if not, what went wrong.

    `expression`, `wrt`, `where`, `layout`, `notation`: as in `derive`. `claim`: the answer, in the letters of the formula, or a chain of equalities `… = … = …`;
    `… where r = A*x - b` defines letters of its own. The result has `verdict` ("right", "other-layout", "right-if", "wrong" or "unknown"), `diagnoses`,
    `counterexample`, `correct`, `text(lang)` and `json()`.

    Raises what `derive` raises, and ParseError where the claim is no formula.

    >>> check("x'*A*x", wrt="x", claim="2*A*x").verdict
    'right-if'
    """
    from gradproof.check.points import Question  # with it
    from gradproof.check.whole import judge_claim  # numbers are needed only here

    refuse_long(claim)
    question = Question(expression, wrt, where, layout, notation)
    return judge_claim(question, question.in_twins(claim) if question.declared is not None else claim)


@public
@limited
def check_steps(
    expression: str | Expr,
    wrt: Wrt,
    text: str,
    where: Where = None,
    layout: Layout = "denominator",
    notation: NotationName = "auto",
) -> Check:
    """Which line of a derivation is the first wrong one. `text`: one step a line, in Markdown or LaTeX (`&=`, `\\\\`) or plain.

    Raises what `derive` raises.

    >>> check_steps("x'*A*x", "x", "df/dx = A*x + A'*x").verdict
    'right'
    """
    from gradproof.check.points import Question  # numbers are needed only here
    from gradproof.check.steps import judge_steps  # with it

    refuse_long(text)
    question = Question(expression, wrt, where, layout, notation)
    if question.declared is not None:
        raise UnsupportedError(say("steps with complex variables are not checked; check the result"))
    return judge_steps(question, text)
