"""What is said of convexity."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.notation.made import matrix_variable
from gradproof.say import Said, say

VERDICTS: dict[str, Callable[[Said], Said]] = {
    "convex": lambda names: say("CONVEX in {names}", names=names),
    "concave": lambda names: say("CONCAVE in {names}", names=names),
    "affine": lambda names: say("AFFINE in {names}", names=names),
    "neither": lambda names: say("NEITHER convex nor concave in {names}", names=names),
    "unknown": lambda names: say("CANNOT TELL whether it is convex or concave in {names}", names=names),
}

Form = Callable[[Any], str]  # how a formula is written


def _around(name: str, form: Form) -> dict[str, str]:
    """The formula of a congruence, and what is in the middle of it."""
    M, middle = matrix_variable("M", "k", "n"), matrix_variable(name, "k", "k")
    return {"whole": form(M.T @ middle @ M), "middle": form(middle)}


RULES: dict[str, Callable[[str, str, Form], Said]] = {  # of a term, of what it outweighs, and how formulas are written
    "square": lambda term, _, __: say("{term} is a sum of squares", term=term),
    "weighted-square": lambda term, _, __: say(
        "{term} is a sum of squares with weights that are not negative", term=term
    ),
    "congruence": lambda term, _, form: say(
        "{term} is a congruence {whole} of a diagonal {middle} that is not negative", term=term, **_around("D", form)
    ),
    "middle": lambda term, _, form: say(
        "{term} is a congruence {whole} of a positive semidefinite matrix {middle}", term=term, **_around("P", form)
    ),
    "diagonal": lambda term, _, __: say("the term {term} of the Hessian is a diagonal that is not negative", term=term),
    "cauchy-schwarz": lambda term, other, _: say(
        "{term} outweighs {other}: the Cauchy-Schwarz inequality", term=term, other=other
    ),
}

COMPOSED: dict[str, Callable[[str], Said]] = {
    "convex": lambda term: say("{term} is convex by the rules of composition", term=term),
    "concave": lambda term: say("{term} is concave by the rules of composition", term=term),
    "affine": lambda term: say("{term} is affine", term=term),
}

STRICT: dict[str, Callable[[], Said]] = {
    "convex": lambda: say("strictly convex"),
    "concave": lambda: say("strictly concave"),
}

STRONG: dict[str, Callable[[str], Said]] = {
    "convex": lambda modulus: say("strongly convex with modulus {modulus}", modulus=modulus),
    "concave": lambda modulus: say("strongly concave with modulus {modulus}", modulus=modulus),
}


def not_convex(middle: float, mean: float) -> Said:
    """What a chord shows."""
    return say(
        "not convex: in the middle of two points it is {middle:.6g}, and the mean of its values there is {mean:.6g}",
        middle=middle,
        mean=mean,
    )


def not_concave(middle: float, mean: float) -> Said:
    """What a chord shows."""
    return say(
        "not concave: in the middle of two points it is {middle:.6g}, and the mean of its values there is {mean:.6g}",
        middle=middle,
        mean=mean,
    )
