"""Small formulas that rules of derivations are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from gradproof.engine.lower import template
from gradproof.errors import UnsupportedError
from gradproof.explain.atoms import (
    HADAMARD,
    MUL,
    SUB,
    TRANSPOSE,
    made_of,
    ones,
)
from gradproof.explain.steps import NoDerivation
from gradproof.facts import TABLE as FACTS
from gradproof.lift.pretty import multiply
from gradproof.notation.expr import Applied, Call, Expr, Symbol, applied, call
from gradproof.notation.template import put
from gradproof.ops import basic
from gradproof.say import say


def partial(e: Applied, k: int) -> Expr:
    """The derivative of a declared function by one argument: axes of the argument, then of the value."""
    before = sum(1 for p in e.partials if p < k)
    if before and not e.function.entrywise and any(e.args[p].type.dims for p in e.partials[:before]):
        raise NoDerivation(say("mixed derivatives of a function that is not specified"))
    try:
        return applied(e.function, e.args, (*e.partials[:before], k, *e.partials[before:]))
    except UnsupportedError:
        raise NoDerivation(say("a derivative of a function that has more than two axes")) from None


def scaled_by(g: Expr, ds: Expr) -> Expr:
    return call(MUL, g, ds)


def scaled(slope: Expr, d: Expr) -> Expr:
    return call(MUL if d.type.kind == "s" or slope.type.kind == "s" else HADAMARD, slope, d)


def ones_like(e: Expr) -> Expr:
    if e.type.kind == "r":
        return call(TRANSPOSE, ones(*e.type.dims))
    return ones(*e.type.dims)


def without_kronecker(chain: Sequence[Expr], varies: Callable[[Expr], bool]) -> list[Expr] | None:
    """(A ⊗ B) vec(C) as vec(B C A'), where A or B moves also of a vector that is not written vec(C); None where there is none."""
    for k, (a, b) in enumerate(pairwise(chain)):
        if (
            isinstance(a, Call)
            and a.op is basic.KRON
            and isinstance(b, Call)
            and b.op is basic.VEC
            and b.args[0].type.kind == "m"
        ):
            left, right = a.args
            inner = b.args[0]
            if left.type.kind == right.type.kind == "m" and (right.type.dims[1], left.type.dims[1]) == inner.type.dims:
                return [*chain[:k], call(basic.VEC, multiply([right, inner, call(TRANSPOSE, left)])), *chain[k + 2 :]]
        if isinstance(a, Call) and a.op is basic.KRON and a.type.kind == "m" and b.type.kind == "v" and varies(a):
            left, right = a.args
            if left.type.kind == right.type.kind == "m":
                inner = call(basic.UNVEC, b, params=(right.type.dims[1], left.type.dims[1]))
                return [*chain[:k], call(basic.VEC, multiply([right, inner, call(TRANSPOSE, left)])), *chain[k + 2 :]]
    return None


def halves(scalars: Sequence[Expr], chain: Sequence[Expr]) -> tuple[list[Expr], list[Expr]]:
    """A long product as a product of two."""
    if len(chain) < 2:
        k = len(scalars) // 2
        return list(scalars[:k]), [*scalars[k:], *chain]
    k = len(chain) // 2
    return [*scalars, *chain[:k]], list(chain[k:])


def product(factors: Sequence[Expr]) -> Expr:
    """The product from left to right, each factor as it is."""
    result = factors[0]
    for f in factors[1:]:
        result = call(MUL, result, f)
    return result


def log_softmax(y: Expr, z: Expr) -> Expr | None:
    """y'*log(softmax(u)) as y'*u - (1'*y)*logsumexp(u), where 1'*y is 1 for labels that sum to one."""
    inner = z.args[0] if made_of(z, LOG) else None
    if not (isinstance(inner, Call) and inner.op.log_less):
        return None
    u = inner.args[0]
    if u.type.kind != "v" or y.type.kind != "v":
        return None
    end = put(template(inner.op.log_less, (("x", "vector n"),)), {"x": u})
    return call(SUB, call(MUL, call(TRANSPOSE, y), u), end if sums_to_one(y) else call(MUL, call("sum", y), end))


def sums_to_one(y: Expr) -> bool:
    """Whether the entries of a declared vector sum to one."""
    return isinstance(y, Symbol) and any(FACTS[f].total == 1 for f in y.facts)


def number_last(term: tuple[int, Expr]) -> tuple[int, Expr]:
    """y ∂z/∂x as ∂z/∂x y."""
    sign, e = term
    return (
        (sign, call(MUL, e.args[1], e.args[0]))
        if isinstance(e, Call) and e.op is MUL and e.args[0].type.kind == "s"
        else term
    )


def all_ones(e: Expr) -> Expr:
    one = ones(e.type.dims[0])
    return call(TRANSPOSE, one) if e.type.kind == "r" else one


NORM2, LOG = basic.NORM2, basic.LOG
