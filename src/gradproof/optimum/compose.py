"""Rules of composition that look at more than one factor: perspectives, sums that are log-convex, and sums under a linear one."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Protocol

from gradproof.engine.bounds import bounds, definite, power_nonnegative
from gradproof.engine.contract import add, apply, constant, contract, symmetry
from gradproof.engine.differentiate import push_forward
from gradproof.engine.lower import elementwise_derivatives
from gradproof.engine.replace import replace
from gradproof.engine.tensor import Apply, Contraction, Sum, Tensor, Variable, variable, walk_tensor
from gradproof.errors import GradproofError
from gradproof.ops import TABLE, Operation
from gradproof.ops.basic import ELPOW
from gradproof.ops.operation import Primary

LOG = TABLE["log"]
CONES = frozenset({"positive", "nonneg"})  # facts that a positive multiple keeps


class Bend(Protocol):
    """What `Curves` says of a tensor."""

    @property
    def convex(self) -> bool: ...
    @property
    def concave(self) -> bool: ...
    @property
    def constant(self) -> bool: ...
    @property
    def affine(self) -> bool: ...


Of = Callable[[Tensor], Bend]


def perspectives(t: Tensor, moving: frozenset[Tensor]) -> list[tuple[Tensor, frozenset[Tensor]]]:
    """The functions g of which a scalar is s*g(x/s) for a positive variable s, each with the variables that move in it."""
    if t.order or len(moving) < 2:
        return []
    inside = {n for n in walk_tensor(t) if n in moving and isinstance(n, Variable)}
    found = []
    for s in inside:
        others = inside - {s}
        if s.order or not bounds(s).positive or not others or any(v.facts - CONES for v in others):
            continue
        larger: dict[Tensor, Tensor] = {
            v: contract(1, [(v, tuple(range(v.order)), 1), (s, (), 1)], tuple(range(v.order))) for v in others
        }
        g = _over(replace(t, larger), s)
        if s not in walk_tensor(g):
            found.append((g, frozenset(others)))
    return found


def _over(t: Tensor, s: Tensor) -> Tensor:
    """A scalar divided by a number, term by term."""
    terms = t.terms if isinstance(t, Sum) else ((1, t),)
    return add([(c, contract(1, [(b, (), 1), (s, (), -1)], ())) for c, b in terms], ())


def spread(t: Contraction, moving: Tensor) -> list[tuple[object, Tensor]] | None:
    """The terms of a product with one sum in it."""
    k = next(k for k, f in enumerate(t.factors) if f[0] is moving)
    whole, own, e = t.factors[k]
    if not isinstance(whole, Sum) or e != 1 or len(whole.terms) < 2:
        return None
    rest = [f for j, f in enumerate(t.factors) if j != k]
    dims = {i: t.dims[i] for i in t.out}
    return [(1, contract(t.coefficient * c, [*rest, (b, own, 1)], t.out, dims)) for c, b in whole.terms]


def log_convex(t: Tensor, of: Of) -> bool:
    """Whether every entry is nonnegative, and its logarithm is proven to be convex."""
    if of(t).constant:
        return bounds(t).nonnegative
    match t:
        case Sum(terms=terms):
            return all(c > 0 and log_convex(b, of) for c, b in terms)
        case Contraction():
            return log_convex_product(t, of)
        case Apply(op=op, args=(arg,)) if op.elementwise and op.domain is None:
            bends, _, rises, falls = _logarithm(op, bounds(arg).positive)
            inner = of(arg)
            return bends and (inner.affine or (inner.convex and rises) or (inner.concave and falls))
    return False


def log_convex_product(t: Contraction, of: Of) -> bool:
    """The same of a product, by its factors alone."""
    if _trace(t, of):
        return True
    powers = [power_nonnegative(f, e) if of(f).constant else _log_power(f, e, of) for f, _, e in t.factors]
    return t.coefficient > 0 and all(powers)


def log_concave(t: Tensor, of: Of) -> bool:
    """Whether every entry is nonnegative, and its logarithm is proven to be concave where the entry is positive."""
    curve = of(t)
    if (curve.constant or curve.concave) and bounds(t).nonnegative:
        return True
    match t:
        case Apply(op=op, args=(base, e)) if op is ELPOW and of(e).constant and bounds(e).nonnegative:
            return log_concave(base, of)
        case Contraction(coefficient=c, factors=factors) if not t.summed and len(set(t.out)) == len(t.out):
            return c > 0 and all(_log_concave_power(f, e, of) for f, _, e in factors)
        case Apply(op=op, args=(arg,)) if op.log_concave and not op.elementwise:
            square = op.signatures[0].args[0].letters == "ii"
            return of(arg).affine and definite(arg) > 0 if square else of(arg).concave and bounds(arg).nonnegative
        case Apply(op=op, args=(arg,)) if op.elementwise and op.domain is None:
            _, bends, rises, falls = _logarithm(op, bounds(arg).positive)
            inner = of(arg)
            return bends and (inner.affine or (inner.concave and rises) or (inner.convex and falls))
    return False


def _log_concave_power(t: Tensor, e: object, of: Of) -> bool:
    if of(t).constant:
        return power_nonnegative(t, e)  # type: ignore[arg-type]
    if isinstance(e, int | Fraction) and e < 0:
        return bounds(t).positive and log_convex(t, of)
    return log_concave(t, of)


def _log_power(t: Tensor, e: object, of: Of) -> bool:
    if isinstance(e, int | Fraction) and e < 0:
        return log_concave(t, of)
    return isinstance(e, int | Fraction) and e > 0 and log_convex(t, of)


def _trace(t: Contraction, of: Of) -> bool:
    """Whether a product is the trace of a log-convex function of a symmetric matrix: a symmetric convex function of its eigenvalues."""
    if t.order or t.coefficient <= 0 or len(t.factors) != 1:
        return False
    f, own, e = t.factors[0]
    if not isinstance(f, Apply) or not isinstance(f.op.meaning, Primary) or e != 1 or own[0] != own[1]:
        return False
    twin, z = TABLE.get(f.op.meaning.entrywise), f.args[0]
    fits = twin is not None and len(f.args) == 1 and twin.domain is None and symmetry(z) == 1 and of(z).affine
    return fits and twin is not None and _logarithm(twin, False)[0]


@cache
def _logarithm(op: Operation, positive: bool) -> tuple[bool, bool, bool, bool]:
    """Whether the logarithm of a positive entrywise function is convex, is concave, rises and falls."""
    x = variable("\0x", (), CONES if positive else frozenset())
    y = apply(op, (x,))
    if op.log_concave:
        moved = bounds(elementwise_derivatives(op, (x,), y)[0])
        return False, True, moved.nonnegative, moved.high <= 0
    if not bounds(y).positive or not op.analytic:
        return False, False, False, False
    try:
        slope = push_forward(apply(LOG, (y,)), {x: constant(1)})
        bend = bounds(push_forward(slope, {x: constant(1)}))
    except GradproofError:
        return False, False, False, False
    return bend.nonnegative, bend.high <= 0, bounds(slope).nonnegative, bounds(slope).high <= 0
