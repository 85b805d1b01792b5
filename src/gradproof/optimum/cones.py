"""Positively homogeneous formulas: of degree 1, at least zero and with convex level sets, they are convex; of log-concave ones, roots are concave.

f(t*x) = t^d * f(x) for every t > 0. Let h be f^(1/d): it has the degree 1, and the level sets of f. Where h is at least zero and its lower (upper)
level sets are convex, h is convex (concave): points scaled to one level have a chord within that level's set.
"""

from __future__ import annotations

from fractions import Fraction

from gradproof.engine.tensor import Apply, Contraction, Length, Sum, Tensor, Variable, fold_tensor, walk_tensor
from gradproof.facts import FACTS, closed, sense
from gradproof.ops import Operation
from gradproof.shapes.dims import Dim

SCALED = closed(
    frozenset(fact.name for fact in FACTS if fact.cone or fact.turned)
)  # facts that a positive multiple keeps

Degree = dict[Dim | None, Fraction]  # a number, and multiples of sizes


def degree(t: Tensor, moving: frozenset[Tensor]) -> Degree | None:
    """How often a positive factor of all variables is a factor of a tensor; None where it is none, or they are not from a cone."""
    inside = [n for n in walk_tensor(t) if n in moving and isinstance(n, Variable)]
    if not inside or any(v.facts - SCALED or (sense(v.facts).regular and sense(v.facts).definite < 2) for v in inside):
        return None
    memo: dict[Tensor, Degree | None] = {}
    return fold_tensor(t, lambda node, below: {None: Fraction(1)} if node in moving else _degree(node, below), memo)


def _degree(node: Tensor, below: list[Degree | None]) -> Degree | None:
    known = [d for d in below if d is not None]
    if len(known) < len(below):
        return None
    if not any(known):
        return {}
    match node:
        case Sum():
            return known[0] if all(d == known[0] for d in known) else None
        case Contraction(factors=factors):
            total: Degree = {}
            for d, (_, _, e) in zip(known, factors, strict=True):
                total = _plus(total, d, Fraction(e))
            return total
        case Apply(op=op, args=args) if op.degree is not None and not any(known[1:]):
            return _applied(op, args[0], known[0])
    return None


def _applied(op: Operation, arg: Tensor, own: Degree) -> Degree | None:
    if op.degree == "n":
        counted = arg.order == 1 or op.signatures[0].args[0].letters == "ii"
        return {arg.axes[0]: own[None]} if counted and set(own) == {None} else None
    return None if op.degree is None else _plus({}, own, Fraction(op.degree))


def _plus(total: Degree, d: Degree, times: Fraction) -> Degree:
    found = dict(total)
    for n, x in d.items():
        found[n] = found.get(n, Fraction(0)) + times * x
    return {n: x for n, x in found.items() if x}


def times(d: Degree, e: Tensor) -> Fraction | None:
    """A degree times an exponent c/n or c, as a number; None where it is none."""
    if not isinstance(e, Contraction) or e.order or len(e.factors) > 1 or len(d) != 1:
        return None
    ((n, c),) = d.items()
    if not e.factors:
        return c * e.coefficient if n is None else None
    size, _, power = e.factors[0]
    return c * e.coefficient if isinstance(size, Length) and size.dim is n and power == -1 else None
