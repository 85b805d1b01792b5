"""Sums in which a term stands with both signs: a - p - (a - n) is n - p."""

from __future__ import annotations

from gradproof.notation.expr import Call, Expr, call, fold, operations, rebuild, walk
from gradproof.ops import basic

ADD, SUB, NEG = basic.ADD, basic.SUB, basic.NEG


def without_opposites(e: Expr) -> Expr:
    """The formula without terms that a sum has with both signs; others stay as they stand."""
    return fold(e, _visit) if SUB in operations(e) and any(map(_takes_a_sum_away, walk(e))) else e


def _takes_a_sum_away(e: Expr) -> bool:
    return type(e) is Call and e.op is SUB and isinstance(e.args[1], Call) and e.args[1].op in (ADD, SUB)


def _visit(e: Expr, args: list[Expr]) -> Expr:
    made = rebuild(e, tuple(args)) if args else e
    if not _takes_a_sum_away(made):
        return made
    terms = _terms(made)
    left = list(terms)
    for sign, t in terms:
        if (sign, t) in left and (-sign, t) in left:
            left.remove((sign, t))
            left.remove((-sign, t))
    if len(left) == len(terms) or not left or any(t.type != made.type for _, t in left):
        return made
    first = next((k for k, (sign, _) in enumerate(left) if sign > 0), 0)
    (sign, result), *rest = left[first], *left[:first], *left[first + 1 :]
    result = result if sign > 0 else call(NEG, result)
    for sign, t in rest:
        result = call(ADD if sign > 0 else SUB, result, t)
    return result


def _terms(e: Expr) -> list[tuple[int, Expr]]:
    found: list[tuple[int, Expr]] = []
    stack = [(1, e)]
    while stack:
        sign, node = stack.pop()
        if isinstance(node, Call) and node.op in (ADD, SUB):
            stack.append((sign if node.op is ADD else -sign, node.args[1]))
            stack.append((sign, node.args[0]))
        elif isinstance(node, Call) and node.op is NEG:
            stack.append((-sign, node.args[0]))
        else:
            found.append((sign, node))
    return found


__all__ = ["without_opposites"]
