"""The last step where a derivative is a map of the one by all entries: by the free entries of a structured matrix, along a manifold."""

from __future__ import annotations

import re

from gradproof.explain.steps import DERIVATIVE, EQUALITY, NoDerivation, Step
from gradproof.notation.expr import Expr, Symbol, substitute, symbol
from gradproof.parse import parse
from gradproof.say import say


def restricted(root: Step, wrt: Symbol, text: str, result: Expr) -> Step:
    """The step from the free gradient to the result; `text`: the map, of the gradient G and the variable X. Raises NoDerivation for another kind of root."""
    if root.kind != DERIVATIVE:
        raise NoDerivation(say("this map of the free gradient"))
    g = symbol("G_free", root.result.type)
    named = re.sub(r"\bX\b", wrt.name, re.sub(r"\bG\b", g.name, text))
    goal = substitute(parse(named, {g.name: g, wrt.name: wrt}).expr, {g: root.result})
    return Step("restrict", EQUALITY, goal, root.wrt, result, result, result, {}, (root,))
