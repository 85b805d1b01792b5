"""Where a derivation holds: conditions from the domains of the operations, and the facts that were declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from gradproof.explain.atoms import ADD, DIV, EYE, HADAMARD, MUL, NEG, POW, SUB, TRANSPOSE
from gradproof.explain.steps import Note
from gradproof.facts import TABLE as FACTS
from gradproof.facts import told
from gradproof.notation.expr import Call, Expr, Number, Size, Symbol, call, fold, number, walk
from gradproof.ops import TABLE
from gradproof.ops.operation import Monomial, Power

NORM2, SUM = TABLE["norm2"], TABLE["sum"]
POSITIVE = frozenset(TABLE[name] for name in ("exp", "sigmoid", "softmax", "softplus", "cosh", "ones"))  # never 0
_KEYS = {  # a domain of the table -> the key of its text
    "x > 0": "positive", "x != 0": "nonzero", "abs(x) < 1": "below-one", "x > 1": "above-one", "cos(x) != 0": "cosine-nonzero",
    "invertible": "invertible", "det(X) > 0": "determinant-positive", "norm2(x) > 0": "norm-nonzero",
}  # fmt: skip


def conditions(expr: Expr) -> list[Note]:
    """The conditions of a formula, each once: its key, what it is on ("x"), and the operation that asks for it ("f")."""
    signs: dict[Expr, int] = {}
    fold(expr, _sign, memo=signs)
    found = [c for e in walk(expr) if isinstance(e, Call) for c in _of(e, expr) if not _met(c, signs)]
    facts = [Note("declared", {"x": s}, tuple(shown(s))) for s in expr.variables if shown(s)]
    return list({(c.key, c.parts.get("x")): c for c in [*found, *facts]}.values())


def vanishing(e: Expr, values: Mapping[str, Any], wrt: Sequence[Symbol]) -> dict[str, Any] | None:
    """The values changed so that a formula is zero: where a variable of `wrt` is, or one that stands in it as a term; None where that does not do."""
    for s in wrt:
        point = {**values, s.name: 0 * np.asarray(values[s.name])}
        if not np.any(e.evaluate(point)):
            return point
    if not isinstance(e, Call) or e.op not in (ADD, SUB):
        return None
    for k, s in enumerate(e.args):
        other = e.args[1 - k]
        if isinstance(s, Symbol) and s not in walk(other) and s.type == other.type:
            return {**values, s.name: np.asarray(other.evaluate(values)) * (-1.0 if e.op is ADD else 1.0)}
    return None


def shown(s: Symbol) -> list[str]:
    """The declared facts that a reader needs, without those that follow from others."""
    return [name for name in told(s.facts) if FACTS[name].words]


def _of(e: Call, root: Expr) -> Iterator[Note]:
    if e.op.domain and not (e.op is NORM2 and _only_squared(e, root)):
        yield Note(_KEYS[e.op.domain], {"x": e.args[0], "f": e})
    match e.op.meaning:
        case Monomial(exponents=exponents) if not e.op.domain:
            for a, power in zip(e.args, exponents, strict=True):
                if power < 0 and not isinstance(a, Number):
                    yield Note("nonzero", {"x": a, "f": e})
        case Power():
            base, exponent = e.args
            value = _number(exponent)
            if value is None or value.denominator > 1:
                yield Note("positive", {"x": base, "f": e})
            elif value < 0:
                yield Note("invertible" if base.type.kind == "m" and e.op is POW else "nonzero", {"x": base, "f": e})


def _number(e: Expr) -> Fraction | None:
    if isinstance(e, Number):
        return e.value
    if isinstance(e, Call) and e.op in (NEG, DIV):
        inner = [_number(a) for a in e.args]
        if None in inner:
            return None
        first, *rest = [v for v in inner if v is not None]
        return first / rest[0] if rest and rest[0] else -first if not rest else None
    return None


def _only_squared(e: Call, root: Expr) -> bool:
    """Whether a norm occurs only as its square, which is differentiable everywhere."""
    square = call("pow", e, number(2))
    return e is not root and all(parent is square for parent in walk(root) if e in parent.args)


def _met(c: Note, signs: dict[Expr, int]) -> bool:
    """Whether a condition holds everywhere: exp(x) + 1 is never 0; a declared positive variable is positive."""
    x = c.parts["x"]
    if c.key in ("positive", "nonzero"):
        return signs.get(x, 0) == 2
    return c.key == "invertible" and isinstance(x, Symbol) and "invertible" in x.facts


def _sign(e: Expr, args: list[int]) -> int:
    """2 where all entries are known to be positive, 1 where they are at least 0, else 0."""
    match e:
        case Number(value=value):
            return 2 if value > 0 else int(value == 0)
        case Size():
            return 2
        case Symbol(facts=facts):
            return 2 if "positive" in facts else int("nonneg" in facts)
        case Call(op=op):
            if op in POSITIVE:
                return 2
            if op is EYE:
                return 1
            if op is ADD:
                return 2 if 2 in args and 0 not in args else min(args)
            if op in (MUL, HADAMARD, DIV, TRANSPOSE, SUM):
                return min(args)
            if op.nonnegative:
                return 1
    return 0
