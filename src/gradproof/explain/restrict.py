"""The last step where a derivative is a map of another: by the free entries of a structured matrix, along a manifold, by parts of complex variables."""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Sequence

from gradproof.explain.problem import Problem
from gradproof.explain.steps import DERIVATIVE, EQUALITY, NoDerivation, Step
from gradproof.notation.expr import Expr, Symbol, call, substitute, symbol
from gradproof.parse import parse
from gradproof.records import dataclass
from gradproof.say import say
from gradproof.shapes.shape import SCALAR


def restricted(root: Step, wrt: Symbol, text: str, result: Expr) -> Step:
    """The step from the free gradient to the result; `text`: the map, of the gradient G and the variable X. Raises NoDerivation for another kind of root."""
    if root.kind != DERIVATIVE:
        raise NoDerivation(say("this map of the free gradient"))
    g = symbol("G_free", root.result.type)
    size = wrt.type.dims[0].text
    names = {"G": g.name, "X": wrt.name, "n": f"({size})" if not size.isalnum() else size}
    named = re.sub(r"\b[GXn]\b", lambda found: names[found[0]], text)
    goal = substitute(parse(named, {g.name: g, wrt.name: wrt}).expr, {g: root.result})
    return Step("restrict", EQUALITY, goal, root.wrt, result, result, result, {}, (root,))


@dataclass(frozen=True)
class Conjugates:
    """How a derivative by a complex variable follows from that by the variable and by its conjugate.

    `rule`: what is said; `place`: what it is by, "" for a gradient; `result`: what comes out, in the variable and its twin; `other`: the second derivative.
    """

    rule: str
    place: str
    result: Expr
    other: Problem | None = None


_PARTS = {"real-part": "re", "imaginary-part": "im"}


def from_conjugates(roots: tuple[Step, ...], by: Conjugates) -> Step:
    """The step from the derivatives by the conjugate, and by the variable, to the result."""
    first = next(iter(roots))
    goal = first.result
    if len(roots) > 1:
        goal = call("add", *(r.result for r in roots))
    else:
        part = _PARTS.get(by.rule)
        goal = call("mul", 2, goal if part is None else call(part, goal))
    parts = {"place": symbol(by.place, SCALAR)}
    return Step(by.rule, EQUALITY, goal, first.wrt, by.result, goal, by.result, parts, roots)


def free_name(letters: Sequence[str], taken: Collection[str]) -> str:
    """The first of these names that is not taken, or one with a number below it."""
    numbered = (f"{letters[0]}_{k}" for k in itertools.count(1))
    return next(name for name in itertools.chain(letters, numbered) if name not in taken)


@dataclass(frozen=True)
class Adjoint:
    """How a derivative through an equation F = 0, which defines x, follows from derivatives without it.

    `multiplier`: λ; `problems`: the derivatives of f and of F by x; `result`: what comes out.
    """

    x: Symbol
    equation: Expr
    multiplier: Symbol
    problems: tuple[Problem, Problem]
    result: Expr


def from_adjoint(root: Step, others: tuple[Step, Step], by: Adjoint) -> Step:
    """The step from the derivative of f - λ'*F, and those of f and F by x, to the result: λ is what makes that by x zero."""
    of_f, of_equation = (s.result for s in others)
    if by.x.type.kind == "s":
        found = call("div", of_f, of_equation)
    else:
        found = call("mul", call("inv", of_equation), of_f)
    goal = substitute(root.result, {by.multiplier: found})
    parts = {"place": root.wrt[0], "x": by.x, "F": by.equation, "lambda": by.multiplier, "found": found}
    return Step("adjoint", EQUALITY, goal, root.wrt, by.result, goal, by.result, parts, (*others, root))
