"""Variables that are defined by an equation in others: `x: vector n defined by x = tanh(W*x + b)`, or `defined by F = 0`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gradproof.errors import ParseError, UnsupportedError
from gradproof.notation.expr import Expr, Symbol
from gradproof.patterns import pattern
from gradproof.say import say

_BY = pattern(r"\s+defined\s+by\s+")


Equation = tuple[Symbol, Expr]  # a variable, and the formula that is zero where it has its value


def split_where(where: Any) -> tuple[Any, dict[str, str]]:
    """Declarations without their equations, and the equations by the names of the variables."""
    if isinstance(where, str) and _BY.search(where):
        where = dict(_named(part) for part in re.split(r"[;\n]", where) if part.strip())
    if (type(where) is not dict and not isinstance(where, Mapping)) or not any(
        isinstance(said, str) and "defined" in said for said in where.values()
    ):
        return where, {}
    plain, equations = {}, {}
    for name, said in where.items():
        declared, *equation = _BY.split(said, maxsplit=1) if isinstance(said, str) else (said,)
        plain[name] = declared
        equations.update((name, text) for text in equation)
    return plain, equations


def _named(part: str) -> tuple[str, str]:
    name, colon, said = part.partition(":")
    if not colon:
        raise ParseError(say("a declaration is written NAME: KIND, and this is {text}", text=part.strip()[:60]))
    return name.strip(), said.strip()


def sides(text: str) -> tuple[str, str]:
    """Both sides of an equation; a formula without a sign is zero. Raises ParseError for several."""
    found = re.split(r"(?<![<>=!])=(?!=)", text)
    if len(found) > 2:
        raise ParseError(say("an equation has one sign =, and this is {text}", text=text[:60]))
    return (found[0], found[1]) if len(found) == 2 else (found[0], "0")


def ordered(equations: Sequence[Equation]) -> list[Equation]:
    """The equations in an order in which each depends only on later ones. Raises UnsupportedError where they depend on each other."""
    left, found = list(equations), []
    while left:
        free = [e for e in left if not any(e[0] in zero.variables for x, zero in left if x is not e[0])]
        if not free:
            raise UnsupportedError(say("variables that are defined by each other are not supported"))
        found.append(free[0])
        left.remove(free[0])
    return found


def refuse_equations(where: Any) -> None:
    """Raises UnsupportedError where a variable is defined by an equation."""
    for name in split_where(where)[1]:
        raise UnsupportedError(
            say("{name} is defined by an equation, which is not supported here", name=name),
            hint=say("gp.derive and gp.hessian_blocks go through equations"),
        )
